package io.github.adaptertwin.surrogate.linear;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.surrogate.Trainer;
import io.github.adaptertwin.surrogate.data.Dataset;

/**
 * Logistic regression with an intercept: maximises the likelihood less half the ridge penalty,
 *
 * <pre>log likelihood - ridge / 2 * sum of (coefficient * standard deviation)^2</pre>
 *
 * <p>by iteratively reweighted least squares (P. McCullagh and J. Nelder, "Generalized Linear
 * Models", 2nd edition, 1989, section 2.5), each round a Householder QR of the weighted features.
 * The step is halved where the likelihood would fall. Immutable and thread-safe.
 *
 * @param ridge penalty, at least 0; without one, classes that a plane separates have no finite
 *     solution and are refused
 */
public record LogisticRegression(double ridge) implements Trainer<LogisticModel> {
  private static final int MOST_ROUNDS = 100;
  private static final int MOST_HALVINGS = 30;
  private static final double CONVERGED = 1e-12;
  private static final double ROUNDING = 1e-13;

  /** Log odds beyond which a probability is 0 or 1 to double precision. */
  private static final double CERTAIN = 36;

  /**
   * Checks the penalty.
   *
   * @throws IllegalArgumentException if it is NaN, infinite or below 0
   */
  public LogisticRegression {
    if (!(ridge >= 0 && ridge < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "ridge penalty is " + ridge + ", must be a finite number of at least 0");
    }
  }

  /**
   * Fits a model.
   *
   * @param data targets 0 or 1, both of them present
   * @return the model
   * @throws IllegalArgumentException if a target is neither 0 nor 1, a class is missing, a feature
   *     is constant or a combination of others, or (without a penalty) a plane separates the
   *     classes
   */
  @Override
  public LogisticModel fit(Dataset data) {
    requireTwoClasses(data);
    Centred centred = new Centred(data);
    for (int f = 0; f < data.width(); f++) {
      if (centred.scale[f] == 0) {
        throw new IllegalArgumentException(
            "feature '" + data.features().get(f) + "' is constant; leave it out");
      }
    }
    Fit fit = new Fit(data, centred);
    double[] beta = fit.run();
    double[] coefficients = java.util.Arrays.copyOfRange(beta, 1, beta.length);
    return new LogisticModel(centred.model(data, coefficients, beta[0]));
  }

  private static void requireTwoClasses(Dataset data) {
    int ones = 0;
    for (int r = 0; r < data.rows(); r++) {
      double target = data.target(r);
      if (target != 0 && target != 1) {
        throw new IllegalArgumentException(
            "row " + r + ": target is " + target + ", must be 0 or 1");
      }
      ones += target == 1 ? 1 : 0;
    }
    if (ones == 0 || ones == data.rows()) {
      throw new IllegalArgumentException(
          "all " + data.rows() + " targets are the same; both classes are needed");
    }
  }

  private final class Fit {
    private final double[][] z;
    private final double[] target;
    private final double[] penalty;
    private final ImmutableList<String> names;

    Fit(Dataset data, Centred centred) {
      z = centred.columns;
      target = data.targets();
      penalty = new double[data.width()];
      for (int f = 0; f < penalty.length; f++) {
        penalty[f] = Math.sqrt(ridge) * centred.deviation(f);
      }
      names = ImmutableList.<String>builder().add("intercept").addAll(data.features()).build();
    }

    /** {@return intercept at the means and the coefficients of the scaled features} */
    double[] run() {
      double[] beta = new double[z.length + 1];
      double likelihood = objective(beta);
      for (int round = 0; round < MOST_ROUNDS; round++) {
        double[] step = newtonStep(beta);
        double share = 1;
        double[] next = moved(beta, step, share);
        double reached = objective(next);
        // Near the maximum the likelihood is flat, and rounding must not stop the last steps.
        double floor = likelihood - ROUNDING * Math.abs(likelihood);
        for (int halving = 0; !(reached >= floor) && halving < MOST_HALVINGS; halving++) {
          share /= 2;
          next = moved(beta, step, share);
          reached = objective(next);
        }
        double largest = 0;
        for (double b : next) {
          largest = Math.max(largest, Math.abs(b));
        }
        if (ridge == 0 && separated(next)) {
          throw new IllegalArgumentException(
              "a plane separates the two classes, so their log odds have no bound; use a ridge"
                  + " penalty above 0");
        }
        double change = 0;
        for (double s : step) {
          change = Math.max(change, share * Math.abs(s));
        }
        beta = next;
        likelihood = Math.max(likelihood, reached);
        if (change <= CONVERGED * Math.max(1, largest)) {
          return beta;
        }
      }
      return beta;
    }

    private boolean separated(double[] beta) {
      for (int r = 0; r < target.length; r++) {
        double x = logOdds(beta, r);
        if (!(target[r] == 1 ? x > CERTAIN : x < -CERTAIN)) {
          return false;
        }
      }
      return true;
    }

    private double[] newtonStep(double[] beta) {
      int rows = target.length;
      int width = z.length;
      double[][] columns = new double[width + 1][rows + width];
      double[] y = new double[rows + width];
      for (int r = 0; r < rows; r++) {
        double p = LogisticModel.probability(logOdds(beta, r));
        // A weight of 0 would divide 0 by 0; such a row says nothing more about the step.
        double root = Math.sqrt(Math.max(p * (1 - p), 1e-300));
        columns[0][r] = root;
        for (int f = 0; f < width; f++) {
          columns[f + 1][r] = root * z[f][r];
        }
        y[r] = (target[r] - p) / root;
      }
      for (int f = 0; f < width; f++) {
        columns[f + 1][rows + f] = penalty[f];
        y[rows + f] = -penalty[f] * beta[f + 1];
      }
      return new Householder(columns, names).solve(y);
    }

    private double[] moved(double[] beta, double[] step, double share) {
      double[] next = new double[beta.length];
      for (int i = 0; i < next.length; i++) {
        next[i] = beta[i] + share * step[i];
      }
      return next;
    }

    private double logOdds(double[] beta, int row) {
      double sum = beta[0];
      for (int f = 0; f < z.length; f++) {
        sum += beta[f + 1] * z[f][row];
      }
      return sum;
    }

    private double objective(double[] beta) {
      double sum = 0;
      for (int r = 0; r < target.length; r++) {
        double x = logOdds(beta, r);
        double against = target[r] == 1 ? -x : x;
        // log(1 + exp(a)), without overflow
        sum -= Math.max(against, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(against)));
      }
      for (int f = 0; f < penalty.length; f++) {
        double term = penalty[f] * beta[f + 1];
        sum -= term * term / 2;
      }
      return sum;
    }
  }
}
