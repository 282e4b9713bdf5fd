package io.github.adaptertwin.placement.report;

import io.github.adaptertwin.core.picture.Axis;
import io.github.adaptertwin.core.picture.Chart;
import io.github.adaptertwin.core.picture.Series;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.workload.Workload;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Puts the page together. */
final class PlanPage {
  /** GPUs whose part of the page is unfolded from the start. */
  private static final int OPEN = 4;

  /** Narrow enough that words can be read on a phone, where a picture is about as wide. */
  private static final double WIDTH = 400;

  private static final double HEIGHT = 210;

  private final Workload workload;
  private final Placement plan;
  private final PlacementOptions options;
  private final List<TwinRun> runs;
  private final Page page = new Page();

  PlanPage(Workload workload, Placement plan, PlacementOptions options, List<TwinRun> runs) {
    this.workload = workload;
    this.plan = plan;
    this.options = options;
    this.runs = runs;
  }

  String render(
      String style, GpuLoad fullest, List<OtherSettings> others, Sensitivity sensitivity) {
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    page.text("AdapterTwin: " + needed() + " for " + plan.baseModel());
    page.raw("</title>\n<style>\n").raw(style).raw("</style>\n</head>\n<body>\n<main>\n");
    glance();
    overview();
    sensitivity(sensitivity);
    rejected(fullest, others);
    for (GpuLoad load : plan.gpus()) {
      GpuSection.write(page, load, runs.get(load.index()), options, load.index() < OPEN);
    }
    page.raw("<footer>\n");
    for (String word : plan.extrapolated()) {
      page.paragraph("Not measured: " + word);
    }
    plan.gpus().stream().map(GpuLoad::gpu).distinct().forEach(this::stepTimes);
    page.paragraph(
        "All figures are those of one run of the twin for each GPU, on requests that neither"
            + " planning nor verification has used (seed "
            + options.seed()
            + ", engine "
            + options.engineVersion()
            + ").");
    return page.raw("</footer>\n</main>\n</body>\n</html>\n").toString();
  }

  /** What the figures of a kind of GPU stand and fall with. */
  private void stepTimes(GpuSpec gpu) {
    CalibrationProfile basis =
        StepTimeModel.of(gpu, Models.named(plan.baseModel()), options.calibration()).basis();
    page.paragraph(
        "Step times on "
            + gpu.name()
            + " rest on "
            + basis.model()
            + " on "
            + basis.gpu()
            + " under "
            + basis.engine()
            + ": "
            + basis.provenance()
            + " (error: "
            + basis.fittedError()
            + ")");
  }

  /** GPUs of the plan, and cards where those are more. */
  private String needed() {
    int cards = plan.gpus().stream().mapToInt(gpu -> gpu.flags().tensorParallel()).sum();
    String gpus = gpus(plan.gpus().size());
    return cards == plan.gpus().size() ? gpus : gpus + " of " + cards + " cards in all";
  }

  private static String gpus(int count) {
    return count + (count == 1 ? " GPU" : " GPUs");
  }

  private void glance() {
    page.heading(1, needed() + " for " + plan.baseModel());
    page.paragraph(
        workload.adapters().size()
            + " adapters, "
            + Page.number(workload.ratePerSecond(), 2)
            + " requests/s, "
            + Page.number(workload.offeredTokensPerSecond(), 0)
            + " input and output tokens/s over "
            + Page.duration(workload.horizonSeconds())
            + (workload.isRecorded() ? " of recorded traffic" : ""));
    int bound = plan.bound().gpus();
    long trouble =
        runs.stream()
            .filter(r -> r.verdicts(options.rules()).stream().anyMatch(v -> !v.feasible()))
            .count();
    page.raw("<div class=\"tiles\">\n");
    page.tile("GPUs", Integer.toString(plan.gpus().size()), kinds());
    page.tile(
        "lower bound",
        gpus(bound),
        "gap " + Page.percent(plan.gap()) + "; method: " + plan.bound().method());
    page.tile(
        "verdict",
        trouble == 0 ? "all rules kept" : gpus((int) trouble) + " in trouble",
        options.rules().stream().map(FeasibilityRule::name).collect(Collectors.joining(", ")));
    page.tile(
        "sustained",
        Page.number(total(r -> r.report().throughputTokensPerSecond()), 0) + " tok/s",
        "of " + Page.number(total(r -> r.report().idealThroughputTokensPerSecond()), 0));
    page.tile(
        "slowest first token",
        Page.duration(
            runs.stream()
                .mapToDouble(r -> r.report().ttft().p95())
                .filter(p95 -> !Double.isNaN(p95)) // A GPU that stands by has none.
                .max()
                .orElse(Double.NaN)),
        "p95 of the GPU with the largest");
    page.tile(
        "search",
        plan.assessments() + (plan.assessments() == 1 ? " candidate" : " candidates"),
        plan.truncated() ? "cut short: effort was spent" : "run to its end");
    page.raw("</div>\n");
  }

  /** Cards by kind, and in sets of how many they share the model. */
  private String kinds() {
    return plan.gpus().stream()
        .collect(Collectors.groupingBy(PlanPage::kind, Collectors.counting()))
        .entrySet()
        .stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> e.getValue() + " x " + e.getKey())
        .collect(Collectors.joining(", "));
  }

  static String kind(GpuLoad load) {
    int cards = load.flags().tensorParallel();
    return load.gpu().name() + (cards == 1 ? "" : " (" + cards + " cards that share the model)");
  }

  private double total(ToDoubleFunction<TwinRun> figure) {
    return runs.stream().mapToDouble(figure).sum();
  }

  private double[] each(ToDoubleFunction<TwinRun> figure) {
    return runs.stream().mapToDouble(figure).toArray();
  }

  private void overview() {
    charts();
    loads();
  }

  private void charts() {
    List<String> names = IntStream.range(0, runs.size()).mapToObj(Integer::toString).toList();
    Axis gpu = Axis.categories("GPU", names);
    page.raw("<div class=\"charts\">\n");
    figure(
        Chart.of("Load", gpu, Axis.linear("tokens/s"))
            .with(Series.bars("offered", each(r -> r.report().idealThroughputTokensPerSecond())))
            .with(Series.bars("sustained", each(r -> r.report().throughputTokensPerSecond()))));
    figure(
        Chart.of("Memory and time", gpu, Axis.linear("%").between(0, 100))
            .with(Series.bars("KV blocks in use", each(r -> 100 * r.report().kvUse().mean())))
            .with(
                Series.bars(
                    "GPU at work",
                    each(r -> 100 * r.report().time().compute() / r.report().durationSeconds()))));
    figure(
        Chart.of("Adapters", gpu, Axis.linear("adapters"))
            .with(
                Series.bars(
                    "served", plan.gpus().stream().mapToDouble(g -> g.parts().size()).toArray()))
            .with(
                Series.bars(
                    "slots",
                    plan.gpus().stream().mapToDouble(g -> g.flags().maxLoras()).toArray())));
    figure(
        Chart.of("Time to first token", gpu, Axis.linear("s"))
            .with(Series.bars("p50", each(r -> r.report().ttft().p50())))
            .with(Series.bars("p95", each(r -> r.report().ttft().p95())))
            .with(Series.bars("p99", each(r -> r.report().ttft().p99()))));
    page.raw("</div>\n");
  }

  private void loads() {
    page.table(
        List.of(
            "GPU",
            " kind",
            "adapters",
            "slots",
            "rank",
            "KV tokens",
            "offered tok/s",
            "sustained",
            "share",
            "mean ITL",
            "p95 TTFT",
            "copies"));
    for (GpuLoad load : plan.gpus()) {
      TwinRun run = runs.get(load.index());
      int cards = load.flags().tensorParallel();
      page.row(
          List.of(
              Integer.toString(load.index()),
              " " + load.gpu().name() + (cards == 1 ? "" : " x " + cards),
              Integer.toString(load.parts().size()),
              Integer.toString(load.flags().maxLoras()),
              Integer.toString(load.flags().maxLoraRank()),
              Page.count(run.memory().kvTokens()),
              Page.number(run.report().idealThroughputTokensPerSecond(), 0),
              Page.number(run.report().throughputTokensPerSecond(), 0),
              Page.percent(run.report().completedShare()),
              Page.duration(run.report().itl().mean()),
              Page.duration(run.report().ttft().p95()),
              Page.count(run.report().engine().hostLoads())));
    }
    page.endTable();
  }

  private void figure(Chart chart) {
    page.raw("<figure>").raw(chart.sized(WIDTH, HEIGHT).toSvg()).raw("</figure>\n");
  }

  private void sensitivity(Sensitivity s) {
    page.heading(2, "If traffic grows");
    page.table(
        List.of(
            "traffic", "GPUs in trouble", "least share", "worst p95 TTFT", " a new plan needs"));
    for (Sensitivity.Growth g : s.growth()) {
      page.row(
          g.gpusInTrouble() == 0 ? "kept" : "broken",
          List.of(
              g.factor() == 1 ? "as planned" : "+" + Page.number(100 * (g.factor() - 1), 0) + " %",
              Integer.toString(g.gpusInTrouble()),
              Page.percent(g.leastShare()),
              Page.duration(g.worstP95TtftSeconds()),
              " " + g.needed()));
    }
    page.endTable();
    page.paragraph("With one GPU less: " + s.oneLess());
  }

  private void rejected(GpuLoad fullest, List<OtherSettings> others) {
    page.heading(2, "What was rejected, and why");
    if (others.size() == 1) {
      page.paragraph(
          "Nothing: no GPU serves more adapters than it has slots for with the smallest number"
              + " that can be tried.");
      return;
    }
    page.paragraph(
        "GPU "
            + fullest.index()
            + (plan.gpus().size() == 1
                ? ""
                : ", the fullest KV cache of those with several adapters,")
            + " with the same adapters and other numbers of slots:");
    page.table(
        List.of("slots", "KV tokens", "share", "mean ITL", "p95 TTFT", " verdict of the twin"));
    OtherSettings chosen = others.stream().filter(OtherSettings::chosen).findFirst().orElseThrow();
    for (OtherSettings o : others) {
      String verdict = o.chosen() && o.rejected().isEmpty() ? "chosen" : o.verdictBeside(chosen);
      page.row(
          o.chosen() ? "chosen" : o.rejected().isEmpty() ? "" : "broken",
          List.of(
              Integer.toString(o.slots()),
              o.kvTokens() == 0 ? "\u2013" : Page.count(o.kvTokens()),
              Page.percent(o.completedShare()),
              Page.duration(o.meanItlSeconds()),
              Page.duration(o.p95TtftSeconds()),
              " " + verdict));
    }
    page.endTable();
  }
}
