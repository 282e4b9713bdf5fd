package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.placement.Placement;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** A plan that a command starts from. */
final class PlanFile {
  @Option(
      names = {"-p", "--plan"},
      required = true,
      paramLabel = "FILE.json",
      description = "Plan as place --json writes it, - for standard input.")
  private Path plan = Path.of("");

  Placement read() throws IOException {
    if (plan.toString().equals(WorkloadInput.STANDARD_INPUT)) {
      return Placement.read(
          "standard input", new InputStreamReader(System.in, StandardCharsets.UTF_8));
    }
    return Placement.read(plan);
  }
}
