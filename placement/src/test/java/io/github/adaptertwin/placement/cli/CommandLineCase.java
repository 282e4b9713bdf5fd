package io.github.adaptertwin.placement.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands in a folder of their own and keeps what they print. */
abstract class CommandLineCase {
  static final String WORKLOAD =
      """
      {"schemaVersion": 1, "baseModel": "llama-3.1-8b-instruct", "horizonSeconds": 600,
       "lengths": {"law": "fixed", "inputTokens": 250, "outputTokens": 230},
       "adapters": [{"id": "a", "rank": 8, "ratePerSecond": 0.5},
                    {"id": "b", "rank": 16, "ratePerSecond": 0.25}]}
      """;

  @TempDir Path folder = Path.of("");

  final StringWriter out = new StringWriter();
  final StringWriter err = new StringWriter();

  final int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  final JsonElement json(String... args) {
    assertEquals(0, run(args), err.toString());
    return JsonParser.parseString(out.toString());
  }

  final String file(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, text, StandardCharsets.UTF_8);
    return file.toString();
  }
}
