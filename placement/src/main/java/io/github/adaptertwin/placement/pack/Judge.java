package io.github.adaptertwin.placement.pack;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.Prediction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks the oracle for its word on the GPUs of a split, the fullest first, and corrects the steady
 * state where the two disagree. Without an oracle the steady state is trusted. Not thread-safe.
 */
final class Judge {
  /** Predicted use above which a split is not worth the oracle's time. */
  static final double HOPELESS_USE = 1.3;

  /** A GPU that completes less is tried with other slots, too, and the best are taken. */
  private static final double COMFORTABLE_SHARE = 0.95;

  /** Numbers of slots that are tried at least before one that passes barely is taken. */
  private static final int ENOUGH_TRIES = 3;

  /**
   * Part of its capacity up to which a GPU is not overloaded, whatever the steady state's error.
   */
  private static final double LIGHT_USE = 0.5;

  /** A share above what is asked for by less is a narrow miss: not by the share, by a margin. */
  private static final double NARROW = 0.02;

  private final @Nullable CapacityOracle oracle;
  private final double leastShare;
  private final Effort effort;
  private String complaint = "";
  private double failedShare;
  private boolean failedByChance;

  /**
   * Makes a judge.
   *
   * @param oracle judges GPUs; null to trust the steady state
   * @param leastShare completed share that the oracle asks for
   * @param effort counts the candidates
   */
  Judge(@Nullable CapacityOracle oracle, double leastShare, Effort effort) {
    this.oracle = oracle;
    this.leastShare = leastShare;
    this.effort = effort;
  }

  /** A split with what the oracle said of its GPUs; without GPUs it tells the use of a failure. */
  record Judged(List<PlannedGpu> gpus, List<Prediction> predictions, double mostUse) {}

  /** {@return what the oracle said last against a GPU; empty if nothing} */
  String complaint() {
    return complaint;
  }

  /**
   * {@return share that the GPU completed on which the last split failed; 0 if it did not start}
   */
  double failedShare() {
    return failedShare;
  }

  /**
   * {@return whether the last split failed on a GPU with a single piece that is a light load to the
   * steady state: of few requests some are unfinished at the end of the horizon, and no larger
   * fleet can take anything off it}
   */
  boolean failedByChance() {
    return failedByChance;
  }

  /**
   * Judges a split.
   *
   * @param split the split
   * @param allSlots whether more numbers of slots are tried for each GPU
   * @return its GPUs with the slots that do best; null if one of them has no slots that pass
   */
  @Nullable Judged judge(Split split, boolean allSlots) {
    failedByChance = false;
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
      if (oracle == null) {
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
    double mostSeen = 0;
    boolean light = false;
    for (int slots : slotsByFactor(bin)) {
      if (tries++ >= (allSlots ? 8 : 4) || !effort.mayAssess()) {
        break;
      }
      double expected = view.factor(bin.demand(), slots, rank);
      if (!(expected > 1 / HOPELESS_USE)) {
        break;
      }
      PlannedGpu gpu = planned(view, traffic, slots, rank);
      Assessment word = assess(view, gpu);
      if (!(word instanceof Assessment.Serves serves)) {
        continue;
      }
      Prediction seen = serves.prediction();
      light |= expected >= view.bias(slots, rank) / LIGHT_USE;
      learn(view, slots, rank, expected, seen);
      mostSeen = Math.max(mostSeen, seen.completedShare());
      if (word.feasible() && seen.completedShare() > bestShare) {
        gpus[b] = gpu;
        predictions[b] = seen;
        bestShare = seen.completedShare();
      } else if (!word.feasible()) {
        complaint = String.join("; ", seen.complaints());
      }
      if (bestShare >= COMFORTABLE_SHARE || (bestShare > 0 && tries >= ENOUGH_TRIES)) {
        break;
      }
    }
    failedShare = bestShare > 0 ? failedShare : mostSeen;
    failedByChance = bestShare == 0 && light && bin.size() == 1;
    return bestShare > 0;
  }

  /** Corrects what is expected of a setting by what the oracle saw. */
  private void learn(CapacityView view, int slots, int rank, double expected, Prediction seen) {
    double share = seen.completedShare();
    double bias = view.bias(slots, rank);
    if (!seen.feasible()) {
      double found =
          share < leastShare
              ? share / leastShare
              : expected * (share < leastShare + NARROW ? 0.985 : 0.95);
      view.setBias(slots, rank, bias * Math.min(0.99, found / expected));
    } else if (expected < 1) {
      view.setBias(slots, rank, bias * 1.01 / expected);
    }
  }

  static List<Integer> slotsByFactor(Bin bin) {
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

  static PlannedGpu planned(CapacityView view, GpuTraffic traffic, int slots, int rank) {
    int adapters = traffic.adapters().size();
    EngineFlags flags =
        view.setting(adapters == 0 ? 0 : slots, rank).flags().toBuilder()
            .maxLoras(Math.min(slots, adapters))
            .maxCpuLoras(adapters)
            .build();
    return new PlannedGpu(view.model().gpu(), traffic, flags);
  }

  /** What the oracle says of a GPU; without one, whether memory does; null if nothing is known. */
  @Nullable Assessment assess(CapacityView view, PlannedGpu gpu) {
    if (oracle == null) {
      MemoryPlan plan = view.setting(gpu.flags().maxLoras(), gpu.flags().maxLoraRank()).memory();
      return plan instanceof MemoryPlan.Refused refused ? new Assessment.Refuses(refused) : null;
    }
    effort.assess();
    return oracle.assess(gpu.candidate());
  }
}
