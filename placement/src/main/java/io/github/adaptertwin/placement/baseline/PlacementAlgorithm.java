package io.github.adaptertwin.placement.baseline;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import java.util.List;

/** A way to place a workload on some identical GPUs. Implementations are pure and thread-safe. */
public interface PlacementAlgorithm {
  /** {@return the name under which it is known} */
  String name();

  /**
   * Places a workload.
   *
   * @param problem what is to be placed on what
   * @return the plan, or why there is none
   */
  Outcome place(Problem problem);

  /** What an algorithm came to. */
  sealed interface Outcome {
    /**
     * A plan, not yet judged by anybody.
     *
     * @param gpus the GPUs in use
     */
    record Placed(List<PlannedGpu> gpus) implements Outcome {
      /** Takes an unmodifiable copy. */
      public Placed {
        gpus = ImmutableList.copyOf(gpus);
      }
    }

    /**
     * No plan.
     *
     * @param reason in a few words
     */
    record GaveUp(String reason) implements Outcome {}
  }
}
