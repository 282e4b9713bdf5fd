package io.github.adaptertwin.workload.fit;

import io.github.adaptertwin.workload.arrival.BurstArrivals;
import io.github.adaptertwin.workload.arrival.GammaGaps;
import io.github.adaptertwin.workload.arrival.LognormalGaps;
import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Bursts found by a bound: longer gaps are silences. Likelihood is that of the gaps together with
 * which of them are silences, which is a lower bound on that of the gaps alone.
 *
 * @param law the law of largest likelihood for the bound
 * @param logLikelihood of the gaps so labelled
 * @param silentShare part of the gaps that are silences under the law
 */
record BurstSplit(BurstArrivals law, double logLikelihood, double silentShare) {
  private static final double[] BOUNDS_IN_MEANS = {0.3, 0.6, 1, 1.5, 2, 3, 5, 8};
  private static final int FEWEST = 20;
  private static final double LEAST_SIGMA = 0.05;
  private static final double MOST_SIGMA = 3;

  /** {@return the most likely split, or null if there are not 20 bursts and 20 gaps within them} */
  static @Nullable BurstSplit fit(double[] gaps) {
    double mean = PositiveLaws.mean(gaps);
    BurstSplit best = null;
    for (double bound : BOUNDS_IN_MEANS) {
      BurstSplit split = at(gaps, bound * mean);
      if (split != null && (best == null || split.logLikelihood > best.logLikelihood)) {
        best = split;
      }
    }
    return best;
  }

  private static @Nullable BurstSplit at(double[] gaps, double bound) {
    DoubleArrayList inside = new DoubleArrayList();
    DoubleArrayList silences = new DoubleArrayList();
    DoubleArrayList sizes = new DoubleArrayList();
    int size = 1;
    for (double gap : gaps) {
      if (gap <= bound) {
        inside.add(gap);
        size++;
      } else {
        silences.add(gap);
        sizes.add(size);
        size = 1;
      }
    }
    if (inside.size() < FEWEST || silences.size() < FEWEST) {
      return null;
    }
    GammaGaps gamma = PositiveLaws.gamma(inside.toDoubleArray());
    LognormalGaps silence = PositiveLaws.lognormal(silences.toDoubleArray());
    LognormalGaps sizeLaw = PositiveLaws.lognormal(sizes.toDoubleArray());
    double sigma = Math.max(LEAST_SIGMA, Math.min(MOST_SIGMA, sizeLaw.sigma()));
    double likelihood =
        PositiveLaws.logLikelihood(gamma, inside.toDoubleArray())
            + PositiveLaws.logLikelihood(silence, silences.toDoubleArray())
            + logProbability(sizes.toDoubleArray(), new LognormalGaps(sizeLaw.mu(), sigma));
    BurstArrivals law = new BurstArrivals(sizeLaw.mu(), sigma, gamma, silence);
    return new BurstSplit(law, likelihood, 1 / law.meanBurstSize());
  }

  /** Sizes are rounded, so each has the probability of its cell. */
  private static double logProbability(double[] sizes, LognormalGaps law) {
    double sum = 0;
    for (double size : sizes) {
      double below = size <= 1 ? 0 : law.cdf(size - 0.5);
      sum += StrictMath.log(Math.max(Double.MIN_NORMAL, law.cdf(size + 0.5) - below));
    }
    return sum;
  }

  double gapCdf(double seconds) {
    return (1 - silentShare) * law.gaps().cdf(seconds) + silentShare * law.silences().cdf(seconds);
  }
}
