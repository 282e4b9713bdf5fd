package io.github.adaptertwin.surrogate.tree;

import java.util.ArrayList;
import java.util.List;

/**
 * A tree as it comes from its grower: with the rows of each leaf, and with values that may still be
 * changed. Not thread-safe.
 */
public final class GrownTree {
  private final BinnedDataset data;
  private final TreeNodes nodes;
  private final List<GrownLeaf> leaves = new ArrayList<>();

  GrownTree(BinnedDataset data, TreeNodes nodes) {
    this.data = data;
    this.nodes = nodes;
  }

  /** One leaf and its rows. */
  private static final class GrownLeaf {
    final int node;
    final int[] rows;
    final double least;
    final double most;

    GrownLeaf(int node, int[] rows, double least, double most) {
      this.node = node;
      this.rows = rows;
      this.least = least;
      this.most = most;
    }
  }

  void addLeaf(int node, int[] rows, double least, double most) {
    leaves.add(new GrownLeaf(node, rows, least, most));
  }

  /** {@return number of leaves} */
  public int leaves() {
    return leaves.size();
  }

  /**
   * {@return rows of a leaf, ascending; not to be changed}
   *
   * @param leaf in [0, leaves)
   */
  public int[] rows(int leaf) {
    return leaves.get(leaf).rows;
  }

  /**
   * {@return value of a leaf}
   *
   * @param leaf in [0, leaves)
   */
  public double value(int leaf) {
    return nodes.value(leaves.get(leaf).node);
  }

  /**
   * Gives a leaf another value, moved into the bounds that monotone constraints leave it.
   *
   * @param leaf in [0, leaves)
   * @param value the value that is wanted
   */
  public void setValue(int leaf, double value) {
    GrownLeaf l = leaves.get(leaf);
    nodes.setValue(l.node, Math.max(l.least, Math.min(l.most, value)));
  }

  /**
   * {@return what the tree says of a row of its dataset}
   *
   * @param row in [0, rows), whether the tree was grown on it or not
   */
  public double predict(int row) {
    return nodes.predict(data, row);
  }

  /**
   * Makes the immutable tree.
   *
   * @param shift added to every value
   * @param factor by which every value is multiplied first
   * @return the tree
   */
  public RegressionTree build(double shift, double factor) {
    return nodes.build(data.features(), shift, factor);
  }
}
