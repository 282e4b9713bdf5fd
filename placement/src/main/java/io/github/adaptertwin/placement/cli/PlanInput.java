package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.placement.GpuPool;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** On what is planned, and how. */
final class PlanInput {
  @Mixin private GpuInput gpu = new GpuInput();
  @Mixin private EngineInput engine = new EngineInput();

  @Option(
      names = "--gpus",
      paramLabel = "N",
      defaultValue = "" + Integer.MAX_VALUE,
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "Most GPUs that may be used (default: no limit).")
  private int gpus;

  @Option(
      names = "--oracle",
      paramLabel = "twin|surrogate|steady_state",
      defaultValue = "twin",
      description =
          "What judges candidates while packing; the twin verifies in any case (default:"
              + " ${DEFAULT-VALUE}).")
  private PlacementOptions.Oracle oracle = PlacementOptions.Oracle.TWIN;

  @Option(
      names = "--ttft-p95",
      paramLabel = "SECONDS",
      defaultValue = "Infinity",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "Largest 95th percentile of the time to first token (default: no bound).")
  private double ttftP95Seconds;

  @Option(
      names = "--itl-p95",
      paramLabel = "SECONDS",
      defaultValue = "Infinity",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "Largest 95th percentile of the inter-token latency (default: no bound).")
  private double itlP95Seconds;

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
      names = {"-q", "--quiet"},
      description = "Show no progress.")
  private boolean quiet;

  GpuSpec card() {
    return gpu.card();
  }

  int mostGpus() {
    return gpus;
  }

  boolean quiet() {
    return quiet;
  }

  GpuPool pool() {
    return GpuPool.of(card(), gpus);
  }

  List<FeasibilityRule> rules() {
    List<FeasibilityRule> rules = new ArrayList<>(PlacementOptions.defaults().rules());
    if (ttftP95Seconds != Double.POSITIVE_INFINITY) {
      rules.add(new FeasibilityRule.TtftBound(95, ttftP95Seconds));
    }
    if (itlP95Seconds != Double.POSITIVE_INFINITY) {
      rules.add(new FeasibilityRule.ItlBound(95, itlP95Seconds));
    }
    return rules;
  }

  /**
   * {@return how to plan a workload}
   *
   * @throws IllegalArgumentException if an option is outside its bounds, or the engine would refuse
   *     requests of the workload
   */
  PlacementOptions options(Workload workload, long seed, Progress progress) {
    PlacementOptions.Builder builder =
        PlacementOptions.builder()
            .oracle(oracle)
            .rules(rules())
            .seed(seed)
            .headroom(headroom)
            .burstGapCv(burstCv)
            .survivesLoss(survivesLoss)
            .replication(!alone)
            .maxNumSeqs(engine.maxNumSeqs())
            .maxNumBatchedTokens(engine.maxNumBatchedTokens())
            .gpuMemoryUtilization(engine.utilization())
            .threads(Runtime.getRuntime().availableProcessors())
            .progress(progress);
    if (engine.hasMaxModelLen()) {
      builder.maxModelLen(engine.maxModelLen(0));
    }
    return builder.build();
  }
}
