package io.github.adaptertwin.placement.report;

import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs GPUs of a plan on a workload: that of the plan, or a heavier one with the same adapters. */
final class TwinRuns {
  /** Intervals of the time series. */
  static final int INTERVALS = 120;

  private final Workload workload;
  private final PlacementOptions options;
  private final long seed;

  TwinRuns(Workload workload, PlacementOptions options) {
    this.workload = workload;
    this.options = options;
    // GPUs that share an adapter must see the same requests, so all GPUs get one seed.
    this.seed = new RandomStreams(options.seed()).stream("placement/report", 0).nextLong();
  }

  /** An outcome, and what was counted on the way. */
  record Counted(ServingTwin.Outcome outcome, AdapterResidency residency) {}

  /** Serves the adapters of a GPU with any flags. */
  Counted run(GpuLoad load, EngineFlags flags) {
    GpuTraffic traffic = GpuTraffic.of(workload, parts(load), load.baseFrom(), load.baseTo());
    double interval = workload.horizonSeconds() / INTERVALS;
    AdapterResidency residency =
        new AdapterResidency(load.parts().size(), flags.maxLoras(), INTERVALS, interval);
    ServingTwin.Outcome outcome =
        ServingTwin.of(load.gpu(), Models.named(workload.baseModel()), options.calibration())
            .run(
                traffic.loraAdapters(),
                traffic.source(seed, 0),
                flags,
                RunOptions.ofSeconds(workload.horizonSeconds()).withSeries(interval),
                residency);
    residency.close();
    return new Counted(outcome, residency);
  }

  /** The parts of a GPU with the rates that their adapters have in this workload. */
  private List<SharedAdapter> parts(GpuLoad load) {
    Map<String, AdapterTraffic> trafficOf = new TreeMap<>();
    for (AdapterTraffic traffic : workload.adapters()) {
      trafficOf.put(traffic.adapter().id(), traffic);
    }
    List<SharedAdapter> parts = new ArrayList<>();
    for (SharedAdapter part : load.parts()) {
      AdapterTraffic traffic = trafficOf.get(part.traffic().adapter().id());
      if (traffic == null) {
        throw new IllegalArgumentException(
            "adapter '"
                + part.traffic().adapter().id()
                + "' of the plan is not in the workload; give the workload that was planned");
      }
      parts.add(new SharedAdapter(traffic, part.from(), part.to()));
    }
    return parts;
  }
}
