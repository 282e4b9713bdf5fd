package io.github.adaptertwin.placement.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @TempDir private Path folder = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  private String file(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, text, StandardCharsets.UTF_8);
    return file.toString();
  }

  private void badInput(String words, String... args) {
    err.getBuffer().setLength(0);
    assertEquals(2, run(args), err.toString());
    assertTrue(err.toString().contains(words), err.toString());
    assertFalse(err.toString().contains("\tat "), "no stack trace");
    assertEquals("", out.toString());
  }

  @Test
  void the_built_in_example_is_placed() {
    assertEquals(0, run("place"), err.toString());
    assertTrue(out.toString().contains("llama-3.1-8b-instruct"), out.toString());
  }

  private static final String WORKLOAD =
      """
      {"schemaVersion": 1, "baseModel": "llama-3.1-8b-instruct", "horizonSeconds": 60,
       "lengths": {"law": "fixed", "inputTokens": 250, "outputTokens": 230},
       "adapters": [{"id": "a", "rank": 8, "ratePerSecond": RATE}]}
      """;

  @Test
  void a_workload_file_is_placed_or_infeasible() throws IOException {
    String small = file("small.json", WORKLOAD.replace("RATE", "0.5"));
    assertEquals(0, run("place", "--workload", small, "--gpu", "H100 80GB SXM"), err.toString());
    String large = file("large.json", WORKLOAD.replace("RATE", "200"));
    assertEquals(3, run("place", "--workload", large, "--gpus", "1"));
    assertTrue(err.toString().contains("POOL_EXHAUSTED"), err.toString());
  }

  @Test
  void mistakes_are_told_in_one_line() throws IOException {
    badInput("b9000", "place", "--gpu", "b9000");
    badInput("at least one GPU", "place", "--gpus", "0");
    badInput("missing.json", "place", "--workload", folder.resolve("missing.json").toString());
    badInput("line 3", "place", "--workload", file("w.json", WORKLOAD));
    badInput(
        "NaN",
        "place",
        "--alpha",
        "NaN",
        "--trace",
        file("t.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.0,5,4\n"));
    badInput("t.csv.gz", "place", "--trace", file("t.csv.gz", "no gzip"));
    badInput("--surprise", "place", "--surprise");
  }

  @Test
  void help_shows_examples() {
    assertEquals(0, run());
    assertEquals(0, run("place", "--help"));
    assertTrue(out.toString().contains("Examples"), out.toString());
  }

  @Test
  void the_published_trace_is_placed() {
    Path trace = Path.of(System.getProperty("twin.traces", ""), "azure-llm-2023-conv.csv.gz");
    assumeTrue(Files.exists(trace), "no published trace");
    assertEquals(0, run("place", "--trace", trace.toString()), err.toString());
  }
}
