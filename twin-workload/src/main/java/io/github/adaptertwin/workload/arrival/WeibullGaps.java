package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import org.apache.commons.math3.special.Gamma;

/**
 * Weibull durations: P(X > t) = exp(-(t / scale)^shape), mean scale * G(1 + 1/shape), CV^2 = G(1 +
 * 2/shape) / G(1 + 1/shape)^2 - 1.
 *
 * @param scaleSeconds above 0 and finite
 * @param shape in [.1, 20]
 */
public record WeibullGaps(double scaleSeconds, double shape) implements GapLaw {
  private static final double LEAST_SHAPE = 0.1;
  private static final double MOST_SHAPE = 20;

  /** Checks scale and shape. */
  public WeibullGaps {
    GapLaw.checkedMean(scaleSeconds);
    if (!(shape >= LEAST_SHAPE && shape <= MOST_SHAPE)) {
      throw new IllegalArgumentException(
          "shape of Weibull gaps is "
              + shape
              + ", must be in ["
              + LEAST_SHAPE
              + ", "
              + MOST_SHAPE
              + "]");
    }
  }

  /**
   * {@return Weibull durations of a mean}
   *
   * @param meanSeconds above 0 and finite
   * @param shape in [.1, 20]
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public static WeibullGaps ofMean(double meanSeconds, double shape) {
    WeibullGaps unit = new WeibullGaps(1, shape);
    return new WeibullGaps(GapLaw.checkedMean(meanSeconds) / unit.meanSeconds(), shape);
  }

  private double moment(int order) {
    return StrictMath.exp(Gamma.logGamma(1 + order / shape));
  }

  @Override
  public double meanSeconds() {
    return scaleSeconds * moment(1);
  }

  @Override
  public double cv() {
    double mean = moment(1);
    return StrictMath.sqrt(moment(2) / (mean * mean) - 1);
  }

  @Override
  public double relativeThirdCentralMoment() {
    double mean = moment(1);
    return moment(3) / (mean * mean * mean) - 3 * moment(2) / (mean * mean) + 2;
  }

  @Override
  public double cdf(double seconds) {
    return seconds > 0 ? -StrictMath.expm1(-StrictMath.pow(seconds / scaleSeconds, shape)) : 0;
  }

  @Override
  public double logDensity(double seconds) {
    double log = StrictMath.log(seconds / scaleSeconds);
    return StrictMath.log(shape / scaleSeconds) + (shape - 1) * log - StrictMath.exp(shape * log);
  }

  @Override
  public WeibullGaps withMean(double newMeanSeconds) {
    return ofMean(newMeanSeconds, shape);
  }

  @Override
  public Sampler sampler(RandomStream stream) {
    // Not StrictMath.pow, which allocates on some JDKs.
    return () -> scaleSeconds * StrictMath.exp(StrictMath.log(stream.nextExponential()) / shape);
  }

  @Override
  public Sampler residualSampler(RandomStream stream) {
    // With (x / scale)^shape exponential, a duration met at a random time has a Gamma law there.
    Sampler met = GammaGaps.standard(1 + 1 / shape, stream);
    return () ->
        scaleSeconds
            * StrictMath.exp(StrictMath.log(met.nextSeconds()) / shape)
            * stream.nextDouble();
  }
}
