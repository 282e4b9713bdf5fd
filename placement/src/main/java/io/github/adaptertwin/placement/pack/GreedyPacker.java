package io.github.adaptertwin.placement.pack;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.Candidate;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Fills one GPU after the other with the longest prefix of the adapters (in {@link RankZigzag}
 * order) that an oracle calls feasible with some number of slots, then has a second oracle verify
 * it and takes adapters away again while that one disagrees.
 *
 * <p>Unlike the greedy that it takes the order from, it finds the prefix by bisection instead of a
 * coarse grid, does not close a GPU at the first batch that fails, and never gives more slots than
 * adapters. Not thread-safe.
 */
public final class GreedyPacker {
  /** Share of the adapters kept when verification disagrees. */
  private static final double REPAIR_SHARE = 0.97;

  private final FlagSearch search;
  private final CapacityOracle verifier;
  private final BiFunction<List<AdapterTraffic>, Integer, EngineFlags> flagsOf;
  private final Workload workload;
  private final Runnable onAssessment;
  private long verifications;

  /**
   * Makes a packer.
   *
   * @param workload the whole workload
   * @param oracle judges candidates while packing
   * @param verifier has the last word on each GPU
   * @param slotsGrid slots to consider, ascending, each at least 1; the number of adapters is
   *     always considered too
   * @param flagsOf the flags of a set of adapters with a number of slots
   * @param onAssessment run before each candidate is judged; may throw to cancel
   */
  public GreedyPacker(
      Workload workload,
      CapacityOracle oracle,
      CapacityOracle verifier,
      int[] slotsGrid,
      BiFunction<List<AdapterTraffic>, Integer, EngineFlags> flagsOf,
      Runnable onAssessment) {
    this.workload = workload;
    this.search = new FlagSearch(oracle, slotsGrid, onAssessment);
    this.verifier = verifier;
    this.flagsOf = flagsOf;
    this.onAssessment = onAssessment;
  }

  /**
   * Packs all adapters of the workload.
   *
   * @param gpus cards in the order in which they are to be used
   * @return the packing, or why there is none
   */
  public PackResult pack(Iterable<GpuSpec> gpus) {
    List<AdapterTraffic> left = RankZigzag.order(workload.adapters());
    List<PackedGpu> packed = new ArrayList<>();
    for (GpuSpec gpu : gpus) {
      if (left.isEmpty()) {
        break;
      }
      PackedGpu next = fill(gpu, left);
      if (next == null) {
        return new PackResult.AdapterTooLarge(left.get(0), alone(gpu, left.get(0)));
      }
      packed.add(next);
      left = left.subList(next.adapters().size(), left.size());
    }
    if (!left.isEmpty()) {
      return new PackResult.PoolExhausted(packed.size(), left.size());
    }
    return new PackResult.Packed(packed, search.assessments() + verifications);
  }

  private Assessment alone(GpuSpec gpu, AdapterTraffic adapter) {
    return choose(gpu, List.of(adapter), false).assessment();
  }

  private FlagSearch.Choice choose(
      GpuSpec gpu, List<AdapterTraffic> adapters, boolean firstFeasible) {
    return search.search(
        gpu,
        workload.restrictedTo(adapters),
        adapters.size(),
        slots -> flagsOf.apply(adapters, slots),
        firstFeasible);
  }

  private @Nullable PackedGpu fill(GpuSpec gpu, List<AdapterTraffic> left) {
    int size = longestFeasible(gpu, left);
    while (size > 0) {
      List<AdapterTraffic> adapters = left.subList(0, size);
      FlagSearch.Choice choice = choose(gpu, adapters, false);
      if (choice.feasible()) {
        verifications++;
        onAssessment.run();
        Assessment word =
            verifier.assess(new Candidate(gpu, workload.restrictedTo(adapters), choice.flags()));
        if (word.feasible() && word instanceof Assessment.Serves serves) {
          return new PackedGpu(gpu, adapters, choice.flags(), serves.prediction());
        }
      }
      size = Math.min(size - 1, (int) (size * REPAIR_SHARE));
    }
    return null;
  }

  /** Size of the longest prefix that is feasible, 0 if even the first adapter alone is not. */
  private int longestFeasible(GpuSpec gpu, List<AdapterTraffic> left) {
    int feasible = 0;
    int infeasible = left.size() + 1;
    int probe = left.size();
    while (infeasible - feasible > 1) {
      FlagSearch.Choice choice = choose(gpu, left.subList(0, probe), true);
      if (choice.feasible()) {
        feasible = probe;
        probe = feasible + Math.max(1, (infeasible - feasible) / 2);
      } else {
        infeasible = probe;
        probe = guess(choice.assessment(), probe, feasible);
      }
      probe = Math.max(feasible + 1, Math.min(infeasible - 1, probe));
    }
    return feasible;
  }

  /** Where the bound may lie, from the share that an overloaded GPU still completes. */
  private static int guess(Assessment assessment, int probe, int feasible) {
    int middle = feasible + (probe - feasible) / 2;
    if (feasible == 0 && assessment instanceof Assessment.Serves serves) {
      Prediction p = serves.prediction();
      return Math.max(middle, (int) (probe * Math.min(0.95, p.completedShare())));
    }
    return middle;
  }
}
