package io.github.adaptertwin.placement.baseline;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.placement.capacity.GpuDemand;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.List;

/**
 * What a placement algorithm is asked: a workload and some identical GPUs.
 *
 * @param workload what has to be served
 * @param model the steady state of the kind of GPU: memory at start, and the estimates that an
 *     algorithm with a learned model takes from it
 * @param version the engine version
 * @param gpus how many GPUs there are, at least 1
 * @param seed of the draws of algorithms that draw
 */
public record Problem(
    Workload workload, SteadyState model, EngineVersion version, int gpus, long seed) {
  /**
   * Checks the number of GPUs.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Problem {
    if (gpus < 1) {
      throw new IllegalArgumentException("there are " + gpus + " GPUs, must be at least 1");
    }
  }

  /** {@return mean input and output tokens of a request} */
  double tokensPerRequest() {
    return workload.lengths().meanInputTokens() + workload.lengths().meanOutputTokens();
  }

  /** {@return a GPU with these adapters and slots; all of its adapters are in host memory} */
  PlannedGpu gpu(List<AdapterTraffic> adapters, int slots) {
    return gpuOfParts(
        adapters.stream().map(SharedAdapter::whole).collect(ImmutableList.toImmutableList()),
        slots);
  }

  /** {@return a GPU with parts of adapters} */
  PlannedGpu gpuOfParts(List<SharedAdapter> parts, int slots) {
    GpuTraffic traffic = GpuTraffic.of(workload, parts);
    int count = Math.max(1, slots);
    EngineFlags flags =
        model.common().toBuilder()
            .maxLoras(count)
            .maxLoraRank(version.maxLoraRankFor(traffic.largestRank()))
            .maxCpuLoras(Math.max(count, parts.size()))
            .build();
    return new PlannedGpu(model.gpu(), traffic, flags);
  }

  /** {@return by which factor the rates of these adapters could grow with so many slots} */
  double capacityFactor(List<AdapterTraffic> adapters, int slots) {
    GpuDemand demand = new GpuDemand();
    int largest = 1;
    for (AdapterTraffic traffic : adapters) {
      demand.add(model.demandOf(traffic.ratePerSecond()), traffic.ratePerSecond());
      largest = Math.max(largest, traffic.adapter().rank());
    }
    return model.setting(slots, version.maxLoraRankFor(largest)).capacityFactor(demand);
  }
}
