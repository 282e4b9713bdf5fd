package io.github.adaptertwin.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.placement.export.ExportFormat;
import io.github.adaptertwin.placement.export.ExportSettings;
import io.github.adaptertwin.placement.export.Exports;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;

/**
 * Plans of any text: they are read, then read again as they are written and exported, or refused by
 * a {@link MalformedInputException} whose message is one line.
 */
class PlacementFuzzTest {
  @FuzzTest
  void plan(byte[] bytes) {
    Placement plan;
    try {
      plan =
          Placement.read("plan.json", new StringReader(new String(bytes, StandardCharsets.UTF_8)));
    } catch (MalformedInputException e) {
      String message = e.getMessage();
      assertTrue(
          message != null
              && message.startsWith("plan.json")
              && message.chars().noneMatch(c -> c < ' '),
          () -> "not one line that names the file: " + message);
      return;
    }
    String written = plan.toJson();
    assertEquals(written, Placement.read("again", new StringReader(written)).toJson());
    try {
      for (ExportFormat format : ExportFormat.values()) {
        Exports.render(plan, ExportSettings.defaults(plan.baseModel()), format);
      }
    } catch (IllegalArgumentException e) {
      assertTrue(e.getMessage() != null && !e.getMessage().isBlank(), "no message");
    }
  }
}
