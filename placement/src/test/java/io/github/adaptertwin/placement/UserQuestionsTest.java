package io.github.adaptertwin.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the examples that answer what users of multi-LoRA serving ask. */
class UserQuestionsTest {
  @TempDir Path folder;

  private String run(String example) throws Exception {
    Path source = Path.of("..", "docs", "examples", example + ".java");
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                folder.toString(),
                source.toString());
    assertEquals(0, failed, "compiles");
    PrintStream before = System.out;
    Locale language = Locale.getDefault();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (URLClassLoader classes =
        new URLClassLoader(
            new URL[] {folder.toUri().toURL()}, UserQuestionsTest.class.getClassLoader())) {
      System.setOut(new PrintStream(text, true, StandardCharsets.UTF_8));
      java.lang.reflect.Method main =
          classes.loadClass(example).getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      // The examples print in the language of whoever runs them.
      Locale.setDefault(Locale.ROOT);
      main.invoke(null, (Object) new String[0]);
    } finally {
      Locale.setDefault(language);
      System.setOut(before);
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  private static List<Double> numbers(String pattern, String text) {
    List<Double> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      found.add(Double.parseDouble(matcher.group(1).replace(",", "")));
    }
    return found;
  }

  @Test
  void how_many_adapters_fit() throws Exception {
    List<Double> slots = numbers("(\\d+) slots fit", run("HowManyAdaptersFit"));
    assertEquals(5, slots.size());
    for (int i = 1; i < slots.size(); i++) {
      assertTrue(slots.get(i) < 0.6 * slots.get(i - 1), "twice the rank, half the slots: " + slots);
    }
  }

  @Test
  void which_max_loras() throws Exception {
    String answer = run("WhichMaxLoras");
    assertTrue(answer.contains("--max-loras"), answer);
    assertTrue(numbers("--max-loras (\\d+)", answer).stream().allMatch(s -> s < 200), answer);
  }

  @Test
  void why_did_it_refuse_to_start() throws Exception {
    String answer = run("WhyDidItRefuseToStart");
    assertTrue(answer.startsWith("KV_BELOW_MAX_MODEL_LEN"), answer);
    assertTrue(numbers("with ([\\d,]+) KV tokens", answer).get(0) > 100_000, answer);
  }

  @Test
  void why_is_base_traffic_slow() throws Exception {
    List<Double> millis = numbers(": ([\\d.]+) ms", run("WhyIsBaseTrafficSlow"));
    assertTrue(millis.get(2) > millis.get(0) + 3, "idle slots cost time: " + millis);
  }

  @Test
  void what_does_a_rank_128_adapter_cost() throws Exception {
    List<Double> tokens = numbers("([\\d,]+) KV tokens", run("WhatDoesARank128AdapterCost"));
    assertTrue(tokens.size() >= 2, tokens.toString());
    assertTrue(tokens.get(1) < tokens.get(0), tokens.toString());
  }
}
