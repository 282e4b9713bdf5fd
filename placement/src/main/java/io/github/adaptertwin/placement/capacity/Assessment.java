package io.github.adaptertwin.placement.capacity;

import io.github.adaptertwin.gpu.memory.MemoryPlan;

/** What an oracle says of a candidate. */
public sealed interface Assessment {
  /**
   * The engine starts.
   *
   * @param prediction how it serves
   */
  record Serves(Prediction prediction) implements Assessment {}

  /**
   * The engine does not start.
   *
   * @param refusal the reason
   */
  record Refuses(MemoryPlan.Refused refusal) implements Assessment {}

  /** {@return whether the engine starts and every rule is kept} */
  default boolean feasible() {
    return this instanceof Serves serves && serves.prediction().feasible();
  }
}
