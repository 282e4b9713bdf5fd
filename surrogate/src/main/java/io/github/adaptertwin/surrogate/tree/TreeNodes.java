package io.github.adaptertwin.surrogate.tree;

import java.util.Arrays;
import java.util.List;

/** The growing arrays of a tree. */
final class TreeNodes {
  private final int[] feature;
  private final double[] threshold;
  private final int[] left;
  private final int[] right;
  private final double[] value;
  private int size;

  TreeNodes(int capacity) {
    feature = new int[capacity];
    threshold = new double[capacity];
    left = new int[capacity];
    right = new int[capacity];
    value = new double[capacity];
  }

  int add(double leafValue) {
    feature[size] = RegressionTree.LEAF;
    value[size] = leafValue;
    return size++;
  }

  void split(int node, int splitFeature, double splitThreshold, int leftNode, int rightNode) {
    feature[node] = splitFeature;
    threshold[node] = splitThreshold;
    left[node] = leftNode;
    right[node] = rightNode;
  }

  RegressionTree build(List<String> features) {
    return new RegressionTree(
        features,
        Arrays.copyOf(feature, size),
        Arrays.copyOf(threshold, size),
        Arrays.copyOf(left, size),
        Arrays.copyOf(right, size),
        Arrays.copyOf(value, size));
  }
}
