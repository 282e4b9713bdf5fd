package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.placement.bound.LowerBound;
import java.util.List;

/**
 * Who goes where, and how each engine is started.
 *
 * @param baseModel the base model that all GPUs serve
 * @param gpus the GPUs that are needed, at least one
 * @param bound GPUs below which no plan can serve the workload
 * @param assessments candidates that were judged on the way, a measure of effort
 * @param truncated whether the search ended because its effort or its time was spent: a plan with
 *     fewer GPUs may have been found with more
 * @param extrapolated what was never measured and so rests on data sheets alone, in words; empty if
 *     all was measured
 */
public record Placement(
    String baseModel,
    List<GpuLoad> gpus,
    LowerBound bound,
    long assessments,
    boolean truncated,
    List<String> extrapolated)
    implements PlacementResult {

  /** Takes unmodifiable copies of the lists. */
  public Placement {
    gpus = ImmutableList.copyOf(gpus);
    extrapolated = ImmutableList.copyOf(extrapolated);
  }

  /** {@return by which share the number of GPUs is above the lower bound, 0 = proven optimal} */
  public double gap() {
    return bound.gap(gpus.size());
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
