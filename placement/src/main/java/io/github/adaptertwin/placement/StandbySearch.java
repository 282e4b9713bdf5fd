package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.verify.LossTrial;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds a GPU that stands by with flags with which it can take over any one of the others: in the
 * twin, on all replications, the cluster that is left after each loss keeps the rules. It is of the
 * first kind of the pool, of which one is kept back for it. Not thread-safe.
 */
final class StandbySearch {
  private final PlacementOptions options;
  private final ModelSpec model;
  private final GpuSpec kind;
  private final Workload stressed;
  private final Effort effort;
  private List<String> complaints = ImmutableList.of();

  StandbySearch(
      PlacementOptions options, ModelSpec model, GpuSpec kind, Workload stressed, Effort effort) {
    this.options = options;
    this.model = model;
    this.kind = kind;
    this.stressed = stressed;
    this.effort = effort;
  }

  /** {@return what was wrong with the flags that were tried last; empty if nothing} */
  List<String> complaints() {
    return complaints;
  }

  /**
   * Adds the GPU.
   *
   * @param gpus the GPUs that serve, at least one
   * @param attempt which plan this is, at least 0; each has requests of its own
   * @return all GPUs, the one that stands by last; null if there are no such flags, and then {@link
   *     #complaints} tells why
   */
  @Nullable List<PlannedGpu> added(List<PlannedGpu> gpus, int attempt) {
    int rank = gpus.stream().mapToInt(g -> g.flags().maxLoraRank()).max().orElse(8);
    int adapters = gpus.stream().mapToInt(g -> g.traffic().adapters().size()).max().orElse(0);
    List<Integer> counts = new ArrayList<>();
    gpus.stream()
        .map(g -> g.flags().maxLoras())
        .filter(count -> count > 0) // Without slots it cannot take over adapters.
        .distinct()
        .sorted()
        .forEach(counts::add);
    for (int i = counts.size() - 1; i >= 0; i--) {
      int count = counts.get(i);
      PlannedGpu standby =
          new PlannedGpu(
              kind,
              gpus.get(0).traffic(),
              gpus.get(0).flags().toBuilder()
                  .maxLoras(count)
                  .maxLoraRank(rank)
                  .maxCpuLoras(Math.max(count, adapters))
                  .build());
      effort.assess();
      complaints = lossComplaints(gpus, standby, attempt);
      if (complaints.isEmpty()) {
        List<PlannedGpu> all = new ArrayList<>(gpus);
        all.add(standby.idle());
        return all;
      }
    }
    return null;
  }

  /** What is wrong with the cluster after a loss that it does not stand. */
  private List<String> lossComplaints(List<PlannedGpu> gpus, PlannedGpu standby, int attempt) {
    if (options.verificationReplications() == 0) {
      return ImmutableList.of();
    }
    long seed = new RandomStreams(options.seed()).stream("placement/loss", attempt).nextLong();
    return new LossTrial(model, options.calibration(), options.rules(), options.threads())
        .complaints(
            Stress.withTraffic(gpus, stressed), standby, seed, options.verificationReplications());
  }
}
