package io.github.adaptertwin.placement.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlacementTableTest {
  @TempDir private Path folder = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int place(double ratePerSecond, String... more) throws IOException {
    Path file = folder.resolve("w.json");
    Files.writeString(
        file,
        """
        {"schemaVersion": 1, "baseModel": "llama-3.1-8b-instruct", "horizonSeconds": 60,
         "lengths": {"law": "fixed", "inputTokens": 250, "outputTokens": 130},
         "adapters": [{"id": "a", "rank": 8, "ratePerSecond": RATE}]}
        """
            .replace("RATE", Double.toString(ratePerSecond)),
        StandardCharsets.UTF_8);
    String[] args = new String[more.length + 4];
    args[0] = "place";
    args[1] = "--quiet";
    args[2] = "--workload";
    args[3] = file.toString();
    System.arraycopy(more, 0, args, 4, more.length);
    return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  @Test
  void a_gpu_that_stands_by_is_told_in_words() throws IOException {
    assertEquals(0, place(1, "--survive-loss"), err.toString());
    assertTrue(out.toString().contains("needs 2 GPUs (lower bound 2)"), out.toString());
    assertTrue(out.toString().matches("(?s).*\n1 .* stands by\\R.*"), out.toString());
    assertFalse(out.toString().contains("NaN"), out.toString());
  }

  @Test
  void a_pool_without_a_gpu_to_stand_by_says_so() throws IOException {
    assertEquals(3, place(1, "--survive-loss", "--gpus", "1"));
    assertTrue(err.toString().contains("one of them kept back to stand by"), err.toString());
  }

  @Test
  void only_late_first_tokens_are_worth_a_note() throws IOException {
    assertEquals(0, place(1), err.toString());
    assertFalse(out.toString().contains("one request in twenty"), out.toString());
    assertEquals(0, place(1, "--ttft-p95", "9"), err.toString());
    assertFalse(out.toString().contains("one request in twenty"), out.toString());
  }

  @Test
  void an_adapter_that_several_gpus_serve_is_told_with_its_shares() throws IOException {
    assertEquals(0, place(120), err.toString());
    double sum =
        Pattern.compile("a \\(r8, (\\d+\\.\\d) %\\)")
            .matcher(out.toString())
            .results()
            .mapToDouble(m -> Double.parseDouble(m.group(1)))
            .sum();
    assertEquals(100, sum, 0.5, out.toString());
  }
}
