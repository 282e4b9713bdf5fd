package io.github.adaptertwin.placement.pack;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.Candidate;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.workload.Workload;
import java.util.Arrays;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the adapter slots of one GPU for a given set of adapters. More slots let more adapters
 * run together and load less often, but every slot takes KV tokens and time from each step, so
 * quality rises and falls with the number of slots; the search climbs from where the last one
 * ended. Not thread-safe.
 */
final class FlagSearch {
  private final CapacityOracle oracle;
  private final int[] slotsGrid;
  private final Runnable onAssessment;
  private long assessments;
  // Share of its adapters that the last GPU had slots for: a good start for the next set.
  private double lastShare = 0.25;

  FlagSearch(CapacityOracle oracle, int[] slotsGrid, Runnable onAssessment) {
    this.oracle = oracle;
    this.slotsGrid = slotsGrid.clone();
    this.onAssessment = onAssessment;
  }

  /**
   * Flags and what the oracle says of them.
   *
   * @param flags the flags
   * @param assessment the oracle's word
   */
  record Choice(EngineFlags flags, Assessment assessment) {
    boolean feasible() {
      return assessment.feasible();
    }
  }

  long assessments() {
    return assessments;
  }

  /**
   * Finds slots for a set of adapters.
   *
   * @param gpu the card
   * @param workload the traffic of the set
   * @param adapters size of the set
   * @param flagsForSlots the flags of the set for a number of slots
   * @param firstFeasible stop at the first feasible choice instead of looking for the best
   * @return a feasible choice if one was found, otherwise the best of the infeasible
   */
  Choice search(
      GpuSpec gpu,
      Workload workload,
      int adapters,
      IntFunction<EngineFlags> flagsForSlots,
      boolean firstFeasible) {
    int[] slots = slotsFor(adapters);
    @Nullable Choice[] tried = new @Nullable Choice[slots.length];
    int at = nearest(slots, lastShare * adapters);
    Choice best = tryAt(at, gpu, workload, slots, flagsForSlots, tried);
    boolean climbing = !(firstFeasible && best.feasible());
    while (climbing) {
      climbing = false;
      // Fewer slots first: they also leave more KV tokens when the start was refused for memory.
      for (int step = -1; step <= 1; step += 2) {
        int next = at + step;
        if (next < 0 || next >= slots.length || tried[next] != null) {
          continue;
        }
        Choice choice = tryAt(next, gpu, workload, slots, flagsForSlots, tried);
        if (better(choice.assessment(), best.assessment())) {
          best = choice;
          at = next;
          climbing = !(firstFeasible && best.feasible());
          break;
        }
      }
    }
    if (best.feasible()) {
      lastShare = best.flags().maxLoras() / (double) adapters;
    }
    return best;
  }

  private Choice tryAt(
      int index,
      GpuSpec gpu,
      Workload workload,
      int[] slots,
      IntFunction<EngineFlags> flagsForSlots,
      @Nullable Choice[] tried) {
    EngineFlags flags = flagsForSlots.apply(slots[index]);
    assessments++;
    onAssessment.run();
    Choice choice = new Choice(flags, oracle.assess(new Candidate(gpu, workload, flags)));
    tried[index] = choice;
    return choice;
  }

  /** Grid values below the number of adapters, and the number itself: more slots serve nobody. */
  private int[] slotsFor(int adapters) {
    int[] below = Arrays.stream(slotsGrid).filter(s -> s < adapters).toArray();
    int[] slots = Arrays.copyOf(below, below.length + 1);
    slots[below.length] = adapters;
    return slots;
  }

  private static int nearest(int[] slots, double wanted) {
    int nearest = 0;
    for (int i = 1; i < slots.length; i++) {
      if (Math.abs(slots[i] - wanted) < Math.abs(slots[nearest] - wanted)) {
        nearest = i;
      }
    }
    return nearest;
  }

  /** Feasible before infeasible before refused; then the lower latency, or the larger share. */
  private static boolean better(Assessment a, Assessment b) {
    if (!(a instanceof Assessment.Serves servesA)) {
      // Of two refusals the one with fewer slots is nearer to a start; the climb goes down first.
      return b instanceof Assessment.Refuses;
    }
    if (!(b instanceof Assessment.Serves servesB)) {
      return true;
    }
    Prediction pa = servesA.prediction();
    Prediction pb = servesB.prediction();
    if (pa.feasible() != pb.feasible()) {
      return pa.feasible();
    }
    return pa.feasible() ? latency(pa) < latency(pb) : pa.completedShare() > pb.completedShare();
  }

  /** A request of a hundred tokens, end to end: both latencies matter, neither alone decides. */
  private static double latency(Prediction p) {
    return p.meanTtftSeconds() + 100 * p.meanItlSeconds();
  }
}
