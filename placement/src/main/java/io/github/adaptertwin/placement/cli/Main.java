package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.VisibleText;
import io.github.adaptertwin.gpu.spec.CatalogueFile;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Entry point of the command line. */
@Command(
    name = "adaptertwin",
    description = "Plans multi-LoRA serving on a digital twin.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      PlaceCommand.class,
      EvaluateCommand.class,
      ReplaceCommand.class,
      CompareCommand.class,
      SimulateCommand.class,
      SummarizeCommand.class,
      CalibrateCommand.class,
      TrainCommand.class,
      MemoryCommand.class,
      ModelsCommand.class,
      GpusCommand.class,
      AutoComplete.GenerateCompletion.class,
      CommandLine.HelpCommand.class
    },
    footer = {
      "",
      "Exit codes: 0 done, 2 bad input, 3 infeasible, 141 reader of the output gone.",
      "Completion in bash and zsh: source <(adaptertwin generate-completion)"
    })
public final class Main {
  /** Columns of the help, wide enough for a line of an example. */
  private static final int HELP_WIDTH = 100;

  /** The command did what it was asked for. */
  static final int DONE = 0;

  /** The arguments or a file cannot be used. */
  static final int BAD_INPUT = 2;

  /** There is no placement that keeps the rules. */
  static final int INFEASIBLE = 3;

  /** Who read the answer stopped reading: 128 + SIGPIPE, as a shell tells it of other programs. */
  static final int PIPE_CLOSED = 141;

  @Option(
      names = "--catalogue",
      paramLabel = "FILE.json",
      scope = CommandLine.ScopeType.INHERIT,
      description = "GPUs and base models of your own (docs/gpu.md); may be given more than once.")
  void addCatalogues(@Nullable List<Path> files) {
    // Called for what stands before and after the name of a command, and with nothing at first.
    if (files != null) {
      catalogues.addAll(files);
    }
  }

  private final Set<Path> catalogues = new LinkedHashSet<>();

  private Main() {}

  /** The version that the jar was built as. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String built = Main.class.getPackage().getImplementationVersion();
      return new String[] {"AdapterTwin " + (built == null ? "unpackaged" : built)};
    }
  }

  /**
   * Runs a command and exits with 0 (done), 2 (bad input, or an output that takes no more), 3
   * (infeasible) or 141 (the reader of the output is gone, as in {@code place | head}).
   *
   * @param args see {@code --help}
   */
  public static void main(String[] args) {
    StandardOutput standard = new StandardOutput(new FileOutputStream(FileDescriptor.out));
    PrintWriter out = new PrintWriter(standard, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int code = run(out, err, args);
    out.flush();
    System.exit(told(code, standard, err));
  }

  /** A writer keeps quiet about a full disk or a closed pipe, so the stream is asked at the end. */
  static int told(int code, StandardOutput out, PrintWriter err) {
    IOException failure = out.failure();
    if (failure == null) {
      return code;
    }
    if (out.isReaderGone()) {
      return PIPE_CLOSED; // Who closed the pipe wants to hear no more, neither here nor there.
    }
    err.println(
        "error: the answer could not be written to standard output: "
            + VisibleText.of(String.valueOf(failure.getMessage())));
    return BAD_INPUT;
  }

  /** Runs a command; its exit status is returned. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine line = commandLine();
    line.setOut(out);
    line.setErr(err);
    return args.length == 0 ? line.execute("help") : line.execute(args);
  }

  /** {@return the parser with all commands} */
  static CommandLine commandLine() {
    Main main = new Main();
    CommandLine line = new CommandLine(main);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpWidth(HELP_WIDTH);
    line.setParameterExceptionHandler(Main::tellMistake);
    line.setExecutionExceptionHandler(Main::tellUser);
    line.setExecutionStrategy(parsed -> main.execute(line, parsed));
    return line;
  }

  /** Names of a user's own GPUs and models are known before a command looks for them. */
  private int execute(CommandLine line, CommandLine.ParseResult parsed) {
    try {
      for (Path file : catalogues) {
        CatalogueFile.read(file).addAll();
      }
    } catch (MalformedInputException | IllegalArgumentException | IOException e) {
      line.getErr().println("error: " + VisibleText.of(words(e)));
      return BAD_INPUT;
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  /** Problems of the file system name a file and say what is wrong by their class alone. */
  private static String words(Exception problem) {
    if (problem instanceof NoSuchFileException missing) {
      return "there is no file " + missing.getFile();
    }
    if (problem instanceof AccessDeniedException denied) {
      return denied.getFile() + " may not be read or written";
    }
    if (problem instanceof FileAlreadyExistsException there) {
      return there.getFile() + " is there already";
    }
    return String.valueOf(problem.getMessage());
  }

  /** What is wrong with the arguments, and where to look, instead of a page that hides it. */
  private static int tellMistake(CommandLine.ParameterException problem, String[] args) {
    CommandLine line = problem.getCommandLine();
    line.getErr().println("error: " + VisibleText.of(String.valueOf(problem.getMessage())));
    CommandLine.UnmatchedArgumentException.printSuggestions(problem, line.getErr());
    line.getErr()
        .println("see '" + line.getCommandSpec().qualifiedName() + " --help' for all options");
    return BAD_INPUT;
  }

  /** A user's mistake is told in one line; anything else is a defect and keeps its stack trace. */
  private static int tellUser(Exception problem, CommandLine line, CommandLine.ParseResult parsed)
      throws Exception {
    if (problem instanceof MalformedInputException
        || problem instanceof IllegalArgumentException
        || problem instanceof IOException) {
      line.getErr().println("error: " + VisibleText.of(words(problem)));
      return BAD_INPUT;
    }
    throw problem;
  }
}
