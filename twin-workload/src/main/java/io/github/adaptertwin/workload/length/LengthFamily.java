package io.github.adaptertwin.workload.length;

/** Families of laws of one length. */
public enum LengthFamily {
  /** Density proportional to x^(shape - 1) exp(-rate x). */
  GAMMA("gamma", 0.02, 400, true, true) {
    @Override
    double logWeight(double shape, double rate, double x, double logX) {
      return (shape - 1) * logX - rate * x;
    }

    @Override
    double lowScale(double shape, double[] values) {
      // A rate below 0 lets the density rise up to the end of the range.
      return values.length <= 2048 ? -0.1 : -100 / values[values.length - 1];
    }

    @Override
    double highScale(double shape, double mean, double[] values) {
      return 2 * (shape + 1) / (mean - values[0]);
    }
  },

  /** ln X is normal with mean mu and deviation sigma; sigma is the shape. */
  LOGNORMAL("lognormal", 0.01, 20, false, false) {
    @Override
    double logWeight(double sigma, double mu, double x, double logX) {
      double z = (logX - mu) / sigma;
      return -z * z / 2 - logX;
    }

    @Override
    double lowScale(double sigma, double[] values) {
      return -REACH * sigma * sigma - REACH;
    }

    @Override
    double highScale(double sigma, double mean, double[] values) {
      return REACH * sigma * sigma + REACH;
    }
  },

  /** P(X above x) = exp(-(x / scale)^shape); the logarithm of the scale is solved for. */
  WEIBULL("Weibull", 0.05, 50, true, false) {
    @Override
    double logWeight(double shape, double logScale, double x, double logX) {
      return (shape - 1) * logX - StrictMath.exp(shape * (logX - logScale));
    }

    @Override
    double lowScale(double shape, double[] values) {
      return -REACH / shape;
    }

    @Override
    double highScale(double shape, double mean, double[] values) {
      return REACH + REACH / shape;
    }
  };

  private static final double REACH = 30;

  private final String label;
  private final double leastShape;
  private final double mostShape;
  private final boolean shapeNarrows;
  private final boolean scaleLowers;

  LengthFamily(
      String label,
      double leastShape,
      double mostShape,
      boolean shapeNarrows,
      boolean scaleLowers) {
    this.label = label;
    this.leastShape = leastShape;
    this.mostShape = mostShape;
    this.shapeNarrows = shapeNarrows;
    this.scaleLowers = scaleLowers;
  }

  String label() {
    return label;
  }

  double leastShape() {
    return leastShape;
  }

  double mostShape() {
    return mostShape;
  }

  /** Whether a larger shape has a smaller deviation. */
  boolean shapeNarrows() {
    return shapeNarrows;
  }

  /** Whether a larger scale has a smaller mean. */
  boolean scaleLowers() {
    return scaleLowers;
  }

  abstract double logWeight(double shape, double scale, double x, double logX);

  abstract double lowScale(double shape, double[] values);

  abstract double highScale(double shape, double mean, double[] values);
}
