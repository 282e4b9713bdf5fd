package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.placement.verify.Verifier;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code adaptertwin evaluate}: runs a plan on the twin. */
@Command(
    name = "evaluate",
    description = "Runs a plan, made here or changed by hand, on the twin and judges each GPU.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  adaptertwin evaluate --plan plan.json --workload w.json",
      "  adaptertwin place --json | adaptertwin evaluate --plan -"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();
  @Mixin private WorkloadInput input = new WorkloadInput();
  @Mixin private PlanInput how = new PlanInput();

  @Option(
      names = {"-p", "--plan"},
      required = true,
      paramLabel = "FILE.json",
      description = "Plan as place --json writes it, - for standard input.")
  private Path plan = Path.of("");

  @Option(
      names = "--replications",
      paramLabel = "N",
      defaultValue = "3",
      description = "Runs of each GPU (default: ${DEFAULT-VALUE}).")
  private int replications;

  @Override
  public Integer call() throws IOException {
    Workload workload = input.read();
    List<PlannedGpu> gpus = read(workload);
    try (ProgressBars bars = ProgressBars.unless(how.quiet())) {
      PlacementOptions options = how.options(input.seed(), bars);
      List<GpuVerdict> verdicts =
          new Verifier(
                  Models.named(workload.baseModel()),
                  options.engineVersion(),
                  options.rules(),
                  replications,
                  options.threads())
              .verify(gpus, options.seed(), bars);
      bars.clear();
      if (output.isJson()) {
        output.json(tree(verdicts));
      } else {
        print(gpus, verdicts);
      }
      return verdicts.stream().allMatch(GpuVerdict::feasible) ? Main.DONE : Main.INFEASIBLE;
    }
  }

  private List<PlannedGpu> read(Workload workload) throws IOException {
    if (plan.toString().equals(WorkloadInput.STANDARD_INPUT)) {
      return PlanFile.read(
          "standard input", new InputStreamReader(System.in, StandardCharsets.UTF_8), workload);
    }
    try (Reader text = Files.newBufferedReader(plan)) {
      return PlanFile.read(String.valueOf(plan.getFileName()), text, workload);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + plan, e);
    }
  }

  private static Object tree(List<GpuVerdict> verdicts) {
    List<Object> rows = new ArrayList<>();
    for (int g = 0; g < verdicts.size(); g++) {
      GpuVerdict v = verdicts.get(g);
      rows.add(
          JsonText.object(
              "index", g,
              "feasible", v.feasible(),
              "replications", v.runs().size(),
              "completedShare", tree(v.estimate(Prediction::completedShare)),
              "throughputTokensPerSecond", tree(v.estimate(Prediction::throughputTokensPerSecond)),
              "meanItlSeconds", tree(v.estimate(Prediction::meanItlSeconds)),
              "p95TtftSeconds", tree(v.estimate(Prediction::p95TtftSeconds)),
              "complaints", v.complaints()));
    }
    return JsonText.object(
        "schemaVersion",
        1,
        "feasible",
        verdicts.stream().allMatch(GpuVerdict::feasible),
        "gpus",
        rows);
  }

  private static Object tree(Estimate estimate) {
    return JsonText.object("mean", estimate.mean(), "halfWidth95", estimate.halfWidth());
  }

  private void print(List<PlannedGpu> gpus, List<GpuVerdict> verdicts) {
    output
        .out()
        .printf(
            "%-4s %-15s %8s %18s %16s %18s  %s%n",
            "GPU", "kind", "adapters", "completed %", "mean ITL ms", "p95 TTFT ms", "verdict");
    for (int g = 0; g < gpus.size(); g++) {
      GpuVerdict v = verdicts.get(g);
      output
          .out()
          .printf(
              Locale.ROOT,
              "%-4d %-15s %8d %18s %16s %18s  %s%n",
              g,
              gpus.get(g).gpu().name(),
              gpus.get(g).traffic().adapters().size(),
              interval(v.estimate(Prediction::completedShare), 100),
              interval(v.estimate(Prediction::meanItlSeconds), 1e3),
              interval(v.estimate(Prediction::p95TtftSeconds), 1e3),
              v.feasible() ? "keeps the rules" : String.join("; ", v.complaints()));
    }
  }

  private static String interval(Estimate e, double unit) {
    if (Double.isNaN(e.mean())) {
      return "-";
    }
    String mean = String.format(Locale.ROOT, "%.2f", unit * e.mean());
    return Double.isNaN(e.halfWidth())
        ? mean
        : mean + String.format(Locale.ROOT, " +-%.2f", unit * e.halfWidth());
  }
}
