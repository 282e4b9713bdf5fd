package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.Evaluation;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code adaptertwin evaluate}: runs a plan on the twin. */
@Command(
    name = "evaluate",
    description =
        "Runs a plan, made here or changed by hand, on the twin and judges each GPU. Cards, flags"
            + " and shares are the plan's; another traffic is another --workload or --trace.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  adaptertwin evaluate --plan plan.json --workload next-week.json",
      "  adaptertwin place --json | adaptertwin evaluate --plan -"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();
  @Mixin private WorkloadInput input = new WorkloadInput();
  @Mixin private RuleInput judged = new RuleInput();
  @Mixin private CalibrationInput calibration = new CalibrationInput();
  @Mixin private PlanFile plan = new PlanFile();

  @Override
  public Integer call() throws IOException {
    List<FeasibilityRule> rules = judged.rules();
    Workload workload = input.read();
    Placement before = plan.read();
    try (ProgressBars bars = ProgressBars.unless(judged.quiet())) {
      PlacementOptions options =
          PlacementOptions.builder()
              .rules(rules)
              .calibration(
                  calibration.read(
                      before.gpus().stream().map(GpuLoad::gpu).distinct().toList(),
                      Models.named(before.baseModel())))
              .seed(input.seed())
              .threads(Runtime.getRuntime().availableProcessors())
              .progress(bars)
              .build();
      Evaluation evaluation = Placer.with(options).evaluate(before, workload);
      bars.clear();
      if (output.isJson()) {
        output.json(tree(evaluation));
      } else {
        print(evaluation.placement().gpus());
      }
      evaluation.complaints().forEach(output::note);
      return evaluation.feasible() ? Main.DONE : Main.INFEASIBLE;
    }
  }

  private static Object tree(Evaluation evaluation) {
    return JsonText.object(
        "schemaVersion", 1,
        "feasible", evaluation.feasible(),
        "complaints", evaluation.complaints(),
        "gpus", evaluation.placement().gpus().stream().map(EvaluateCommand::tree).toList());
  }

  private static Object tree(GpuLoad load) {
    GpuLoad.Verified v = load.verified();
    return JsonText.object(
        "index", load.index(),
        "replications", v.replications(),
        "completedShare", tree(v.completedShare()),
        "throughputTokensPerSecond", tree(v.throughputTokensPerSecond()),
        "meanItlSeconds", tree(v.meanItlSeconds()),
        "p95TtftSeconds", tree(v.p95TtftSeconds()));
  }

  private static Object tree(Estimate estimate) {
    return JsonText.object("mean", estimate.mean(), "halfWidth95", estimate.halfWidth());
  }

  private void print(List<GpuLoad> gpus) {
    output
        .out()
        .printf(
            "%-4s %-15s %8s %18s %18s %20s%n",
            "GPU", "kind", "adapters", "completed %", "mean ITL ms", "p95 TTFT ms");
    for (GpuLoad load : gpus) {
      output
          .out()
          .printf(
              Locale.ROOT,
              "%-4d %-15s %8d %18s %18s %20s%n",
              load.index(),
              load.gpu().name(),
              load.parts().size(),
              interval(load.verified().completedShare(), 100),
              interval(load.verified().meanItlSeconds(), 1e3),
              interval(load.verified().p95TtftSeconds(), 1e3));
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
