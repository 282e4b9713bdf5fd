package io.github.adaptertwin.surrogate.tree;

import java.util.Arrays;

/**
 * The rows of a tree that grows, each with its gradient and its weight. Those of a node are
 * contiguous and ascend; a split moves the ones of its left child before those of its right one.
 * Rows outside the range of a call are neither read nor moved. Not thread-safe, but features may be
 * added up side by side.
 */
final class NodeRows {
  // Sums of a bin.
  static final int GRADIENT = 0;
  static final int WEIGHT = 1;
  static final int COUNT = 2;
  static final int SUMS = 3;

  private final BinnedDataset data;
  private final int[] rows;
  private final double[] gradient;
  private final double[] weight;
  private final int[] rowsRight;
  private final double[] gradientRight;
  private final double[] weightRight;

  NodeRows(BinnedDataset data) {
    this.data = data;
    int n = data.rows();
    rows = new int[n];
    gradient = new double[n];
    weight = new double[n];
    rowsRight = new int[n];
    gradientRight = new double[n];
    weightRight = new double[n];
  }

  /**
   * Takes the rows of the root.
   *
   * @param members the rows, ascending
   * @param gradients by row
   * @param weights by row, each above 0
   * @return sum of their squared gradients, by weight
   */
  double set(int[] members, double[] gradients, double[] weights) {
    double squares = 0;
    for (int i = 0; i < members.length; i++) {
      int row = members[i];
      rows[i] = row;
      gradient[i] = gradients[row];
      weight[i] = weights[row];
      squares += gradient[i] * gradient[i] / weight[i];
    }
    return squares;
  }

  /** {@return the rows of a range; a copy} */
  int[] copy(int from, int to) {
    return Arrays.copyOfRange(rows, from, to);
  }

  /** {@return what a leaf of a range is worth} */
  double mean(int from, int to, double ridge) {
    double g = 0;
    double w = 0;
    for (int i = from; i < to; i++) {
      g += gradient[i];
      w += weight[i];
    }
    return g / (w + ridge);
  }

  /**
   * {@return sum of the squared distances of the gradients of a range from their mean, by weight}
   */
  double squares(int from, int to) {
    double mean = mean(from, to, 0);
    double squares = 0;
    for (int i = from; i < to; i++) {
      double apart = gradient[i] - mean * weight[i];
      squares += apart * apart / weight[i];
    }
    return squares;
  }

  /**
   * Adds gradients, weights and numbers of rows to the sums of their bins.
   *
   * @param base where the sums of the feature's first bin are
   */
  void addUp(int feature, int from, int to, double[] sums, int base) {
    byte[] codes = data.codes(feature);
    int[] r = rows;
    double[] g = gradient;
    double[] w = weight;
    for (int i = from; i < to; i++) {
      int at = base + (codes[r[i]] & 0xff) * SUMS;
      sums[at + GRADIENT] += g[i];
      sums[at + WEIGHT] += w[i];
      sums[at + COUNT] += 1;
    }
  }

  /**
   * Moves the rows up to a bin of a feature to the front and keeps both sides in order.
   *
   * @return where the right side begins
   */
  int part(int from, int to, int feature, int bin) {
    byte[] codes = data.codes(feature);
    int left = from;
    int right = 0;
    for (int i = from; i < to; i++) {
      int row = rows[i];
      if ((codes[row] & 0xff) <= bin) {
        rows[left] = row;
        gradient[left] = gradient[i];
        weight[left] = weight[i];
        left++;
      } else {
        rowsRight[right] = row;
        gradientRight[right] = gradient[i];
        weightRight[right] = weight[i];
        right++;
      }
    }
    System.arraycopy(rowsRight, 0, rows, left, right);
    System.arraycopy(gradientRight, 0, gradient, left, right);
    System.arraycopy(weightRight, 0, weight, left, right);
    return left;
  }
}
