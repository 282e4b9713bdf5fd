package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What has to be done to get from one placement to another.
 *
 * @param loads adapters that a GPU serves which it did not serve before, at least 0
 * @param movedAdapters adapters that some GPU gets newly, ordered by id
 * @param restarts GPUs of both whose engine has to be started again, because its flags differ
 * @param added GPUs that only the new placement has
 * @param removed GPUs that only the old placement has
 * @param loadSeconds estimated time that all of these loads from disk take together
 */
public record PlacementChange(
    int loads,
    List<String> movedAdapters,
    int restarts,
    int added,
    int removed,
    double loadSeconds) {
  /** Reading one adapter from disk and registering it, seconds (vLLM 0.8.5, ranks 8 to 32). */
  private static final double SECONDS_PER_LOAD = 0.06;

  /** Takes an unmodifiable copy of the list. */
  public PlacementChange {
    movedAdapters = ImmutableList.copyOf(movedAdapters);
  }

  /**
   * Compares two placements; GPUs are the same if their numbers are.
   *
   * @param before the old one
   * @param after the new one
   * @return what has to be done
   */
  public static PlacementChange between(Placement before, Placement after) {
    int loads = 0;
    int restarts = 0;
    TreeMap<String, Integer> moved = new TreeMap<>();
    int common = Math.min(before.gpus().size(), after.gpus().size());
    for (int g = 0; g < after.gpus().size(); g++) {
      GpuLoad now = after.gpus().get(g);
      Map<String, Integer> there = new TreeMap<>();
      if (g < common) {
        before.gpus().get(g).adapters().forEach(a -> there.put(a.id(), a.rank()));
        restarts += before.gpus().get(g).flags().equals(now.flags()) ? 0 : 1;
      }
      for (SharedAdapter part : now.parts()) {
        String id = part.traffic().adapter().id();
        if (!there.containsKey(id)) {
          loads++;
          moved.merge(id, 1, Integer::sum);
        }
      }
    }
    List<String> ids = new ArrayList<>(moved.keySet());
    return new PlacementChange(
        loads,
        ids,
        restarts,
        after.gpus().size() - common,
        before.gpus().size() - common,
        loads * SECONDS_PER_LOAD);
  }
}
