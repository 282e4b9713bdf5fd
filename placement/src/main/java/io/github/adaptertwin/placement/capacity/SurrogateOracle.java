package io.github.adaptertwin.placement.capacity;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.surrogate.serving.ServingSurrogate;
import io.github.adaptertwin.workload.Workload;
import java.util.Locale;
import java.util.Map;

/**
 * Judges a candidate by a surrogate of the twin. Memory is still computed exactly; of the rules it
 * knows only the completed share, so a plan that it makes has to be verified by the twin.
 */
public final class SurrogateOracle implements CapacityOracle {
  private final ModelSpec model;
  private final ImmutableMap<GpuSpec, ServingSurrogate> surrogates;
  private final double leastShare;

  /**
   * Makes an oracle.
   *
   * @param model the base model
   * @param surrogates one for each card that will be asked about
   * @param leastShare completed share from which on a load is called feasible, in (0, 1]
   */
  public SurrogateOracle(
      ModelSpec model, Map<GpuSpec, ServingSurrogate> surrogates, double leastShare) {
    this.model = model;
    this.surrogates = ImmutableMap.copyOf(surrogates);
    this.leastShare = leastShare;
  }

  @Override
  public Assessment assess(Candidate candidate) {
    ServingSurrogate surrogate = surrogates.get(candidate.gpu());
    if (surrogate == null) {
      throw new IllegalArgumentException("there is no surrogate of " + candidate.gpu().name());
    }
    MemoryPlan plan = MemoryModel.of(candidate.gpu(), model).plan(candidate.flags());
    if (plan instanceof MemoryPlan.Refused refused) {
      return new Assessment.Refuses(refused);
    }
    MemoryPlan.Fits fits = (MemoryPlan.Fits) plan;
    Workload workload =
        Workload.poisson(
            candidate.traffic().whole().baseModel(),
            candidate.traffic().scaledTraffic(),
            candidate.traffic().whole().lengths(),
            candidate.traffic().whole().horizonSeconds());
    ServingSurrogate.Estimate estimate = surrogate.estimate(workload, candidate.flags(), fits);
    double offered = candidate.traffic().offeredTokensPerSecond();
    double share = estimate.completedShare();
    Verdict verdict =
        new Verdict(
            "SURROGATE_SHARE",
            share >= leastShare,
            String.format(
                Locale.ROOT,
                "%.1f %% of the offered tokens expected to complete, at least %.0f %% wanted",
                100 * share,
                100 * leastShare));
    return new Assessment.Serves(
        new Prediction(
            fits.kvTokens(),
            offered,
            offered * share,
            share,
            estimate.meanItlSeconds(),
            estimate.meanTtftSeconds(),
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            ImmutableList.of(verdict)));
  }
}
