package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Rows of training runs, whatever they hold: read, or refused in one line. */
class TrainingFileFuzzTest {
  @FuzzTest
  void rows(byte[] bytes) throws IOException {
    try {
      for (TrainingRow row :
          TrainingFile.parse("rows.csv", new String(bytes, StandardCharsets.UTF_8))) {
        assertTrue(row.started() || row.features().length == 0, "features of a refused run");
      }
    } catch (MalformedInputException e) {
      String message = e.getMessage();
      assertTrue(
          message != null
              && message.startsWith("rows.csv")
              && message.chars().noneMatch(c -> c < ' '),
          () -> "not one line that names the file: " + message);
    }
  }
}
