package io.github.adaptertwin.core.engine;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestTrace;

/** Holds {@link ReferenceReplica} to the rules. */
class ReferenceSchedulingTest extends SchedulingRules {
  @Override
  ReplicaReport run(EngineConfig config, UnitCosts costs, RequestTrace trace, RunOptions options) {
    return ReferenceReplica.of(config, costs).run(trace, options, journal);
  }
}
