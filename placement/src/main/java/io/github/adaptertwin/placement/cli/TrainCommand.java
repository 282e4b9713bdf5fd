package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.surrogate.ThreadRuns;
import io.github.adaptertwin.surrogate.serving.ServingSurrogate;
import io.github.adaptertwin.surrogate.serving.ServingTrainer;
import io.github.adaptertwin.surrogate.serving.TrainingDesign;
import io.github.adaptertwin.surrogate.serving.TrainingFile;
import io.github.adaptertwin.surrogate.serving.TrainingPlan;
import io.github.adaptertwin.surrogate.serving.TrainingRow;
import io.github.adaptertwin.surrogate.serving.TrainingSpace;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code adaptertwin train}: a surrogate of one card, base model and law of lengths. */
@Command(
    name = "train",
    description = "Runs the twin on many loads and learns a surrogate from them.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  adaptertwin train --gpu h100-80gb-sxm --runs 1000 --output surrogate.json",
      "  adaptertwin train --workload w.json --rows rows.csv --output surrogate.json",
      "      goes on where it was ended, from the rows that are there"
    })
final class TrainCommand implements Callable<Integer> {
  private static final double BURSTY = 4;

  @Mixin private Output output = new Output();
  @Mixin private WorkloadInput input = new WorkloadInput();
  @Mixin private GpuInput gpu = new GpuInput();

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "300",
      description = "Loads that the twin is run on, at least 50 (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--horizon",
      paramLabel = "SECONDS",
      defaultValue = "3600",
      description = "Length of a run (default: ${DEFAULT-VALUE}).")
  private double horizonSeconds;

  @Option(
      names = "--dispersion",
      paramLabel = "X",
      description =
          "Largest variance over mean of the counts of arrivals, at least 1 (default: 4 where the"
              + " workload has arrivals other than Poisson, else 1).")
  private @Nullable Double dispersion;

  @Option(names = "--rows", paramLabel = "FILE.csv", description = "Keep the runs here.")
  private @Nullable Path rows;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE.json",
      description = "The surrogate.")
  private Path file = Path.of("");

  @Option(
      names = {"-q", "--quiet"},
      description = "Show no progress.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    Output.requirePlaceFor(file);
    Output.requirePlaceFor(rows);
    Workload workload = input.read();
    TrainingPlan plan = plan(workload);
    ThreadRuns threads = new ThreadRuns(Runtime.getRuntime().availableProcessors());
    try (ProgressBars bars = ProgressBars.unless(quiet)) {
      List<TrainingRow> done =
          rows == null
              ? plan.run(threads, bars)
              : new TrainingFile(rows).complete(plan, threads, bars);
      ServingSurrogate surrogate =
          ServingTrainer.usual()
              .withThreads(threads.threads())
              .train(done, Map.of("plan", plan.describe()));
      surrogate.write(file);
      bars.clear();
      if (output.isJson()) {
        output.json(surrogate.provenance());
      } else {
        surrogate.provenance().forEach((name, value) -> output.out().println(name + ": " + value));
      }
    }
    output.note("wrote " + file);
    return Main.DONE;
  }

  private double dispersion(Workload workload) {
    if (dispersion != null) {
      return dispersion;
    }
    boolean bursts =
        workload.isRecorded()
            || workload.adapters().stream()
                .anyMatch(traffic -> traffic.arrivals().limitOfDispersion() != 1);
    return bursts ? BURSTY : 1;
  }

  private TrainingPlan plan(Workload workload) {
    List<Integer> ranks =
        workload.loraAdapters().stream().map(a -> a.rank()).distinct().sorted().toList();
    TrainingSpace space =
        TrainingSpace.builder(workload.lengths(), EngineFlags.builder().build())
            .ranks(ranks)
            .adapters(4, Math.max(512, workload.adapters().size()))
            .dispersion(dispersion(workload))
            .build();
    return new TrainingPlan(
        TrainingDesign.SOBOL,
        runs,
        input.seed(),
        space,
        List.of(gpu.name()),
        List.of(workload.baseModel()),
        EngineVersion.VLLM_0_8_5,
        horizonSeconds);
  }
}
