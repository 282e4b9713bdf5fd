package io.github.adaptertwin.core.engine;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestSource;

/**
 * One serving engine: a deterministic twin of vLLM's V1 scheduler and adapter caches on one GPU or
 * one tensor-parallel group. A run is a pure function of (configuration, costs, source, options).
 *
 * <p>The scheduler, once a step: running requests first, in order of admission, within a token
 * budget (prefill in chunks); a request that finds no KV block preempts the one admitted last,
 * which is recomputed later and keeps its generated tokens; then, if nothing was preempted, waiting
 * requests in order of arrival, where one whose adapter finds all slots taken by other adapters of
 * this step is passed over, and one whose first chunk finds no KV blocks holds up everyone behind
 * it. {@link SchedulingPolicy}, {@link KvReservation} and {@link AdapterLoading} name the
 * alternatives.
 *
 * <p>A replica can run any number of times, one run at a time; not thread-safe. It keeps its memory
 * from run to run, and a run that needs no more than those before allocates only its report.
 */
public final class Replica {
  private final EngineConfig config;
  private final Engine engine;

  private Replica(EngineConfig config, StepCosts costs) {
    this.config = config;
    this.engine = new Engine(config, costs.bind(config));
  }

  /**
   * Makes a replica.
   *
   * @param config how the engine is set up
   * @param costs what its work costs
   * @return a replica that has not run yet
   * @throws IllegalArgumentException if the costs are not defined for the configuration
   */
  public static Replica of(EngineConfig config, StepCosts costs) {
    return new Replica(config, costs);
  }

  /** {@return how the engine is set up} */
  public EngineConfig config() {
    return config;
  }

  /**
   * Runs from an empty engine.
   *
   * @param source the requests
   * @param options horizon, end and detail
   * @return what the run came to
   * @throws IllegalArgumentException if the source names more adapters than the engine has
   */
  public ReplicaReport run(RequestSource source, RunOptions options) {
    return run(source, options, EngineListener.NONE);
  }

  /**
   * Runs from an empty engine and tells what happens.
   *
   * @param source the requests
   * @param options horizon, end and detail
   * @param events hears what the engine does
   * @return what the run came to
   * @throws IllegalArgumentException if the source names more adapters than the engine has
   */
  public ReplicaReport run(RequestSource source, RunOptions options, EngineListener events) {
    engine.begin(source, options, events);
    engine.advance(Long.MAX_VALUE);
    return engine.close();
  }
}
