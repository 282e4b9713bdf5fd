package io.github.adaptertwin.placement.pack;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.List;

/** What packing came to. */
public sealed interface PackResult {
  /**
   * Every adapter has a GPU.
   *
   * @param gpus the GPUs in order of filling
   * @param assessments candidates that the oracles judged
   */
  record Packed(List<PackedGpu> gpus, long assessments) implements PackResult {
    /** Takes an unmodifiable copy of the list. */
    public Packed {
      gpus = ImmutableList.copyOf(gpus);
    }
  }

  /**
   * One adapter alone is too much for a GPU.
   *
   * @param adapter the adapter
   * @param assessment what the oracle said of it alone, with the best flags found
   */
  record AdapterTooLarge(AdapterTraffic adapter, Assessment assessment) implements PackResult {}

  /**
   * The pool has no GPU left.
   *
   * @param gpus how many GPUs were filled
   * @param adaptersLeft adapters without a GPU
   */
  record PoolExhausted(int gpus, int adaptersLeft) implements PackResult {}
}
