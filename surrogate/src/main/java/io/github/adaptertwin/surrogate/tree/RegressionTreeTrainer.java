package io.github.adaptertwin.surrogate.tree;

import io.github.adaptertwin.surrogate.Trainer;
import io.github.adaptertwin.surrogate.data.Dataset;
import it.unimi.dsi.fastutil.ints.IntArrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * CART for regression (Breiman, Friedman, Olshen and Stone, 1984): binary splits that reduce the
 * sum of squared errors most, grown best first until the number of leaves is reached. Splits are
 * exact: every boundary between different values is tried. Ties go to the lower feature, then the
 * lower threshold, so a tree is a pure function of its data.
 *
 * @param maxLeaves most leaves, at least 1
 * @param minRowsPerLeaf fewest rows of a leaf, at least 1
 */
public record RegressionTreeTrainer(int maxLeaves, int minRowsPerLeaf)
    implements Trainer<RegressionTree> {
  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if a limit is below 1
   */
  public RegressionTreeTrainer {
    if (maxLeaves < 1 || minRowsPerLeaf < 1) {
      throw new IllegalArgumentException(
          "leaves are "
              + maxLeaves
              + " and rows per leaf "
              + minRowsPerLeaf
              + ", both must be at least 1");
    }
  }

  /**
   * Grows a tree.
   *
   * @param data training rows
   * @return the tree
   */
  @Override
  public RegressionTree fit(Dataset data) {
    return new Growth(data).grow();
  }

  private static final int NO_BIN = -1;

  /** A leaf that may still be split: rows [from, to) of every feature's order. */
  private record Leaf(int node, int from, int to, int feature, double threshold, double gain) {}

  /** A split of one leaf. */
  private record Split(int feature, double threshold, double gain) {}

  private final class Growth {
    private final Dataset data;
    // For each feature the rows in order of its value; a node's rows are contiguous in all of them.
    private final int[][] order;
    private final boolean[] goesLeft;
    private final int[] scratch;
    private final TreeNodes nodes = new TreeNodes(2 * maxLeaves - 1);

    Growth(Dataset data) {
      this.data = data;
      int rows = data.rows();
      order = new int[data.width()][rows];
      for (int f = 0; f < order.length; f++) {
        for (int r = 0; r < rows; r++) {
          order[f][r] = r;
        }
        int feature = f;
        IntArrays.mergeSort(
            order[f],
            (a, b) -> {
              int byValue = Double.compare(data.feature(a, feature), data.feature(b, feature));
              return byValue != 0 ? byValue : Integer.compare(a, b);
            });
      }
      goesLeft = new boolean[rows];
      scratch = new int[rows];
    }

    RegressionTree grow() {
      PriorityQueue<Leaf> open =
          new PriorityQueue<>(
              Comparator.comparingDouble((Leaf l) -> -l.gain()).thenComparingInt(Leaf::node));
      offer(open, nodes.add(mean(0, data.rows())), 0, data.rows());
      int leaves = 1;
      while (leaves < maxLeaves) {
        Leaf leaf = open.poll();
        if (leaf == null) {
          break;
        }
        int middle = partition(leaf);
        int left = nodes.add(mean(leaf.from(), middle));
        int right = nodes.add(mean(middle, leaf.to()));
        nodes.split(leaf.node(), leaf.feature(), leaf.threshold(), NO_BIN, left, right);
        offer(open, left, leaf.from(), middle);
        offer(open, right, middle, leaf.to());
        leaves++;
      }
      return nodes.build(data.features(), 0, 1);
    }

    private void offer(PriorityQueue<Leaf> open, int node, int from, int to) {
      Split best = bestSplit(from, to);
      if (best != null) {
        open.add(new Leaf(node, from, to, best.feature(), best.threshold(), best.gain()));
      }
    }

    private double mean(int from, int to) {
      double sum = 0;
      for (int i = from; i < to; i++) {
        sum += data.target(order[0][i]);
      }
      return sum / (to - from);
    }

    private @Nullable Split bestSplit(int from, int to) {
      int rows = to - from;
      if (rows < 2 * minRowsPerLeaf) {
        return null;
      }
      double shift = mean(from, to);
      Split best = null;
      for (int f = 0; f < order.length; f++) {
        // Sums of deviations from the node's mean: the two sides' sums are opposite, and the gain
        // is
        // sum^2 / left + sum^2 / right without any difference of large squares.
        double sum = 0;
        for (int i = from; i < to - minRowsPerLeaf; i++) {
          int row = order[f][i];
          sum += data.target(row) - shift;
          int left = i + 1 - from;
          double value = data.feature(row, f);
          double next = data.feature(order[f][i + 1], f);
          if (left < minRowsPerLeaf || value == next) {
            continue;
          }
          double gain = sum * sum / left + sum * sum / (rows - left);
          if (gain > (best == null ? 0 : best.gain())) {
            best = new Split(f, BinnedDataset.between(value, next), gain);
          }
        }
      }
      return best;
    }

    /**
     * Moves the rows of the left side to the front in every order; returns where the right starts.
     */
    private int partition(Leaf leaf) {
      int left = 0;
      for (int i = leaf.from(); i < leaf.to(); i++) {
        int row = order[leaf.feature()][i];
        goesLeft[row] = data.feature(row, leaf.feature()) <= leaf.threshold();
        left += goesLeft[row] ? 1 : 0;
      }
      int middle = leaf.from() + left;
      for (int[] rows : order) {
        int toLeft = leaf.from();
        int toRight = 0;
        for (int i = leaf.from(); i < leaf.to(); i++) {
          if (goesLeft[rows[i]]) {
            rows[toLeft++] = rows[i];
          } else {
            scratch[toRight++] = rows[i];
          }
        }
        System.arraycopy(scratch, 0, rows, middle, toRight);
      }
      return middle;
    }
  }
}
