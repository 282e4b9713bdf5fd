package io.github.adaptertwin.surrogate.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class ModelLimitsTest {
  /** A tree whose every question but the last has a leaf for a left child. */
  private static String chain(int depth) {
    String content =
        "{\"models\":{\"m\":{\"type\":\"tree\",\"features\":[\"a\"],\"thresholds\":[[0]],"
            + "\"trees\":[[[FEATURES-1],[RANKS],[LEAVES1]]]}}}";
    return content
        .replace("FEATURES", "0,-1,".repeat(depth))
        .replace("RANKS", "0,".repeat(depth - 1) + "0")
        .replace("LEAVES", "1,".repeat(depth));
  }

  @Test
  void tree_deeperThanTheLimit_isRefused() {
    ModelFile file = ModelJson.read("m.json", chain(1_000));
    assertEquals(file.toJson(), ModelJson.read("m.json", ModelJson.write(file)).toJson());
    String message =
        assertThrows(MalformedInputException.class, () -> ModelJson.read("m.json", chain(1_001)))
            .getMessage();
    assertTrue(message.contains("1001 questions deep, the limit is 1000"), message);
  }

  @Test
  void gzip_bomb_isRefused() throws IOException {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    byte[] blanks = new byte[1 << 20];
    java.util.Arrays.fill(blanks, (byte) ' ');
    try (GZIPOutputStream zip = new GZIPOutputStream(bomb)) {
      for (int i = 0; i < 80; i++) {
        zip.write(blanks);
      }
    }
    String message =
        assertThrows(
                MalformedInputException.class,
                () -> ModelFile.read("m.gz", new ByteArrayInputStream(bomb.toByteArray())))
            .getMessage();
    assertTrue(message.contains("expands to more than 200 times"), message);
  }
}
