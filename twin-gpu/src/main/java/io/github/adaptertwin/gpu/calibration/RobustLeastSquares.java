package io.github.adaptertwin.gpu.calibration;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.QRDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/**
 * Gauss-Newton steps with Huber weights for residuals that come in rows of figures, in units in
 * which each unknown moves by steps of one, with a weak pull to the origin. Immutable.
 */
final class RobustLeastSquares {
  /** Residuals of one row. */
  static final int FIGURES = 3;

  /** Residuals above this count by their size instead of its square. */
  private static final double HUBER = 0.5;

  /** Weight of one step away from the origin, against residuals of one usual error. */
  static final double PULL = 0.05;

  /** Standard deviation of a normal law over the median of its absolute values. */
  private static final double MEDIAN_TO_SD = 1.4826;

  /** A constant is not identified if its standard error exceeds this share of its start. */
  private static final double MOST_RELATIVE_ERROR = 0.5;

  /** A constant that starts near 0 counts as so many steps large. */
  private static final double LEAST_STEPS = 4;

  /** No law is closer to an engine than a hundredth of the usual error. */
  private static final double LEAST_VARIANCE = 1e-4;

  private static final int REWEIGHTINGS = 30;

  private final double[][][] slopes;
  private final double[][] weights;
  private final boolean[] free;
  private final double pull;
  private final int unknowns;

  RobustLeastSquares(double[][][] slopes, double[][] weights, boolean[] free) {
    this(slopes, weights, free, PULL);
  }

  RobustLeastSquares(double[][][] slopes, double[][] weights, boolean[] free, double pull) {
    this.pull = pull;
    this.slopes = slopes;
    this.weights = weights;
    this.free = free.clone();
    unknowns = free.length;
  }

  /**
   * The minimum of the linearized problem.
   *
   * @param residuals by row and figure, at {@code at}; NaN takes no part
   * @param at where they were taken
   * @return the unknowns at the minimum; 0 for those that are not free
   */
  double[] next(double[][] residuals, double[] at) {
    double[] x = at.clone();
    for (int round = 0; round < REWEIGHTINGS; round++) {
      x = solve(residuals, at, x);
    }
    return x;
  }

  /** Least squares with the Huber weights of the linearized residuals at {@code x}. */
  private double[] solve(double[][] residuals, double[] at, double[] x) {
    int rows = residuals.length * FIGURES + unknowns;
    double[][] matrix = new double[rows][unknowns];
    double[] right = new double[rows];
    int row = 0;
    for (int r = 0; r < residuals.length; r++) {
      for (int f = 0; f < FIGURES; f++) {
        if (usable(residuals, r, f)) {
          double atOrigin = residuals[r][f] - dot(slopes[r][f], at);
          double here = atOrigin + dot(slopes[r][f], x);
          double root = StrictMath.sqrt(weights[r][f] / Math.max(1, Math.abs(here) / HUBER));
          for (int c = 0; c < unknowns; c++) {
            matrix[row][c] = free[c] ? root * slopes[r][f][c] : 0;
          }
          right[row] = -root * atOrigin;
        }
        row++;
      }
    }
    for (int c = 0; c < unknowns; c++) {
      // An unknown that is not free is held at the origin.
      matrix[row++][c] = free[c] ? StrictMath.sqrt(pull) : 1;
    }
    return new QRDecomposition(new Array2DRowRealMatrix(matrix, false))
        .getSolver()
        .solve(new ArrayRealVector(right, false))
        .toArray();
  }

  private boolean usable(double[][] residuals, int r, int f) {
    if (!(weights[r][f] > 0) || !Double.isFinite(residuals[r][f])) {
      return false;
    }
    for (double slope : slopes[r][f]) {
      if (!Double.isFinite(slope)) {
        return false;
      }
    }
    return true;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /**
   * Standard errors of the unknowns without the pull, from the spread of the residuals around the
   * minimum; infinite in directions that the data do not see.
   */
  double[] standardErrors(double[][] residuals) {
    double[] x = next(residuals, new double[unknowns]);
    RealMatrix normal = new Array2DRowRealMatrix(unknowns, unknowns);
    double variance = addNormal(normal, residuals, x, free);
    for (int c = 0; c < unknowns; c++) {
      normal.addToEntry(c, c, free[c] ? 0 : 1e12);
    }
    RealMatrix covariance = inverse(normal, variance);
    double[] errors = new double[unknowns];
    for (int c = 0; c < unknowns; c++) {
      errors[c] = StrictMath.sqrt(Math.max(0, covariance.getEntry(c, c)));
    }
    return errors;
  }

  /**
   * Lower triangular factor of the covariance of all unknowns, free or not, at residuals taken at
   * the minimum. An unknown that was held is as open as its prior and the data leave it, and the
   * others move with it where the data see only their sum; one that was held at a bound has no
   * prior and is as open as if there were none.
   *
   * @param residuals by row and figure; NaN takes no part
   * @param priors standard deviation of each unknown before the data, in steps and above 0;
   *     infinite where there is only the pull
   */
  double[][] covarianceFactor(double[][] residuals, double[] priors) {
    boolean[] all = new boolean[unknowns];
    Arrays.fill(all, true);
    RealMatrix normal = new Array2DRowRealMatrix(unknowns, unknowns);
    double variance =
        Math.max(LEAST_VARIANCE, addNormal(normal, residuals, new double[unknowns], all));
    RealMatrix information = normal.scalarMultiply(1 / variance);
    for (int c = 0; c < unknowns; c++) {
      information.addToEntry(
          c, c, Double.isInfinite(priors[c]) ? pull : 1 / (priors[c] * priors[c]));
    }
    RealMatrix covariance = inverse(information, 1);
    // Symmetric but for rounding, which the factorization does not forgive.
    covariance = covariance.add(covariance.transpose()).scalarMultiply(0.5);
    for (int c = 0; c < unknowns; c++) {
      covariance.addToEntry(c, c, 1e-12);
    }
    return new CholeskyDecomposition(covariance, 1e-6, 0).getL().getData();
  }

  /**
   * Largest standard error of a constant that is identified, in steps: half of its start, or two
   * steps where it starts near 0.
   */
  static double mostError(double start, double step) {
    return MOST_RELATIVE_ERROR * Math.max(start / step, LEAST_STEPS);
  }

  /** What is not identified is taken to be as open as what would just have been. */
  static double[] priors(boolean[] identified, IntToDoubleFunction mostError) {
    double[] priors = new double[identified.length];
    for (int c = 0; c < priors.length; c++) {
      priors[c] = identified[c] ? Double.POSITIVE_INFINITY : mostError.applyAsDouble(c);
    }
    return priors;
  }

  /**
   * Standard deviation of a normal law with the same median size; NaN takes no part. 0 if there is
   * nothing, and at most a half.
   */
  static double spread(double[] values) {
    double[] sizes =
        Arrays.stream(values).filter(Double::isFinite).map(Math::abs).sorted().toArray();
    return sizes.length == 0 ? 0 : Math.min(0.5, MEDIAN_TO_SD * sizes[sizes.length / 2]);
  }

  /** Adds the normal matrix of the counted unknowns and gives the variance of the residuals. */
  private double addNormal(RealMatrix normal, double[][] residuals, double[] x, boolean[] counted) {
    double sum = 0;
    int count = 0;
    for (int r = 0; r < residuals.length; r++) {
      for (int f = 0; f < FIGURES; f++) {
        if (!usable(residuals, r, f)) {
          continue;
        }
        double here = residuals[r][f] + dot(slopes[r][f], x);
        double weight = weights[r][f] / Math.max(1, Math.abs(here) / HUBER);
        sum += weight * here * here;
        count++;
        for (int a = 0; a < unknowns; a++) {
          for (int b = 0; b < unknowns; b++) {
            if (counted[a] && counted[b]) {
              normal.addToEntry(a, b, weight * slopes[r][f][a] * slopes[r][f][b]);
            }
          }
        }
      }
    }
    return sum / Math.max(1, count - unknowns);
  }

  /** Variance times the inverse of a symmetric matrix; large where it is singular. */
  private RealMatrix inverse(RealMatrix normal, double variance) {
    SingularValueDecomposition parts = new SingularValueDecomposition(normal);
    RealMatrix inverse = new Array2DRowRealMatrix(unknowns, unknowns);
    double[] values = parts.getSingularValues();
    for (int k = 0; k < unknowns; k++) {
      double scale = variance / Math.max(values[k], 1e-9);
      for (int a = 0; a < unknowns; a++) {
        for (int b = 0; b < unknowns; b++) {
          inverse.addToEntry(
              a, b, scale * parts.getU().getEntry(a, k) * parts.getU().getEntry(b, k));
        }
      }
    }
    return inverse;
  }
}
