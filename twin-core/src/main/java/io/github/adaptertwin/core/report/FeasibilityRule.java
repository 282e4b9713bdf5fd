package io.github.adaptertwin.core.report;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Locale;

/** A named rule that calls a run feasible or not. Rules are immutable values. */
public sealed interface FeasibilityRule extends Serializable {
  /**
   * Nobody starves, as the paper defines it: completed tokens are at least 90 % of the offered
   * ones.
   */
  FeasibilityRule THROUGHPUT_90 = new ThroughputShare(0.9);

  /**
   * The queue does not grow: not (mean wait of the last quarter above twice that of the second and
   * above 5 s).
   */
  FeasibilityRule QUEUE_STABLE = new QueueStable(2, 5);

  /** {@return the rule's name, as reports and options spell it} */
  String name();

  /**
   * Judges a run.
   *
   * @param report of the run
   * @return the verdict and its reason
   */
  Verdict judge(ReplicaReport report);

  /**
   * Completed tokens over offered tokens.
   *
   * @param leastShare bound in (0, 1], inclusive
   */
  record ThroughputShare(double leastShare) implements FeasibilityRule {
    /**
     * Checks the bound.
     *
     * @throws IllegalArgumentException if the share is outside (0, 1]
     */
    public ThroughputShare {
      if (!(leastShare > 0 && leastShare <= 1)) {
        throw new IllegalArgumentException("share is " + leastShare + ", must be in (0, 1]");
      }
    }

    @Override
    public String name() {
      return "THROUGHPUT_" + percent();
    }

    @Override
    public Verdict judge(ReplicaReport report) {
      double share = report.completedShare();
      return new Verdict(
          name(),
          share >= leastShare,
          String.format(
              Locale.ROOT,
              "%.2f %% of the offered tokens completed, at least %s %% wanted",
              100 * share,
              percent()));
    }

    /** The share in percent, with as many digits as it has: 90, or 92.5. */
    private String percent() {
      return BigDecimal.valueOf(leastShare).movePointRight(2).stripTrailingZeros().toPlainString();
    }
  }

  /**
   * Waits do not grow over the run.
   *
   * @param growth largest factor between the second and the last quarter, at least 1
   * @param harmlessSeconds wait up to which growth does not matter, at least 0
   */
  record QueueStable(double growth, double harmlessSeconds) implements FeasibilityRule {
    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException if a bound is outside its range
     */
    public QueueStable {
      if (!(growth >= 1) || !(harmlessSeconds >= 0)) {
        throw new IllegalArgumentException(
            "growth is "
                + growth
                + " and harmless wait is "
                + harmlessSeconds
                + " s; must be at least 1 and at least 0");
      }
    }

    @Override
    public String name() {
      return "QUEUE_STABLE";
    }

    @Override
    public Verdict judge(ReplicaReport report) {
      double second = report.queue().secondSeconds();
      double last = report.queue().lastSeconds();
      // A quarter without arrivals (NaN) has no queue that could have grown.
      boolean grows = last > harmlessSeconds && !(last <= growth * second);
      return new Verdict(
          name(),
          !grows,
          String.format(
              Locale.ROOT,
              "mean wait is %.2f s in the second and %.2f s in the last quarter; above %.0f s it"
                  + " may grow by at most a factor %.1f",
              second,
              last,
              harmlessSeconds,
              growth));
    }
  }

  /**
   * A percentile of the time to first token.
   *
   * @param percentile 50, 90, 95 or 99
   * @param mostSeconds bound, above 0, inclusive
   */
  record TtftBound(int percentile, double mostSeconds) implements FeasibilityRule {
    /**
     * Checks the bound.
     *
     * @throws IllegalArgumentException if the percentile is not reported or the bound not above 0
     */
    public TtftBound {
      LatencyBounds.check(percentile, mostSeconds);
    }

    @Override
    public String name() {
      return "TTFT_BOUND";
    }

    @Override
    public Verdict judge(ReplicaReport report) {
      return LatencyBounds.judge(name(), "TTFT", report.ttft(), percentile, mostSeconds);
    }
  }

  /**
   * A percentile of the gaps between a request's tokens.
   *
   * @param percentile 50, 90, 95 or 99
   * @param mostSeconds bound, above 0, inclusive
   */
  record ItlBound(int percentile, double mostSeconds) implements FeasibilityRule {
    /**
     * Checks the bound.
     *
     * @throws IllegalArgumentException if the percentile is not reported or the bound not above 0
     */
    public ItlBound {
      LatencyBounds.check(percentile, mostSeconds);
    }

    @Override
    public String name() {
      return "ITL_BOUND";
    }

    @Override
    public Verdict judge(ReplicaReport report) {
      return LatencyBounds.judge(name(), "ITL", report.itl(), percentile, mostSeconds);
    }
  }
}
