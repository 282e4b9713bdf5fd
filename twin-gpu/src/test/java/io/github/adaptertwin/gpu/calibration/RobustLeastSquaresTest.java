package io.github.adaptertwin.gpu.calibration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Least squares small enough to be solved on paper; of the three figures of a row one is used. */
class RobustLeastSquaresTest {
  private static double[][] residuals(double... first) {
    double[][] rows = new double[first.length][];
    for (int r = 0; r < rows.length; r++) {
      rows[r] = new double[] {first[r], Double.NaN, 0};
    }
    return rows;
  }

  /** The same slopes for every figure: those of figures that do not count must not matter. */
  private static double[][][] slopes(double[]... rows) {
    double[][][] all = new double[rows.length][][];
    for (int r = 0; r < rows.length; r++) {
      all[r] = new double[][] {rows[r], rows[r], rows[r]};
    }
    return all;
  }

  /** The second figure has a weight, but no residual; the third a residual, but no weight. */
  private static double[][] weights(double... first) {
    double[][] rows = new double[first.length][];
    for (int r = 0; r < rows.length; r++) {
      rows[r] = new double[] {first[r], 1, 0};
    }
    return rows;
  }

  private static RobustLeastSquares one(double pull, double... slopes) {
    double[][] rows = new double[slopes.length][];
    double[] ones = new double[slopes.length];
    for (int r = 0; r < rows.length; r++) {
      rows[r] = new double[] {slopes[r]};
      ones[r] = 1;
    }
    return new RobustLeastSquares(slopes(rows), weights(ones), new boolean[] {true}, pull);
  }

  /** (0.2 + 2 x)^2 + p x^2 is least at -0.4 / (4 + p). */
  @Test
  void solution_isPulledToTheOrigin() {
    assertEquals(-0.4 / 4.05, one(0.05, 2).next(residuals(0.2), new double[1])[0], 1e-12);
    assertEquals(-0.4 / 5, one(1, 2).next(residuals(0.2), new double[1])[0], 1e-12);
  }

  /** 0.2 at x = 3 with slope 2 is nothing at x = 2.9. */
  @Test
  void solution_startsWhereTheResidualsAre() {
    assertEquals(2.9, one(0, 2).next(residuals(0.2), new double[] {3})[0], 1e-12);
  }

  /** Residuals x, x and 9 + x: the third pulls with 0.5 only, against 2 x. */
  @Test
  void anOutlier_pullsWithABoundedForce() {
    assertEquals(-0.25, one(0, 1, 1, 1).next(residuals(0, 0, 9), new double[1])[0], 1e-6);
  }

  /** Weights 1 and 3 of 0.1 and -0.1: three quarters of the way. */
  @Test
  void rows_countByTheirWeights() {
    RobustLeastSquares squares =
        new RobustLeastSquares(
            slopes(new double[] {1}, new double[] {1}), weights(1, 3), new boolean[] {true}, 0);
    assertEquals(0.05, squares.next(residuals(0.1, -0.1), new double[1])[0], 1e-12);
  }

  @Test
  void aRowWithASlopeThatIsMissing_doesNotCount() {
    RobustLeastSquares squares = one(0, 1, Double.NaN);
    assertEquals(-0.1, squares.next(residuals(0.1, 0.4), new double[1])[0], 1e-12);
  }

  @Test
  void anUnknownThatIsHeld_staysAtTheOrigin() {
    RobustLeastSquares squares =
        new RobustLeastSquares(
            slopes(new double[] {1, 1}), weights(1), new boolean[] {true, false}, 0);
    assertArrayEquals(new double[] {-0.1, 0}, squares.next(residuals(0.1), new double[2]), 1e-12);
  }

  /**
   * Slopes (1, 0) twice and (1, 1) twice, residuals of 0.1 around nothing: the normal matrix is (4,
   * 2; 2, 2), its inverse (.5, -.5; -.5, 1), the variance .04 over 4 - 2.
   */
  @Test
  void standardErrors_areThoseOfTheNormalMatrix() {
    double[] first = {1, 0};
    double[] both = {1, 1};
    RobustLeastSquares squares =
        new RobustLeastSquares(
            slopes(first, first, both, both),
            weights(1, 1, 1, 1),
            new boolean[] {true, true},
            RobustLeastSquares.PULL);
    double[][] around = residuals(0.1, -0.1, 0.1, -0.1);
    double[] errors = squares.standardErrors(around);
    assertEquals(Math.sqrt(0.02 * 0.5), errors[0], 1e-12);
    assertEquals(Math.sqrt(0.02), errors[1], 1e-12);
    // Held, the second unknown has no error, and the first that of four measurements.
    RobustLeastSquares held =
        new RobustLeastSquares(
            slopes(first, first, both, both), weights(1, 1, 1, 1), new boolean[] {true, false});
    double[] left = held.standardErrors(around);
    assertEquals(Math.sqrt(0.02 / 4), left[0], 1e-12);
    assertEquals(0, left[1], 1e-6);
  }

  /** An outlier of 9 counts as a residual of sqrt(.5 * 9), and its slope by a root of .5 / 9. */
  @Test
  void standardErrors_countOutliersLess() {
    double[] errors = one(RobustLeastSquares.PULL, 1, 0).standardErrors(residuals(0, 9));
    assertEquals(Math.sqrt(0.5 * 9), errors[0], 1e-9);
  }

  /**
   * Four measurements with slope 2 and a variance of .04 / 3 inform by 16 / variance; the pull of
   * what is identified, or the prior of what is not, comes on top.
   */
  @Test
  void covarianceFactor_isTheRootOfTheInverseInformation() {
    RobustLeastSquares squares = one(RobustLeastSquares.PULL, 2, 2, 2, 2);
    double[][] around = residuals(0.1, -0.1, 0.1, -0.1);
    double information = 16 / (0.04 / 3);
    double[][] free = squares.covarianceFactor(around, new double[] {Double.POSITIVE_INFINITY});
    assertEquals(1 / (information + 0.05), free[0][0] * free[0][0], 2e-12);
    double[][] known = squares.covarianceFactor(around, new double[] {0.02});
    assertEquals(1 / (information + 2500), known[0][0] * known[0][0], 2e-12);
    // Residuals of nothing do not make certain.
    double[][] exact =
        squares.covarianceFactor(residuals(0, 0, 0, 0), new double[] {Double.POSITIVE_INFINITY});
    assertEquals(1 / (16 / 1e-4 + 0.05), exact[0][0] * exact[0][0], 2e-12);
  }

  /** Two unknowns whose sum alone is measured keep their priors against each other. */
  @Test
  void covarianceFactor_ofASum_isNegativelyCorrelated() {
    double[] sum = {1, 1};
    RobustLeastSquares squares =
        new RobustLeastSquares(
            slopes(sum, sum, sum, sum), weights(1, 1, 1, 1), new boolean[] {true, true});
    double[][] l = squares.covarianceFactor(residuals(0.1, -0.1, 0.1, -0.1), new double[] {2, 2});
    // Information (a + 1/4, a; a, a + 1/4) with a = 4 / variance, and .04 / 2 for a variance.
    double a = 4 / 0.02;
    double determinant = (a + 0.25) * (a + 0.25) - a * a;
    assertEquals((a + 0.25) / determinant, l[0][0] * l[0][0], 1e-9);
    assertEquals(-a / determinant, l[0][0] * l[1][0], 1e-9);
    assertEquals((a + 0.25) / determinant, l[1][0] * l[1][0] + l[1][1] * l[1][1], 1e-9);
  }

  @Test
  void whatCountsAsKnown_isWithinHalfOfItsStart() {
    assertEquals(5, RobustLeastSquares.mostError(100, 10));
    assertEquals(2, RobustLeastSquares.mostError(10, 10));
    assertArrayEquals(
        new double[] {Double.POSITIVE_INFINITY, 7},
        RobustLeastSquares.priors(new boolean[] {true, false}, c -> 6.0 + c));
  }

  @Test
  void spread_isTheScaledMedianOfTheSizes() {
    assertEquals(
        1.4826 * 0.2, RobustLeastSquares.spread(new double[] {-0.3, Double.NaN, 0.1, -0.2}), 1e-15);
    assertEquals(0.5, RobustLeastSquares.spread(new double[] {9}));
    assertEquals(0.2, RobustLeastSquares.spread(new double[] {0, 0.2 / 1.4826}), 1e-15);
    assertEquals(0, RobustLeastSquares.spread(new double[] {Double.NaN}));
  }
}
