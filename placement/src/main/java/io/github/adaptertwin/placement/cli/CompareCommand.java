package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.GpuOffer;
import io.github.adaptertwin.placement.Infeasible;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.PlacementResult;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.placement.Planner;
import io.github.adaptertwin.placement.baseline.Baselines;
import io.github.adaptertwin.placement.baseline.PlacementAlgorithm;
import io.github.adaptertwin.placement.baseline.Problem;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.placement.verify.Verifier;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code adaptertwin compare}: algorithms side by side, all judged by the same twin. */
@Command(
    name = "compare",
    description = "Places a workload by several algorithms and judges all plans by the twin.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  adaptertwin compare --gpus 4",
      "  adaptertwin compare --workload w.json --algorithms adaptertwin,paper_greedy --json"
    })
final class CompareCommand implements Callable<Integer> {
  private static final String OWN = "adaptertwin";
  private static final int GPUS = 4;

  @Mixin private Output output = new Output();
  @Mixin private WorkloadInput input = new WorkloadInput();
  @Mixin private PlanInput how = new PlanInput();

  @Option(
      names = "--algorithms",
      paramLabel = "NAME,NAME",
      split = ",",
      description = "Which (default: all). adaptertwin is the planner of place.")
  private List<String> algorithms = new ArrayList<>();

  /** One line of the comparison; no GPUs if there is no plan. */
  private record Row(String name, int gpus, int broken, double leastShare, String words) {}

  @Override
  public Integer call() throws IOException {
    Workload workload = input.read();
    List<String> names = algorithms;
    if (names.isEmpty()) {
      names = new ArrayList<>(List.of(OWN));
      names.addAll(Baselines.all().stream().map(PlacementAlgorithm::name).toList());
    }
    for (String name : names) {
      if (!name.equals(OWN)) {
        Baselines.named(name);
      }
    }
    List<Row> rows = new ArrayList<>();
    try (ProgressBars bars = ProgressBars.unless(how.quiet())) {
      PlacementOptions options = how.options(workload, how.pool(), input.seed(), bars).build();
      for (String name : names) {
        rows.add(name.equals(OWN) ? own(workload, options) : other(name, workload, options));
      }
    }
    if (output.isJson()) {
      output.json(rows.stream().map(CompareCommand::tree).toList());
    } else {
      print(rows);
    }
    return Main.DONE;
  }

  private Row own(Workload workload, PlacementOptions options) {
    PlacementResult result = Placer.with(options).place(workload, how.pool());
    if (result instanceof Infeasible infeasible) {
      return new Row(OWN, 0, 0, Double.NaN, infeasible.message());
    }
    List<PlannedGpu> gpus = new ArrayList<>();
    for (GpuLoad load : ((Placement) result).gpus()) {
      gpus.add(
          new PlannedGpu(
              load.gpu(),
              GpuTraffic.of(workload, load.parts(), load.baseFrom(), load.baseTo()),
              load.flags()));
    }
    return judged(OWN, gpus, workload, options);
  }

  private Row other(String name, Workload workload, PlacementOptions options) {
    Planner planner = Placer.with(options);
    Problem problem =
        new Problem(
            workload,
            planner.steadyState(workload, how.card()),
            options.engineVersion(),
            sets(options),
            options.seed());
    PlacementAlgorithm.Outcome outcome = Baselines.named(name).place(problem);
    if (outcome instanceof PlacementAlgorithm.Outcome.GaveUp gaveUp) {
      return new Row(name, 0, 0, Double.NaN, gaveUp.reason());
    }
    return judged(name, ((PlacementAlgorithm.Outcome.Placed) outcome).gpus(), workload, options);
  }

  /** Lets the twin judge a plan on requests that are the same for all algorithms. */
  private static Row judged(
      String name, List<PlannedGpu> gpus, Workload workload, PlacementOptions options) {
    List<GpuVerdict> verdicts =
        new Verifier(
                Models.named(workload.baseModel()),
                options.calibration(),
                options.rules(),
                options.verificationReplications(),
                options.threads())
            .verify(gpus, options.seed(), options.progress());
    int broken = (int) verdicts.stream().filter(v -> !v.feasible()).count();
    String words =
        verdicts.stream()
            .filter(v -> !v.feasible())
            .min(Comparator.comparingDouble(GpuVerdict::leastShare))
            .map(worst -> worst.complaints().get(0))
            .orElse("keeps the rules");
    double least = verdicts.stream().mapToDouble(GpuVerdict::leastShare).min().orElse(1);
    return new Row(name, gpus.size(), broken, least, words);
  }

  /** How many sets of cards that share the model the baselines get. */
  private int sets(PlacementOptions options) {
    if (how.mostGpus() == GpuOffer.UNLIMITED) {
      return GPUS;
    }
    int sets = how.mostGpus() / options.tensorParallel();
    if (sets == 0) {
      throw new IllegalArgumentException(
          "no offer of the pool has the "
              + options.tensorParallel()
              + " cards that share the model; offer more, or let fewer share it");
    }
    return sets;
  }

  private static Object tree(Row row) {
    return JsonText.object(
        "algorithm", row.name(),
        "placed", row.gpus() > 0,
        "gpus", row.gpus(),
        "gpusInTrouble", row.broken(),
        "leastCompletedShare", row.leastShare(),
        "words", row.words());
  }

  private void print(List<Row> rows) {
    output
        .out()
        .printf("%-26s %5s %11s %12s  %s%n", "algorithm", "GPUs", "in trouble", "least share", "");
    for (Row row : rows) {
      boolean placed = row.gpus() > 0;
      output
          .out()
          .printf(
              Locale.ROOT,
              "%-26s %5s %11s %12s  %s%n",
              row.name(),
              placed ? row.gpus() : "-",
              placed ? row.broken() : "-",
              placed ? String.format(Locale.ROOT, "%.1f %%", 100 * row.leastShare()) : "-",
              row.words());
    }
  }
}
