package io.github.adaptertwin.surrogate;

import java.io.Serializable;

/**
 * A fitted model that predicts one figure; a classifier of two classes predicts the probability of
 * the class that its training set calls 1. Immutable and thread-safe.
 */
public interface Regressor extends Serializable {
  /**
   * Predicts; allocates nothing.
   *
   * @param features one row, in the order of the training set's features, all finite
   * @return the prediction
   * @throws IllegalArgumentException if the row has another length than the training set's
   */
  double predict(double[] features);
}
