package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import org.apache.commons.math3.special.Erf;

/**
 * Lognormal durations: ln X is normal. Median exp(mu), mean exp(mu + sigma^2/2), CV^2 =
 * exp(sigma^2) - 1.
 *
 * @param mu mean of ln(X / 1 s), in [-100, 100]
 * @param sigma standard deviation of ln X, in (0, 5]
 */
public record LognormalGaps(double mu, double sigma) implements GapLaw {
  private static final double MOST_SIGMA = 5;
  private static final double ROOT_OF_TWO = StrictMath.sqrt(2);
  private static final double LOG_ROOT_OF_TWO_PI = StrictMath.log(2 * StrictMath.PI) / 2;

  /** Checks the parameters. */
  public LognormalGaps {
    if (!(Math.abs(mu) <= 100 && sigma > 0 && sigma <= MOST_SIGMA)) {
      throw new IllegalArgumentException(
          "lognormal gaps have mu "
              + mu
              + " and sigma "
              + sigma
              + "; mu must be in [-100, 100] and sigma in (0, "
              + MOST_SIGMA
              + "]");
    }
  }

  /**
   * {@return lognormal durations of a median}
   *
   * @param medianSeconds above 0 and finite
   * @param sigma standard deviation of the logarithm, in (0, 5]
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public static LognormalGaps ofMedian(double medianSeconds, double sigma) {
    return new LognormalGaps(StrictMath.log(GapLaw.checkedMean(medianSeconds)), sigma);
  }

  /**
   * {@return lognormal durations of a mean}
   *
   * @param meanSeconds above 0 and finite
   * @param sigma standard deviation of the logarithm, in (0, 5]
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public static LognormalGaps ofMean(double meanSeconds, double sigma) {
    double mu = StrictMath.log(GapLaw.checkedMean(meanSeconds)) - sigma * sigma / 2;
    return new LognormalGaps(mu, sigma);
  }

  /** {@return probability that a standard normal is at most z} */
  static double normalCdf(double z) {
    return 0.5 * Erf.erfc(-z / ROOT_OF_TWO);
  }

  @Override
  public double meanSeconds() {
    return StrictMath.exp(mu + sigma * sigma / 2);
  }

  @Override
  public double cv() {
    return StrictMath.sqrt(StrictMath.expm1(sigma * sigma));
  }

  @Override
  public double relativeThirdCentralMoment() {
    double w = StrictMath.exp(sigma * sigma);
    return (w - 1) * (w - 1) * (w + 2);
  }

  @Override
  public double cdf(double seconds) {
    return seconds > 0 ? normalCdf((StrictMath.log(seconds) - mu) / sigma) : 0;
  }

  @Override
  public double logDensity(double seconds) {
    double log = StrictMath.log(seconds);
    double z = (log - mu) / sigma;
    return -z * z / 2 - log - StrictMath.log(sigma) - LOG_ROOT_OF_TWO_PI;
  }

  @Override
  public LognormalGaps withMean(double newMeanSeconds) {
    return ofMean(newMeanSeconds, sigma);
  }

  @Override
  public Sampler sampler(RandomStream stream) {
    return () -> StrictMath.exp(mu + sigma * stream.nextGaussian());
  }

  @Override
  public Sampler residualSampler(RandomStream stream) {
    // A duration met at a random time is lognormal with mu + sigma^2.
    double longer = mu + sigma * sigma;
    return () -> StrictMath.exp(longer + sigma * stream.nextGaussian()) * stream.nextDouble();
  }
}
