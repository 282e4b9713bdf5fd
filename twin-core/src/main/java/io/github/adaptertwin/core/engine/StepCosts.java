package io.github.adaptertwin.core.engine;

import java.io.Serializable;

/**
 * What the work of an engine costs in time, for any configuration. Binding to one configuration
 * does everything that is dear (powers, padding tables, launch grids) once, so that a step costs
 * nanoseconds. Implementations are immutable and thread-safe.
 */
public interface StepCosts extends Serializable {
  /**
   * Binds the costs to one engine configuration.
   *
   * @param config the configuration
   * @return costs of that engine
   * @throws IllegalArgumentException if the costs are not defined for the configuration
   */
  BoundStepCosts bind(EngineConfig config);
}
