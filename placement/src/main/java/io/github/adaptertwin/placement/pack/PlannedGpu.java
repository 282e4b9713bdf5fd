package io.github.adaptertwin.placement.pack;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.placement.capacity.Candidate;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import java.util.List;

/**
 * One GPU of a packing.
 *
 * @param gpu the card
 * @param traffic what it serves
 * @param flags how its engine is started
 */
public record PlannedGpu(GpuSpec gpu, GpuTraffic traffic, EngineFlags flags) {
  /** {@return the same GPU without traffic: it stands by} */
  public PlannedGpu idle() {
    return new PlannedGpu(gpu, GpuTraffic.of(traffic.whole(), List.of()), flags);
  }

  /** {@return the same as a candidate that an oracle can judge} */
  public Candidate candidate() {
    return new Candidate(gpu, traffic, flags);
  }
}
