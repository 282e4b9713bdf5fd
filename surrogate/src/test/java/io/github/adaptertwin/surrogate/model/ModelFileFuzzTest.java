package io.github.adaptertwin.surrogate.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Model files of any bytes: they are read, and then read again as they are written, or refused by a
 * {@link MalformedInputException} whose message is one line.
 */
class ModelFileFuzzTest {
  private static final String NAME = "model.json";

  /** Plain or gzip, told by the first byte. */
  @FuzzTest
  void file(byte[] bytes) throws IOException {
    try {
      check(ModelFile.read(NAME, new ByteArrayInputStream(bytes)));
    } catch (MalformedInputException e) {
      assertOneLine(e);
    }
  }

  /** What stands in a file whose checksum is right, which a fuzzer does not guess. */
  @FuzzTest
  void content(byte[] bytes) throws IOException {
    try {
      check(ModelJson.read(NAME, new String(bytes, StandardCharsets.UTF_8)));
    } catch (MalformedInputException e) {
      assertOneLine(e);
    }
  }

  private static void check(ModelFile file) throws IOException {
    String written = file.toJson();
    ModelFile again =
        ModelFile.read("again", new ByteArrayInputStream(written.getBytes(StandardCharsets.UTF_8)));
    assertEquals(written, again.toJson());
  }

  private static void assertOneLine(MalformedInputException e) {
    String message = e.getMessage();
    assertTrue(
        message != null && message.startsWith(NAME) && message.chars().noneMatch(c -> c < ' '),
        () -> "not one line that names the file: " + message);
  }
}
