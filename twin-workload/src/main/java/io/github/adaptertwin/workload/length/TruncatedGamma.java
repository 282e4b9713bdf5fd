package io.github.adaptertwin.workload.length;

import java.util.Arrays;
import java.util.Locale;

/**
 * A gamma law restricted to the integers of a range: P(x) is proportional to x^(shape - 1) *
 * exp(-rate * x). Shape and rate are solved for by nested bisection: for a given shape the mean
 * falls with the rate, and along those the deviation falls with the shape. The rate may be
 * negative, which a restricted law allows.
 */
final class TruncatedGamma {
  private static final int ROUNDS = 60;
  private static final double LEAST_SHAPE = 0.02;
  private static final double MOST_SHAPE = 400;
  private static final double TOLERANCE = 1e-3;

  private final int least;
  private final double[] cumulative;

  private TruncatedGamma(int least, double[] weights) {
    this.least = least;
    cumulative = new double[weights.length];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i];
      cumulative[i] = sum;
    }
    for (int i = 0; i < weights.length; i++) {
      cumulative[i] /= sum;
    }
  }

  static TruncatedGamma solve(String what, double mean, double sd, int least, int most) {
    if (!(mean > least && mean < most && sd > 0)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s length has mean %s and standard deviation %s; the mean must lie inside (%d, %d)"
                  + " and the deviation above 0",
              what,
              mean,
              sd,
              least,
              most));
    }
    double[] logs = new double[most - least + 1];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = StrictMath.log(least + i);
    }
    double[] weights = new double[logs.length];
    double low = LEAST_SHAPE;
    double high = MOST_SHAPE;
    for (int round = 0; round < ROUNDS; round++) {
      double shape = StrictMath.sqrt(low * high);
      solveRate(shape, mean, least, logs, weights);
      if (deviation(weights, mean, least) > sd) {
        low = shape;
      } else {
        high = shape;
      }
    }
    solveRate(StrictMath.sqrt(low * high), mean, least, logs, weights);
    double reached = deviation(weights, mean, least);
    if (Math.abs(reached - sd) > TOLERANCE * sd) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "no truncated gamma law on [%d, %d] has mean %s and standard deviation %s (nearest"
                  + " is %.1f); widen the range or change the deviation of the %s length",
              least,
              most,
              mean,
              sd,
              reached,
              what));
    }
    return new TruncatedGamma(least, weights);
  }

  private static void solveRate(
      double shape, double mean, int least, double[] logs, double[] weights) {
    double low = -0.1;
    double high = 2 * (shape + 1) / (mean - least);
    for (int round = 0; round < ROUNDS; round++) {
      double rate = (low + high) / 2;
      fill(shape, rate, least, logs, weights);
      if (mean(weights, least) > mean) {
        low = rate;
      } else {
        high = rate;
      }
    }
    fill(shape, (low + high) / 2, least, logs, weights);
  }

  private static void fill(double shape, double rate, int least, double[] logs, double[] weights) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (shape - 1) * logs[i] - rate * (least + i);
      largest = Math.max(largest, weights[i]);
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] = StrictMath.exp(weights[i] - largest);
    }
  }

  private static double mean(double[] weights, int least) {
    double sum = 0;
    double moment = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i];
      moment += weights[i] * (least + i);
    }
    return moment / sum;
  }

  private static double deviation(double[] weights, double mean, int least) {
    double sum = 0;
    double moment = 0;
    for (int i = 0; i < weights.length; i++) {
      double off = least + i - mean;
      sum += weights[i];
      moment += weights[i] * off * off;
    }
    return StrictMath.sqrt(moment / sum);
  }

  /** Smallest value whose cumulative probability reaches {@code u} in (0, 1). */
  int quantile(double u) {
    int found = Arrays.binarySearch(cumulative, u);
    int index = found >= 0 ? found : -found - 1;
    return least + Math.min(index, cumulative.length - 1);
  }
}
