package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.workload.Workload;
import java.util.List;

/** Turns the GPUs of a packing and the verifier's words into the loads of a placement. */
final class Loads {
  private Loads() {}

  static List<GpuLoad> of(List<PlannedGpu> gpus, List<GpuVerdict> verdicts) {
    ImmutableList.Builder<GpuLoad> loads = ImmutableList.builder();
    for (int g = 0; g < gpus.size(); g++) {
      PlannedGpu gpu = gpus.get(g);
      GpuTraffic traffic = gpu.traffic();
      GpuVerdict verdict = verdicts.get(g);
      loads.add(
          new GpuLoad(
              g,
              gpu.gpu(),
              traffic.adapters(),
              traffic.baseFrom(),
              traffic.baseTo(),
              gpu.flags(),
              verdict.runs().isEmpty() ? unverified(traffic) : verdict.runs().get(0),
              verified(verdict)));
    }
    return loads.build();
  }

  private static GpuLoad.Verified verified(GpuVerdict verdict) {
    return new GpuLoad.Verified(
        verdict.runs().size(),
        verdict.estimate(Prediction::completedShare),
        verdict.estimate(Prediction::throughputTokensPerSecond),
        verdict.estimate(Prediction::meanItlSeconds),
        verdict.estimate(Prediction::p95TtftSeconds));
  }

  private static Prediction unverified(GpuTraffic traffic) {
    double unknown = Double.NaN;
    boolean idle = traffic.ratePerSecond() == 0;
    return new Prediction(
        0,
        traffic.offeredTokensPerSecond(),
        idle ? 0 : unknown,
        idle ? 1 : unknown,
        unknown,
        unknown,
        unknown,
        unknown,
        unknown,
        unknown,
        unknown,
        unknown,
        ImmutableList.of());
  }

  /** The GPUs of a placement, with the traffic that a workload has for them. */
  static List<PlannedGpu> gpusOf(Placement placement, Workload workload) {
    return placement.gpus().stream()
        .map(
            load ->
                new PlannedGpu(
                    load.gpu(),
                    GpuTraffic.of(workload, load.parts(), load.baseFrom(), load.baseTo()),
                    load.flags()))
        .collect(ImmutableList.toImmutableList());
  }
}
