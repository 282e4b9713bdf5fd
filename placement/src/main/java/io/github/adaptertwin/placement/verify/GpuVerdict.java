package io.github.adaptertwin.placement.verify;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.placement.capacity.Prediction;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.distribution.TDistribution;
import org.jspecify.annotations.Nullable;

/**
 * What the twin says of one GPU of a plan.
 *
 * @param runs one prediction for each replication, empty if the engine does not start
 * @param refusal why the engine does not start, null if it does
 */
public record GpuVerdict(List<Prediction> runs, MemoryPlan.@Nullable Refused refusal) {
  private static final double CONFIDENCE = 0.95;

  /** Takes an unmodifiable copy of the list. */
  public GpuVerdict {
    runs = ImmutableList.copyOf(runs);
  }

  /** {@return whether the engine starts and keeps every rule in every replication} */
  public boolean feasible() {
    return refusal == null && runs.stream().allMatch(Prediction::feasible);
  }

  /** {@return smallest completed share over the replications, 0 if the engine does not start} */
  public double leastShare() {
    return refusal != null
        ? 0
        : runs.stream().mapToDouble(Prediction::completedShare).min().orElse(1);
  }

  /** {@return what is wrong, one entry for each broken rule of a replication; empty if nothing} */
  public List<String> complaints() {
    if (refusal != null) {
      return List.of(refusal.message());
    }
    return runs.stream()
        .flatMap(r -> r.complaints().stream())
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * Estimates a figure over the replications, with the interval of Student's t at 95 %.
   *
   * @param figure the figure of one run; runs where it is NaN are left out
   * @return mean and half width; the half width is NaN where fewer than two runs have the figure
   */
  public Estimate estimate(ToDoubleFunction<Prediction> figure) {
    double[] values = runs.stream().mapToDouble(figure).filter(v -> !Double.isNaN(v)).toArray();
    int n = values.length;
    double mean = 0;
    for (double value : values) {
      mean += value / n;
    }
    if (n < 2) {
      return new Estimate(n == 0 ? Double.NaN : mean, Double.NaN, n);
    }
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    double t = new TDistribution(null, n - 1).inverseCumulativeProbability(0.5 + CONFIDENCE / 2);
    return new Estimate(mean, t * Math.sqrt(squares / (n - 1) / n), n);
  }
}
