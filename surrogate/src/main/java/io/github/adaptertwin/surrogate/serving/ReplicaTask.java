package io.github.adaptertwin.surrogate.serving;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.engine.StepCosts;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.surrogate.RunTask;

/**
 * One run of one replica, with everything that it depends on.
 *
 * @param config how the engine is set up
 * @param costs what its work costs
 * @param requests what is asked
 * @param options horizon, end and detail
 */
public record ReplicaTask(
    EngineConfig config, StepCosts costs, RequestSource requests, RunOptions options)
    implements RunTask<ReplicaReport> {
  @Override
  public ReplicaReport run() {
    return Replica.of(config, costs).run(requests, options);
  }
}
