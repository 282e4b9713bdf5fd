package io.github.adaptertwin.surrogate.ensemble;

import io.github.adaptertwin.surrogate.Regressor;

/**
 * A trained forest and what its training rows say about its error: each row is predicted by the
 * trees that did not see it. Immutable and thread-safe.
 */
public final class RandomForest implements Regressor {
  private static final long serialVersionUID = 1L;

  private final TreeEnsemble trees;
  private final double[] outOfBag;
  private final double outOfBagError;

  RandomForest(TreeEnsemble trees, double[] outOfBag, double outOfBagError) {
    this.trees = trees;
    this.outOfBag = outOfBag;
    this.outOfBagError = outOfBagError;
  }

  /** {@return the trees} */
  public TreeEnsemble trees() {
    return trees;
  }

  /**
   * {@return what the trees that did not see a training row say of it; NaN if every tree saw it}
   *
   * @param row in [0, training rows)
   */
  public double outOfBag(int row) {
    return outOfBag[row];
  }

  /**
   * {@return root of the mean squared out-of-bag error over the rows that have a prediction; for
   * targets 0 and 1, root of the Brier score; NaN if no row has one}
   */
  public double outOfBagError() {
    return outOfBagError;
  }

  @Override
  public double predict(double[] row) {
    return trees.predict(row);
  }
}
