package io.github.adaptertwin.placement.pack;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.GpuDemand;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the first of some fleets (so many GPUs of which kind, in the order of preference) that
 * serves a workload. For each fleet splits are made and improved by the steady state; the oracle,
 * usually the twin, judges their GPUs, the fullest first; where it disagrees the steady state is
 * corrected for that setting of slots and rank, and the next split is made. The first fleet with a
 * split whose GPUs all pass is the answer. Not thread-safe.
 */
public final class FleetSearch {
  /** Adapters that alone use more of a GPU than this are cut, if replication is allowed. */
  private static final double LARGEST_PIECE = 0.9;

  private static final double FINE_PIECE = 0.2;
  private static final int MOST_PARTS = 64;

  /** Splits of one fleet that are tried, and how many if the last ones failed narrowly. */
  private static final int ROUNDS = 4;

  private static final int MOST_ROUNDS = 7;

  /** Part of the share asked for from which on a split failed narrowly. */
  private static final double NARROW = 0.98;

  private static final int STEPS = 60;

  /** Beyond so many pieces one order of dealing is as good as another. */
  private static final int MANY_PIECES = 10_000;

  /** By how many GPUs the search begins below what the steady state says. */
  private static final int MOST_FEWER = 4;

  /** Halvings when a split is made even. */
  private static final int EVEN_ROUNDS = 6;

  /** Beyond so many GPUs a split that is even up to one adapter leaves nothing to improve. */
  private static final int MOST_GPUS_TO_IMPROVE = 32;

  private final Workload workload;
  private final Setup setup;
  private final List<CapacityView> views;
  private final Judge judge;
  private final Effort effort;
  private boolean endedByChance;

  /**
   * What a search needs.
   *
   * @param kinds the steady state of each kind of GPU, at least one, all of the same lengths
   * @param version the engine version
   * @param slots slots to choose from, ascending, at least one
   * @param bias factor by which the oracle admits more (above 1) or less than the steady state
   * @param oracle judges GPUs; null to trust the steady state
   * @param leastShare completed share that the oracle asks for
   * @param lowerBound fewest GPUs to try, at least 1
   * @param replication whether adapters may be cut
   * @param host host memory of each GPU for the adapters
   */
  public record Setup(
      List<SteadyState> kinds,
      EngineVersion version,
      List<Integer> slots,
      double bias,
      @Nullable CapacityOracle oracle,
      double leastShare,
      int lowerBound,
      boolean replication,
      HostMemory host) {
    /** Takes unmodifiable copies of the lists. */
    public Setup {
      kinds = ImmutableList.copyOf(kinds);
      slots = ImmutableList.copyOf(slots);
    }

    /** The capacity of each kind, without corrections. */
    List<CapacityView> views() {
      int[] grid = slots.stream().mapToInt(Integer::intValue).toArray();
      List<CapacityView> views = new ArrayList<>();
      for (SteadyState kind : kinds) {
        views.add(new CapacityView(kind, version, grid, bias, host));
      }
      return views;
    }
  }

  /**
   * Makes a search.
   *
   * @param workload what is to be placed
   * @param setup how
   * @param effort what it may cost
   */
  public FleetSearch(Workload workload, Setup setup, Effort effort) {
    this.workload = workload;
    this.setup = setup;
    this.views = setup.views();
    this.judge = new Judge(setup.oracle(), setup.leastShare(), effort);
    this.effort = effort;
  }

  /**
   * Searches all fleets.
   *
   * @param fleets the fleets in the order of preference
   * @return the packing, or why there is none
   */
  public PackResult pack(Fleets fleets) {
    return pack(fleets, false);
  }

  /**
   * Searches.
   *
   * @param fleets the fleets in the order of preference
   * @param endsByChance whether the search ends without a packing, and {@link #endedByChance} tells
   *     it, once a piece that is a light load fails alone on the oracle's requests: it would on
   *     those of every larger fleet, and other requests would do where more GPUs do not
   * @return the packing, or why there is none
   */
  public PackResult pack(Fleets fleets, boolean endsByChance) {
    Pieces whole = pieces(LARGEST_PIECE);
    PackResult lone = loneFailure(whole);
    if (lone != null) {
      return lone;
    }
    double[] wholeUse = views.stream().mapToDouble(v -> useOfAll(whole, v)).toArray();
    Split fewest = fleets.oneKind() ? fewest(whole, fleets.mostGpus()) : null;
    int predicted =
        fewest != null
            ? fewest.bins.size()
            : fleets.oneKind() && fleets.mostGpus() < Integer.MAX_VALUE ? fleets.mostGpus() : 0;
    if (setup.oracle() == null && fewest != null && predicted > MOST_GPUS_TO_IMPROVE) {
      Judge.Judged judged = judge.judge(fewest, false);
      if (judged != null) {
        return new PackResult.Packed(judged.gpus(), judged.predictions(), judged.mostUse());
      }
    }
    double leastUse = Double.POSITIVE_INFINITY;
    int tried = 0;
    int fewer = setup.oracle() == null ? 0 : Math.min(predicted / 8 + 2, MOST_FEWER);
    for (int[] fleet : fleets.list(wholeUse)) {
      // The steady state may be pessimistic where slots are short: begin below what it says.
      if (fleet.length < setup.lowerBound() || fleet.length < predicted - fewer) {
        continue;
      }
      if (tried > 0) {
        effort.poll();
      }
      if ((tried > 0 && !effort.mayAssess()) || isTooLarge(fleets, fleet.length, predicted)) {
        break;
      }
      tried = Math.max(tried, fleet.length);
      Judge.Judged judged = tryFleet(whole, fleet);
      if ((judged == null || judged.gpus().isEmpty()) && setup.replication()) {
        Judge.Judged fine = tryFleet(pieces(FINE_PIECE), fleet);
        judged = fine == null ? judged : fine;
      }
      if (judged != null && !judged.gpus().isEmpty()) {
        return new PackResult.Packed(judged.gpus(), judged.predictions(), judged.mostUse());
      }
      if (endsByChance && judge.failedByChance()) {
        endedByChance = true;
        break;
      }
      leastUse = judged == null ? leastUse : Math.min(leastUse, judged.mostUse());
    }
    int most = Math.max(tried, setup.lowerBound() - 1);
    return new PackResult.PoolExhausted(most, leastUse, judge.complaint());
  }

  /** {@return whether the search ended because a light load failed alone by chance} */
  public boolean endedByChance() {
    return endedByChance;
  }

  /** Whether growing fleets have come to where one more GPU would have nothing to serve. */
  private boolean isTooLarge(Fleets fleets, int gpus, int predicted) {
    return fleets.order() == Fleets.Order.FEWEST
        && gpus > 2 * Math.max(predicted, 1) + 8
        && gpus > pieces(FINE_PIECE).size();
  }

  private static double useOfAll(Pieces pieces, CapacityView view) {
    Bin bin = new Bin(view, pieces);
    for (int piece = 0; piece < pieces.size(); piece++) {
      bin.add(piece);
    }
    return bin.use();
  }

  private Pieces pieces(double mostUse) {
    return Pieces.of(
        workload,
        setup.kinds().get(0),
        this::loneUse,
        mostUse,
        setup.replication() ? MOST_PARTS : 1);
  }

  private double loneUse(AdapterTraffic traffic) {
    GpuDemand demand = new GpuDemand();
    demand.add(setup.kinds().get(0).demandOf(traffic.ratePerSecond()), traffic.ratePerSecond());
    double factor = 0;
    for (CapacityView view : views) {
      factor = Math.max(factor, view.best(demand, traffic.adapter().rank(), 0).factor());
    }
    return factor > 0 ? 1 / factor : 1;
  }

  /** The fewest GPUs by the steady state alone. */
  private @Nullable Split fewest(Pieces pieces, int mostGpus) {
    Split best = null;
    boolean many = pieces.size() > MANY_PIECES;
    for (Dealing dealing : many ? List.of(Dealing.ZIGZAG) : List.of(Dealing.values())) {
      int most = best == null ? mostGpus : best.bins.size() - 1;
      Split split =
          Dealing.fill(pieces, dealing.order(pieces), b -> b < most ? views.get(0) : null, 1);
      best = split == null ? best : split;
    }
    return best;
  }

  /** Whether an adapter alone keeps a GPU from starting, or is too much for it. */
  private @Nullable PackResult loneFailure(Pieces pieces) {
    double worst = 1;
    int worstPiece = -1;
    for (int piece = 0; piece < pieces.size(); piece++) {
      if (pieces.isBase(piece)) {
        continue;
      }
      if (piece > 0
          && !pieces.isBase(piece - 1)
          && pieces.rank[piece] == pieces.rank[piece - 1]
          && pieces.rate[piece] <= pieces.rate[piece - 1]) {
        continue;
      }
      double use = Double.POSITIVE_INFINITY;
      for (CapacityView view : views) {
        Bin bin = new Bin(view, pieces);
        bin.add(piece);
        use = Math.min(use, bin.use());
      }
      if (use > worst) {
        worst = use;
        worstPiece = piece;
      }
    }
    if (worstPiece < 0) {
      return null;
    }
    AdapterTraffic traffic = pieces.traffic(worstPiece);
    double share = 1.0 / pieces.parts[worstPiece];
    GpuTraffic alone = GpuTraffic.of(workload, List.of(new SharedAdapter(traffic, 0, share)));
    PlannedGpu gpu = Judge.planned(views.get(0), alone, 1, traffic.adapter().rank());
    Assessment assessment = judge.assess(views.get(0), gpu);
    if (assessment == null && setup.oracle() == null) {
      assessment = overloaded(alone, worst);
    }
    return assessment == null || assessment.feasible()
        ? null
        : new PackResult.AdapterTooLarge(traffic, assessment);
  }

  /** The word of the steady state, which has no figures but the use. */
  private static Assessment overloaded(GpuTraffic alone, double use) {
    double none = Double.NaN;
    Verdict verdict =
        new Verdict(
            "steady state",
            false,
            String.format(Locale.ROOT, "its load is %.2f times what the GPU can do", use));
    return new Assessment.Serves(
        new Prediction(
            0,
            alone.offeredTokensPerSecond(),
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            List.of(verdict)));
  }

  /** Splits over a fleet until one passes; an empty list of GPUs tells the least use. */
  private Judge.@Nullable Judged tryFleet(Pieces pieces, int[] fleet) {
    List<CapacityView> bins = new ArrayList<>();
    for (int kind : fleet) {
      bins.add(views.get(kind));
    }
    Judge.Judged failed = null;
    for (int round = 0; mayGoOn(round) && effort.mayAssess(); round++) {
      Split split = bestSplit(pieces, bins);
      if (split == null) {
        return failed;
      }
      double use = split.mostUse();
      if (failed == null || use < failed.mostUse()) {
        failed = new Judge.Judged(List.of(), List.of(), use);
      }
      if (use > (setup.oracle() == null ? 1 : Judge.HOPELESS_USE)) {
        return failed;
      }
      Judge.Judged judged = judge.judge(split, fleet.length == 1);
      if (judged != null) {
        return judged;
      }
      if (fleet.length == 1) {
        return failed;
      }
    }
    return failed;
  }

  /** A split that failed narrowly is worth more rounds. */
  private boolean mayGoOn(int round) {
    return round < ROUNDS
        || (round < MOST_ROUNDS && judge.failedShare() >= NARROW * setup.leastShare());
  }

  private @Nullable Split bestSplit(Pieces pieces, List<CapacityView> bins) {
    if (bins.size() == 1) {
      Bin bin = new Bin(bins.get(0), pieces);
      for (int piece = 0; piece < pieces.size(); piece++) {
        bin.add(piece);
      }
      return new Split(pieces, List.of(bin), new int[pieces.size()]);
    }
    Split best = null;
    double least = Double.POSITIVE_INFINITY;
    boolean many = bins.size() > MOST_GPUS_TO_IMPROVE;
    for (Dealing dealing : many ? List.of(Dealing.ZIGZAG) : List.of(Dealing.values())) {
      Split split =
          Dealing.even(pieces, dealing.order(pieces), bins, many ? EVEN_ROUNDS / 2 : EVEN_ROUNDS);
      if (split != null && split.mostUse() < least) {
        best = split;
        least = split.mostUse();
      }
    }
    if (best != null
        && least > (setup.oracle() == null ? 1 : 0.5)
        && bins.size() <= MOST_GPUS_TO_IMPROVE) {
      new LocalSearch(effort).improve(best, 0.5, STEPS);
    }
    return best;
  }
}
