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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Turns the GPUs of a packing and the verifier's words into the loads of a placement. */
final class Loads {
  /** Rounding that the ends of parts may show. */
  private static final double ROUNDING = 1e-6;

  private Loads() {}

  /**
   * Checks that every request of a workload has a GPU.
   *
   * @throws IllegalStateException if the parts of an adapter, or of the base model, leave out or
   *     share requests: a defect of the planner
   */
  static void requireAllServed(List<PlannedGpu> gpus, Workload workload) {
    String fault = fault(gpus, workload);
    if (fault != null) {
      throw new IllegalStateException("the plan " + fault + ", must be one GPU for each request");
    }
  }

  /**
   * Says which requests of a workload have no GPU, or more than one. That a GPU has two parts of an
   * adapter is a fault, too: its engine knows an adapter once.
   *
   * @return the first fault, of the base model before the adapters in the order of the workload;
   *     null if every request has exactly one GPU
   */
  static @Nullable String fault(List<PlannedGpu> gpus, Workload workload) {
    List<Part> base = new ArrayList<>();
    Map<String, List<Part>> parts = new TreeMap<>();
    for (int g = 0; g < gpus.size(); g++) {
      PlannedGpu gpu = gpus.get(g);
      Set<String> here = new TreeSet<>();
      if (gpu.traffic().baseTo() > gpu.traffic().baseFrom()) {
        base.add(new Part(gpu.traffic().baseFrom(), gpu.traffic().baseTo()));
      }
      for (SharedAdapter part : gpu.traffic().adapters()) {
        String id = part.traffic().adapter().id();
        if (!here.add(id)) {
          return "names adapter '" + id + "' more than once on GPU " + g;
        }
        parts.computeIfAbsent(id, i -> new ArrayList<>()).add(new Part(part.from(), part.to()));
      }
    }
    String fault = BaseTraffic.ratePerSecond(workload) > 0 ? fault("the base model", base) : null;
    for (AdapterTraffic traffic : workload.adapters()) {
      if (fault != null) {
        break;
      }
      String id = traffic.adapter().id();
      fault = fault("adapter '" + id + "'", parts.getOrDefault(id, List.of()));
    }
    return fault;
  }

  /** A part [from, to) of the requests to one adapter or to the base model. */
  private record Part(double from, double to) {}

  /** The first stretch of [0, 1) that no part covers or that two parts do; null if none. */
  private static @Nullable String fault(String whose, List<Part> parts) {
    List<Part> ascending = new ArrayList<>(parts);
    ascending.sort(Comparator.comparingDouble(Part::from).thenComparingDouble(Part::to));
    ascending.add(new Part(1, 1));
    double end = 0;
    for (Part part : ascending) {
      if (part.from() > end + ROUNDING) {
        return stretch("leaves out", end, part.from(), whose);
      }
      double doubled = Math.min(end, part.to());
      if (doubled > part.from() + ROUNDING) {
        return stretch("serves more than once", part.from(), doubled, whose);
      }
      end = Math.max(end, part.to());
    }
    return null;
  }

  private static String stretch(String what, double from, double to, String whose) {
    return String.format(
        Locale.ROOT,
        "%s a share of %.6g of the requests to %s, the part [%.6g, %.6g)",
        what,
        to - from,
        whose,
        from,
        to);
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
