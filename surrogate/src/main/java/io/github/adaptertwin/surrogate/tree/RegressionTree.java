package io.github.adaptertwin.surrogate.tree;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.surrogate.Regressor;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * A binary tree in flat arrays: a row goes left where its feature is at most the node's threshold.
 * Node 0 is the root, and a node's children come after it. A tree learned from targets 0 and 1 is a
 * classification tree: its values are the shares of class 1, and half the Gini impurity is the
 * variance that its splits reduce. Immutable and thread-safe.
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

  /**
   * Makes a tree of its nodes.
   *
   * @param features names of the features
   * @param feature by node, the feature that it asks for, or -1 for a leaf
   * @param threshold by node, finite; of no meaning in a leaf
   * @param left by node, the child for values up to the threshold, a later node
   * @param right by node, the child for values above it, a later node
   * @param value by node, the prediction, finite; of an inner node, that of the tree cut there
   * @return the tree; the arrays are copied
   * @throws IllegalArgumentException if the arrays are no tree; the message names the node
   */
  public static RegressionTree ofNodes(
      List<String> features,
      int[] feature,
      double[] threshold,
      int[] left,
      int[] right,
      double[] value) {
    int n = feature.length;
    if (n == 0
        || threshold.length != n
        || left.length != n
        || right.length != n
        || value.length != n) {
      throw new IllegalArgumentException(
          "a tree needs arrays of the same length, at least 1; the first has " + n + " nodes");
    }
    boolean[] hasParent = new boolean[n];
    for (int i = 0; i < n; i++) {
      if (feature[i] == LEAF) {
        requireFinite(i, "value", value[i]);
        continue;
      }
      if (feature[i] < 0 || feature[i] >= features.size()) {
        throw new IllegalArgumentException(
            "node " + i + " asks for feature " + feature[i] + " of " + features.size());
      }
      requireFinite(i, "threshold", threshold[i]);
      requireFinite(i, "value", value[i]);
      for (int child : new int[] {left[i], right[i]}) {
        if (child <= i || child >= n || hasParent[child]) {
          throw new IllegalArgumentException(
              "node " + i + " has child " + child + ", which is no later node without a parent");
        }
        hasParent[child] = true;
      }
    }
    for (int i = 1; i < n; i++) {
      if (!hasParent[i]) {
        throw new IllegalArgumentException("node " + i + " has no parent");
      }
    }
    return new RegressionTree(
        features, feature.clone(), threshold.clone(), left.clone(), right.clone(), value.clone());
  }

  private static void requireFinite(int node, String what, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "node " + node + " has " + what + " " + value + ", must be finite");
    }
  }

  @Override
  public double predict(double[] row) {
    if (row.length != features.size()) {
      throw new IllegalArgumentException(
          "row has " + row.length + " values, the tree has " + features.size() + " features");
    }
    return value[leafOf(row)];
  }

  private int leafOf(double[] row) {
    int node = 0;
    int f = feature[0];
    while (f != LEAF) {
      node = row[f] <= threshold[node] ? left[node] : right[node];
      f = feature[node];
    }
    return node;
  }

  /** {@return names of the features; unmodifiable} */
  public List<String> features() {
    return features;
  }

  /** {@return number of leaves} */
  public int leaves() {
    return (feature.length + 1) / 2;
  }

  /** {@return number of nodes, leaves included} */
  public int nodes() {
    return feature.length;
  }

  /**
   * {@return whether a node is a leaf}
   *
   * @param node in [0, nodes)
   */
  public boolean isLeaf(int node) {
    return feature[node] == LEAF;
  }

  /**
   * {@return the feature that an inner node asks for, -1 for a leaf}
   *
   * @param node in [0, nodes)
   */
  public int feature(int node) {
    return feature[node];
  }

  /**
   * {@return the value up to which an inner node goes left}
   *
   * @param node in [0, nodes)
   */
  public double threshold(int node) {
    return threshold[node];
  }

  /**
   * {@return the child for values up to the threshold}
   *
   * @param node in [0, nodes), no leaf
   */
  public int left(int node) {
    return left[node];
  }

  /**
   * {@return the child for values above the threshold}
   *
   * @param node in [0, nodes), no leaf
   */
  public int right(int node) {
    return right[node];
  }

  /**
   * {@return the prediction of a leaf, or of the tree if it were cut at an inner node}
   *
   * @param node in [0, nodes)
   */
  public double value(int node) {
    return value[node];
  }

  /**
   * {@return this tree with its values rounded to so many significant digits}
   *
   * @param digits at least 1
   */
  public RegressionTree rounded(int digits) {
    return withValues(v -> rounded(v, digits));
  }

  /**
   * {@return this tree with other values}
   *
   * @param change from a node's value to its new one, which must be finite
   */
  public RegressionTree withValues(DoubleUnaryOperator change) {
    double[] values = new double[value.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = change.applyAsDouble(value[i]);
      requireFinite(i, "value", values[i]);
    }
    return new RegressionTree(features, feature, threshold, left, right, values);
  }

  /**
   * {@return a number rounded to so many significant decimal digits}
   *
   * @param number finite
   * @param digits at least 1
   */
  public static double rounded(double number, int digits) {
    return new BigDecimal(number).round(new MathContext(digits)).doubleValue();
  }

  /** {@return number of questions on the longest way to a leaf; 0 for a single leaf} */
  public int depth() {
    int[] depth = new int[feature.length];
    int deepest = 0;
    for (int i = 0; i < feature.length; i++) {
      deepest = Math.max(deepest, depth[i]);
      if (feature[i] != LEAF) {
        depth[left[i]] = depth[i] + 1;
        depth[right[i]] = depth[i] + 1;
      }
    }
    return deepest;
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
