package io.github.adaptertwin.workload.arrival;

import org.apache.commons.math3.special.Gamma;

/**
 * Counts of a stationary renewal process: with m(t) the mean number of arrivals in (0, t] after an
 * arrival at 0, Var N(t) = 2/mean * the integral of m over [0, t] + t/mean - (t/mean)^2 (D. R. Cox,
 * "Renewal theory", 1962, section 4.5).
 *
 * <p>For Gamma gaps m is a sum of incomplete gamma functions, of which the integral is known, too;
 * for others the renewal equation is solved by the midpoint rule of M. Xie ("On the solution of
 * renewal-type integral equations", Communications in Statistics 18(1), 1989). Windows of very many
 * gaps take Cox's asymptote CV^2 + (1/6 + CV^4/2 - third/3) / (t/mean).
 */
final class RenewalCounts {
  private static final int GRID = 3000;

  /** Gaps in a window from which on the asymptote is taken; a bursty law takes longer to get it. */
  private static final double MANY_GAPS = 40;

  private static final double MANY_BURSTS = 12;
  private static final double NEGLIGIBLE = 1e-12;

  private RenewalCounts() {}

  static double indexOfDispersion(GapLaw gaps, double windowSeconds) {
    if (gaps instanceof ExponentialGaps) {
      return 1;
    }
    double expected = windowSeconds / gaps.meanSeconds();
    double square = gaps.cv() * gaps.cv();
    if (expected > Math.max(MANY_GAPS, MANY_BURSTS * square)) {
      double third = gaps.relativeThirdCentralMoment();
      return square + (1.0 / 6 + square * square / 2 - third / 3) / expected;
    }
    double integral =
        gaps instanceof GammaGaps gamma
            ? integralOfGamma(gamma, windowSeconds)
            : integralByMidpoints(gaps, windowSeconds);
    return 2 * integral / windowSeconds + 1 - expected;
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

  private static double integralByMidpoints(GapLaw gaps, double t) {
    double h = t / GRID;
    double[] middle = new double[GRID + 1];
    for (int i = 1; i <= GRID; i++) {
      middle[i] = gaps.cdf((i - 0.5) * h);
    }
    double[] m = new double[GRID + 1];
    double integral = 0;
    for (int i = 1; i <= GRID; i++) {
      double sum = gaps.cdf(i * h) - middle[1] * m[i - 1];
      for (int j = 1; j < i; j++) {
        sum += (m[j] - m[j - 1]) * middle[i - j + 1];
      }
      m[i] = sum / (1 - middle[1]);
      integral += h * (m[i] + m[i - 1]) / 2;
    }
    return integral;
  }
}
