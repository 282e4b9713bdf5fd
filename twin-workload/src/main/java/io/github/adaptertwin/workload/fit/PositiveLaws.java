package io.github.adaptertwin.workload.fit;

import io.github.adaptertwin.workload.arrival.GammaGaps;
import io.github.adaptertwin.workload.arrival.GapLaw;
import io.github.adaptertwin.workload.arrival.LognormalGaps;
import io.github.adaptertwin.workload.arrival.WeibullGaps;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.analysis.solvers.BrentSolver;
import org.apache.commons.math3.special.Gamma;

/** Maximum likelihood for laws of positive numbers, and distances from them. */
final class PositiveLaws {
  private static final double LEAST_GAMMA_SHAPE = 1e-4;
  private static final double MOST_GAMMA_SHAPE = 1e4;
  private static final double LEAST_GAMMA_CV = 0.01;
  private static final double MOST_GAMMA_CV = 100;
  private static final double LEAST_WEIBULL_SHAPE = 0.1;
  private static final double MOST_WEIBULL_SHAPE = 20;
  private static final double MOST_SIGMA = 5;
  private static final double LEAST_SIGMA = 1e-6;
  private static final int MOST_EVALUATIONS = 200;

  private PositiveLaws() {}

  static double mean(double[] x) {
    return Arrays.stream(x).sum() / x.length;
  }

  static double meanLog(double[] x) {
    return Arrays.stream(x).map(StrictMath::log).sum() / x.length;
  }

  private static double root(DoubleUnaryOperator f, double low, double high) {
    double atLow = f.applyAsDouble(low);
    double atHigh = f.applyAsDouble(high);
    if (Math.signum(atLow) == Math.signum(atHigh)) {
      // No root inside: the likelihood is largest at the end that is nearest to one.
      return Math.abs(atLow) < Math.abs(atHigh) ? low : high;
    }
    return new BrentSolver(1e-12, 1e-12).solve(MOST_EVALUATIONS, f::applyAsDouble, low, high);
  }

  /** The shape solves ln k - digamma(k) = ln mean - mean ln. */
  static GammaGaps gamma(double[] x) {
    double mean = mean(x);
    double gap = StrictMath.log(mean) - meanLog(x);
    double logShape =
        root(
            log -> log - Gamma.digamma(StrictMath.exp(log)) - gap,
            StrictMath.log(LEAST_GAMMA_SHAPE),
            StrictMath.log(MOST_GAMMA_SHAPE));
    // At an end of the range the root is a rounding beyond it.
    double cv = StrictMath.exp(-logShape / 2);
    return new GammaGaps(mean, Math.max(LEAST_GAMMA_CV, Math.min(MOST_GAMMA_CV, cv)));
  }

  /** The shape solves sum x^k ln x / sum x^k - 1/k = mean ln. */
  static WeibullGaps weibull(double[] x) {
    double meanLog = meanLog(x);
    // Powers of values about 1 neither overflow nor vanish.
    double unit = StrictMath.exp(meanLog);
    double[] logs = Arrays.stream(x).map(v -> StrictMath.log(v / unit)).toArray();
    double shape =
        root(
            k -> {
              double sum = 0;
              double weighted = 0;
              for (double log : logs) {
                double power = StrictMath.exp(k * log);
                sum += power;
                weighted += power * log;
              }
              return weighted / sum - 1 / k;
            },
            LEAST_WEIBULL_SHAPE,
            MOST_WEIBULL_SHAPE);
    double power = Arrays.stream(logs).map(log -> StrictMath.exp(shape * log)).sum() / x.length;
    return new WeibullGaps(unit * StrictMath.pow(power, 1 / shape), shape);
  }

  static LognormalGaps lognormal(double[] x) {
    double mu = meanLog(x);
    double squares =
        Arrays.stream(x).map(v -> (StrictMath.log(v) - mu) * (StrictMath.log(v) - mu)).sum();
    double sigma = StrictMath.sqrt(squares / x.length);
    return new LognormalGaps(mu, Math.max(LEAST_SIGMA, Math.min(MOST_SIGMA, sigma)));
  }

  static double logLikelihood(GapLaw law, double[] x) {
    return Arrays.stream(x).map(law::logDensity).sum();
  }

  /**
   * Largest difference between the distribution of a sample and a law (Kolmogorov's distance).
   * Equal values are taken together.
   *
   * @param sorted ascending
   */
  static double distance(double[] sorted, DoubleUnaryOperator cdf) {
    double worst = 0;
    int n = sorted.length;
    for (int from = 0; from < n; ) {
      int to = from + 1;
      while (to < n && sorted[to] == sorted[from]) {
        to++;
      }
      double p = cdf.applyAsDouble(sorted[from]);
      worst =
          Math.max(worst, Math.max(Math.abs(p - from / (double) n), Math.abs(to / (double) n - p)));
      from = to;
    }
    return worst;
  }
}
