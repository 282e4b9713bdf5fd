package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * Who goes where, and how each engine is started.
 *
 * @param baseModel the base model that all GPUs serve
 * @param gpus the GPUs that are needed, at least one
 * @param assessments candidates that were judged on the way, a measure of effort
 * @param extrapolated what was never measured and so rests on data sheets alone, in words; empty if
 *     all was measured
 */
public record Placement(
    String baseModel, List<GpuLoad> gpus, long assessments, List<String> extrapolated)
    implements PlacementResult {

  /** Takes unmodifiable copies of the lists. */
  public Placement {
    gpus = ImmutableList.copyOf(gpus);
    extrapolated = ImmutableList.copyOf(extrapolated);
  }

  /** {@return input and output tokens per second that all requests ask for} */
  public double offeredTokensPerSecond() {
    return gpus.stream().mapToDouble(g -> g.predicted().offeredTokensPerSecond()).sum();
  }

  /** {@return input and output tokens per second of completed requests, over all GPUs} */
  public double throughputTokensPerSecond() {
    return gpus.stream().mapToDouble(g -> g.predicted().throughputTokensPerSecond()).sum();
  }
}
