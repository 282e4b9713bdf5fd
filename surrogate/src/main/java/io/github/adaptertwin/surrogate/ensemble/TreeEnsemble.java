package io.github.adaptertwin.surrogate.ensemble;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.List;

/**
 * A sum of trees: link(base + sum over the trees), added up in the order of the trees. A forest's
 * trees carry their share of the mean. Immutable and thread-safe.
 *
 * <p>Predicts by walking the trees one after the other; for speed compile it, see {@code
 * surrogate.model}.
 *
 * @param features names of the features
 * @param trees the trees, at least one, all of these features
 * @param base added to the sum
 * @param link from the sum to the prediction
 */
public record TreeEnsemble(
    List<String> features, List<RegressionTree> trees, double base, Link link)
    implements Regressor {

  /** From the sum of the trees to the prediction. */
  public enum Link {
    /** The sum itself. */
    IDENTITY,
    /** 1 / (1 + exp(-sum)), a probability. */
    LOGISTIC;

    /**
     * {@return the prediction}
     *
     * @param sum base and trees
     */
    public double apply(double sum) {
      return this == IDENTITY ? sum : 1 / (1 + StrictMath.exp(-sum));
    }
  }

  /**
   * Takes unmodifiable copies and checks them.
   *
   * @throws IllegalArgumentException if there is no tree, a tree has other features, or the base is
   *     not finite
   */
  public TreeEnsemble {
    features = ImmutableList.copyOf(features);
    trees = ImmutableList.copyOf(trees);
    if (trees.isEmpty()) {
      throw new IllegalArgumentException("an ensemble needs at least one tree");
    }
    for (RegressionTree tree : trees) {
      if (!tree.features().equals(features)) {
        throw new IllegalArgumentException(
            "a tree has the features " + tree.features() + ", the ensemble " + features);
      }
    }
    if (!Double.isFinite(base)) {
      throw new IllegalArgumentException("base is " + base + ", must be finite");
    }
  }

  @Override
  public double predict(double[] row) {
    if (row.length != features.size()) {
      throw new IllegalArgumentException(
          "row has " + row.length + " values, the ensemble has " + features.size() + " features");
    }
    double sum = base;
    for (int t = 0; t < trees.size(); t++) {
      sum += trees.get(t).predict(row);
    }
    return link.apply(sum);
  }

  /**
   * {@return this ensemble with another link, as for the log odds behind a probability}
   *
   * @param value from the sum of the trees to the prediction
   */
  public TreeEnsemble withLink(Link value) {
    return new TreeEnsemble(features, trees, base, value);
  }

  /**
   * {@return this ensemble with base and leaves rounded to so many significant digits, so that its
   * file is smaller}
   *
   * @param digits at least 1
   */
  public TreeEnsemble rounded(int digits) {
    return new TreeEnsemble(
        features,
        trees.stream().map(tree -> tree.rounded(digits)).toList(),
        RegressionTree.rounded(base, digits),
        link);
  }

  /** {@return number of leaves of all trees together} */
  public int leaves() {
    int sum = 0;
    for (RegressionTree tree : trees) {
      sum += tree.leaves();
    }
    return sum;
  }
}
