package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.PackResult;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives GPUs more slots where requests wait long for one. The packer takes the slots that carry
 * most; few slots make tokens quick and first tokens late, and rules without a bound on latencies
 * accept both. Of the numbers of slots that keep the rules, the one is taken with which an answer
 * of mean length comes soonest: 95th percentile of the time to first token, and the mean
 * inter-token latency for each further token. What serves which GPU is not changed.
 */
final class FirstTokenSearch {
  /** First tokens that come later than this are late, the wait that QUEUE_STABLE calls harmless. */
  private static final double LATE_SECONDS = 5;

  /** Numbers of slots that are tried for a GPU. */
  private static final int MOST_TRIES = 4;

  /** By how much sooner an answer must come. */
  private static final double CLEARLY = 0.9;

  private final List<Integer> slotsGrid;
  private final double meanOutputTokens;
  private final CapacityOracle oracle;
  private final Effort effort;

  /**
   * Makes a search.
   *
   * @param slotsGrid slots to choose from, ascending
   * @param meanOutputTokens of a request
   * @param oracle the one that the packer asked
   * @param effort counts the candidates
   */
  FirstTokenSearch(
      List<Integer> slotsGrid, double meanOutputTokens, CapacityOracle oracle, Effort effort) {
    this.slotsGrid = ImmutableList.copyOf(slotsGrid);
    this.meanOutputTokens = meanOutputTokens;
    this.oracle = oracle;
    this.effort = effort;
  }

  /**
   * Improves a packing.
   *
   * @param packed the packing, with a prediction for each GPU
   * @return its GPUs, some of them with more slots
   */
  List<PlannedGpu> improve(PackResult.Packed packed) {
    List<PlannedGpu> gpus = new ArrayList<>(packed.gpus());
    for (int g = 0; g < gpus.size() && g < packed.predictions().size(); g++) {
      gpus.set(g, improve(gpus.get(g), packed.predictions().get(g)));
    }
    return gpus;
  }

  private PlannedGpu improve(PlannedGpu gpu, Prediction now) {
    if (!(now.p95TtftSeconds() > LATE_SECONDS)) {
      return gpu;
    }
    PlannedGpu best = gpu;
    double least = CLEARLY * answerSeconds(now);
    int adapters = gpu.traffic().adapters().size();
    int tries = 0;
    int last = gpu.flags().maxLoras();
    for (int slots : slotsGrid) {
      int count = Math.min(slots, adapters);
      if (count <= last) {
        continue;
      }
      if (tries++ == MOST_TRIES || !effort.mayAssess()) {
        break;
      }
      last = count;
      PlannedGpu other =
          new PlannedGpu(gpu.gpu(), gpu.traffic(), gpu.flags().toBuilder().maxLoras(count).build());
      @Nullable Prediction seen = judged(other);
      if (seen == null) {
        break; // More slots take more memory and more of each step.
      }
      if (answerSeconds(seen) < least) {
        best = other;
        least = answerSeconds(seen);
      }
    }
    return best;
  }

  private @Nullable Prediction judged(PlannedGpu gpu) {
    effort.assess();
    Assessment word = oracle.assess(gpu.candidate());
    return word.feasible() && word instanceof Assessment.Serves serves ? serves.prediction() : null;
  }

  private double answerSeconds(Prediction p) {
    double gaps = Double.isNaN(p.meanItlSeconds()) ? 0 : p.meanItlSeconds();
    return p.p95TtftSeconds() + (meanOutputTokens - 1) * gaps;
  }
}
