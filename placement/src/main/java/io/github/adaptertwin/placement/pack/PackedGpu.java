package io.github.adaptertwin.placement.pack;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.List;

/**
 * One GPU of a packing.
 *
 * @param gpu the card
 * @param adapters its adapters, in order of dealing
 * @param flags how its engine is started
 * @param verified how the verifying oracle expects it to serve
 */
public record PackedGpu(
    GpuSpec gpu, List<AdapterTraffic> adapters, EngineFlags flags, Prediction verified) {

  /** Takes an unmodifiable copy of the list. */
  public PackedGpu {
    adapters = ImmutableList.copyOf(adapters);
  }
}
