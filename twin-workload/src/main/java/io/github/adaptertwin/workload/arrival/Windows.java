package io.github.adaptertwin.workload.arrival;

import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;

/** What the dispersion of counts in windows needs in several laws. */
final class Windows {
  /** Beyond it a covariance that has not vanished would take minutes to add up. */
  private static final int MOST_EPOCHS = 100_000_000;

  private static final double NEGLIGIBLE = 1e-15;

  private Windows() {}

  static double checked(double windowSeconds) {
    if (!(windowSeconds > 0 && windowSeconds < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "window is " + windowSeconds + " s, must be above 0 and finite");
    }
    return windowSeconds;
  }

  /**
   * Variance of the integral over a window of a stationary intensity that is constant within epochs
   * whose begin is uniform. Its autocovariance goes linearly from lag to lag, so with w the window
   * the variance is 2 * the integral of (w - u) R(u) over [0, w], taken epoch by epoch.
   *
   * @param covariance of the intensities of two epochs by their distance, from 0
   */
  static double varianceOfEpochs(
      double windowSeconds, double epochSeconds, IntToDoubleFunction covariance) {
    double variance = 0;
    int epoch = 0;
    double first = Math.abs(covariance.applyAsDouble(0));
    double left = covariance.applyAsDouble(0);
    while (epoch * epochSeconds < windowSeconds
        && epoch < MOST_EPOCHS
        && Math.abs(left) > NEGLIGIBLE * first) {
      double from = epoch * epochSeconds;
      double to = Math.min(windowSeconds, from + epochSeconds);
      double right = covariance.applyAsDouble(epoch + 1);
      double begin = left;
      double slope = (right - left) / epochSeconds;
      // A polynomial of degree 2: Simpson's rule is exact.
      DoubleUnaryOperator f = u -> (windowSeconds - u) * (begin + slope * (u - from));
      double middle = (from + to) / 2;
      variance +=
          (to - from)
              / 6
              * (f.applyAsDouble(from) + 4 * f.applyAsDouble(middle) + f.applyAsDouble(to));
      left = right;
      epoch++;
    }
    return 2 * variance;
  }
}
