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
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lowers the latency of a plan on the GPUs that there are. Three splits compete: the one that deals
 * adapters in the order of their ids to the GPU with the lowest rate, as balancers do, over all
 * GPUs or as many as there are adapters; the same with the hottest adapters first; and the even
 * split of the packer. Of each the twin tries numbers of slots, GPU by GPU. Fewer slots than
 * adapters are taken only where on every replication, of the same requests, neither the mean
 * inter-token latency nor the 95th percentile of the time to first token is worse, and the gains
 * stand out from how they differ between replications: then requests not seen are served no later,
 * too. Where no token follows another the time to first token alone decides. A later split is taken
 * only where one of the two figures is better by 2 % and the other by .2 % at least, and both by
 * more than runs of the two splits differ among themselves. The first two deal whole adapters
 * alone, so they are left out where there are requests to the base model, and where the host memory
 * of a GPU does not hold its adapters.
 */
final class LatencySearch {
  /** By how much a split must be ahead of an earlier one in one figure. */
  private static final double CLEARLY = 0.98;

  private static final double NO_WORSE = 0.998;

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

  /** A split with its mean inter-token latency and its slowest GPU's time to first token. */
  private record Timed(List<PlannedGpu> gpus, LatencyFigure itl, LatencyFigure ttft) {
    boolean clearlyAhead(Timed other) {
      if (itl.isUntold() && other.itl.isUntold()) {
        return ttft.isBelow(CLEARLY, other.ttft) && ttft.standsOutFrom(other.ttft);
      }
      return itl.isAhead(NO_WORSE, other.itl)
          && ttft.isAhead(NO_WORSE, other.ttft)
          && (itl.isBelow(CLEARLY, other.itl) || ttft.isBelow(CLEARLY, other.ttft));
    }
  }

  /**
   * Looks for a split with less latency.
   *
   * @param even the split of the packer, which may leave GPUs empty: it levels nothing below the
   *     use of its largest piece
   * @param mostGpus GPUs that may serve, at least as many as the even split has
   * @return the best split; the even one if nothing is to be compared
   */
  List<PlannedGpu> improve(List<PlannedGpu> even, int mostGpus) {
    if (replications.isEmpty()) {
      return even;
    }
    int gpus = Math.min(mostGpus, workload.adapters().size());
    Timed best = levelled(gpus, IN_ORDER_OF_IDS);
    best = ahead(levelled(gpus, HOTTEST_FIRST), best);
    best = ahead(timed(even), best);
    return best == null ? even : best.gpus();
  }

  private static @Nullable Timed ahead(@Nullable Timed next, @Nullable Timed best) {
    return best == null || (next != null && next.clearlyAhead(best)) ? next : best;
  }

  private @Nullable Timed levelled(int gpus, Comparator<AdapterTraffic> order) {
    if (gpus == 0 || BaseTraffic.ratePerSecond(workload) > 0) {
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
    Arrays.fill(ttft, Double.NaN);
    for (PlannedGpu gpu : split) {
      Choice choice = effort.mayAssess() ? choose(gpu) : null;
      if (choice == null) {
        return null;
      }
      gpus.add(choice.gpu());
      for (int r = 0; r < runs; r++) {
        Prediction p = choice.predictions().get(r);
        // A GPU without requests, or with outputs of one token alone, says nothing.
        if (!Double.isNaN(p.meanItlSeconds())) {
          itl[r] += p.meanItlSeconds() * p.throughputTokensPerSecond();
          tokens[r] += p.throughputTokensPerSecond();
        }
        if (!(p.p95TtftSeconds() <= ttft[r]) && !Double.isNaN(p.p95TtftSeconds())) {
          ttft[r] = p.p95TtftSeconds();
        }
      }
    }
    for (int r = 0; r < runs; r++) {
      itl[r] /= tokens[r];
    }
    return new Timed(gpus.build(), new LatencyFigure(itl), new LatencyFigure(ttft));
  }

  /** A GPU with what each replication said of it. */
  private record Choice(PlannedGpu gpu, List<Prediction> predictions) {
    LatencyFigure itl() {
      return new LatencyFigure(
          predictions.stream().mapToDouble(Prediction::meanItlSeconds).toArray());
    }

    LatencyFigure ttft() {
      return new LatencyFigure(
          predictions.stream().mapToDouble(Prediction::p95TtftSeconds).toArray());
    }

    /** Whether tokens come faster, or the first where none follows another. */
    boolean isFasterThan(Choice other) {
      double mine = itl().mean();
      double others = other.itl().mean();
      if (Double.isNaN(mine) && Double.isNaN(others)) {
        return ttft().mean() < other.ttft().mean();
      }
      return LatencyFigure.isWorse(others, mine);
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
      if (next != null && (best == null || next.isFasterThan(best))) {
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
            || (choice.itl().standsOutFrom(other.itl())
                && choice.ttft().standsOutFrom(other.ttft()))
        ? choice
        : null;
  }

  private static boolean worse(Prediction a, Prediction b) {
    return LatencyFigure.isWorse(a.meanItlSeconds(), b.meanItlSeconds())
        || LatencyFigure.isWorse(a.p95TtftSeconds(), b.p95TtftSeconds());
  }
}
