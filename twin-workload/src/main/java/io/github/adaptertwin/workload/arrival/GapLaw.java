package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import java.io.Serializable;

/** A law of positive durations. Immutable and thread-safe. */
public sealed interface GapLaw extends Serializable
    permits ExponentialGaps, GammaGaps, WeibullGaps, LognormalGaps {

  /** {@return mean, in seconds, above 0} */
  double meanSeconds();

  /** {@return standard deviation over mean, above 0} */
  double cv();

  /** {@return third moment about the mean over the cube of the mean} */
  double relativeThirdCentralMoment();

  /**
   * {@return probability of at most a duration}
   *
   * @param seconds a duration; 0 below 0
   */
  double cdf(double seconds);

  /**
   * {@return natural logarithm of the density}
   *
   * @param seconds a duration, above 0
   */
  double logDensity(double seconds);

  /**
   * {@return the law of the same shape with another mean}
   *
   * @param newMeanSeconds above 0 and finite
   */
  GapLaw withMean(double newMeanSeconds);

  /**
   * {@return a source of durations}
   *
   * @param stream where the randomness comes from
   */
  Sampler sampler(RandomStream stream);

  /**
   * {@return a source of what is left of a duration at a random time within it: its density is (1 -
   * cdf) / mean}
   *
   * @param stream where the randomness comes from
   */
  Sampler residualSampler(RandomStream stream);

  /** Draws durations; not thread-safe. */
  @FunctionalInterface
  interface Sampler {
    /** {@return a duration in seconds, at least 0 and finite} */
    double nextSeconds();
  }

  /**
   * Checks a mean.
   *
   * @param seconds mean
   * @return the mean
   * @throws IllegalArgumentException if it is NaN, infinite or not above 0
   */
  static double checkedMean(double seconds) {
    if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "mean gap is " + seconds + " s, must be above 0 and finite");
    }
    return seconds;
  }
}
