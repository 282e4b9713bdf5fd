package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.placement.capacity.Prediction;
import java.util.List;

/**
 * One GPU of a placement.
 *
 * @param index number of the GPU in the plan, from 0
 * @param gpu the card
 * @param adapters who lives there, ordered by id
 * @param flags how its engine is started
 * @param predicted what the twin expects of it, on a seed that planning did not use
 */
public record GpuLoad(
    int index, GpuSpec gpu, List<LoraAdapter> adapters, EngineFlags flags, Prediction predicted) {

  /** Takes an unmodifiable copy of the list. */
  public GpuLoad {
    adapters = ImmutableList.copyOf(adapters);
  }
}
