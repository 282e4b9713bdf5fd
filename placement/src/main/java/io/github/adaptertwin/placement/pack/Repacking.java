package io.github.adaptertwin.placement.pack;

import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keeps a packing as far as it can be kept under new traffic. Not thread-safe. */
public final class Repacking {
  /** Use at which a GPU that is kept in place is left alone. */
  private static final double GOOD_ENOUGH = 0.98;

  /** Tries between two GPUs that are added. */
  private static final int ROUNDS = 4;

  private static final int STEPS = 60;

  private final Workload workload;
  private final FleetSearch.Setup setup;
  private final CapacityView view;
  private final Judge judge;
  private final Effort effort;

  /**
   * Makes a repacking.
   *
   * @param workload the new traffic
   * @param setup how; of its kinds of GPU only the first counts
   * @param effort what it may cost
   */
  public Repacking(Workload workload, FleetSearch.Setup setup, Effort effort) {
    this.workload = workload;
    this.setup = setup;
    this.view = setup.views().get(0);
    this.judge = new Judge(setup.oracle(), setup.leastShare(), effort);
    this.effort = effort;
  }

  /**
   * Keeps a packing as far as it can be kept: pieces move off the fullest GPU while the oracle
   * objects, and GPUs of the first kind are added when that does not do. Adapters that are new go
   * where there is most room, as do those of GPUs beyond the number that there may be, which are
   * given up from the last one on.
   *
   * @param inUse the GPUs in use
   * @param mostGpus how many GPUs there may be, at least 0
   * @return the packing, on at most so many GPUs, or why there is none
   */
  public PackResult repack(List<PlannedGpu> inUse, int mostGpus) {
    if (mostGpus == 0) {
      return new PackResult.PoolExhausted(0, Double.POSITIVE_INFINITY, "");
    }
    List<PlannedGpu> before = inUse.subList(0, Math.min(inUse.size(), mostGpus));
    Map<String, List<Integer>> homes = new HashMap<>();
    for (int g = 0; g < before.size(); g++) {
      for (SharedAdapter part : before.get(g).traffic().adapters()) {
        homes.computeIfAbsent(part.traffic().adapter().id(), id -> new ArrayList<>()).add(g);
      }
    }
    int gpus = Math.max(1, before.size());
    Pieces pieces =
        Pieces.withCuts(
            workload,
            setup.kinds().get(0),
            id -> homes.getOrDefault(id, List.of(0)).size(),
            8 * gpus);
    List<Bin> bins = new ArrayList<>();
    for (int g = 0; g < gpus; g++) {
      bins.add(new Bin(view, pieces));
    }
    int[] binOf = keepInPlace(pieces, homes, before, bins);
    Split split = new Split(pieces, bins, binOf);
    for (int round = 0; effort.mayAssess(); round++) {
      Judge.Judged judged = mayPass(split) ? judge.judge(split, false) : null;
      if (judged != null) {
        return new PackResult.Packed(judged.gpus(), judged.predictions(), judged.mostUse());
      }
      if (round % ROUNDS == ROUNDS - 1) {
        if (bins.size() >= mostGpus || bins.size() > 2 * gpus + 2) {
          break;
        }
        bins.add(new Bin(view, pieces));
      }
      new LocalSearch(effort).improve(split, GOOD_ENOUGH, STEPS * bins.size());
    }
    return new PackResult.PoolExhausted(bins.size(), split.mostUse(), judge.complaint());
  }

  /** The judge knows nothing of host memory, and without an oracle it accepts any use. */
  private boolean mayPass(Split split) {
    return split.bins.stream().allMatch(Bin::fitsIntoHost)
        && (setup.oracle() != null || split.mostUse() <= 1);
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
}
