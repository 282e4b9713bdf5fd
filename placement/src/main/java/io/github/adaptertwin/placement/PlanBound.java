package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.placement.bound.Bounds;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.capacity.TwinOracle;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.HostMemory;
import io.github.adaptertwin.placement.pack.OneGpu;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Below which number of GPUs no plan of a workload exists: by the linear program, and where that
 * says one GPU and the plan has two, by the twin. Not thread-safe.
 */
final class PlanBound {
  /** Replications on each of which one GPU has to fail before it is called too few. */
  private static final int REFUTATIONS = 3;

  private final PlacementOptions options;
  private final Workload stressed;
  private final ModelSpec model;
  private final List<SteadyState> kinds;
  private final List<Integer> slots;
  private final HostMemory host;
  private final Effort effort;

  PlanBound(
      PlacementOptions options,
      Workload stressed,
      ModelSpec model,
      List<SteadyState> kinds,
      List<Integer> slots,
      HostMemory host,
      Effort effort) {
    this.options = options;
    this.stressed = stressed;
    this.model = model;
    this.kinds = ImmutableList.copyOf(kinds);
    this.slots = ImmutableList.copyOf(slots);
    this.host = host;
    this.effort = effort;
  }

  /**
   * Bounds the GPUs of a plan.
   *
   * @param planned how many GPUs it has, one that stands by included
   * @return the bound, with that GPU, and how it came about
   */
  LowerBound of(int planned) {
    int standby = options.survivesLoss() ? 1 : 0;
    if (!options.bounded()) {
      return new LowerBound(1 + standby, 1 + standby, "not computed");
    }
    OptionalDouble excess = Bounds.excess(options.rules());
    LowerBound found =
        excess.isEmpty()
            ? new LowerBound(1, 1, "not computed")
            : Bounds.of(
                stressed,
                kinds,
                options.engineVersion(),
                slots,
                excess.getAsDouble(),
                planned - standby);
    if (found.gpus() == 1 && planned - standby == 2 && oneGpuIsRefuted()) {
      found = new LowerBound(2, 2, "the twin refutes one GPU with all slots of the grid");
    }
    return new LowerBound(found.fractionalGpus() + standby, found.gpus() + standby, found.method());
  }

  /** Whether the whole workload on one GPU breaks a rule with every number of slots of the grid. */
  private boolean oneGpuIsRefuted() {
    if (options.oracle() != PlacementOptions.Oracle.TWIN || kinds.size() > 1) {
      return false;
    }
    long seed = new RandomStreams(options.seed()).stream("placement/refutation", 0).nextLong();
    List<CapacityOracle> refuters = new ArrayList<>();
    for (int r = 0; r < (stressed.isRecorded() ? 1 : REFUTATIONS); r++) {
      refuters.add(new TwinOracle(model, options.calibration(), options.rules(), seed, r));
    }
    return OneGpu.refutes(
        stressed, kinds.get(0), options.engineVersion(), slots, host, refuters, effort);
  }
}
