package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.placement.baseline.PlacementAlgorithm;
import io.github.adaptertwin.placement.baseline.Problem;
import io.github.adaptertwin.placement.baseline.SpreadOverAll;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.BaseTraffic;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.HostMemory;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lowers the latency of a plan on a given number of GPUs: for the even split, and for the one that
 * levels rates, the twin tries numbers of slots of each GPU. Fewer slots than adapters are taken
 * only where on every replication, of the same requests, neither the mean inter-token latency nor
 * the 95th percentile of the time to first token is worse. The even split is taken only where one
 * of the two figures is better by 2 % and the other by .2 % at least. The levelled split deals
 * whole adapters alone, so it is left out where there are requests to the base model, and where the
 * host memory of a GPU does not hold its adapters.
 */
final class LatencySearch {
  /** By how much the even split must be ahead of the levelled one in one figure. */
  private static final double CLEARLY = 0.98;

  private static final double NO_WORSE = 0.998;

  /** The order in which adapters are levelled, so that nothing depends on that of the input. */
  private static final Comparator<AdapterTraffic> HOTTEST_FIRST =
      Comparator.comparingDouble((AdapterTraffic t) -> -t.ratePerSecond())
          .thenComparingInt(t -> -t.adapter().rank())
          .thenComparing(t -> t.adapter().id());

  private final PlacementOptions options;
  private final SteadyState kind;
  private final Workload workload;
  private final HostMemory host;
  private final List<CapacityOracle> replications;
  private final Effort effort;

  /**
   * Makes a search.
   *
   * @param options how to plan
   * @param kind the kind of GPU
   * @param workload the traffic
   * @param host host memory of each GPU for the adapters
   * @param replications judge a candidate on requests of their own each; none = nothing to improve
   * @param effort counts the candidates
   */
  LatencySearch(
      PlacementOptions options,
      SteadyState kind,
      Workload workload,
      HostMemory host,
      List<CapacityOracle> replications,
      Effort effort) {
    this.options = options;
    this.kind = kind;
    this.workload = workload;
    this.host = host;
    this.replications = ImmutableList.copyOf(replications);
    this.effort = effort;
  }

  private record Timed(List<PlannedGpu> gpus, double itl, double ttft) {
    boolean clearlyAhead(Timed other) {
      boolean noWorse = itl <= NO_WORSE * other.itl() && ttft <= NO_WORSE * other.ttft();
      return noWorse && (itl <= CLEARLY * other.itl() || ttft <= CLEARLY * other.ttft());
    }
  }

  List<PlannedGpu> improve(List<PlannedGpu> even) {
    if (replications.isEmpty()) {
      return even;
    }
    Timed best = timed(even);
    Timed levelled = levelled(even.size());
    if (best == null || levelled == null) {
      return best != null ? best.gpus() : levelled != null ? levelled.gpus() : even;
    }
    return best.clearlyAhead(levelled) ? best.gpus() : levelled.gpus();
  }

  private @Nullable Timed levelled(int gpus) {
    if (BaseTraffic.ratePerSecond(workload) > 0) {
      return null;
    }
    // Only the adapters are dealt here; the requests are those of the workload as it is.
    Workload sorted =
        workload.restrictedTo(
            workload.adapters().stream()
                .sorted(HOTTEST_FIRST)
                .collect(ImmutableList.toImmutableList()));
    PlacementAlgorithm.Outcome outcome =
        SpreadOverAll.leastLoaded()
            .place(new Problem(sorted, kind, options.engineVersion(), gpus, options.seed()));
    if (!(outcome instanceof PlacementAlgorithm.Outcome.Placed placed)) {
      return null;
    }
    ImmutableList.Builder<PlannedGpu> split = ImmutableList.builder();
    for (PlannedGpu gpu : placed.gpus()) {
      if (!fitsIntoHostMemory(gpu)) {
        return null;
      }
      split.add(inOrderOfIds(gpu));
    }
    return timed(split.build());
  }

  private boolean fitsIntoHostMemory(PlannedGpu gpu) {
    long bytes = 0;
    for (LoraAdapter adapter : gpu.traffic().loraAdapters()) {
      bytes += host.bytesOf(adapter.rank());
    }
    return bytes <= host.bytes();
  }

  private PlannedGpu inOrderOfIds(PlannedGpu gpu) {
    List<SharedAdapter> parts =
        gpu.traffic().adapters().stream()
            .sorted(Comparator.comparing((SharedAdapter p) -> p.traffic().adapter().id()))
            .collect(ImmutableList.toImmutableList());
    return new PlannedGpu(gpu.gpu(), GpuTraffic.of(workload, parts), gpu.flags());
  }

  /**
   * The split with the best slots of each GPU; null if a GPU has none that keep the rules, or if
   * the effort is spent before all are judged.
   */
  private @Nullable Timed timed(List<PlannedGpu> split) {
    ImmutableList.Builder<PlannedGpu> gpus = ImmutableList.builder();
    double itl = 0;
    double tokens = 0;
    double[] ttft = new double[replications.size()];
    for (PlannedGpu gpu : split) {
      Choice choice = effort.mayAssess() ? choose(gpu) : null;
      if (choice == null) {
        return null;
      }
      gpus.add(choice.gpu());
      for (int r = 0; r < ttft.length; r++) {
        Prediction p = choice.predictions().get(r);
        itl += p.meanItlSeconds() * p.throughputTokensPerSecond();
        tokens += p.throughputTokensPerSecond();
        ttft[r] = Math.max(ttft[r], p.p95TtftSeconds());
      }
    }
    double sum = 0;
    for (double worst : ttft) {
      sum += worst;
    }
    return new Timed(gpus.build(), itl / tokens, sum / ttft.length);
  }

  /** A GPU with what each replication said of it. */
  private record Choice(PlannedGpu gpu, List<Prediction> predictions) {
    double itl() {
      return predictions.stream().mapToDouble(Prediction::meanItlSeconds).sum();
    }
  }

  private @Nullable Choice choose(PlannedGpu gpu) {
    int adapters = gpu.traffic().adapters().size();
    Choice best = judge(withSlots(gpu, adapters, adapters), null);
    Choice all = best;
    for (int slots : options.slotsGrid()) {
      if (slots >= adapters || !effort.mayAssess()) {
        break;
      }
      Choice next = judge(withSlots(gpu, slots, adapters), all);
      if (next != null && (best == null || next.itl() < best.itl())) {
        best = next;
      }
    }
    return best;
  }

  private static PlannedGpu withSlots(PlannedGpu gpu, int slots, int adapters) {
    return new PlannedGpu(
        gpu.gpu(),
        gpu.traffic(),
        gpu.flags().toBuilder().maxLoras(slots).maxCpuLoras(adapters).build());
  }

  /** Judges a GPU; null if it breaks a rule, or is worse than another on a replication. */
  private @Nullable Choice judge(PlannedGpu gpu, @Nullable Choice other) {
    effort.assess();
    ImmutableList.Builder<Prediction> predictions = ImmutableList.builder();
    for (int r = 0; r < replications.size(); r++) {
      Assessment word = replications.get(r).assess(gpu.candidate());
      if (!(word instanceof Assessment.Serves serves) || !word.feasible()) {
        return null;
      }
      Prediction seen = serves.prediction();
      if (other != null && worse(seen, other.predictions().get(r))) {
        return null;
      }
      predictions.add(seen);
    }
    return new Choice(gpu, predictions.build());
  }

  private static boolean worse(Prediction a, Prediction b) {
    return a.meanItlSeconds() > b.meanItlSeconds() || a.p95TtftSeconds() > b.p95TtftSeconds();
  }
}
