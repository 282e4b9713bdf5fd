package io.github.adaptertwin.placement.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;

/**
 * Arguments of any kind: commands that only tell something are carried out, all others are parsed.
 * Either they work, or a mistake is told with exit code 2 and without a stack trace.
 */
class ArgumentsFuzzTest {
  /** Making one takes a hundred times as long as parsing. */
  private static final CommandLine PARSER = Main.commandLine();

  private static final Set<String> HARMLESS =
      Set.of("memory", "models", "gpus", "help", "--help", "--version");

  /** One argument a line; parsed, and nothing done. */
  @FuzzTest
  void arguments(byte[] bytes) {
    try {
      PARSER.parseArgs(words(bytes));
    } catch (CommandLine.ParameterException e) {
      assertTrue(e.getMessage() != null && !e.getMessage().isBlank(), "no message");
    }
  }

  /** Commands that write no file, carried out: they answer, or say in one go what is wrong. */
  @FuzzTest
  void commands(byte[] bytes) {
    String[] args = words(bytes);
    if (args.length == 0 || !HARMLESS.contains(args[0])) {
      return;
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), args);
    assertTrue(code == Main.DONE || code == Main.BAD_INPUT, () -> "exit code " + code + err);
    assertEquals(code == Main.DONE, err.toString().isEmpty(), err::toString);
  }

  /** A file of arguments or standard input would be read, so their words are left out. */
  private static String[] words(byte[] bytes) {
    List<String> words =
        new ArrayList<>(Arrays.asList(new String(bytes, StandardCharsets.UTF_8).split("\n", -1)));
    words.removeIf(word -> word.startsWith("@") || word.equals("-"));
    return words.toArray(String[]::new);
  }
}
