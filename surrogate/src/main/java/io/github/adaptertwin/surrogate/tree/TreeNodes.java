package io.github.adaptertwin.surrogate.tree;

import java.util.Arrays;
import java.util.List;

/** The growing arrays of a tree. */
final class TreeNodes {
  private final int[] feature;
  private final double[] threshold;
  private final int[] bin;
  private final int[] left;
  private final int[] right;
  private final double[] value;
  private int size;

  TreeNodes(int capacity) {
    feature = new int[capacity];
    threshold = new double[capacity];
    bin = new int[capacity];
    left = new int[capacity];
    right = new int[capacity];
    value = new double[capacity];
  }

  int add(double leafValue) {
    feature[size] = RegressionTree.LEAF;
    value[size] = leafValue;
    return size++;
  }

  void split(
      int node,
      int splitFeature,
      double splitThreshold,
      int splitBin,
      int leftNode,
      int rightNode) {
    feature[node] = splitFeature;
    threshold[node] = splitThreshold;
    bin[node] = splitBin;
    left[node] = leftNode;
    right[node] = rightNode;
  }

  double value(int node) {
    return value[node];
  }

  void setValue(int node, double newValue) {
    value[node] = newValue;
  }

  double predict(BinnedDataset data, int row) {
    int node = 0;
    int f = feature[0];
    while (f != RegressionTree.LEAF) {
      node = data.code(row, f) <= bin[node] ? left[node] : right[node];
      f = feature[node];
    }
    return value[node];
  }

  RegressionTree build(List<String> features, double shift, double factor) {
    double[] values = Arrays.copyOf(value, size);
    for (int i = 0; i < size; i++) {
      values[i] = shift + factor * values[i];
    }
    return new RegressionTree(
        features,
        Arrays.copyOf(feature, size),
        Arrays.copyOf(threshold, size),
        Arrays.copyOf(left, size),
        Arrays.copyOf(right, size),
        values);
  }
}
