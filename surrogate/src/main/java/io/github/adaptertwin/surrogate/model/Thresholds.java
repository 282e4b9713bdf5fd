package io.github.adaptertwin.surrogate.model;

import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The different thresholds of an ensemble, by feature, ascending. */
final class Thresholds {
  private Thresholds() {}

  static double[][] of(TreeEnsemble ensemble) {
    double[][] table = new double[ensemble.features().size()][];
    for (int f = 0; f < table.length; f++) {
      int feature = f;
      table[f] =
          ensemble.trees().stream()
              .flatMapToDouble(tree -> of(tree, feature))
              .sorted()
              .distinct()
              .toArray();
    }
    return table;
  }

  private static java.util.stream.DoubleStream of(RegressionTree tree, int feature) {
    return IntStream.range(0, tree.nodes())
        .filter(node -> tree.feature(node) == feature)
        .mapToDouble(node -> plain(tree.threshold(node)));
  }

  /** {@return index of a threshold among those of its feature} */
  static int rank(double[] row, double threshold) {
    return Arrays.binarySearch(row, plain(threshold));
  }

  /**
   * {@return number of thresholds below a value: it is at most threshold k if that is at most k}
   *
   * @param sorted ascending
   * @param value finite
   */
  static int below(double[] sorted, double value) {
    int low = 0;
    int size = sorted.length;
    // Halving without a branch: the length shrinks alike whatever the answers.
    while (size > 1) {
      int half = size >>> 1;
      low += half & isBelow(sorted[low + half - 1], value);
      size -= half;
    }
    return size == 1 ? low - isBelow(sorted[low], value) : low;
  }

  /**
   * Ranks four values as {@link #below(double[], double)} does, side by side, so that none waits
   * for another's loads.
   *
   * @param sorted ascending
   * @param values a value at {@code at} and at each of three strides after it, finite
   * @param ranks overwritten from {@code into} on
   */
  static void belowFour(
      double[] sorted, double[] values, int at, int stride, int[] ranks, int into) {
    double v = values[at];
    double w = values[at + stride];
    double x = values[at + 2 * stride];
    double y = values[at + 3 * stride];
    int a = 0;
    int b = 0;
    int c = 0;
    int d = 0;
    int size = sorted.length;
    while (size > 1) {
      int half = size >>> 1;
      a += half & isBelow(sorted[a + half - 1], v);
      b += half & isBelow(sorted[b + half - 1], w);
      c += half & isBelow(sorted[c + half - 1], x);
      d += half & isBelow(sorted[d + half - 1], y);
      size -= half;
    }
    if (size == 1) {
      a -= isBelow(sorted[a], v);
      b -= isBelow(sorted[b], w);
      c -= isBelow(sorted[c], x);
      d -= isBelow(sorted[d], y);
    }
    ranks[into] = a;
    ranks[into + 1] = b;
    ranks[into + 2] = c;
    ranks[into + 3] = d;
  }

  /**
   * {@return -1 if a threshold is below a value, else 0}. The sign of a difference is exact, and
   * unlike a comparison it is never made a jump, which rows that are all different would mispredict
   * every other time. NaN is above no threshold, whatever its bits.
   */
  private static int isBelow(double threshold, double value) {
    return (int) (Double.doubleToLongBits(threshold - value) >> (Long.SIZE - 1));
  }

  /** Makes -0.0 and 0.0, which compare equal but sort apart, one threshold. */
  private static double plain(double threshold) {
    return threshold + 0.0;
  }
}
