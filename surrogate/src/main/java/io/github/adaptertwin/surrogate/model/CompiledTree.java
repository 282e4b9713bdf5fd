package io.github.adaptertwin.surrogate.model;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.List;

/**
 * One tree in flat arrays. Predicts to the bit what the tree predicts, without allocation and
 * without a branch that depends on the row: children lie beside each other, the sign of threshold
 * minus value chooses between them, a leaf steps to itself, and every row takes as many steps as
 * the tree is deep. Immutable and thread-safe.
 */
public final class CompiledTree implements Regressor {
  private static final long serialVersionUID = 1L;

  private final ImmutableList<String> features;
  private final int[] feature;
  private final double[] threshold;
  private final int[] left;
  private final double[] value;
  private final int depth;

  private CompiledTree(
      List<String> features,
      int[] feature,
      double[] threshold,
      int[] left,
      double[] value,
      int depth) {
    this.features = ImmutableList.copyOf(features);
    this.feature = feature;
    this.threshold = threshold;
    this.left = left;
    this.value = value;
    this.depth = depth;
  }

  /**
   * Compiles a tree.
   *
   * @param tree the tree
   * @return the compiled model
   */
  public static CompiledTree of(RegressionTree tree) {
    int nodes = tree.nodes();
    int[] feature = new int[nodes];
    double[] threshold = new double[nodes];
    int[] left = new int[nodes];
    double[] value = new double[nodes];
    int[] queue = new int[nodes];
    int end = 1;
    for (int at = 0; at < nodes; at++) {
      int node = queue[at];
      value[at] = tree.value(node);
      if (tree.isLeaf(node)) {
        threshold[at] = Double.POSITIVE_INFINITY;
        left[at] = at;
      } else {
        feature[at] = tree.feature(node);
        // 0 instead of -0: with it, 0 minus 0 would look negative.
        threshold[at] = tree.threshold(node) + 0.0;
        left[at] = end;
        queue[end++] = tree.left(node);
        queue[end++] = tree.right(node);
      }
    }
    return new CompiledTree(tree.features(), feature, threshold, left, value, tree.depth());
  }

  /** {@return names of the features; unmodifiable} */
  public List<String> features() {
    return features;
  }

  /**
   * {@return the prediction}
   *
   * @param row a value for each feature, all finite
   * @throws IllegalArgumentException if the row has another length
   */
  @Override
  public double predict(double[] row) {
    if (row.length != features.size()) {
      throw new IllegalArgumentException(
          "row has " + row.length + " values, the tree has " + features.size() + " features");
    }
    int at = 0;
    for (int level = depth; level > 0; level--) {
      long difference = Double.doubleToRawLongBits(threshold[at] - row[feature[at]]);
      at = left[at] + (int) (difference >>> (Long.SIZE - 1));
    }
    return value[at];
  }
}
