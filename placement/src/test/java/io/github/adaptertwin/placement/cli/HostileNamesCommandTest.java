package io.github.adaptertwin.placement.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.adaptertwin.placement.hardening.HostileNames;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names are data: they reach a program's JSON as they are, and a terminal without its commands. */
class HostileNamesCommandTest {
  @TempDir private Path folder = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }

  private static void assertHarmless(String shown) {
    shown
        .codePoints()
        .filter(c -> c != '\n')
        .forEach(
            c -> {
              int type = Character.getType(c);
              assertTrue(
                  type != Character.CONTROL
                      && type != Character.FORMAT
                      && type != Character.LINE_SEPARATOR
                      && type != Character.PARAGRAPH_SEPARATOR,
                  () -> "U+" + Integer.toHexString(c) + " reaches the terminal");
            });
  }

  private String workloadFile() throws IOException {
    JsonArray adapters = new JsonArray();
    for (String id : HostileNames.ALL) {
      JsonObject adapter = new JsonObject();
      adapter.addProperty("id", id);
      adapter.addProperty("rank", 16);
      adapter.addProperty("ratePerSecond", 0.1);
      adapters.add(adapter);
    }
    JsonObject workload =
        JsonParser.parseString(
                """
                {"schemaVersion": 2, "baseModel": "llama-3.1-8b-instruct", "horizonSeconds": 60,
                 "lengths": {"law": "fixed", "inputTokens": 100, "outputTokens": 20}}
                """)
            .getAsJsonObject();
    workload.add("adapters", adapters);
    Path file = folder.resolve("w.json");
    Files.writeString(file, workload.toString());
    return file.toString();
  }

  @Test
  void place_hostileNames_areWholeInJsonAndHarmlessOnTheTerminal() throws IOException {
    String workload = workloadFile();
    Path plan = folder.resolve("plan.json");
    assertEquals(0, run("place", "-w", workload, "-q", "-o", plan.toString()), err::toString);
    assertHarmless(out.toString());
    Set<String> ids = new TreeSet<>();
    for (JsonElement gpu :
        JsonParser.parseString(Files.readString(plan)).getAsJsonObject().getAsJsonArray("gpus")) {
      for (JsonElement adapter : gpu.getAsJsonObject().getAsJsonArray("adapters")) {
        ids.add(adapter.getAsJsonObject().get("id").getAsString());
      }
    }
    assertEquals(HostileNames.ALL, ids);
    assertEquals(0, run("evaluate", "--plan", plan.toString(), "-w", workload, "-q"));
    assertHarmless(out.toString());
    assertEquals(0, run("simulate", "-w", workload), err::toString);
    assertHarmless(out.toString());
  }

  @Test
  void mistakes_hostileWords_areToldInOneHarmlessLine() throws IOException {
    for (String id : HostileNames.ALL) {
      Path file = folder.resolve("bad.json");
      JsonObject bad = new JsonObject();
      bad.addProperty(id, id);
      Files.writeString(file, bad.toString());
      assertEquals(2, run("place", "-w", file.toString(), "-q"));
      assertHarmless(err.toString());
      assertTrue(err.toString().length() < 3_000, "a line of " + err.toString().length());
      assertEquals(2, run("memory", "--model", "m" + id));
      assertHarmless(err.toString());
    }
  }
}
