package io.github.adaptertwin.placement.export;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * GPUs of a plan that are started alike: the same kind, flags and adapters. What is exported are
 * groups, so that replicas stay replicas.
 *
 * @param name {@code g0}, {@code g1} and so on
 * @param model what they serve
 * @param gpus at least one
 * @param startSeconds until the engine answers: the load of the weights, its own start and the
 *     registration of its adapters
 */
record ServingGroup(String name, ModelSpec model, List<GpuLoad> gpus, double startSeconds) {
  /** Weights come at least as fast from a local disk or a cache. */
  private static final double WEIGHT_BYTES_PER_SECOND = 1e9;

  /** Seconds between two probes. */
  static final int PROBE_PERIOD_SECONDS = 10;

  /** The estimated start was measured on one machine; others are slower. */
  private static final double PROBE_MARGIN = 1.5;

  private record Likeness(String gpu, EngineFlags flags, List<String> adapters, boolean base) {}

  static List<ServingGroup> of(Placement plan) {
    Map<Likeness, ImmutableList.Builder<GpuLoad>> alike = new LinkedHashMap<>();
    for (GpuLoad load : plan.gpus()) {
      List<String> ids = load.adapters().stream().map(a -> a.id()).toList();
      Likeness key = new Likeness(load.gpu().name(), load.flags(), ids, load.baseShare() > 0);
      alike.computeIfAbsent(key, k -> ImmutableList.builder()).add(load);
    }
    ModelSpec model = Models.named(plan.baseModel());
    ImmutableList.Builder<ServingGroup> groups = ImmutableList.builder();
    int index = 0;
    for (ImmutableList.Builder<GpuLoad> members : alike.values()) {
      List<GpuLoad> gpus = members.build();
      GpuLoad first = gpus.get(0);
      double weights = model.weightBytes() / WEIGHT_BYTES_PER_SECOND;
      groups.add(new ServingGroup("g" + index++, model, gpus, weights + first.startSeconds(model)));
    }
    return groups.build();
  }

  EngineFlags flags() {
    return gpus.get(0).flags();
  }

  /** {@return cards that each engine of the group runs on} */
  int cards() {
    return flags().tensorParallel();
  }

  List<SharedAdapter> parts() {
    return gpus.get(0).parts();
  }

  /** Share of an adapter's requests that all GPUs of the group serve together, in [0, 1]. */
  double shareOf(String adapterId) {
    double share = 0;
    for (GpuLoad gpu : gpus) {
      for (SharedAdapter part : gpu.parts()) {
        if (part.traffic().adapter().id().equals(adapterId)) {
          share += part.share();
        }
      }
    }
    return share;
  }

  double baseShare() {
    return gpus.stream().mapToDouble(GpuLoad::baseShare).sum();
  }

  /** Probes that may fail before a starting engine is given up. */
  int probeFailures() {
    return (int) Math.ceil(PROBE_MARGIN * startSeconds / PROBE_PERIOD_SECONDS);
  }
}
