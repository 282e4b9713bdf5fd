package io.github.adaptertwin.workload.arrival;

import org.apache.commons.math3.special.Gamma;

/**
 * Counts of a stationary renewal process: with m(t) the mean number of arrivals in (0, t] after an
 * arrival at 0, Var N(t) = 2/mean * the integral of m over [0, t] + t/mean - (t/mean)^2 (D. R. Cox,
 * "Renewal theory", 1962, section 4.5).
 *
 * <p>For Gamma gaps m is a sum of incomplete gamma functions, of which the integral is known, too.
 * For others the excess d(t) = m(t) - t/mean is solved for, which stays small where m does not: it
 * follows the renewal equation d = F - Fe + d * dF, with Fe the law of what is left of a gap at a
 * random time, and the dispersion is 1 + 2/t times its integral. Windows of very many gaps take
 * Cox's asymptote CV^2 + (1/6 + CV^4/2 - third/3) / (t/mean), once its second term is small.
 */
final class RenewalCounts {
  private static final int GRID = 3000;

  /** Gaps in a window from which on the asymptote is taken; a bursty law takes longer to get it. */
  private static final double MANY_GAPS = 40;

  private static final double MANY_BURSTS = 12;
  private static final double NEGLIGIBLE = 1e-12;

  /** Laws with a long tail take far more gaps than their CV says until the asymptote holds. */
  private static final double SMALL_CORRECTION = 0.05;

  private RenewalCounts() {}

  static double indexOfDispersion(GapLaw gaps, double windowSeconds) {
    if (gaps instanceof ExponentialGaps) {
      return 1;
    }
    double expected = windowSeconds / gaps.meanSeconds();
    double square = gaps.cv() * gaps.cv();
    if (expected > Math.max(MANY_GAPS, MANY_BURSTS * square)) {
      double third = gaps.relativeThirdCentralMoment();
      double correction = (1.0 / 6 + square * square / 2 - third / 3) / expected;
      if (gaps instanceof GammaGaps
          || square <= 1
          || Math.abs(correction) <= SMALL_CORRECTION * square) {
        return square + correction;
      }
    }
    return gaps instanceof GammaGaps gamma
        ? 2 * integralOfGamma(gamma, windowSeconds) / windowSeconds + 1 - expected
        : 1 + 2 * meanExcess(gaps, windowSeconds);
  }

  /** Integral over [0, t] of the sum over n of P(nk, u / scale) du. */
  private static double integralOfGamma(GammaGaps gaps, double t) {
    double k = gaps.shape();
    double x = t / (gaps.meanSeconds() / k);
    double sum = 0;
    for (int n = 1; ; n++) {
      double a = n * k;
      double term = x * Gamma.regularizedGammaP(a, x) - a * Gamma.regularizedGammaP(a + 1, x);
      sum += term;
      if (a > x && term < NEGLIGIBLE * Math.max(1, sum)) {
        return sum * gaps.meanSeconds() / k;
      }
    }
  }

  /**
   * Mean over [0, t] of m less t/mean, on a grid. The mass of a cell is laid on its two ends so
   * that its mean is kept, and with it the level to which the excess tends, however coarse the
   * grid.
   */
  private static double meanExcess(GapLaw gaps, double t) {
    double h = t / GRID;
    double mean = gaps.meanSeconds();
    // Mass of the gaps that lies j cells back.
    double[] back = new double[GRID + 2];
    double[] excess = new double[GRID + 1];
    double cdf = 0;
    double met = 0;
    double sum = 0;
    for (int i = 1; i <= GRID; i++) {
      double nextCdf = gaps.cdf(i * h);
      double nextMet = metCdf(gaps, i * h);
      double mass = nextCdf - cdf;
      double far = mean * (nextMet - met) / h - (i - 1) * mass;
      back[i] += Math.max(0, Math.min(mass, far));
      back[i - 1] += mass - Math.max(0, Math.min(mass, far));
      cdf = nextCdf;
      met = nextMet;
      excess[i] = cdf - i * h * (1 - cdf) / mean - met;
    }
    for (int i = 1; i <= GRID; i++) {
      double value = excess[i];
      for (int j = 1; j < i; j++) {
        value += back[j] * excess[i - j];
      }
      excess[i] = value / (1 - back[0]);
      sum += excess[i] + excess[i - 1];
    }
    return sum / 2 / GRID;
  }

  /** Probability that a gap met at a random time is at most so long. */
  private static double metCdf(GapLaw gaps, double seconds) {
    if (gaps instanceof LognormalGaps g) {
      return LognormalGaps.normalCdf((StrictMath.log(seconds) - g.mu()) / g.sigma() - g.sigma());
    }
    if (gaps instanceof WeibullGaps g) {
      return Gamma.regularizedGammaP(
          1 + 1 / g.shape(), StrictMath.pow(seconds / g.scaleSeconds(), g.shape()));
    }
    throw new IllegalArgumentException("no law of met gaps is known for " + gaps);
  }
}
