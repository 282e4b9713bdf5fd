package io.github.adaptertwin.surrogate.linear;

import io.github.adaptertwin.surrogate.data.Dataset;

/**
 * The features of a dataset, centred at their means and divided by their largest deviation, so that
 * a large offset or an odd unit costs no digits.
 */
final class Centred {
  final double[][] columns;
  final double[] mean;

  /** Largest deviation from the mean, 0 for a constant feature. */
  final double[] scale;

  Centred(Dataset data) {
    int rows = data.rows();
    int width = data.width();
    mean = new double[width];
    scale = new double[width];
    columns = new double[width][rows];
    for (int f = 0; f < width; f++) {
      double[] column = data.column(f);
      mean[f] = mean(column);
      for (int r = 0; r < rows; r++) {
        columns[f][r] = column[r] - mean[f];
        scale[f] = Math.max(scale[f], Math.abs(columns[f][r]));
      }
      for (int r = 0; r < rows && scale[f] > 0; r++) {
        columns[f][r] /= scale[f];
      }
    }
  }

  /** Kahan's compensated mean: the deviations from it carry all the information of a column. */
  static double mean(double[] values) {
    double sum = 0;
    double lost = 0;
    for (double value : values) {
      double term = value - lost;
      double next = sum + term;
      lost = next - sum - term;
      sum = next;
    }
    return sum / values.length;
  }

  /** {@return population standard deviation of a centred and scaled column} */
  double deviation(int feature) {
    double squares = 0;
    for (double z : columns[feature]) {
      squares += z * z;
    }
    return Math.sqrt(squares / columns[feature].length);
  }

  /** Coefficients of the original features, and the intercept that goes with them. */
  LinearModel model(Dataset data, double[] coefficients, double valueAtMeans) {
    double[] original = coefficients.clone();
    double intercept = valueAtMeans;
    for (int f = 0; f < original.length; f++) {
      original[f] = scale[f] == 0 ? 0 : original[f] / scale[f];
      intercept -= original[f] * mean[f];
    }
    return new LinearModel(data.features(), original, intercept);
  }
}
