package io.github.adaptertwin.workload.length;

import java.util.Arrays;
import java.util.Locale;

/**
 * A law restricted to the integers of a range: P(x) is proportional to the density of the family at
 * x. Its two parameters are solved for by nested bisection: for a given shape the mean goes one way
 * with the scale, and along those the deviation goes one way with the shape. The scale may lie
 * where the unrestricted law would have none, which a restricted one allows.
 *
 * <p>Above the first 2,048 values neighbours are taken together in cells whose width is 1 % of the
 * value, so that ranges of millions are solved for as well.
 */
final class TruncatedLaw {
  private static final int ROUNDS = 60;
  private static final double TOLERANCE = 1e-3;
  private static final int SINGLES = 2048;
  private static final double RELATIVE_WIDTH = 0.01;

  /** Smallest value of each cell, with the end of the last behind it. */
  private final int[] edges;

  private final double[] cumulative;

  private TruncatedLaw(Solver solved) {
    edges = solved.edges;
    cumulative = new double[solved.weights.length];
    double sum = 0;
    for (int i = 0; i < cumulative.length; i++) {
      sum += solved.weights[i];
      cumulative[i] = sum;
    }
    for (int i = 0; i < cumulative.length; i++) {
      cumulative[i] /= sum;
    }
  }

  static TruncatedLaw solve(
      LengthFamily family, String what, double mean, double sd, int least, int most) {
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
    Solver solver = new Solver(family, least, most);
    double reached = solver.solve(mean, sd);
    double reachedMean = solver.mean();
    if (Math.abs(reached - sd) > TOLERANCE * sd
        || Math.abs(reachedMean - mean) > TOLERANCE * mean) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "no truncated %s law on [%d, %d] has mean %s and standard deviation %s (nearest"
                  + " is %.1f and %.1f); widen the range or change the deviation of the %s length",
              family.label(),
              least,
              most,
              mean,
              sd,
              reachedMean,
              reached,
              what));
    }
    return new TruncatedLaw(solver);
  }

  /** Smallest value whose cumulative probability reaches {@code u} in (0, 1). */
  int quantile(double u) {
    int found = Arrays.binarySearch(cumulative, u);
    int cell = Math.min(found >= 0 ? found : -found - 1, cumulative.length - 1);
    int width = edges[cell + 1] - edges[cell];
    if (width == 1) {
      return edges[cell];
    }
    double below = cell == 0 ? 0 : cumulative[cell - 1];
    double within = (u - below) / (cumulative[cell] - below);
    return edges[cell] + Math.min(width - 1, Math.max(0, (int) (within * width)));
  }

  /** Weights of the cells, and the search for the parameters. */
  private static final class Solver {
    private final LengthFamily family;
    private final int[] edges;
    private final double[] values;
    private final double[] logs;
    private final double[] logWidths;
    private final double[] weights;

    Solver(LengthFamily family, int least, int most) {
      this.family = family;
      int[] starts = new int[16];
      int n = 0;
      for (int x = least; x <= most; n++) {
        starts = n + 1 >= starts.length ? Arrays.copyOf(starts, 2 * starts.length) : starts;
        starts[n] = x;
        int width = x - least < SINGLES ? 1 : Math.max(1, (int) (x * RELATIVE_WIDTH));
        x = Math.min(most + 1, x + width);
      }
      starts[n] = most + 1;
      edges = Arrays.copyOf(starts, n + 1);
      values = new double[n];
      logs = new double[n];
      logWidths = new double[n];
      weights = new double[n];
      for (int i = 0; i < n; i++) {
        values[i] = (edges[i] + edges[i + 1] - 1) / 2.0;
        logs[i] = StrictMath.log(values[i]);
        logWidths[i] = StrictMath.log(edges[i + 1] - edges[i]);
      }
    }

    /** Leaves the weights of the nearest law and returns its deviation. */
    double solve(double mean, double sd) {
      double low = family.leastShape();
      double high = family.mostShape();
      for (int round = 0; round < ROUNDS; round++) {
        double shape = StrictMath.sqrt(low * high);
        solveScale(shape, mean);
        // Deviations are of the mean asked for; one that is not reached is told at the end.
        if (deviation(mean) > sd == family.shapeNarrows()) {
          low = shape;
        } else {
          high = shape;
        }
      }
      solveScale(StrictMath.sqrt(low * high), mean);
      return deviation(mean);
    }

    private void solveScale(double shape, double mean) {
      double low = family.lowScale(shape, values);
      double high = family.highScale(shape, mean, values);
      for (int round = 0; round < ROUNDS; round++) {
        double scale = (low + high) / 2;
        fill(shape, scale);
        if (mean() > mean == family.scaleLowers()) {
          low = scale;
        } else {
          high = scale;
        }
      }
      fill(shape, (low + high) / 2);
    }

    private void fill(double shape, double scale) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < weights.length; i++) {
        weights[i] = family.logWeight(shape, scale, values[i], logs[i]) + logWidths[i];
        largest = Math.max(largest, weights[i]);
      }
      for (int i = 0; i < weights.length; i++) {
        weights[i] = StrictMath.exp(weights[i] - largest);
      }
    }

    double mean() {
      double sum = 0;
      double moment = 0;
      for (int i = 0; i < weights.length; i++) {
        sum += weights[i];
        moment += weights[i] * values[i];
      }
      return moment / sum;
    }

    double deviation(double mean) {
      double sum = 0;
      double moment = 0;
      for (int i = 0; i < weights.length; i++) {
        double off = values[i] - mean;
        sum += weights[i];
        moment += weights[i] * off * off;
      }
      return StrictMath.sqrt(moment / sum);
    }
  }
}
