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
 * Lowers the latency of a plan on a given number of GPUs. Three splits compete: the one that deals
 * adapters in the order of their ids to the GPU with the lowest rate, as balancers do; the same
 * with the hottest adapters first; and the even split of the packer. Of each the twin tries numbers
 * of slots, GPU by GPU. Fewer slots than adapters are taken only where on every replication, of the
 * same requests, neither the mean inter-token latency nor the 95th percentile of the time to first
 * token is worse, and the gains stand out from how they differ between replications: then requests
 * not seen are served no later, too. A later split is taken only where one of the two figures is
 * better by 2 % and the other by .2 % at least, and both by more than runs of the two splits differ
 * among themselves. The first two deal whole adapters alone, so they are left out where there are
 * requests to the base model, and where the host memory of a GPU does not hold its adapters.
 */
final class LatencySearch {
  /** By how much a split must be ahead of an earlier one in one figure. */
  private static final double CLEARLY = 0.98;

  private static final double NO_WORSE = 0.998;

  /** By how many standard deviations over the replications a gain must be above none. */
  private static final double DEVIATIONS = 2.5;

  /** The order in which adapters are levelled, so that nothing depends on that of the input. */
  private static final Comparator<AdapterTraffic> HOTTEST_FIRST =
      Comparator.comparingDouble((AdapterTraffic t) -> -t.ratePerSecond())
          .thenComparingInt(t -> -t.adapter().rank())
          .thenComparing(t -> t.adapter().id());

  /** Ids as people number them, which is the order in which most lists of adapters come. */
  private static final Comparator<AdapterTraffic> IN_ORDER_OF_IDS =
      Comparator.comparing((AdapterTraffic t) -> t.adapter().id(), new NumberedNames());

  private final PlacementOptions options;
  private final List<Integer> slotsGrid;
  private final SteadyState kind;
  private final Workload workload;
  private final HostMemory host;
  private final List<CapacityOracle> replications;
  private final Effort effort;

  /**
   * Makes a search.
   *
   * @param options how to plan
   * @param slotsGrid slots to choose from, ascending
   * @param kind the kind of GPU
   * @param workload the traffic
   * @param host host memory of each GPU for the adapters
   * @param replications judge a candidate on requests of their own each; none = nothing to improve
   * @param effort counts the candidates
   */
  LatencySearch(
      PlacementOptions options,
      List<Integer> slotsGrid,
      SteadyState kind,
      Workload workload,
      HostMemory host,
      List<CapacityOracle> replications,
      Effort effort) {
    this.options = options;
    this.slotsGrid = ImmutableList.copyOf(slotsGrid);
    this.kind = kind;
    this.workload = workload;
    this.host = host;
    this.replications = ImmutableList.copyOf(replications);
    this.effort = effort;
  }

  /** A split with the figures of each replication. */
  private static final class Timed {
    private final List<PlannedGpu> gpus;
    private final double[] itl;
    private final double[] ttft;

    Timed(List<PlannedGpu> gpus, double[] itl, double[] ttft) {
      this.gpus = gpus;
      this.itl = itl;
      this.ttft = ttft;
    }

    boolean clearlyAhead(Timed other) {
      return ahead(itl, other.itl, NO_WORSE)
          && ahead(ttft, other.ttft, NO_WORSE)
          && (mean(itl) <= CLEARLY * mean(other.itl) || mean(ttft) <= CLEARLY * mean(other.ttft));
    }

    /** Whether a figure is lower by a factor, and by more than unrelated runs of both differ. */
    private static boolean ahead(double[] a, double[] b, double factor) {
      double gain = mean(b) - mean(a);
      return mean(a) <= factor * mean(b)
          && gain >= DEVIATIONS * Math.sqrt(variance(a) + variance(b));
    }
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return values.length < 2 ? 0 : squares / (values.length - 1);
  }

  List<PlannedGpu> improve(List<PlannedGpu> even) {
    if (replications.isEmpty()) {
      return even;
    }
    Timed best = levelled(even.size(), IN_ORDER_OF_IDS);
    best = ahead(levelled(even.size(), HOTTEST_FIRST), best);
    best = ahead(timed(even), best);
    return best == null ? even : best.gpus;
  }

  private static @Nullable Timed ahead(@Nullable Timed next, @Nullable Timed best) {
    return best == null || (next != null && next.clearlyAhead(best)) ? next : best;
  }

  private @Nullable Timed levelled(int gpus, Comparator<AdapterTraffic> order) {
    if (BaseTraffic.ratePerSecond(workload) > 0) {
      return null;
    }
    // Only the adapters are dealt here; the requests are those of the workload as it is.
    Workload sorted =
        workload.restrictedTo(
            workload.adapters().stream().sorted(order).collect(ImmutableList.toImmutableList()));
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
            .sorted(Comparator.comparing(SharedAdapter::traffic, IN_ORDER_OF_IDS))
            .collect(ImmutableList.toImmutableList());
    return new PlannedGpu(gpu.gpu(), GpuTraffic.of(workload, parts), gpu.flags());
  }

  /**
   * The split with the best slots of each GPU; null if a GPU has none that keep the rules, or if
   * the effort is spent before all are judged.
   */
  private @Nullable Timed timed(List<PlannedGpu> split) {
    ImmutableList.Builder<PlannedGpu> gpus = ImmutableList.builder();
    int runs = replications.size();
    double[] itl = new double[runs];
    double[] tokens = new double[runs];
    double[] ttft = new double[runs];
    for (PlannedGpu gpu : split) {
      Choice choice = effort.mayAssess() ? choose(gpu) : null;
      if (choice == null) {
        return null;
      }
      gpus.add(choice.gpu());
      for (int r = 0; r < runs; r++) {
        Prediction p = choice.predictions().get(r);
        itl[r] += p.meanItlSeconds() * p.throughputTokensPerSecond();
        tokens[r] += p.throughputTokensPerSecond();
        ttft[r] = Math.max(ttft[r], p.p95TtftSeconds());
      }
    }
    for (int r = 0; r < runs; r++) {
      itl[r] /= tokens[r];
    }
    return new Timed(gpus.build(), itl, ttft);
  }

  /** A GPU with what each replication said of it. */
  private record Choice(PlannedGpu gpu, List<Prediction> predictions) {
    double itl() {
      return mean(itls());
    }

    double[] itls() {
      return predictions.stream().mapToDouble(Prediction::meanItlSeconds).toArray();
    }

    double[] ttfts() {
      return predictions.stream().mapToDouble(Prediction::p95TtftSeconds).toArray();
    }
  }

  private @Nullable Choice choose(PlannedGpu gpu) {
    int adapters = gpu.traffic().adapters().size();
    Choice best = judge(withSlots(gpu, adapters, adapters), null);
    Choice all = best;
    for (int slots : slotsGrid) {
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
    Choice choice = new Choice(gpu, predictions.build());
    return other == null
            || (standsOut(choice.itls(), other.itls()) && standsOut(choice.ttfts(), other.ttfts()))
        ? choice
        : null;
  }

  /** Whether the gains on the same requests are so far above none that they are not luck. */
  private static boolean standsOut(double[] figures, double[] others) {
    double[] gains = new double[figures.length];
    for (int r = 0; r < gains.length; r++) {
      gains[r] = others[r] - figures[r];
    }
    return mean(gains) >= DEVIATIONS * Math.sqrt(variance(gains));
  }

  private static boolean worse(Prediction a, Prediction b) {
    return a.meanItlSeconds() > b.meanItlSeconds() || a.p95TtftSeconds() > b.p95TtftSeconds();
  }
}
