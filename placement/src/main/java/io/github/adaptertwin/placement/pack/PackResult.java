package io.github.adaptertwin.placement.pack;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.List;

/** What packing came to. */
public sealed interface PackResult {
  /**
   * Every adapter has a GPU.
   *
   * @param gpus the GPUs
   * @param predictions what the oracle expects of each; empty if it was not asked
   * @param mostUse largest load over capacity by the steady state, 1 = full
   */
  record Packed(List<PlannedGpu> gpus, List<Prediction> predictions, double mostUse)
      implements PackResult {
    /** Takes unmodifiable copies of the lists. */
    public Packed {
      gpus = ImmutableList.copyOf(gpus);
      predictions = ImmutableList.copyOf(predictions);
    }
  }

  /**
   * One adapter alone is too much for a GPU.
   *
   * @param adapter the adapter
   * @param assessment what the oracle said of it alone
   */
  record AdapterTooLarge(AdapterTraffic adapter, Assessment assessment) implements PackResult {}

  /**
   * No split over the GPUs of the pool passes.
   *
   * @param gpus how many GPUs were tried at most
   * @param mostUse least load over capacity of the fullest GPU by the steady state; above 1 = too
   *     much; infinite if no split was found
   * @param complaint what the oracle said of the last GPU that it called infeasible, empty if none
   */
  record PoolExhausted(int gpus, double mostUse, String complaint) implements PackResult {}
}
