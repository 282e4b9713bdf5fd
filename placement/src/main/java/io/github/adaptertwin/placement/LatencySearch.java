package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.placement.baseline.PlacementAlgorithm;
import io.github.adaptertwin.placement.baseline.Problem;
import io.github.adaptertwin.placement.baseline.SpreadOverAll;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lowers the latency of a plan on a given number of GPUs: for the even split, and for the one that
 * levels rates, the twin tries every number of slots of each GPU; that with the lowest latency wins
 * whose mean inter-token latency and 95th percentile of the time to first token are both no worse
 * than with a slot for every adapter.
 */
final class LatencySearch {
  private final PlacementOptions options;
  private final SteadyState kind;
  private final Workload workload;
  private final @Nullable CapacityOracle oracle;
  private final Effort effort;

  LatencySearch(
      PlacementOptions options,
      SteadyState kind,
      Workload workload,
      @Nullable CapacityOracle oracle,
      Effort effort) {
    this.options = options;
    this.kind = kind;
    this.workload = workload;
    this.oracle = oracle;
    this.effort = effort;
  }

  private record Timed(List<PlannedGpu> gpus, double itl, double ttft) {
    double score(Timed reference) {
      return itl / reference.itl() + ttft / reference.ttft();
    }
  }

  List<PlannedGpu> improve(List<PlannedGpu> even) {
    if (oracle == null) {
      return even;
    }
    Timed best = timed(even);
    Timed levelled = levelled(even.size());
    if (best == null || levelled == null) {
      return best != null ? best.gpus() : levelled != null ? levelled.gpus() : even;
    }
    boolean noWorse = best.itl() <= levelled.itl() && best.ttft() <= levelled.ttft();
    return noWorse && best.score(levelled) <= 2 ? best.gpus() : levelled.gpus();
  }

  private @Nullable Timed levelled(int gpus) {
    PlacementAlgorithm.Outcome outcome =
        SpreadOverAll.leastLoaded()
            .place(new Problem(workload, kind, options.engineVersion(), gpus, options.seed()));
    return outcome instanceof PlacementAlgorithm.Outcome.Placed placed
        ? timed(placed.gpus())
        : null;
  }

  /** The split with the best slots of each GPU; null if a GPU has none that keep the rules. */
  private @Nullable Timed timed(List<PlannedGpu> split) {
    ImmutableList.Builder<PlannedGpu> gpus = ImmutableList.builder();
    double itl = 0;
    double tokens = 0;
    double ttft = 0;
    for (PlannedGpu gpu : split) {
      Choice choice = choose(gpu);
      if (choice == null) {
        return null;
      }
      gpus.add(choice.gpu());
      Prediction p = choice.prediction();
      itl += p.meanItlSeconds() * p.throughputTokensPerSecond();
      tokens += p.throughputTokensPerSecond();
      ttft = Math.max(ttft, p.p95TtftSeconds());
    }
    return new Timed(gpus.build(), itl / tokens, ttft);
  }

  private record Choice(PlannedGpu gpu, Prediction prediction) {
    double latency() {
      return prediction.p95TtftSeconds() + 100 * prediction.meanItlSeconds();
    }
  }

  private @Nullable Choice choose(PlannedGpu gpu) {
    int adapters = gpu.traffic().adapters().size();
    List<Integer> slots = new ArrayList<>();
    slots.add(adapters);
    for (int count : options.slotsGrid()) {
      if (count < adapters) {
        slots.add(count);
      }
    }
    Choice all = null;
    Choice best = null;
    for (int count : slots) {
      PlannedGpu next =
          new PlannedGpu(
              gpu.gpu(),
              gpu.traffic(),
              gpu.flags().toBuilder().maxLoras(count).maxCpuLoras(adapters).build());
      Choice choice = judge(next);
      if (choice == null) {
        continue;
      }
      all = count == adapters ? choice : all;
      boolean noWorse =
          all == null
              || (choice.prediction().meanItlSeconds() <= all.prediction().meanItlSeconds()
                  && choice.prediction().p95TtftSeconds() <= all.prediction().p95TtftSeconds());
      if (noWorse && (best == null || choice.latency() < best.latency())) {
        best = choice;
      }
    }
    return best;
  }

  private @Nullable Choice judge(PlannedGpu gpu) {
    if (oracle == null) {
      return null;
    }
    effort.assess();
    Assessment word = oracle.assess(gpu.candidate());
    return word.feasible() && word instanceof Assessment.Serves serves
        ? new Choice(gpu, serves.prediction())
        : null;
  }
}
