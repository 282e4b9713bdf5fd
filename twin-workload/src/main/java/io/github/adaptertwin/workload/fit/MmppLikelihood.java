package io.github.adaptertwin.workload.fit;

import io.github.adaptertwin.workload.arrival.MmppArrivals;
import java.util.Arrays;
import org.apache.commons.math3.optim.InitialGuess;
import org.apache.commons.math3.optim.MaxEval;
import org.apache.commons.math3.optim.PointValuePair;
import org.apache.commons.math3.optim.SimpleValueChecker;
import org.apache.commons.math3.optim.nonlinear.scalar.GoalType;
import org.apache.commons.math3.optim.nonlinear.scalar.ObjectiveFunction;
import org.apache.commons.math3.optim.nonlinear.scalar.noderiv.NelderMeadSimplex;
import org.apache.commons.math3.optim.nonlinear.scalar.noderiv.SimplexOptimizer;

/**
 * Likelihood of gaps under a Markov-modulated Poisson process of two states: the product of exp((Q
 * - L) gap) L along the gaps, from the states as arrivals see them (W. Fischer and K.
 * Meier-Hellstern, "The Markov-modulated Poisson process cookbook", Performance Evaluation 18(2),
 * 1993). The exponential of the 2 x 2 matrix is in closed form.
 */
final class MmppLikelihood {
  private static final double[] DWELLS_IN_GAPS = {10, 100, 1000};
  private static final int MOST_EVALUATIONS = 300;
  private static final int GAPS_FOR_STARTS = 3000;

  /** Products of probabilities are kept within these bounds, so that few logarithms are taken. */
  private static final double SMALL = 1e-200;

  private static final double LARGE = 1e200;
  private static final double LARGEST_LOG = 30;

  private MmppLikelihood() {}

  /**
   * The law of largest likelihood that is found from some starts. Each of them is followed to its
   * end: the one that is best on the first gaps may lead to a lesser peak of all of them.
   */
  static MmppArrivals fit(double[] gaps) {
    double[] begin = Arrays.copyOf(gaps, Math.min(gaps.length, GAPS_FOR_STARTS));
    double rate = 1 / PositiveLaws.mean(begin);
    PointValuePair best = null;
    for (double dwell : DWELLS_IN_GAPS) {
      double[] start = {
        StrictMath.log(rate / 2),
        StrictMath.log(rate * 2),
        StrictMath.log(dwell / rate),
        StrictMath.log(dwell / rate)
      };
      PointValuePair found = search(gaps, search(begin, start, 0.5).getPoint(), 0.2);
      if (best == null || found.getValue() > best.getValue()) {
        best = found;
      }
    }
    if (best == null) {
      throw new IllegalStateException("there is no start");
    }
    return law(best.getPoint());
  }

  private static PointValuePair search(double[] gaps, double[] start, double size) {
    return new SimplexOptimizer(new SimpleValueChecker(1e-7, 1e-3, MOST_EVALUATIONS))
        .optimize(
            new MaxEval(10 * MOST_EVALUATIONS),
            GoalType.MAXIMIZE,
            new ObjectiveFunction(p -> logLikelihood(p, gaps)),
            new NelderMeadSimplex(start.length, size),
            new InitialGuess(start));
  }

  private static MmppArrivals law(double[] logs) {
    return new MmppArrivals(
        Math.min(MmppArrivals.MAX_RATE_PER_SECOND, StrictMath.exp(logs[0])),
        Math.min(MmppArrivals.MAX_RATE_PER_SECOND, StrictMath.exp(logs[1])),
        Math.max(MmppArrivals.LEAST_STATE_SECONDS, StrictMath.exp(logs[2])),
        Math.max(MmppArrivals.LEAST_STATE_SECONDS, StrictMath.exp(logs[3])));
  }

  private static double logLikelihood(double[] logs, double[] gaps) {
    for (double log : logs) {
      if (!(Math.abs(log) < LARGEST_LOG)) {
        return Double.NEGATIVE_INFINITY;
      }
    }
    return logLikelihood(law(logs), gaps);
  }

  static double logLikelihood(MmppArrivals law, double[] gaps) {
    Survival survival = new Survival(law);
    double p1 = survival.phi1;
    double p2 = survival.phi2;
    double sum = 0;
    double product = 1;
    for (double gap : gaps) {
      survival.at(gap);
      double n1 = (p1 * survival.e11 + p2 * survival.e21) * law.firstRatePerSecond();
      double n2 = (p1 * survival.e12 + p2 * survival.e22) * law.secondRatePerSecond();
      double total = n1 + n2;
      if (!(total > 0)) {
        return Double.NEGATIVE_INFINITY;
      }
      sum += survival.logScale;
      product *= total;
      if (product < SMALL || product > LARGE) {
        sum += StrictMath.log(product);
        product = 1;
      }
      p1 = n1 / total;
      p2 = n2 / total;
    }
    return sum + StrictMath.log(product);
  }

  /** Probability that a gap is at most so long. */
  static double gapCdf(MmppArrivals law, double seconds) {
    Survival s = new Survival(law);
    s.at(seconds);
    double survives = s.phi1 * (s.e11 + s.e12) + s.phi2 * (s.e21 + s.e22);
    return 1 - survives * StrictMath.exp(s.logScale);
  }

  /** exp((Q - L) x), scaled so that its larger eigenvalue is 1. */
  private static final class Survival {
    private final double a;
    private final double d;
    private final double r12;
    private final double r21;
    private final double half;
    private final double root;
    private final double phi1;
    private final double phi2;
    private double e11;
    private double e12;
    private double e21;
    private double e22;
    private double logScale;

    Survival(MmppArrivals law) {
      r12 = 1 / law.firstDwellSeconds();
      r21 = 1 / law.secondDwellSeconds();
      a = r12 + law.firstRatePerSecond();
      d = r21 + law.secondRatePerSecond();
      half = (a + d) / 2;
      root = StrictMath.sqrt((a - d) * (a - d) / 4 + r12 * r21);
      double weight = law.firstRatePerSecond() * r21 + law.secondRatePerSecond() * r12;
      phi1 = law.firstRatePerSecond() * r21 / weight;
      phi2 = law.secondRatePerSecond() * r12 / weight;
    }

    void at(double x) {
      double fading = StrictMath.exp(-2 * root * x);
      double c = (1 + fading) / 2;
      double s = (1 - fading) / 2 / root;
      e11 = c + s * (half - a);
      e22 = c + s * (half - d);
      e12 = s * r12;
      e21 = s * r21;
      logScale = (root - half) * x;
    }
  }
}
