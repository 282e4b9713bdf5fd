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
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** On what is planned, and how. */
final class PlanInput {
  private static final double BYTES_PER_GIB = 1L << 30;

  /** More than any host has; what is above is a slip of units. */
  private static final double MOST_GIB = 1L << 20;

  @Mixin private GpuInput gpu = new GpuInput();
  @Mixin private EngineInput engine = new EngineInput();
  @Mixin private CalibrationInput calibration = new CalibrationInput();
  @Mixin private RuleInput judged = new RuleInput();

  @Option(
      names = "--gpus",
      paramLabel = "N",
      description = "Most GPUs that may be used (default: no limit).")
  private @Nullable Integer gpus;

  @Option(
      names = "--oracle",
      paramLabel = "twin|surrogate|steady_state",
      defaultValue = "twin",
      description =
          "What judges candidates while packing; the twin verifies in any case (default:"
              + " ${DEFAULT-VALUE}).")
  private PlacementOptions.Oracle oracle = PlacementOptions.Oracle.TWIN;

  @Option(
      names = "--headroom",
      paramLabel = "SHARE",
      defaultValue = "0",
      description =
          "Share by which traffic may grow without breaking a rule (default: ${DEFAULT-VALUE}).")
  private double headroom;

  @Option(
      names = "--burst-cv",
      paramLabel = "CV",
      defaultValue = "1",
      description =
          "Coefficient of variation of gaps for which the rules must hold (default:"
              + " ${DEFAULT-VALUE}, the traffic as it comes).")
  private double burstCv;

  @Option(names = "--survive-loss", description = "Plan so that any one GPU may fail.")
  private boolean survivesLoss;

  @Option(names = "--no-sharing", description = "Serve every adapter on one GPU only.")
  private boolean alone;

  @Option(
      names = "--tensor-parallel-size",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Cards that share the model; each GPU of the plan is then a set of so many (default:"
              + " ${DEFAULT-VALUE}).")
  private int tensorParallel;

  @Option(
      names = "--host-memory-gib",
      paramLabel = "GIB",
      defaultValue = "Infinity",
      showDefaultValue = Visibility.NEVER,
      description =
          "Host memory of each GPU for its adapters, which all stay pinned there (default: no"
              + " limit).")
  private double hostMemoryGib;

  GpuSpec card() {
    return gpu.card();
  }

  /** {@return most GPUs, or {@link GpuOffer#UNLIMITED}} */
  int mostGpus() {
    return gpus == null ? GpuOffer.UNLIMITED : gpus;
  }

  boolean quiet() {
    return judged.quiet();
  }

  private static long bytes(double gib) {
    if (!(gib > 0 && gib <= MOST_GIB)) {
      throw new IllegalArgumentException(
          "host memory is " + gib + " GiB, must be above 0 and at most " + (long) MOST_GIB);
    }
    return (long) Math.max(1, gib * BYTES_PER_GIB);
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
    if (gpu.isGiven() || gpus != null) {
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
        PlacementOptions.builder()
            .oracle(oracle)
            .calibration(calibration.read(cards, Models.named(workload.baseModel())))
            .rules(judged.rules())
            .seed(seed)
            .headroom(headroom)
            .burstGapCv(burstCv)
            .survivesLoss(survivesLoss)
            .replication(!alone)
            .tensorParallel(tensorParallel)
            .maxNumSeqs(engine.maxNumSeqs())
            .maxNumBatchedTokens(engine.maxNumBatchedTokens())
            .gpuMemoryUtilization(engine.utilization())
            .threads(Runtime.getRuntime().availableProcessors())
            .progress(progress);
    if (engine.hasMaxModelLen()) {
      builder.maxModelLen(engine.maxModelLen(0));
    }
    if (hostMemoryGib != Double.POSITIVE_INFINITY) {
      builder.hostMemoryBytes(bytes(hostMemoryGib));
    }
    return builder;
  }
}
