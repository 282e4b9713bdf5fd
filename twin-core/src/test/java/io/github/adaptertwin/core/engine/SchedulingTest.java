package io.github.adaptertwin.core.engine;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestTrace;

/** Holds {@link Replica} to the rules. */
class SchedulingTest extends SchedulingRules {
  @Override
  ReplicaReport run(EngineConfig config, UnitCosts costs, RequestTrace trace, RunOptions options) {
    return Replica.of(config, costs).run(trace, options, journal);
  }
}
