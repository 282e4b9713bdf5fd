package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
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
 * @param restarts GPUs of both whose engine has to be started again, because its flags differ or
 *     the card does
 * @param added GPUs that only the new placement has
 * @param removed GPUs that only the old placement has
 * @param loadSeconds estimated time that all of these loads from disk take together
 * @param startSeconds estimated time until the last engine that is started again or added has all
 *     of its adapters, if they are started at once; 0 if none is
 */
public record PlacementChange(
    int loads,
    List<String> movedAdapters,
    int restarts,
    int added,
    int removed,
    double loadSeconds,
    double startSeconds) {
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
   * @throws IllegalArgumentException if their base models differ or are not known
   */
  public static PlacementChange between(Placement before, Placement after) {
    if (!before.baseModel().equals(after.baseModel())) {
      throw new IllegalArgumentException(
          "one placement serves "
              + before.baseModel()
              + ", the other "
              + after.baseModel()
              + "; between them everything starts anew");
    }
    int loads = 0;
    int restarts = 0;
    double startSeconds = 0;
    ModelSpec model = Models.named(after.baseModel());
    TreeMap<String, Integer> moved = new TreeMap<>();
    int common = Math.min(before.gpus().size(), after.gpus().size());
    for (int g = 0; g < after.gpus().size(); g++) {
      GpuLoad now = after.gpus().get(g);
      Map<String, Integer> there = new TreeMap<>();
      boolean started = g >= common;
      if (g < common) {
        GpuLoad then = before.gpus().get(g);
        boolean same = then.gpu().equals(now.gpu());
        started = !same || !then.flags().equals(now.flags());
        restarts += started ? 1 : 0;
        if (same) {
          then.adapters().forEach(a -> there.put(a.id(), a.rank()));
        }
      }
      startSeconds = started ? Math.max(startSeconds, now.startSeconds(model)) : startSeconds;
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
        loads * GpuLoad.SECONDS_PER_LOAD,
        startSeconds);
  }
}
