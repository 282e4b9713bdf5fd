package io.github.adaptertwin.gpu.spec;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;

/**
 * Catalogues of any text: they are read, and what was read has figures to count with, or they are
 * refused by a {@link MalformedInputException} whose message is one line.
 */
class CatalogueFileFuzzTest {
  private static final String NAME = "mine.json";

  @FuzzTest
  void catalogue(byte[] bytes) {
    CatalogueFile file;
    try {
      file = CatalogueFile.read(NAME, new StringReader(new String(bytes, StandardCharsets.UTF_8)));
    } catch (MalformedInputException e) {
      String message = e.getMessage();
      assertTrue(
          message != null && message.startsWith(NAME) && message.chars().noneMatch(c -> c < ' '),
          () -> "not one line that names the file: " + message);
      return;
    }
    for (GpuSpec gpu : file.gpus()) {
      assertTrue(!gpu.name().isBlank() && gpu.memoryBytes() > 0, () -> "card " + gpu);
      for (WeightType type : WeightType.values()) {
        double flops = gpu.flopsPerSecond(type);
        assertTrue(flops > 0 && Double.isFinite(flops), () -> "speed " + flops + " of " + gpu);
      }
    }
    for (ModelSpec model : file.models()) {
      assertTrue(!model.name().isBlank(), () -> "model " + model);
      assertTrue(model.kvBytesPerToken() > 0, () -> "keys and values of " + model);
    }
  }
}
