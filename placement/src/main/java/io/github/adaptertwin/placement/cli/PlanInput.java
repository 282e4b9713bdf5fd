package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.GpuPool;
import io.github.adaptertwin.placement.PlacementOptions;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** On what is planned, and how. */
final class PlanInput {
  @Option(
      names = "--gpu",
      paramLabel = "NAME",
      defaultValue = "h100-64gb-sxm",
      description = "Kind of GPU, see the gpus command (default: ${DEFAULT-VALUE}).")
  private String gpu = "";

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
      names = "--max-model-len",
      paramLabel = "TOKENS",
      defaultValue = "0",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "Most tokens of a request (default: the workload's longest request).")
  private int maxModelLen;

  @Option(
      names = "--max-num-seqs",
      paramLabel = "N",
      defaultValue = "1024",
      description = "Most requests that run at once on a GPU (default: ${DEFAULT-VALUE}).")
  private int maxNumSeqs;

  @Option(
      names = {"-q", "--quiet"},
      description = "Show no progress.")
  private boolean quiet;

  GpuSpec card() {
    return Gpus.named(gpu);
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

  PlacementOptions options(long seed, Progress progress) {
    PlacementOptions.Builder builder =
        PlacementOptions.builder()
            .oracle(oracle)
            .rules(rules())
            .seed(seed)
            .headroom(headroom)
            .burstGapCv(burstCv)
            .survivesLoss(survivesLoss)
            .replication(!alone)
            .maxNumSeqs(maxNumSeqs)
            .threads(Runtime.getRuntime().availableProcessors())
            .progress(progress);
    if (maxModelLen != 0) {
      builder.maxModelLen(maxModelLen);
    }
    return builder.build();
  }
}
