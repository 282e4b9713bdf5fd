package io.github.adaptertwin.surrogate;

import java.io.Serializable;

/**
 * A fitted model that predicts one figure. Immutable and thread-safe; predicting allocates nothing.
 */
public interface Regressor extends Serializable {
  /**
   * Predicts.
   *
   * @param features one row, in the order of the training set's features, all finite
   * @return the prediction
   * @throws IllegalArgumentException if the row has another length than the training set's
   */
  double predict(double[] features);
}
