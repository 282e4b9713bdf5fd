package io.github.adaptertwin.core.report;

/**
 * A mean with a confidence interval.
 *
 * @param mean the mean
 * @param halfWidth half the width of the interval around it, NaN below two values
 * @param count number of values
 */
public record Estimate(double mean, double halfWidth, int count) {
  /** {@return lower end of the interval} */
  public double lower() {
    return mean - halfWidth;
  }

  /** {@return upper end of the interval} */
  public double upper() {
    return mean + halfWidth;
  }
}
