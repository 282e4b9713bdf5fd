package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.placement.capacity.BaseTraffic;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Turns the GPUs of a packing and the verifier's words into the loads of a placement. */
final class Loads {
  /** Rounding that the sum of shares may show. */
  private static final double ROUNDING = 1e-6;

  private Loads() {}

  /**
   * Checks that every request of a workload has a GPU.
   *
   * @throws IllegalStateException if the shares of an adapter, or of the base model, are not one in
   *     sum: a defect of the planner
   */
  static void requireAllServed(List<PlannedGpu> gpus, Workload workload) {
    double base = 0;
    Map<String, Double> shares = new TreeMap<>();
    for (PlannedGpu gpu : gpus) {
      base += gpu.traffic().baseTo() - gpu.traffic().baseFrom();
      for (SharedAdapter part : gpu.traffic().adapters()) {
        shares.merge(part.traffic().adapter().id(), part.share(), Double::sum);
      }
    }
    if (BaseTraffic.ratePerSecond(workload) > 0) {
      requireOne("the base model", base);
    }
    for (AdapterTraffic traffic : workload.adapters()) {
      String id = traffic.adapter().id();
      requireOne("adapter '" + id + "'", shares.getOrDefault(id, 0.0));
    }
  }

  private static void requireOne(String whose, double share) {
    if (!(Math.abs(share - 1) <= ROUNDING)) {
      throw new IllegalStateException(
          "the plan serves " + share + " of the requests to " + whose + ", must be all of them");
    }
  }

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
