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

  /** One argument a line. */
  @FuzzTest
  void arguments(byte[] bytes) {
    List<String> words =
        new ArrayList<>(Arrays.asList(new String(bytes, StandardCharsets.UTF_8).split("\n", -1)));
    // A file of arguments or standard input would be read.
    words.removeIf(word -> word.startsWith("@") || word.equals("-"));
    String[] args = words.toArray(String[]::new);
    if (args.length > 0 && HARMLESS.contains(args[0])) {
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      int code = Main.run(new PrintWriter(out), new PrintWriter(err), args);
      assertTrue(code == Main.DONE || code == Main.BAD_INPUT, () -> "exit code " + code + err);
      assertEquals(code == Main.DONE, err.toString().isEmpty(), err::toString);
      return;
    }
    try {
      PARSER.parseArgs(args);
    } catch (CommandLine.ParameterException e) {
      assertTrue(e.getMessage() != null && !e.getMessage().isBlank(), "no message");
    }
  }
}
