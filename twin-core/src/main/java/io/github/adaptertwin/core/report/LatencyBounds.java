package io.github.adaptertwin.core.report;

import java.util.Locale;

/** What the two rules that bound a latency percentile have in common. */
final class LatencyBounds {
  private LatencyBounds() {}

  static void check(int percentile, double mostSeconds) {
    if (percentile != 50 && percentile != 90 && percentile != 95 && percentile != 99) {
      throw new IllegalArgumentException(
          "percentile is " + percentile + ", must be one of 50, 90, 95, 99");
    }
    if (!(mostSeconds > 0)) {
      throw new IllegalArgumentException("bound is " + mostSeconds + " s, must be above 0");
    }
  }

  static Verdict judge(
      String rule, String what, LatencySummary latency, int percentile, double mostSeconds) {
    double value =
        switch (percentile) {
          case 50 -> latency.p50();
          case 90 -> latency.p90();
          case 95 -> latency.p95();
          default -> latency.p99();
        };
    if (latency.count() > 0 && Double.isNaN(value)) {
      throw new IllegalArgumentException(
          rule + " needs percentiles; run with report detail PERCENTILES");
    }
    return new Verdict(
        rule,
        !(value > mostSeconds),
        String.format(
            Locale.ROOT,
            "p%d %s is %.3f s, at most %.3f s wanted",
            percentile,
            what,
            value,
            mostSeconds));
  }
}
