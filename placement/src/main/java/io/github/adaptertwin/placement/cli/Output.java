package io.github.adaptertwin.placement.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where a command's answer goes: text for people, or JSON for programs. */
final class Output {
  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(names = "--json", description = "Print the answer as JSON.")
  private boolean json;

  boolean isJson() {
    return json;
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("not called through the command line");
    }
    return spec;
  }

  PrintWriter out() {
    return spec().commandLine().getOut();
  }

  void json(Object tree) {
    out().println(JsonText.of(tree));
  }

  /**
   * Looks whether a file can be made where the user wants it, before long work and not after it.
   *
   * @throws IllegalArgumentException if its folder is missing, or it is a folder itself
   */
  static void requirePlaceFor(@Nullable Path file) {
    if (file == null) {
      return;
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || Files.isDirectory(file)) {
      throw new IllegalArgumentException(file + " is a folder; name a file");
    }
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          "there is no folder " + folder + " to write " + file.getFileName() + "; make it first");
    }
  }

  /** Tells something beside the answer. */
  void note(String words) {
    spec().commandLine().getErr().println(words);
  }

  /** Tells that no plan keeps the rules; the answer is the exit code. */
  int infeasible(String reason, String message) {
    if (json) {
      json(JsonText.object("infeasible", reason, "message", message));
    }
    note("infeasible (" + reason + "): " + message);
    return Main.INFEASIBLE;
  }
}
