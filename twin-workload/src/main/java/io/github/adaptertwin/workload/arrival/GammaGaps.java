package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import org.apache.commons.math3.special.Gamma;

/**
 * Gamma durations of shape k = 1 / CV^2 and scale mean * CV^2: density proportional to x^(k - 1)
 * exp(-x / scale). Drawn by G. Marsaglia and W. W. Tsang ("A simple method for generating gamma
 * variables", ACM TOMS 26(3), 2000).
 *
 * @param meanSeconds above 0 and finite
 * @param cv standard deviation over mean, in [.01, 100]
 */
public record GammaGaps(double meanSeconds, double cv) implements GapLaw {
  private static final double LEAST_CV = 0.01;
  private static final double MOST_CV = 100;

  /** Checks mean and CV. */
  public GammaGaps {
    GapLaw.checkedMean(meanSeconds);
    if (!(cv >= LEAST_CV && cv <= MOST_CV)) {
      throw new IllegalArgumentException(
          "CV of Gamma gaps is " + cv + ", must be in [" + LEAST_CV + ", " + MOST_CV + "]");
    }
  }

  /** {@return shape k = 1 / CV^2} */
  public double shape() {
    return 1 / (cv * cv);
  }

  private double scale() {
    return meanSeconds * cv * cv;
  }

  @Override
  public double relativeThirdCentralMoment() {
    double square = cv * cv;
    return 2 * square * square;
  }

  @Override
  public double cdf(double seconds) {
    return seconds > 0 ? Gamma.regularizedGammaP(shape(), seconds / scale()) : 0;
  }

  @Override
  public double logDensity(double seconds) {
    double k = shape();
    double x = seconds / scale();
    return (k - 1) * StrictMath.log(x) - x - Gamma.logGamma(k) - StrictMath.log(scale());
  }

  @Override
  public GammaGaps withMean(double newMeanSeconds) {
    return new GammaGaps(newMeanSeconds, cv);
  }

  @Override
  public Sampler sampler(RandomStream stream) {
    Sampler standard = standard(shape(), stream);
    double scale = scale();
    return () -> standard.nextSeconds() * scale;
  }

  @Override
  public Sampler residualSampler(RandomStream stream) {
    // A duration met at a random time is longer: its shape is k + 1.
    Sampler met = standard(shape() + 1, stream);
    double scale = scale();
    return () -> met.nextSeconds() * scale * stream.nextDouble();
  }

  /**
   * {@return a source of Gamma variates of scale 1}
   *
   * @param shape above 0 and finite
   * @param stream where the randomness comes from
   */
  public static Sampler standard(double shape, RandomStream stream) {
    if (!(shape > 0 && shape < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "shape of a Gamma law is " + shape + ", must be above 0 and finite");
    }
    if (shape < 1) {
      Sampler above = standard(shape + 1, stream);
      // A uniform number to the power 1/shape: its logarithm is exponential.
      return () -> above.nextSeconds() * StrictMath.exp(-stream.nextExponential() / shape);
    }
    double d = shape - 1.0 / 3;
    double c = 1 / StrictMath.sqrt(9 * d);
    return () -> draw(d, c, stream);
  }

  private static double draw(double d, double c, RandomStream stream) {
    while (true) {
      double x = stream.nextGaussian();
      double root = 1 + c * x;
      if (root <= 0) {
        continue;
      }
      double v = root * root * root;
      double u = 1 - stream.nextDouble();
      double square = x * x;
      // The first bound holds for all but about 2 % of the draws and spares the logarithms.
      if (u < 1 - 0.0331 * square * square
          || StrictMath.log(u) < 0.5 * square + d * (1 - v + StrictMath.log(v))) {
        return d * v;
      }
    }
  }
}
