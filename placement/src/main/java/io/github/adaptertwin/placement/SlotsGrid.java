package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.Workload;
import java.util.Arrays;
import java.util.List;

/** The numbers of slots to choose from for the engines of a plan. */
final class SlotsGrid {
  /** Put before the default grid where its smallest number takes too much memory. */
  private static final List<Integer> FEW = List.of(1, 2, 4);

  /** What is considered where nothing else is asked for. */
  private static final int[] USUAL = {
    8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 128, 160, 192, 256, 320, 384
  };

  private SlotsGrid() {}

  /** {@return the default grid; a copy} */
  static int[] usual() {
    return USUAL.clone();
  }

  /**
   * The grid of the options; one that was not asked for begins at one slot where with its smallest
   * number, of the largest rank of the workload, an engine does not start, or keeps less than half
   * of the KV cache that one slot leaves. That is so for large ranks of a model that nearly fills
   * its GPU.
   *
   * @param options say which grid
   * @param kinds the kinds of GPU
   * @param workload has the ranks
   * @return slots, ascending, at least one; unmodifiable
   */
  static List<Integer> of(PlacementOptions options, List<SteadyState> kinds, Workload workload) {
    int[] asked = options.slotsGrid();
    int rank = workload.adapters().stream().mapToInt(t -> t.adapter().rank()).max().orElse(0);
    ImmutableList.Builder<Integer> slots = ImmutableList.builder();
    if (rank > 0 && options.hasUsualSlots()) {
      int engineRank = options.engineVersion().maxLoraRankFor(rank);
      if (kinds.stream()
          .anyMatch(k -> 2 * kvTokens(k, asked[0], engineRank) < kvTokens(k, 1, engineRank))) {
        slots.addAll(FEW);
      }
    }
    return slots.addAll(Arrays.stream(asked).boxed().iterator()).build();
  }

  private static long kvTokens(SteadyState kind, int slots, int rank) {
    return kind.setting(slots, rank).memory() instanceof MemoryPlan.Fits fits ? fits.kvTokens() : 0;
  }
}
