package io.github.adaptertwin.placement;

import java.util.Arrays;

/**
 * A latency in seconds on each of some replications, of which two figures that are compared have
 * the same number. It is NaN on a replication without requests that tell it, as outputs of one
 * token tell no inter-token latency. Where two figures are both NaN they are equal; one that is NaN
 * where the other is not is behind, because its requests did not come so far. Immutable.
 */
final class LatencyFigure {
  /** By how many standard deviations over the replications a gain must be above none. */
  private static final double DEVIATIONS = 2.5;

  private final double[] seconds;

  /**
   * Makes a figure.
   *
   * @param seconds one value of each replication, at least one; NaN where nothing tells it
   */
  LatencyFigure(double... seconds) {
    if (seconds.length == 0) {
      throw new IllegalArgumentException("a figure has no replication; give at least one");
    }
    this.seconds = seconds.clone();
  }

  /** {@return whether no replication tells it} */
  boolean isUntold() {
    return Double.isNaN(mean());
  }

  /** {@return the mean of the replications that tell it; NaN if none does} */
  double mean() {
    return mean(defined(this));
  }

  /** Whether this is lower by a factor; false where no replication tells both. */
  boolean isBelow(double factor, LatencyFigure other) {
    return !lags(other) && mean(defined(other)) <= factor * mean(other.defined(this));
  }

  /** Whether this is lower by a factor, and by more than unrelated runs of both differ. */
  boolean isAhead(double factor, LatencyFigure other) {
    double[] mine = defined(other);
    double[] others = other.defined(this);
    return isBelow(factor, other)
        && mean(others) - mean(mine) >= DEVIATIONS * Math.sqrt(variance(mine) + variance(others));
  }

  /**
   * Whether the gains on the same requests are so far above none that they are not luck; true where
   * there is neither gain nor loss.
   */
  boolean standsOutFrom(LatencyFigure other) {
    if (lags(other)) {
      return false;
    }
    double[] mine = defined(other);
    double[] gains = other.defined(this);
    for (int i = 0; i < gains.length; i++) {
      gains[i] -= mine[i];
    }
    return gains.length == 0 || mean(gains) >= DEVIATIONS * Math.sqrt(variance(gains));
  }

  /**
   * Whether one value is above another.
   *
   * @param a seconds, or NaN
   * @param b seconds, or NaN
   * @return whether a is above b, or NaN where b is not
   */
  static boolean isWorse(double a, double b) {
    return a > b || (Double.isNaN(a) && !Double.isNaN(b));
  }

  private boolean lags(LatencyFigure other) {
    for (int r = 0; r < seconds.length; r++) {
      if (Double.isNaN(seconds[r]) && !Double.isNaN(other.seconds[r])) {
        return true;
      }
    }
    return false;
  }

  /** Our values of the replications that both tell. */
  private double[] defined(LatencyFigure other) {
    double[] kept = new double[seconds.length];
    int count = 0;
    for (int r = 0; r < seconds.length; r++) {
      if (!Double.isNaN(seconds[r]) && !Double.isNaN(other.seconds[r])) {
        kept[count++] = seconds[r];
      }
    }
    return Arrays.copyOf(kept, count);
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return values.length < 2 ? 0 : squares / (values.length - 1);
  }
}
