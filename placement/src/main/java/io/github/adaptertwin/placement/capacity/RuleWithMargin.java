package io.github.adaptertwin.placement.capacity;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.Verdict;

/**
 * A rule as it was asked for, and how much stricter planning is, so that requests that it does not
 * see keep the rule, too. Verdicts bear the name of the rule that was asked for, and tell whether
 * that one is broken or the margin alone.
 *
 * @param asked the rule that was asked for
 * @param stricter the rule that decides; breaks wherever the first one does
 */
public record RuleWithMargin(FeasibilityRule asked, FeasibilityRule stricter) {
  /**
   * Judges a run.
   *
   * @param report of the run
   * @return the verdict of the stricter rule, in terms of the one that was asked for
   */
  public Verdict judge(ReplicaReport report) {
    Verdict byMargin = stricter.judge(report);
    Verdict word = asked.judge(report);
    if (byMargin.feasible() || !word.feasible()) {
      return new Verdict(word.rule(), byMargin.feasible(), word.reason());
    }
    return new Verdict(
        word.rule(), false, word.reason() + "; too near to it for requests that are not seen");
  }
}
