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
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the fewest GPUs of one kind. For each number of GPUs from the lower bound on, splits
 * are made and improved by the steady state; the oracle, usually the twin, judges their GPUs, the
 * fullest first; where it disagrees the steady state is corrected for that setting of slots and
 * rank, and the next split is made. The first number of GPUs with a split whose GPUs all pass is
 * the answer. Not thread-safe.
 */
public final class FewestGpus {
  /** Predicted use above which a split is not worth the oracle's time. */
  private static final double HOPELESS_USE = 1.3;

  /** Adapters that alone use more of a GPU than this are cut, if replication is allowed. */
  private static final double LARGEST_PIECE = 0.9;

  private static final double FINE_PIECE = 0.2;
  private static final int MOST_PARTS = 64;
  private static final int ROUNDS = 4;
  private static final int STEPS = 60;

  private final Workload workload;
  private final Setup setup;
  private final CapacityView view;
  private final Effort effort;
  private String complaint = "";

  /**
   * What a search needs.
   *
   * @param model the steady state of the kind of GPU
   * @param version the engine version
   * @param slots slots to choose from, ascending, at least one
   * @param bias factor by which the oracle admits more (above 1) or less than the steady state
   * @param oracle judges GPUs; null to trust the steady state
   * @param leastShare completed share that the oracle asks for
   * @param lowerBound fewest GPUs to try, at least 1
   * @param mostGpus most GPUs to try
   * @param replication whether adapters may be cut
   */
  public record Setup(
      SteadyState model,
      EngineVersion version,
      List<Integer> slots,
      double bias,
      @Nullable CapacityOracle oracle,
      double leastShare,
      int lowerBound,
      int mostGpus,
      boolean replication) {
    /** Takes an unmodifiable copy of the slots. */
    public Setup {
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
  public FewestGpus(Workload workload, Setup setup, Effort effort) {
    this.workload = workload;
    this.setup = setup;
    this.effort = effort;
    this.view =
        new CapacityView(
            setup.model(),
            setup.version(),
            setup.slots().stream().mapToInt(Integer::intValue).toArray(),
            setup.bias());
  }

  /** A split with what the oracle said of its GPUs. */
  private record Judged(List<PlannedGpu> gpus, List<Prediction> predictions, double mostUse) {}

  /**
   * Searches.
   *
   * @return the packing, or why there is none
   */
  public PackResult pack() {
    Pieces whole = pieces(LARGEST_PIECE);
    Split first = fewest(whole);
    if (first == null) {
      PackResult lone = loneFailure(whole);
      if (lone != null) {
        return lone;
      }
    }
    int predicted = first == null ? setup.mostGpus() : first.bins.size();
    // The steady state may be pessimistic where slots are short: begin below what it says.
    int from = Math.max(setup.lowerBound(), predicted - Math.max(2, predicted / 8));
    double leastUse = Double.POSITIVE_INFINITY;
    for (int gpus = Math.min(from, setup.mostGpus()); gpus <= setup.mostGpus(); gpus++) {
      Judged judged = tryGpus(whole, gpus);
      if (judged == null && setup.replication()) {
        judged = tryGpus(pieces(FINE_PIECE), gpus);
      }
      if (judged != null && !judged.gpus().isEmpty()) {
        return new PackResult.Packed(judged.gpus(), judged.predictions(), judged.mostUse());
      }
      leastUse = judged == null ? leastUse : Math.min(leastUse, judged.mostUse());
      if (gpus > 2 * predicted + 4 || !effort.mayAssess()) {
        break;
      }
    }
    return new PackResult.PoolExhausted(setup.mostGpus(), leastUse, complaint);
  }

  private Pieces pieces(double mostUse) {
    return Pieces.of(
        workload, setup.model(), this::loneUse, mostUse, setup.replication() ? MOST_PARTS : 1);
  }

  private double loneUse(AdapterTraffic traffic) {
    GpuDemand demand = new GpuDemand();
    demand.add(setup.model().demandOf(traffic.ratePerSecond()), traffic.ratePerSecond());
    double factor = view.best(demand, traffic.adapter().rank(), 0).factor();
    return factor > 0 ? 1 / factor : 1;
  }

  /** The fewest GPUs by the steady state alone. */
  private @Nullable Split fewest(Pieces pieces) {
    Split best = null;
    for (Dealing dealing : Dealing.values()) {
      int most = best == null ? setup.mostGpus() : best.bins.size() - 1;
      Split split = Dealing.fill(pieces, dealing.order(pieces), b -> b < most ? view : null, 1);
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
      Bin bin = new Bin(view, pieces);
      bin.add(piece);
      double use = bin.use();
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
    PlannedGpu gpu = planned(alone, 1, traffic.adapter().rank());
    Assessment assessment = assess(gpu);
    return assessment == null || assessment.feasible()
        ? null
        : new PackResult.AdapterTooLarge(traffic, assessment);
  }

  private @Nullable Assessment assess(PlannedGpu gpu) {
    if (setup.oracle() == null) {
      MemoryPlan plan = view.setting(gpu.flags().maxLoras(), gpu.flags().maxLoraRank()).memory();
      return plan instanceof MemoryPlan.Refused refused ? new Assessment.Refuses(refused) : null;
    }
    effort.assess();
    return setup.oracle().assess(new Candidate(gpu.gpu(), gpu.traffic(), gpu.flags()));
  }

  /** Splits over so many GPUs until one passes; an empty list of GPUs tells the least use. */
  private @Nullable Judged tryGpus(Pieces pieces, int gpus) {
    List<CapacityView> views = Collections.nCopies(gpus, view);
    Judged failed = null;
    for (int round = 0; round < ROUNDS && effort.mayAssess(); round++) {
      Split split = bestSplit(pieces, views);
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
      Judged judged = judge(split, gpus == 1);
      if (judged != null) {
        return judged;
      }
      if (gpus == 1) {
        return failed;
      }
    }
    return failed;
  }

  private @Nullable Split bestSplit(Pieces pieces, List<CapacityView> views) {
    if (views.size() == 1) {
      Bin bin = new Bin(views.get(0), pieces);
      for (int piece = 0; piece < pieces.size(); piece++) {
        bin.add(piece);
      }
      return new Split(pieces, List.of(bin), new int[pieces.size()]);
    }
    Split best = null;
    double least = Double.POSITIVE_INFINITY;
    for (Dealing dealing : Dealing.values()) {
      Split split = Dealing.even(pieces, dealing.order(pieces), views, 6);
      if (split != null && split.mostUse() < least) {
        best = split;
        least = split.mostUse();
      }
    }
    if (best != null && least > 0.5) {
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
        int slots = view.best(bin.demand(), bin.largestRank(), 0).slots();
        gpus[b] = planned(traffic.get(b), slots, bin.largestRank());
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
    int rank = bin.largestRank();
    int tries = 0;
    for (int slots : slotsByFactor(bin)) {
      if (tries++ >= (allSlots ? 6 : 3) || !effort.mayAssess()) {
        break;
      }
      double expected = view.factor(bin.demand(), slots, rank);
      if (!(expected > 1 / HOPELESS_USE)) {
        break;
      }
      PlannedGpu gpu = planned(traffic, slots, rank);
      Assessment word = assess(gpu);
      if (!(word instanceof Assessment.Serves serves)) {
        continue;
      }
      learn(slots, rank, expected, serves.prediction());
      if (word.feasible()) {
        gpus[b] = gpu;
        predictions[b] = serves.prediction();
        return true;
      }
      complaint = String.join("; ", serves.prediction().complaints());
    }
    return false;
  }

  /** Corrects what is expected of a setting by what the oracle saw. */
  private void learn(int slots, int rank, double expected, Prediction seen) {
    double share = seen.completedShare();
    double bias = view.bias(slots, rank);
    if (!seen.feasible()) {
      double found = share < setup.leastShare() ? share / setup.leastShare() : expected * 0.95;
      view.setBias(slots, rank, bias * Math.min(0.99, found / expected));
    } else if (expected < 1) {
      view.setBias(slots, rank, bias * 1.01 / expected);
    }
  }

  private List<Integer> slotsByFactor(Bin bin) {
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

  private PlannedGpu planned(GpuTraffic traffic, int slots, int rank) {
    int adapters = traffic.adapters().size();
    EngineFlags flags =
        view.setting(adapters == 0 ? 0 : slots, rank).flags().toBuilder()
            .maxLoras(Math.min(slots, adapters))
            .maxCpuLoras(adapters)
            .build();
    return new PlannedGpu(setup.model().gpu(), traffic, flags);
  }

  /** {@return what the oracle said of the last split that did not pass; empty if nothing} */
  public String complaint() {
    return complaint;
  }
}
