package io.github.adaptertwin.placement.report;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import java.util.List;

/**
 * One GPU that the twin has served with.
 *
 * @param memory its memory at start
 * @param report how it served, with a time series
 * @param residency who was in its slots when
 */
record TwinRun(MemoryPlan.Fits memory, ReplicaReport report, AdapterResidency residency) {
  List<Verdict> verdicts(List<FeasibilityRule> rules) {
    return rules.stream().map(rule -> rule.judge(report)).toList();
  }
}
