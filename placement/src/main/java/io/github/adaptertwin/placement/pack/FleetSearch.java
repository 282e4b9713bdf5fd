package io.github.adaptertwin.placement.pack;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.Candidate;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.GpuDemand;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the first of some fleets (so many GPUs of which kind, in the order of preference) that
 * serves a workload. For each fleet splits are made and improved by the steady state; the oracle,
 * usually the twin, judges their GPUs, the fullest first; where it disagrees the steady state is
 * corrected for that setting of slots and rank, and the next split is made. The first fleet with a
 * split whose GPUs all pass is the answer. Not thread-safe.
 */
public final class FleetSearch {
  /** Predicted use above which a split is not worth the oracle's time. */
  private static final double HOPELESS_USE = 1.3;

  /** Adapters that alone use more of a GPU than this are cut, if replication is allowed. */
  private static final double LARGEST_PIECE = 0.9;

  private static final double FINE_PIECE = 0.2;
  private static final int MOST_PARTS = 64;
  private static final int ROUNDS = 4;

  /** A GPU that completes less is tried with other slots, too, and the best are taken. */
  private static final double COMFORTABLE_SHARE = 0.95;

  private static final int STEPS = 60;

  /** Use at which a GPU that is kept in place is left alone. */
  private static final double GOOD_ENOUGH = 0.98;

  /** Halvings when a split is made even. */
  private static final int EVEN_ROUNDS = 6;

  /** Beyond so many GPUs a split that is even up to one adapter leaves nothing to improve. */
  private static final int MOST_GPUS_TO_IMPROVE = 32;

  private final Workload workload;
  private final Setup setup;
  private final List<CapacityView> views = new ArrayList<>();
  private final Effort effort;
  private String complaint = "";

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
   */
  public record Setup(
      List<SteadyState> kinds,
      EngineVersion version,
      List<Integer> slots,
      double bias,
      @Nullable CapacityOracle oracle,
      double leastShare,
      int lowerBound,
      boolean replication) {
    /** Takes unmodifiable copies of the lists. */
    public Setup {
      kinds = ImmutableList.copyOf(kinds);
      slots = ImmutableList.copyOf(slots);
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
    this.effort = effort;
    int[] slots = setup.slots().stream().mapToInt(Integer::intValue).toArray();
    for (SteadyState kind : setup.kinds()) {
      views.add(new CapacityView(kind, setup.version(), slots, setup.bias()));
    }
  }

  /** A split with what the oracle said of its GPUs; without GPUs it tells the use of a failure. */
  private record Judged(List<PlannedGpu> gpus, List<Prediction> predictions, double mostUse) {}

  /**
   * Searches.
   *
   * @param fleets the fleets in the order of preference
   * @return the packing, or why there is none
   */
  public PackResult pack(Fleets fleets) {
    Pieces whole = pieces(LARGEST_PIECE);
    PackResult lone = loneFailure(whole);
    if (lone != null) {
      return lone;
    }
    double[] wholeUse = views.stream().mapToDouble(v -> useOfAll(whole, v)).toArray();
    int predicted = fleets.oneKind() ? predicted(whole, fleets.mostGpus()) : 0;
    double leastUse = Double.POSITIVE_INFINITY;
    int tried = 0;
    for (int[] fleet : fleets.list(wholeUse)) {
      // The steady state may be pessimistic where slots are short: begin below what it says.
      if (fleet.length < setup.lowerBound()
          || fleet.length < predicted - Math.max(2, predicted / 8)) {
        continue;
      }
      if (tried > 0 && (!effort.mayAssess() || fleet.length > 2 * Math.max(predicted, tried) + 8)) {
        break;
      }
      tried = Math.max(tried, fleet.length);
      Judged judged = tryFleet(whole, fleet);
      if ((judged == null || judged.gpus().isEmpty()) && setup.replication()) {
        Judged fine = tryFleet(pieces(FINE_PIECE), fleet);
        judged = fine == null ? judged : fine;
      }
      if (judged != null && !judged.gpus().isEmpty()) {
        return new PackResult.Packed(judged.gpus(), judged.predictions(), judged.mostUse());
      }
      leastUse = judged == null ? leastUse : Math.min(leastUse, judged.mostUse());
    }
    return new PackResult.PoolExhausted(fleets.mostGpus(), leastUse, complaint);
  }

  /**
   * Keeps a packing as far as it can be kept: pieces move off the fullest GPU while the oracle
   * objects, and GPUs of the first kind are added when that does not do. Adapters that are new go
   * where there is most room.
   *
   * @param before the GPUs in use
   * @param mostGpus how many GPUs there may be
   * @return the packing, or why there is none
   */
  public PackResult repack(List<PlannedGpu> before, int mostGpus) {
    Map<String, List<Integer>> homes = new HashMap<>();
    for (int g = 0; g < before.size(); g++) {
      for (SharedAdapter part : before.get(g).traffic().adapters()) {
        homes.computeIfAbsent(part.traffic().adapter().id(), id -> new ArrayList<>()).add(g);
      }
    }
    int baseParts = 8 * before.size();
    Pieces pieces =
        Pieces.withCuts(
            workload,
            setup.kinds().get(0),
            id -> homes.getOrDefault(id, List.of(0)).size(),
            baseParts);
    int gpus = before.size();
    List<Bin> bins = new ArrayList<>();
    for (int g = 0; g < gpus; g++) {
      bins.add(new Bin(views.get(0), pieces));
    }
    int[] binOf = keepInPlace(pieces, homes, before, bins);
    Split split = new Split(pieces, bins, binOf);
    for (int round = 0; effort.mayAssess(); round++) {
      Judged judged = judge(split, false);
      if (judged != null) {
        return new PackResult.Packed(judged.gpus(), judged.predictions(), judged.mostUse());
      }
      if (round % ROUNDS == ROUNDS - 1) {
        if (bins.size() >= mostGpus || bins.size() > 2 * gpus + 2) {
          break;
        }
        bins.add(new Bin(views.get(0), pieces));
      }
      new LocalSearch(effort).improve(split, GOOD_ENOUGH, STEPS * bins.size());
    }
    return new PackResult.PoolExhausted(mostGpus, split.mostUse(), complaint);
  }

  private int[] keepInPlace(
      Pieces pieces, Map<String, List<Integer>> homes, List<PlannedGpu> before, List<Bin> bins) {
    int[] binOf = new int[pieces.size()];
    Map<String, Integer> placed = new HashMap<>();
    List<Integer> homeless = new ArrayList<>();
    int base = 0;
    for (int piece = 0; piece < binOf.length; piece++) {
      if (pieces.isBase(piece)) {
        double at = (base++ + 0.5) / pieces.parts[piece];
        int home = 0;
        while (home < bins.size() - 1 && before.get(home).traffic().baseTo() <= at) {
          home++;
        }
        binOf[piece] = home;
      } else {
        String id = pieces.traffic(piece).adapter().id();
        List<Integer> mine = homes.get(id);
        if (mine == null) {
          homeless.add(piece);
          continue;
        }
        binOf[piece] = mine.get(placed.merge(id, 1, Integer::sum) - 1);
      }
      bins.get(binOf[piece]).add(piece);
    }
    for (int piece : homeless) {
      int emptiest = 0;
      for (int b = 1; b < bins.size(); b++) {
        emptiest = bins.get(b).use() < bins.get(emptiest).use() ? b : emptiest;
      }
      binOf[piece] = emptiest;
      bins.get(emptiest).add(piece);
    }
    return binOf;
  }

  private static double useOfAll(Pieces pieces, CapacityView view) {
    Bin bin = new Bin(view, pieces);
    for (int piece = 0; piece < pieces.size(); piece++) {
      bin.add(piece);
    }
    return bin.use();
  }

  private int predicted(Pieces pieces, int mostGpus) {
    Split split = fewest(pieces, mostGpus);
    return split == null ? mostGpus == Integer.MAX_VALUE ? 0 : mostGpus : split.bins.size();
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
    for (Dealing dealing : Dealing.values()) {
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
    PlannedGpu gpu = planned(views.get(0), alone, 1, traffic.adapter().rank());
    Assessment assessment = assess(gpu);
    return assessment == null || assessment.feasible()
        ? null
        : new PackResult.AdapterTooLarge(traffic, assessment);
  }

  private @Nullable Assessment assess(PlannedGpu gpu) {
    if (setup.oracle() == null) {
      MemoryPlan plan =
          views.get(0).setting(gpu.flags().maxLoras(), gpu.flags().maxLoraRank()).memory();
      return plan instanceof MemoryPlan.Refused refused ? new Assessment.Refuses(refused) : null;
    }
    effort.assess();
    return setup.oracle().assess(new Candidate(gpu.gpu(), gpu.traffic(), gpu.flags()));
  }

  /** Splits over a fleet until one passes; an empty list of GPUs tells the least use. */
  private @Nullable Judged tryFleet(Pieces pieces, int[] fleet) {
    List<CapacityView> bins = new ArrayList<>();
    for (int kind : fleet) {
      bins.add(views.get(kind));
    }
    Judged failed = null;
    for (int round = 0; round < ROUNDS && effort.mayAssess(); round++) {
      Split split = bestSplit(pieces, bins);
      if (split == null) {
        return failed;
      }
      double use = split.mostUse();
      if (failed == null || use < failed.mostUse()) {
        failed = new Judged(List.of(), List.of(), use);
      }
      if (use > (setup.oracle() == null ? 1 : HOPELESS_USE)) {
        return failed;
      }
      Judged judged = judge(split, fleet.length == 1);
      if (judged != null) {
        return judged;
      }
      if (fleet.length == 1) {
        return failed;
      }
    }
    return failed;
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
    for (Dealing dealing : Dealing.values()) {
      Split split = Dealing.even(pieces, dealing.order(pieces), bins, EVEN_ROUNDS);
      if (split != null && split.mostUse() < least) {
        best = split;
        least = split.mostUse();
      }
    }
    if (best != null && least > 0.5 && bins.size() <= MOST_GPUS_TO_IMPROVE) {
      new LocalSearch(effort).improve(best, 0.5, STEPS);
    }
    return best;
  }

  private @Nullable Judged judge(Split split, boolean allSlots) {
    List<GpuTraffic> traffic = split.pieces.trafficOf(split.binOf, split.bins.size());
    List<Integer> order = new ArrayList<>();
    for (int b = 0; b < split.bins.size(); b++) {
      order.add(b);
    }
    double[] use = split.bins.stream().mapToDouble(Bin::use).toArray();
    order.sort(Comparator.comparingDouble((Integer b) -> -use[b]).thenComparing(b -> b));
    @Nullable PlannedGpu[] gpus = new @Nullable PlannedGpu[use.length];
    @Nullable Prediction[] predictions = new @Nullable Prediction[use.length];
    for (int b : order) {
      Bin bin = split.bins.get(b);
      if (bin.isEmpty()) {
        continue;
      }
      if (setup.oracle() == null) {
        int slots = bin.view().best(bin.demand(), bin.largestRank(), 0).slots();
        gpus[b] = planned(bin.view(), traffic.get(b), slots, bin.largestRank());
        continue;
      }
      if (!judgeOne(bin, traffic.get(b), allSlots, gpus, predictions, b)) {
        return null;
      }
    }
    ImmutableList.Builder<PlannedGpu> all = ImmutableList.builder();
    ImmutableList.Builder<Prediction> words = ImmutableList.builder();
    double most = 0;
    for (int b = 0; b < use.length; b++) {
      if (gpus[b] != null) {
        all.add(gpus[b]);
        most = Math.max(most, use[b]);
        if (predictions[b] != null) {
          words.add(predictions[b]);
        }
      }
    }
    return new Judged(all.build(), words.build(), most);
  }

  private boolean judgeOne(
      Bin bin,
      GpuTraffic traffic,
      boolean allSlots,
      @Nullable PlannedGpu[] gpus,
      @Nullable Prediction[] predictions,
      int b) {
    CapacityView view = bin.view();
    int rank = bin.largestRank();
    int tries = 0;
    double bestShare = 0;
    for (int slots : slotsByFactor(bin)) {
      if (tries++ >= (allSlots ? 8 : 4) || !effort.mayAssess()) {
        break;
      }
      double expected = view.factor(bin.demand(), slots, rank);
      if (!(expected > 1 / HOPELESS_USE)) {
        break;
      }
      PlannedGpu gpu = planned(view, traffic, slots, rank);
      Assessment word = assess(gpu);
      if (!(word instanceof Assessment.Serves serves)) {
        continue;
      }
      Prediction seen = serves.prediction();
      learn(view, slots, rank, expected, seen);
      if (word.feasible() && seen.completedShare() > bestShare) {
        gpus[b] = gpu;
        predictions[b] = seen;
        bestShare = seen.completedShare();
      } else if (!word.feasible()) {
        complaint = String.join("; ", seen.complaints());
      }
      if (bestShare >= COMFORTABLE_SHARE) {
        break;
      }
    }
    return bestShare > 0;
  }

  /** Corrects what is expected of a setting by what the oracle saw. */
  private void learn(CapacityView view, int slots, int rank, double expected, Prediction seen) {
    double share = seen.completedShare();
    double bias = view.bias(slots, rank);
    if (!seen.feasible()) {
      double found = share < setup.leastShare() ? share / setup.leastShare() : expected * 0.95;
      view.setBias(slots, rank, bias * Math.min(0.99, found / expected));
    } else if (expected < 1) {
      view.setBias(slots, rank, bias * 1.01 / expected);
    }
  }

  private static List<Integer> slotsByFactor(Bin bin) {
    CapacityView view = bin.view();
    if (bin.demand().adapters() == 0) {
      return List.of(0);
    }
    int useful = view.useful(bin.demand().adapters());
    List<Integer> slots = new ArrayList<>();
    for (int i = 0; i < useful; i++) {
      slots.add(view.slotsAt(i));
    }
    double[] factor = new double[useful];
    for (int i = 0; i < useful; i++) {
      factor[i] = view.factor(bin.demand(), view.slotsAt(i), bin.largestRank());
    }
    List<Integer> index = new ArrayList<>();
    for (int i = 0; i < useful; i++) {
      index.add(i);
    }
    index.sort(Comparator.comparingDouble((Integer i) -> -factor[i]).thenComparing(i -> i));
    return index.stream().map(slots::get).collect(ImmutableList.toImmutableList());
  }

  private static PlannedGpu planned(CapacityView view, GpuTraffic traffic, int slots, int rank) {
    int adapters = traffic.adapters().size();
    EngineFlags flags =
        view.setting(adapters == 0 ? 0 : slots, rank).flags().toBuilder()
            .maxLoras(Math.min(slots, adapters))
            .maxCpuLoras(adapters)
            .build();
    return new PlannedGpu(view.model().gpu(), traffic, flags);
  }

  /**
   * Says whether a workload on one GPU breaks a rule with every number of slots.
   *
   * @param workload the workload
   * @param kind the steady state of the kind of GPU
   * @param version the engine version
   * @param slots slots to choose from, ascending, at least one
   * @param oracle judges, by the rules without any margin
   * @param effort counts the candidates
   * @return whether none passes; false if the effort was spent before all were tried
   */
  public static boolean refutesOne(
      Workload workload,
      SteadyState kind,
      EngineVersion version,
      List<Integer> slots,
      CapacityOracle oracle,
      Effort effort) {
    Setup setup = new Setup(List.of(kind), version, slots, 1, oracle, 0.9, 1, false);
    FleetSearch search = new FleetSearch(workload, setup, effort);
    Pieces pieces = search.pieces(1);
    Bin bin = new Bin(search.views.get(0), pieces);
    for (int piece = 0; piece < pieces.size(); piece++) {
      bin.add(piece);
    }
    GpuTraffic all = pieces.trafficOf(new int[pieces.size()], 1).get(0);
    for (int count : slotsByFactor(bin)) {
      if (!effort.mayAssess()) {
        return false;
      }
      Assessment word = search.assess(planned(bin.view(), all, count, bin.largestRank()));
      if (word == null || word.feasible()) {
        return false;
      }
    }
    return true;
  }
}
