package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import java.util.List;

/** The traffic that a plan must stand: the workload's, with headroom and with burstier gaps. */
final class Stress {
  /** Over a shorter horizon what is unfinished at its end weighs more than any rule. */
  private static final double LEAST_HORIZON_SECONDS = 600;

  private Stress() {}

  /**
   * Makes the traffic to plan for.
   *
   * @throws IllegalArgumentException if a margin is asked of a recording
   */
  static Workload of(Workload workload, double headroom, double burstGapCv) {
    double horizon = judgedSeconds(workload);
    if (workload.isRecorded()) {
      if (headroom > 0 || burstGapCv > 1) {
        throw new IllegalArgumentException(
            "headroom is "
                + headroom
                + " and burst gap CV "
                + burstGapCv
                + "; a recording cannot be made hotter, give laws of arrival instead");
      }
      return workload;
    }
    if (headroom == 0 && burstGapCv <= 1 && horizon == workload.horizonSeconds()) {
      return workload;
    }
    List<AdapterTraffic> adapters =
        workload.adapters().stream()
            .map(t -> new AdapterTraffic(t.adapter(), law(t.arrivals(), headroom, burstGapCv)))
            .collect(ImmutableList.toImmutableList());
    Workload stressed = Workload.of(workload.baseModel(), adapters, workload.lengths(), horizon);
    return workload
        .baseModelArrivals()
        .map(base -> stressed.withBaseModelRequests(law(base, headroom, burstGapCv)))
        .orElse(stressed);
  }

  /** The workload over the horizon that plans are judged on; a recording stays as it is. */
  static Workload lengthened(Workload workload) {
    return of(workload, 0, 1);
  }

  private static double judgedSeconds(Workload workload) {
    return Math.max(LEAST_HORIZON_SECONDS, workload.horizonSeconds());
  }

  private static ArrivalLaw law(ArrivalLaw law, double headroom, double burstGapCv) {
    double rate = law.ratePerSecond() * (1 + headroom);
    // Traffic that is burstier already stays as it is.
    if (burstGapCv > 1 && !(law.gapCv() >= burstGapCv)) {
      return ArrivalLaw.gamma(rate, burstGapCv);
    }
    return headroom == 0 ? law : law.withRate(rate);
  }

  /** The same plan for other traffic of the same adapters. */
  static List<PlannedGpu> withTraffic(List<PlannedGpu> gpus, Workload workload) {
    ImmutableMap.Builder<String, AdapterTraffic> byId = ImmutableMap.builder();
    for (AdapterTraffic traffic : workload.adapters()) {
      byId.put(traffic.adapter().id(), traffic);
    }
    ImmutableMap<String, AdapterTraffic> traffic = byId.buildOrThrow();
    return gpus.stream()
        .map(
            gpu ->
                new PlannedGpu(
                    gpu.gpu(),
                    GpuTraffic.of(
                        workload,
                        parts(gpu.traffic().adapters(), traffic),
                        gpu.traffic().baseFrom(),
                        gpu.traffic().baseTo()),
                    gpu.flags()))
        .collect(ImmutableList.toImmutableList());
  }

  /** Parts of adapters that the traffic does not name are left out: nobody asks for them. */
  private static List<SharedAdapter> parts(
      List<SharedAdapter> parts, ImmutableMap<String, AdapterTraffic> traffic) {
    ImmutableList.Builder<SharedAdapter> result = ImmutableList.builder();
    for (SharedAdapter part : parts) {
      AdapterTraffic now = traffic.get(part.traffic().adapter().id());
      if (now != null) {
        result.add(new SharedAdapter(now, part.from(), part.to()));
      }
    }
    return result.build();
  }
}
