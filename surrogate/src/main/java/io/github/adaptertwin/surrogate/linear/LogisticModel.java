package io.github.adaptertwin.surrogate.linear;

import io.github.adaptertwin.surrogate.Regressor;

/**
 * A probability whose log odds are linear in the features. Immutable and thread-safe.
 *
 * @param logOdds the linear model of log(p / (1 - p))
 */
public record LogisticModel(LinearModel logOdds) implements Regressor {
  /** {@return the probability of class 1, in [0, 1]} */
  @Override
  public double predict(double[] row) {
    return probability(logOdds.predict(row));
  }

  /** {@return 1 / (1 + exp(-x)), without overflow} */
  static double probability(double x) {
    if (x >= 0) {
      return 1 / (1 + StrictMath.exp(-x));
    }
    double odds = StrictMath.exp(x);
    return odds / (1 + odds);
  }
}
