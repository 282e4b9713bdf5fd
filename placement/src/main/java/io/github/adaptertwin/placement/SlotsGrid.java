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

  private SlotsGrid() {}

  /**
   * The grid of the options; the default one begins at one slot where with its smallest number, of
   * the largest rank of the workload, an engine does not start, or keeps less than half of the KV
   * cache that one slot leaves. That is so for large ranks of a model that nearly fills its GPU.
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
    if (rank > 0 && Arrays.equals(asked, PlacementOptions.defaults().slotsGrid())) {
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
