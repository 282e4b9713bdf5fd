package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.GpuOffer;
import io.github.adaptertwin.placement.GpuPool;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** On what is planned, and how. */
final class PlanInput {
  @Mixin private GpuInput gpu = new GpuInput();
  @Mixin private EngineInput engine = new EngineInput();
  @Mixin private CalibrationInput calibration = new CalibrationInput();
  @Mixin private RuleInput judged = new RuleInput();
  @Mixin private MarginInput margins = new MarginInput();

  @Option(
      names = "--oracle",
      paramLabel = "twin|surrogate|steady_state",
      defaultValue = "twin",
      description =
          "What judges candidates while packing; the twin verifies in any case (default:"
              + " ${DEFAULT-VALUE}).")
  private PlacementOptions.Oracle oracle = PlacementOptions.Oracle.TWIN;

  @Option(
      names = "--tensor-parallel-size",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Cards that share the model; each GPU of the plan is then a set of so many (default:"
              + " ${DEFAULT-VALUE}).")
  private int tensorParallel;

  GpuSpec card() {
    return gpu.card();
  }

  /** {@return most GPUs, or {@link GpuOffer#UNLIMITED}} */
  int mostGpus() {
    return margins.mostGpus();
  }

  boolean quiet() {
    return judged.quiet();
  }

  GpuPool pool() {
    return GpuPool.of(card(), mostGpus());
  }

  /**
   * {@return the pool that a user has given, or else the one of these options}
   *
   * @throws IllegalArgumentException if there are both
   */
  GpuPool poolOr(@Nullable GpuPool given) {
    if (given == null) {
      return pool();
    }
    if (gpu.isGiven() || margins.hasMostGpus()) {
      throw new IllegalArgumentException(
          "--pool says which GPUs there are; leave --gpu and --gpus out");
    }
    return given;
  }

  /**
   * {@return how to plan a workload}
   *
   * @throws IllegalArgumentException if an option is outside its bounds, or the engine would refuse
   *     requests of the workload
   * @throws IOException if a profile cannot be read
   */
  PlacementOptions.Builder options(Workload workload, GpuPool pool, long seed, Progress progress)
      throws IOException {
    List<GpuSpec> cards = pool.offers().stream().map(GpuOffer::gpu).toList();
    PlacementOptions.Builder builder =
        margins
            .builder()
            .oracle(oracle)
            .calibration(calibration.read(cards, Models.named(workload.baseModel())))
            .rules(judged.rules())
            .seed(seed)
            .tensorParallel(tensorParallel)
            .maxNumSeqs(engine.maxNumSeqs())
            .maxNumBatchedTokens(engine.maxNumBatchedTokens())
            .gpuMemoryUtilization(engine.utilization())
            .progress(progress);
    if (engine.hasMaxModelLen()) {
      builder.maxModelLen(engine.maxModelLen(0));
    }
    return builder;
  }
}
