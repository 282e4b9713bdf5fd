package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of the command line. */
@Command(
    name = "adaptertwin",
    description = "Plans multi-LoRA serving on a digital twin.",
    mixinStandardHelpOptions = true,
    version = "AdapterTwin 0.1.0",
    subcommands = {PlaceCommand.class, CommandLine.HelpCommand.class})
public final class Main {
  /** The command did what it was asked for. */
  static final int DONE = 0;

  /** The arguments or a file cannot be used. */
  static final int BAD_INPUT = 2;

  /** There is no placement that keeps the rules. */
  static final int INFEASIBLE = 3;

  private Main() {}

  /**
   * Runs a command and exits with 0 (done), 2 (bad input) or 3 (infeasible).
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(
        run(
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            args));
  }

  /** Runs a command; its exit status is returned. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine line = new CommandLine(new Main());
    line.setOut(out);
    line.setErr(err);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(Main::tellUser);
    return args.length == 0 ? line.execute("help") : line.execute(args);
  }

  /** A user's mistake is told in one line; anything else is a defect and keeps its stack trace. */
  private static int tellUser(Exception problem, CommandLine line, CommandLine.ParseResult parsed)
      throws Exception {
    if (problem instanceof MalformedInputException
        || problem instanceof IllegalArgumentException
        || problem instanceof IOException) {
      line.getErr().println("error: " + problem.getMessage());
      return BAD_INPUT;
    }
    throw problem;
  }
}
