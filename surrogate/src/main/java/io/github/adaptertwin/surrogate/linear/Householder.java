package io.github.adaptertwin.surrogate.linear;

import java.util.List;
import java.util.Locale;

/**
 * Least squares by Householder reflections of a matrix held in columns (G. Golub, "Numerical
 * methods for solving linear least squares problems", Numer. Math. 7, 1965). Not thread-safe; made
 * for one matrix, which it overwrites.
 */
final class Householder {
  /** A column whose part orthogonal to the others is smaller than this share is a combination. */
  private static final double DEPENDENT = 1e-14;

  // Column k holds the k-th reflector from row k on, and R above it.
  private final double[][] q;
  private final double[] diagonal;

  /**
   * Decomposes.
   *
   * @param columns the matrix, at least as many rows as columns; kept and overwritten
   * @param names of the columns, for messages
   * @throws IllegalArgumentException if a column is a linear combination of those before it
   */
  Householder(double[][] columns, List<String> names) {
    q = columns;
    diagonal = new double[columns.length];
    for (int k = 0; k < columns.length; k++) {
      double[] column = columns[k];
      double whole = norm(column, 0);
      double norm = norm(column, k);
      if (!(norm > DEPENDENT * whole)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "feature '%s' is a linear combination of the features before it (relative rest"
                    + " %.1e); leave one of them out, or use a ridge penalty above 0",
                names.get(k),
                whole == 0 ? 0 : norm / whole));
      }
      double alpha = column[k] > 0 ? -norm : norm;
      diagonal[k] = alpha;
      column[k] -= alpha;
      for (int j = k + 1; j < columns.length; j++) {
        reflect(k, columns[j]);
      }
    }
  }

  /**
   * Solves for the coefficients with the least squares.
   *
   * @param y right-hand side; overwritten
   * @return one coefficient a column
   */
  double[] solve(double[] y) {
    int width = q.length;
    for (int k = 0; k < width; k++) {
      reflect(k, y);
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

  private void reflect(int k, double[] x) {
    double[] v = q[k];
    double dot = 0;
    for (int r = k; r < v.length; r++) {
      dot += v[r] * x[r];
    }
    double factor = dot / (-diagonal[k] * v[k]);
    for (int r = k; r < v.length; r++) {
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
}
