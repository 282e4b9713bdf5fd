package io.github.adaptertwin.surrogate.ensemble;

/** What boosting makes small. Losses are immutable values. */
public sealed interface Loss {
  /** Half the squared error: predicts the mean. */
  record Squared() implements Loss {}

  /** Minus the log likelihood of targets 0 and 1: predicts the probability of class 1. */
  record Logistic() implements Loss {}

  /**
   * The pinball loss: predicts a quantile.
   *
   * @param level which quantile, in (0, 1)
   */
  record Quantile(double level) implements Loss {
    /**
     * Checks the level.
     *
     * @throws IllegalArgumentException if it is outside (0, 1)
     */
    public Quantile {
      if (!(level > 0 && level < 1)) {
        throw new IllegalArgumentException("level is " + level + ", must be in (0, 1)");
      }
    }
  }
}
