package io.github.adaptertwin.placement.capacity;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.report.Verdict;
import java.util.List;
import java.util.Locale;

/**
 * Asks several oracles, such as the twin on several replications: all must find a candidate
 * feasible, and the completed share must be so far above what is asked for, in standard deviations
 * over the answers, that runs not seen are, too.
 */
public final class SpreadOracle implements CapacityOracle {
  private final ImmutableList<CapacityOracle> oracles;
  private final double leastShare;
  private final double deviations;

  /**
   * Makes an oracle of several.
   *
   * @param oracles in the order in which they are asked, at least two
   * @param leastShare completed share that is asked for, in [0, 1]
   * @param deviations by how many standard deviations the mean must be above it, at least 0
   * @throws IllegalArgumentException if there are fewer than two oracles
   */
  public SpreadOracle(
      List<? extends CapacityOracle> oracles, double leastShare, double deviations) {
    if (oracles.size() < 2) {
      throw new IllegalArgumentException(
          "there are " + oracles.size() + " oracles, a spread takes at least 2");
    }
    this.oracles = ImmutableList.copyOf(oracles);
    this.leastShare = leastShare;
    this.deviations = deviations;
  }

  /**
   * {@inheritDoc} The answer is the first that is not feasible, or the one with the smallest
   * completed share.
   */
  @Override
  public Assessment assess(Candidate candidate) {
    Prediction worst = null;
    double sum = 0;
    double squares = 0;
    for (CapacityOracle oracle : oracles) {
      Assessment next = oracle.assess(candidate);
      if (!(next instanceof Assessment.Serves serves) || !next.feasible()) {
        return next;
      }
      double above = serves.prediction().completedShare() - leastShare;
      sum += above;
      squares += above * above;
      if (worst == null || serves.prediction().completedShare() < worst.completedShare()) {
        worst = serves.prediction();
      }
    }
    if (worst == null) {
      throw new IllegalStateException("there is no oracle");
    }
    int n = oracles.size();
    double mean = sum / n;
    double deviation = Math.sqrt(Math.max(0, (squares - n * mean * mean) / (n - 1)));
    boolean kept = mean >= deviations * deviation;
    Verdict verdict =
        new Verdict(
            "SHARE_SPREAD",
            kept,
            String.format(
                Locale.ROOT,
                "%.1f %% of the offered tokens completed on average over %d runs, with a deviation"
                    + " of %.2f; for runs not seen it is to be %.1f deviations above %.4g %%",
                100 * (leastShare + mean),
                n,
                100 * deviation,
                deviations,
                100 * leastShare));
    return new Assessment.Serves(worst.with(verdict));
  }
}
