package io.github.adaptertwin.surrogate.evaluation;

/** A figure of error between truths and predictions: smaller is better. */
@FunctionalInterface
public interface ErrorMeasure {
  /**
   * {@return the error}
   *
   * @param truth true values
   * @param prediction predictions, as many
   */
  double of(double[] truth, double[] prediction);
}
