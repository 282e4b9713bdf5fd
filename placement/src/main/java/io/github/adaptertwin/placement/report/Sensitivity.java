package io.github.adaptertwin.placement.report;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.GpuOffer;
import io.github.adaptertwin.placement.GpuPool;
import io.github.adaptertwin.placement.Infeasible;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.PlacementResult;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What happens to a plan when traffic grows, and whether one GPU less would do.
 *
 * @param growth this plan under more traffic, ascending, the plan's own traffic first
 * @param oneLess what planning on one GPU less came to, in words
 */
record Sensitivity(List<Growth> growth, String oneLess) {
  private static final double[] FACTORS = {1, 1.1, 1.2, 1.5};

  /**
   * The plan under more traffic.
   *
   * @param factor by which all rates are multiplied
   * @param gpusInTrouble GPUs that break a rule
   * @param leastShare smallest completed share of a GPU
   * @param worstP95TtftSeconds largest 95th percentile of the TTFT of a GPU, NaN if nothing
   *     completed
   * @param needed what a new plan for that traffic needs, in words
   */
  record Growth(
      double factor,
      int gpusInTrouble,
      double leastShare,
      double worstP95TtftSeconds,
      String needed) {}

  static Sensitivity of(Workload workload, Placement plan, PlacementOptions options) {
    List<Growth> rows = new ArrayList<>();
    for (double factor : FACTORS) {
      rows.add(growth(workload, plan, options, factor));
    }
    return new Sensitivity(rows, oneLess(workload, plan, options));
  }

  private static Growth growth(
      Workload workload, Placement plan, PlacementOptions options, double factor) {
    Workload scaled = factor == 1 ? workload : ScaledWorkload.of(workload, factor);
    TwinRuns runs = new TwinRuns(scaled, options);
    int trouble = 0;
    double least = 1;
    double worst = Double.NaN;
    for (GpuLoad gpu : plan.gpus()) {
      if (runs.run(gpu, gpu.flags()).outcome() instanceof ServingTwin.Outcome.Served served) {
        boolean kept =
            options.rules().stream().allMatch(rule -> rule.judge(served.report()).feasible());
        trouble += kept ? 0 : 1;
        least = Math.min(least, served.report().completedShare());
        double p95 = served.report().ttft().p95();
        worst = Double.isNaN(worst) ? p95 : Math.max(worst, Double.isNaN(p95) ? worst : p95);
      } else {
        trouble++;
        least = 0;
      }
    }
    String needed =
        factor == 1
            ? gpus(plan.gpus().size())
            : words(Placer.with(options).place(scaled, unlimited(plan)));
    return new Growth(factor, trouble, least, worst, needed);
  }

  private static String words(PlacementResult result) {
    return result instanceof Placement found
        ? gpus(found.gpus().size())
        : ((Infeasible) result).message();
  }

  private static String gpus(int count) {
    return count + (count == 1 ? " GPU" : " GPUs");
  }

  private static String oneLess(Workload workload, Placement plan, PlacementOptions options) {
    if (plan.gpus().size() == 1) {
      return "The plan has a single GPU.";
    }
    PlacementResult result = Placer.with(options).place(workload, withoutOne(plan));
    if (result instanceof Placement found) {
      return "A plan with " + gpus(found.gpus().size()) + " was found when asked for so few.";
    }
    return "No plan: " + ((Infeasible) result).message() + ".";
  }

  private static Map<GpuSpec, Integer> cards(Placement plan) {
    Map<GpuSpec, Integer> cards = new LinkedHashMap<>();
    for (GpuLoad gpu : plan.gpus()) {
      cards.merge(gpu.gpu(), 1, Integer::sum);
    }
    return cards;
  }

  /** Any number of the kinds that the plan uses. */
  private static GpuPool unlimited(Placement plan) {
    return new GpuPool(
        cards(plan).keySet().stream().map(g -> new GpuOffer(g, GpuOffer.UNLIMITED, 0)).toList());
  }

  /** The plan's cards but one of the kind that it uses most. */
  private static GpuPool withoutOne(Placement plan) {
    Map<GpuSpec, Integer> cards = cards(plan);
    GpuSpec most =
        cards.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    cards.merge(most, -1, Integer::sum);
    return new GpuPool(
        cards.entrySet().stream().map(e -> new GpuOffer(e.getKey(), e.getValue(), 0)).toList());
  }
}
