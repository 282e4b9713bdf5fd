package io.github.adaptertwin.surrogate.tree;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.surrogate.Regressor;
import java.util.List;
import java.util.Locale;

/**
 * A binary regression tree in flat arrays: a row goes left where its feature is at most the node's
 * threshold. Immutable and thread-safe.
 */
public final class RegressionTree implements Regressor {
  private static final long serialVersionUID = 1L;

  static final int LEAF = -1;

  private final ImmutableList<String> features;
  private final int[] feature;
  private final double[] threshold;
  private final int[] left;
  private final int[] right;
  private final double[] value;

  RegressionTree(
      List<String> features,
      int[] feature,
      double[] threshold,
      int[] left,
      int[] right,
      double[] value) {
    this.features = ImmutableList.copyOf(features);
    this.feature = feature;
    this.threshold = threshold;
    this.left = left;
    this.right = right;
    this.value = value;
  }

  @Override
  public double predict(double[] row) {
    if (row.length != features.size()) {
      throw new IllegalArgumentException(
          "row has " + row.length + " values, the tree has " + features.size() + " features");
    }
    int node = 0;
    int f = feature[0];
    while (f != LEAF) {
      node = row[f] <= threshold[node] ? left[node] : right[node];
      f = feature[node];
    }
    return value[node];
  }

  /** {@return number of leaves} */
  public int leaves() {
    return (feature.length + 1) / 2;
  }

  /**
   * Tells the tree in words.
   *
   * @return one line a node, indented by depth
   */
  public String rules() {
    StringBuilder text = new StringBuilder();
    describe(0, 0, text);
    return text.toString();
  }

  private void describe(int node, int depth, StringBuilder text) {
    text.append("  ".repeat(depth));
    if (feature[node] == LEAF) {
      text.append(String.format(Locale.ROOT, "-> %.6g\n", value[node]));
      return;
    }
    String name = features.get(feature[node]);
    text.append(String.format(Locale.ROOT, "if %s <= %.6g:\n", name, threshold[node]));
    describe(left[node], depth + 1, text);
    text.append("  ".repeat(depth)).append("else:\n");
    describe(right[node], depth + 1, text);
  }
}
