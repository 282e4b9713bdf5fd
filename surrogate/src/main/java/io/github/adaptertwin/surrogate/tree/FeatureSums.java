package io.github.adaptertwin.surrogate.tree;

import io.github.adaptertwin.surrogate.Workers;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Sums of gradients, weights and rows by feature and bin, of one leaf in one array; arrays that no
 * leaf needs any more are used again. Not thread-safe.
 */
final class FeatureSums {
  /** Below this many sums it costs more to wake a thread than to add them. */
  private static final long WORTH_SHARING = 1 << 16;

  private final NodeRows rows;
  private final Workers workers;
  private final int[] offset;
  private final ArrayDeque<double[]> free = new ArrayDeque<>();

  FeatureSums(BinnedDataset data, NodeRows rows, Workers workers) {
    this.rows = rows;
    this.workers = workers;
    offset = new int[data.width() + 1];
    for (int f = 0; f < data.width(); f++) {
      offset[f + 1] = offset[f] + data.bins(f) * NodeRows.SUMS;
    }
  }

  /** Where the sums of a feature begin; those of the next one follow. */
  int begin(int feature) {
    return offset[feature];
  }

  /** Sums of the rows in [from, to) for the given features; the others hold anything. */
  double[] of(int[] features, int from, int to) {
    double[] sums = free.isEmpty() ? new double[offset[offset.length - 1]] : free.pop();
    set(features, from, to, sums);
    return sums;
  }

  /** Sets the sums of the given features to those of the rows in [from, to). */
  void set(int[] features, int from, int to, double[] sums) {
    for (int f : features) {
      Arrays.fill(sums, offset[f], offset[f + 1], 0);
    }
    if (workers.threads() > 1 && (to - from) * (long) features.length >= WORTH_SHARING) {
      workers.forEach(
          features.length, i -> rows.addUp(features[i], from, to, sums, offset[features[i]]));
    } else {
      for (int f : features) {
        rows.addUp(f, from, to, sums, offset[f]);
      }
    }
  }

  /** Takes the sums of one child off those of the parent, which become those of the other. */
  static void subtract(double[] child, double[] parent) {
    for (int i = 0; i < parent.length; i++) {
      parent[i] -= child[i];
    }
  }

  /** Takes back sums that are not needed any more. */
  void giveBack(double[] sums) {
    free.push(sums);
  }
}
