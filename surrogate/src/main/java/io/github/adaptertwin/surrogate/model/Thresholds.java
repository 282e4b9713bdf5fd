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

  /** Makes -0.0 and 0.0, which compare equal but sort apart, one threshold. */
  private static double plain(double threshold) {
    return threshold + 0.0;
  }
}
