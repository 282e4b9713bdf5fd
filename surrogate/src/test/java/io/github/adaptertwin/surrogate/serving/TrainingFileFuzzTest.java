package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of training runs, whatever they hold: read into what a run can have made, or refused in one
 * line.
 */
class TrainingFileFuzzTest {
  private static final String NAME = "rows.csv";

  @FuzzTest
  void rows(byte[] bytes) throws IOException {
    read(new String(bytes, StandardCharsets.UTF_8));
  }

  /** Rows below the right header: a refused and a started one, then whatever the fuzzer makes. */
  @FuzzTest
  void below(byte[] bytes) throws IOException {
    List<String> columns = new ArrayList<>(List.of("run", "status", "gpu", "model", "engine"));
    columns.addAll(TrainingRow.figureNames());
    columns.addAll(ServingFeatures.names());
    String text = new String(bytes, StandardCharsets.UTF_8);
    // A tilde stands for the numbers that are left in a row, which a fuzzer does not count.
    String numbers = ",1.5".repeat(columns.size() - 5);
    String nothing = ",".repeat(columns.size() - 5);
    read(String.join(",", columns) + "\n" + text.replace("~", numbers).replace("^", nothing));
  }

  private static void read(String text) throws IOException {
    try {
      for (TrainingRow row : TrainingText.parse(NAME, text)) {
        assertTrue(row.index() >= 0, () -> "run " + row.index());
        for (double feature : row.features()) {
          assertFalse(Double.isInfinite(feature), "an infinite feature");
        }
        if (row.started()) {
          assertFalse(Double.isInfinite(row.plannedRatePerSecond()), "an infinite rate");
          row.starved();
        }
      }
    } catch (MalformedInputException e) {
      String message = e.getMessage();
      assertTrue(
          message != null && message.startsWith(NAME) && message.chars().noneMatch(c -> c < ' '),
          () -> "not one line that names the file: " + message);
    }
  }
}
