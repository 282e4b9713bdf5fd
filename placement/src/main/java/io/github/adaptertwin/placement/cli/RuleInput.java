package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.placement.PlacementOptions;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** What every GPU of a plan must keep, and whether progress is shown meanwhile. */
final class RuleInput {
  @Option(
      names = "--ttft-p95",
      paramLabel = "SECONDS",
      defaultValue = "Infinity",
      showDefaultValue = Visibility.NEVER,
      description = "Largest 95th percentile of the time to first token (default: no bound).")
  private double ttftP95Seconds;

  @Option(
      names = "--itl-p95",
      paramLabel = "SECONDS",
      defaultValue = "Infinity",
      showDefaultValue = Visibility.NEVER,
      description = "Largest 95th percentile of the inter-token latency (default: no bound).")
  private double itlP95Seconds;

  @Option(
      names = {"-q", "--quiet"},
      description = "Show no progress.")
  private boolean quiet;

  boolean quiet() {
    return quiet;
  }

  List<FeasibilityRule> rules() {
    List<FeasibilityRule> rules = new ArrayList<>(PlacementOptions.defaults().rules());
    if (ttftP95Seconds != Double.POSITIVE_INFINITY) {
      rules.add(new FeasibilityRule.TtftBound(95, ttftP95Seconds));
    }
    if (itlP95Seconds != Double.POSITIVE_INFINITY) {
      rules.add(new FeasibilityRule.ItlBound(95, itlP95Seconds));
    }
    return rules;
  }
}
