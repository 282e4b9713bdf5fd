package io.github.adaptertwin.surrogate.model;

import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tree ensemble in flat arrays, for single rows and for batches. Predicts to the bit what the
 * ensemble predicts. A single row allocates nothing (but once in each thread), a batch its working
 * memory once for each call and piece of work, whatever the number of rows. Immutable and
 * thread-safe.
 *
 * <p>A row's values are first replaced by their ranks among the thresholds that the trees ask for,
 * so that a node fits into one int: its left child (the right one follows it), its feature, and the
 * rank of its threshold. A step then is a load, a compare and an add without a branch, a leaf steps
 * to itself, and eight walks go side by side, so that none waits for another's loads. Batches are
 * not walked but asked 64 rows at a time, see {@code TreeBitmaps}.
 */
public final class CompiledTrees implements Regressor {
  private static final long serialVersionUID = 1L;

  private static final int RANK_BITS = 10;
  private static final int FEATURE_BITS = 6;
  private static final int RANK_MASK = (1 << RANK_BITS) - 1;
  private static final int FEATURE_MASK = (1 << FEATURE_BITS) - 1;
  private static final int CHILD_SHIFT = RANK_BITS + FEATURE_BITS;
  private static final int MOST_NODES = 1 << (Integer.SIZE - CHILD_SHIFT);

  /** Fewer rows are walked one by one: bitmaps cost the same however few of their bits count. */
  private static final int FEWEST_AT_ONCE = 64;

  /** Walks that go side by side. */
  private static final int ABREAST = 8;

  /** Each thread keeps the ranks of the row that it predicts. */
  private static final ThreadLocal<int[]> RANKS =
      ThreadLocal.withInitial(() -> new int[1 << FEATURE_BITS]);

  private final double[][] thresholds;
  private final int[] nodes;
  private final double[] values;
  private final int[] roots;
  private final double base;

  /** No leaf of any tree is nearer to its root. */
  private final int leastDepth;

  private final TreeEnsemble.Link link;

  /** For batches; null if a tree is too deep. */
  private final @Nullable TreeBitmaps bitmaps;

  private CompiledTrees(
      double[][] thresholds,
      int[] nodes,
      double[] values,
      int[] roots,
      double base,
      TreeEnsemble.Link link,
      int leastDepth,
      @Nullable TreeBitmaps bitmaps) {
    this.thresholds = thresholds;
    this.nodes = nodes;
    this.values = values;
    this.roots = roots;
    this.base = base;
    this.link = link;
    this.leastDepth = leastDepth;
    this.bitmaps = bitmaps;
  }

  /**
   * Compiles an ensemble.
   *
   * @param ensemble the trees, each of up to 65,536 nodes; up to 64 features, each with up to 1,022
   *     different thresholds
   * @return the compiled model
   * @throws IllegalArgumentException if there are more nodes, features or thresholds
   */
  public static CompiledTrees of(TreeEnsemble ensemble) {
    int width = ensemble.features().size();
    if (width > 1 << FEATURE_BITS) {
      throw new IllegalArgumentException(
          "there are " + width + " features, at most " + (1 << FEATURE_BITS) + " can be compiled");
    }
    double[][] thresholds = Thresholds.of(ensemble);
    for (int f = 0; f < width; f++) {
      if (thresholds[f].length >= RANK_MASK) {
        throw new IllegalArgumentException(
            "feature '"
                + ensemble.features().get(f)
                + "' has "
                + thresholds[f].length
                + " thresholds, fewer than "
                + RANK_MASK
                + " can be compiled");
      }
    }
    int total = 0;
    int leastDepth = Integer.MAX_VALUE;
    for (RegressionTree tree : ensemble.trees()) {
      if (tree.nodes() > MOST_NODES) {
        throw new IllegalArgumentException(
            "a tree has " + tree.nodes() + " nodes, at most " + MOST_NODES + " can be compiled");
      }
      total += tree.nodes();
      leastDepth = Math.min(leastDepth, leastDepth(tree));
    }
    int[] nodes = new int[total];
    double[] values = new double[total];
    int[] roots = new int[ensemble.trees().size()];
    int next = 0;
    for (int t = 0; t < roots.length; t++) {
      roots[t] = next;
      next = layOut(ensemble.trees().get(t), next, thresholds, nodes, values);
    }
    boolean shallow =
        ensemble.trees().stream().allMatch(tree -> tree.depth() <= TreeBitmaps.MOST_DEPTH);
    TreeBitmaps bitmaps = shallow ? TreeBitmaps.of(ensemble, thresholds) : null;
    return new CompiledTrees(
        thresholds, nodes, values, roots, ensemble.base(), ensemble.link(), leastDepth, bitmaps);
  }

  /**
   * Compiles a single tree.
   *
   * @param tree the tree
   * @return the compiled model
   */
  public static CompiledTrees of(RegressionTree tree) {
    return of(new TreeEnsemble(tree.features(), List.of(tree), 0, TreeEnsemble.Link.IDENTITY));
  }

  private static int leastDepth(RegressionTree tree) {
    int[] depth = new int[tree.nodes()];
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < depth.length; i++) {
      if (tree.isLeaf(i)) {
        least = Math.min(least, depth[i]);
      } else {
        depth[tree.left(i)] = depth[i] + 1;
        depth[tree.right(i)] = depth[i] + 1;
      }
    }
    return least;
  }

  /** Writes the nodes level by level, siblings beside each other; returns the next free index. */
  private static int layOut(
      RegressionTree tree, int root, double[][] thresholds, int[] nodes, double[] values) {
    int[] queue = new int[tree.nodes()];
    int end = 1;
    for (int i = 0; i < queue.length; i++) {
      int node = queue[i];
      int at = root + i;
      values[at] = tree.value(node);
      if (tree.isLeaf(node)) {
        nodes[at] = RANK_MASK;
      } else {
        int f = tree.feature(node);
        int rank = Thresholds.rank(thresholds[f], tree.threshold(node));
        nodes[at] = (end - i) << CHILD_SHIFT | f << RANK_BITS | rank;
        queue[end++] = tree.left(node);
        queue[end++] = tree.right(node);
      }
    }
    return root + queue.length;
  }

  /** {@return number of trees} */
  public int trees() {
    return roots.length;
  }

  /** {@return number of features of a row} */
  public int width() {
    return thresholds.length;
  }

  @Override
  public double predict(double[] row) {
    if (row.length != thresholds.length) {
      throw new IllegalArgumentException(
          "row has " + row.length + " values, the model has " + thresholds.length + " features");
    }
    int[] ranks = RANKS.get();
    for (int f = 0; f < row.length; f++) {
      ranks[f] = Thresholds.below(thresholds[f], row[f]);
    }
    double sum = base;
    int t = 0;
    for (; t + ABREAST <= roots.length; t += ABREAST) {
      sum = eightTrees(t, ranks, sum);
    }
    for (; t < roots.length; t++) {
      sum += values[walk(roots[t], ranks, 0)];
    }
    return link.apply(sum);
  }

  /**
   * Predicts many rows.
   *
   * @param rows the rows one after the other, rows * width values, all finite
   * @param predictions one for each row; overwritten
   * @throws IllegalArgumentException if the lengths do not go together
   */
  public void predict(double[] rows, double[] predictions) {
    requireRows(rows, predictions);
    predictBlocks(rows, predictions, 0, blocks(predictions));
  }

  /**
   * Predicts many rows on several threads.
   *
   * @param rows the rows one after the other, rows * width values, all finite
   * @param predictions one for each row; overwritten; they do not depend on the threads
   * @param workers the threads
   * @throws IllegalArgumentException if the lengths do not go together
   */
  public void predict(double[] rows, double[] predictions, Workers workers) {
    requireRows(rows, predictions);
    int blocks = blocks(predictions);
    int pieces = Math.min(blocks, 4 * workers.threads());
    workers.forEach(
        pieces,
        piece ->
            predictBlocks(
                rows,
                predictions,
                (int) ((long) piece * blocks / pieces),
                (int) ((piece + 1L) * blocks / pieces)));
  }

  private static int blocks(double[] predictions) {
    return (predictions.length + TreeBitmaps.MOST_ROWS - 1) / TreeBitmaps.MOST_ROWS;
  }

  private void requireRows(double[] rows, double[] predictions) {
    if (rows.length != (long) predictions.length * thresholds.length) {
      throw new IllegalArgumentException(
          "there are "
              + rows.length
              + " values for "
              + predictions.length
              + " predictions; give "
              + thresholds.length
              + " a row");
    }
  }

  /** Predicts the rows of some blocks in turn. */
  private void predictBlocks(double[] rows, double[] sums, int firstBlock, int endBlock) {
    int first = firstBlock * TreeBitmaps.MOST_ROWS;
    int end = Math.min(sums.length, endBlock * TreeBitmaps.MOST_ROWS);
    if (bitmaps == null || end - first < FEWEST_AT_ONCE) {
      double[] row = new double[thresholds.length];
      for (int r = first; r < end; r++) {
        System.arraycopy(rows, r * row.length, row, 0, row.length);
        sums[r] = predict(row);
      }
      return;
    }
    Arrays.fill(sums, first, end, base);
    TreeBitmaps.Block block = bitmaps.new Block(Math.min(end - first, TreeBitmaps.MOST_ROWS));
    for (int from = first; from < end; from += TreeBitmaps.MOST_ROWS) {
      block.add(rows, sums, from, Math.min(end, from + TreeBitmaps.MOST_ROWS));
    }
    if (link != TreeEnsemble.Link.IDENTITY) {
      for (int r = first; r < end; r++) {
        sums[r] = link.apply(sums[r]);
      }
    }
  }

  private static int step(int[] nodes, int at, int[] ranks, int offset) {
    int node = nodes[at];
    int rank = ranks[offset + ((node >>> RANK_BITS) & FEATURE_MASK)];
    return at + (node >>> CHILD_SHIFT) + (((node & RANK_MASK) - rank) >>> 31);
  }

  private int walk(int root, int[] ranks, int offset) {
    int at = root;
    int next = step(nodes, at, ranks, offset);
    while (next != at) {
      at = next;
      next = step(nodes, at, ranks, offset);
    }
    return at;
  }

  private double eightTrees(int first, int[] ranks, double sum) {
    int[] n = nodes;
    int a = roots[first];
    int b = roots[first + 1];
    int c = roots[first + 2];
    int d = roots[first + 3];
    int e = roots[first + 4];
    int f = roots[first + 5];
    int g = roots[first + 6];
    int h = roots[first + 7];
    for (int level = leastDepth; level > 0; level--) {
      a = step(n, a, ranks, 0);
      b = step(n, b, ranks, 0);
      c = step(n, c, ranks, 0);
      d = step(n, d, ranks, 0);
      e = step(n, e, ranks, 0);
      f = step(n, f, ranks, 0);
      g = step(n, g, ranks, 0);
      h = step(n, h, ranks, 0);
    }
    int was;
    do {
      was = a + b + c + d + e + f + g + h;
      a = step(n, a, ranks, 0);
      b = step(n, b, ranks, 0);
      c = step(n, c, ranks, 0);
      d = step(n, d, ranks, 0);
      e = step(n, e, ranks, 0);
      f = step(n, f, ranks, 0);
      g = step(n, g, ranks, 0);
      h = step(n, h, ranks, 0);
      // Indices never fall on the way down, so an equal sum means that nobody moved.
    } while (a + b + c + d + e + f + g + h != was);
    double[] v = values;
    return sum + v[a] + v[b] + v[c] + v[d] + v[e] + v[f] + v[g] + v[h];
  }
}
