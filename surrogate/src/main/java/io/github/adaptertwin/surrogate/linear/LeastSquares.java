package io.github.adaptertwin.surrogate.linear;

import io.github.adaptertwin.surrogate.Trainer;
import io.github.adaptertwin.surrogate.data.Dataset;

/**
 * Least squares with an intercept, by Householder QR of the centred and scaled features: minimises
 *
 * <pre>sum of (y - prediction)^2 + ridge * sum of (coefficient * standard deviation)^2</pre>
 *
 * <p>where the standard deviation is the feature's own (population), so the penalty does not depend
 * on units, and the intercept is free. Nothing is formed from squares of the data; sums run in the
 * order of rows. Immutable and thread-safe.
 *
 * @param ridge penalty, at least 0; 0 gives ordinary least squares
 */
public record LeastSquares(double ridge) implements Trainer<LinearModel> {
  /**
   * Checks the penalty.
   *
   * @throws IllegalArgumentException if it is NaN, infinite or below 0
   */
  public LeastSquares {
    if (!(ridge >= 0 && ridge < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "ridge penalty is " + ridge + ", must be a finite number of at least 0");
    }
  }

  /** {@return ordinary least squares} */
  public static LeastSquares ordinary() {
    return new LeastSquares(0);
  }

  /**
   * Fits a linear model.
   *
   * @param data without a penalty, at least one row more than features
   * @return the model
   * @throws IllegalArgumentException without a penalty: if there are too few rows, or a feature is
   *     constant or a linear combination of others; the message names it. With a penalty a constant
   *     feature gets the coefficient 0.
   */
  @Override
  public LinearModel fit(Dataset data) {
    int rows = data.rows();
    int width = data.width();
    if (ridge == 0 && rows <= width) {
      throw new IllegalArgumentException(
          "least squares with "
              + width
              + " features needs more than "
              + width
              + " rows, there are "
              + rows);
    }
    Centred centred = new Centred(data);
    double[] target = data.targets();
    double targetMean = Centred.mean(target);
    int penalties = ridge == 0 ? 0 : width;
    double[][] columns = new double[width][rows + penalties];
    for (int f = 0; f < width; f++) {
      if (centred.scale[f] == 0 && ridge == 0) {
        throw new IllegalArgumentException(
            "feature '" + data.features().get(f) + "' is constant; leave it out");
      }
      System.arraycopy(centred.columns[f], 0, columns[f], 0, rows);
      if (ridge > 0) {
        // One more row a feature, whose residual is the penalty.
        columns[f][rows + f] = centred.scale[f] == 0 ? 1 : Math.sqrt(ridge) * centred.deviation(f);
      }
    }
    double[] y = new double[rows + penalties];
    for (int r = 0; r < rows; r++) {
      y[r] = target[r] - targetMean;
    }
    double[] coefficients = new Householder(columns, data.features()).solve(y);
    return centred.model(data, coefficients, targetMean);
  }
}
