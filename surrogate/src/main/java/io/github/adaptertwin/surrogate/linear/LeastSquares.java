package io.github.adaptertwin.surrogate.linear;

import io.github.adaptertwin.surrogate.data.Dataset;
import java.util.Locale;

/**
 * Ordinary least squares with an intercept, by Householder QR of the design matrix. Features are
 * centred and divided by their largest deviation first, so that a large offset does not cost
 * digits; nothing is formed from squares of the data. Deterministic: sums run in the order of rows.
 */
public final class LeastSquares {
  /** A column whose part orthogonal to the others is smaller than this share is a combination. */
  private static final double DEPENDENT = 1e-13;

  private LeastSquares() {}

  /**
   * Fits a linear model.
   *
   * @param data at least one row more than features
   * @return the model with the smallest sum of squared errors
   * @throws IllegalArgumentException if there are too few rows, or a feature is constant or a
   *     linear combination of others; the message names it
   */
  public static LinearModel fit(Dataset data) {
    int rows = data.rows();
    int width = data.width();
    if (rows <= width) {
      throw new IllegalArgumentException(
          "least squares with "
              + width
              + " features needs more than "
              + width
              + " rows, there are "
              + rows);
    }
    double[] mean = new double[width];
    double[] scale = new double[width];
    double[][] q = new double[width][rows];
    for (int f = 0; f < width; f++) {
      mean[f] = mean(data, f);
      for (int r = 0; r < rows; r++) {
        q[f][r] = data.feature(r, f) - mean[f];
        scale[f] = Math.max(scale[f], Math.abs(q[f][r]));
      }
      if (scale[f] == 0) {
        throw new IllegalArgumentException(
            "feature '" + data.features().get(f) + "' is constant; leave it out");
      }
      for (int r = 0; r < rows; r++) {
        q[f][r] /= scale[f];
      }
    }
    double targetMean = targetMean(data);
    double[] y = new double[rows];
    for (int r = 0; r < rows; r++) {
      y[r] = data.target(r) - targetMean;
    }
    double[] diagonal = decompose(data, q);
    double[] coefficients = solve(q, diagonal, y);
    double intercept = targetMean;
    for (int f = 0; f < width; f++) {
      coefficients[f] /= scale[f];
      intercept -= coefficients[f] * mean[f];
    }
    return new LinearModel(data.features(), coefficients, intercept);
  }

  /** Kahan's compensated mean: the deviations from it carry all the information of a column. */
  private static double mean(Dataset data, int feature) {
    double sum = 0;
    double lost = 0;
    for (int r = 0; r < data.rows(); r++) {
      double term = data.feature(r, feature) - lost;
      double next = sum + term;
      lost = next - sum - term;
      sum = next;
    }
    return sum / data.rows();
  }

  private static double targetMean(Dataset data) {
    double sum = 0;
    double lost = 0;
    for (int r = 0; r < data.rows(); r++) {
      double term = data.target(r) - lost;
      double next = sum + term;
      lost = next - sum - term;
      sum = next;
    }
    return sum / data.rows();
  }

  /**
   * Overwrites column k of {@code q} with the k-th reflector below row k and R above it; returns
   * R's diagonal.
   */
  private static double[] decompose(Dataset data, double[][] q) {
    int width = q.length;
    int rows = q[0].length;
    double[] diagonal = new double[width];
    for (int k = 0; k < width; k++) {
      double[] column = q[k];
      double whole = norm(column, 0);
      double norm = norm(column, k);
      if (norm <= DEPENDENT * whole) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "feature '%s' is a linear combination of the features before it (relative rest"
                    + " %.1e); leave one of them out",
                data.features().get(k),
                whole == 0 ? 0 : norm / whole));
      }
      double alpha = column[k] > 0 ? -norm : norm;
      diagonal[k] = alpha;
      column[k] -= alpha;
      double beta = -alpha * column[k];
      for (int j = k + 1; j < width; j++) {
        reflect(column, k, rows, beta, q[j]);
      }
    }
    return diagonal;
  }

  private static void reflect(double[] v, int from, int rows, double beta, double[] x) {
    double dot = 0;
    for (int r = from; r < rows; r++) {
      dot += v[r] * x[r];
    }
    double factor = dot / beta;
    for (int r = from; r < rows; r++) {
      x[r] -= factor * v[r];
    }
  }

  private static double norm(double[] column, int from) {
    double sum = 0;
    for (int r = from; r < column.length; r++) {
      sum += column[r] * column[r];
    }
    return Math.sqrt(sum);
  }

  private static double[] solve(double[][] q, double[] diagonal, double[] y) {
    int width = q.length;
    for (int k = 0; k < width; k++) {
      reflect(q[k], k, y.length, -diagonal[k] * q[k][k], y);
    }
    double[] x = new double[width];
    for (int k = width - 1; k >= 0; k--) {
      double sum = y[k];
      for (int j = k + 1; j < width; j++) {
        sum -= q[j][k] * x[j];
      }
      x[k] = sum / diagonal[k];
    }
    return x;
  }
}
