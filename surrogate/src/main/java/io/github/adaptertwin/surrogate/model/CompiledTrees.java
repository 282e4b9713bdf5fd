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
 * <p>All different questions of the trees are answered first, a byte each, from the ranks of a
 * row's values among the thresholds. A node fits into one int: its left child (the right one
 * follows it) and its question. A step then is two loads and an add without a branch, a leaf steps
 * to itself, and eight walks go side by side, so that none waits for another's loads. Batches are
 * not walked but asked 64 rows at a time, see {@code TreeBitmaps}.
 */
public final class CompiledTrees implements Regressor {
  private static final long serialVersionUID = 1L;

  private static final int MOST_FEATURES = 64;
  private static final int MOST_THRESHOLDS = 1022;

  /** A node is its left child, as so many nodes further on, above its question. */
  private static final int CHILD_SHIFT = 16;

  private static final int MOST_NODES = 1 << (Integer.SIZE - CHILD_SHIFT);

  /** Nobody goes right at it: what a leaf asks. */
  private static final int NO = 0;

  /** Fewer rows are walked one by one: bitmaps cost the same however few of their bits count. */
  private static final int FEWEST_AT_ONCE = 64;

  /** Rows of a piece of work where batches are walked, too. */
  private static final int ROWS_AT_ONCE = 2048;

  /** Walks that go side by side. */
  private static final int ABREAST = 8;

  /**
   * Each thread keeps the answers to the questions of the row that it predicts: 1 goes right. The
   * length is a power of two, at most as many as a node can tell apart.
   */
  private static final ThreadLocal<byte[]> ANSWERS =
      ThreadLocal.withInitial(() -> new byte[1 << 11]);

  private final ThresholdRanks[] ranks;

  /** By feature, its first question; those after it ask for the thresholds after that. */
  private final int[] questions;

  /** As many ones as a feature has thresholds at most, then as many zeros. */
  private final byte[] onesThenZeros;

  private final int[] nodes;
  private final double[] values;
  private final int[] roots;
  private final double base;

  /** Mean depth of the leaves: so many steps are made before asking whether all walks ended. */
  private final int usualDepth;

  private final TreeEnsemble.Link link;

  /** For batches; null if there is a tree that bitmaps cannot follow. */
  private final @Nullable TreeBitmaps bitmaps;

  private CompiledTrees(
      ThresholdRanks[] ranks,
      int[] questions,
      int[] nodes,
      double[] values,
      int[] roots,
      TreeEnsemble ensemble,
      @Nullable TreeBitmaps bitmaps) {
    this.ranks = ranks;
    this.questions = questions;
    this.nodes = nodes;
    this.values = values;
    this.roots = roots;
    this.bitmaps = bitmaps;
    base = ensemble.base();
    link = ensemble.link();
    usualDepth = meanDepth(ensemble);
    int most = Arrays.stream(ranks).mapToInt(ThresholdRanks::count).max().orElse(0);
    onesThenZeros = new byte[2 * most];
    Arrays.fill(onesThenZeros, 0, most, (byte) 1);
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
    if (width > MOST_FEATURES) {
      throw new IllegalArgumentException(
          "there are " + width + " features, at most " + MOST_FEATURES + " can be compiled");
    }
    double[][] thresholds = Thresholds.of(ensemble);
    ThresholdRanks[] ranks = new ThresholdRanks[width];
    int[] questions = new int[width];
    int question = NO + 1;
    for (int f = 0; f < width; f++) {
      if (thresholds[f].length > MOST_THRESHOLDS) {
        throw new IllegalArgumentException(
            "feature '"
                + ensemble.features().get(f)
                + "' has "
                + thresholds[f].length
                + " thresholds, fewer than "
                + (MOST_THRESHOLDS + 1)
                + " can be compiled");
      }
      ranks[f] = new ThresholdRanks(thresholds[f]);
      questions[f] = question;
      question += thresholds[f].length;
    }
    int total = 0;
    for (RegressionTree tree : ensemble.trees()) {
      if (tree.nodes() > MOST_NODES) {
        throw new IllegalArgumentException(
            "a tree has " + tree.nodes() + " nodes, at most " + MOST_NODES + " can be compiled");
      }
      total += tree.nodes();
    }
    int[] nodes = new int[total];
    double[] values = new double[total];
    int[] roots = new int[ensemble.trees().size()];
    int next = 0;
    for (int t = 0; t < roots.length; t++) {
      roots[t] = next;
      next = layOut(ensemble.trees().get(t), next, thresholds, questions, nodes, values);
    }
    return new CompiledTrees(
        ranks,
        questions,
        nodes,
        values,
        roots,
        ensemble,
        TreeBitmaps.of(ensemble, thresholds, ranks));
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

  private static int meanDepth(TreeEnsemble ensemble) {
    long sum = 0;
    long leaves = 0;
    for (RegressionTree tree : ensemble.trees()) {
      int[] depth = new int[tree.nodes()];
      for (int i = 0; i < depth.length; i++) {
        if (tree.isLeaf(i)) {
          sum += depth[i];
          leaves++;
        } else {
          depth[tree.left(i)] = depth[i] + 1;
          depth[tree.right(i)] = depth[i] + 1;
        }
      }
    }
    return (int) (sum / Math.max(1, leaves));
  }

  /** Writes the nodes level by level, siblings beside each other; returns the next free index. */
  private static int layOut(
      RegressionTree tree,
      int root,
      double[][] thresholds,
      int[] questions,
      int[] nodes,
      double[] values) {
    int[] queue = new int[tree.nodes()];
    int end = 1;
    for (int i = 0; i < queue.length; i++) {
      int node = queue[i];
      int at = root + i;
      values[at] = tree.value(node);
      if (tree.isLeaf(node)) {
        nodes[at] = NO;
      } else {
        int f = tree.feature(node);
        int rank = Thresholds.rank(thresholds[f], tree.threshold(node));
        nodes[at] = (end - i) << CHILD_SHIFT | questions[f] + rank;
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
    return ranks.length;
  }

  @Override
  public double predict(double[] row) {
    if (row.length != ranks.length) {
      throw new IllegalArgumentException(
          "row has " + row.length + " values, the model has " + ranks.length + " features");
    }
    byte[] answers = answers(row);
    double sum = base;
    int t = 0;
    for (; t + ABREAST <= roots.length; t += ABREAST) {
      sum = eightTrees(t, answers, sum);
    }
    for (; t < roots.length; t++) {
      sum += values[walk(roots[t], answers)];
    }
    return link.apply(sum);
  }

  /** A row goes right at the thresholds that are below its value: the first ones. */
  private byte[] answers(double[] row) {
    int last = ranks.length - 1;
    int end = last < 0 ? NO + 1 : questions[last] + ranks[last].count();
    byte[] answers = ANSWERS.get();
    if (answers.length < end) {
      answers = new byte[Integer.highestOneBit(end - 1) << 1];
      ANSWERS.set(answers);
    }
    int ones = onesThenZeros.length / 2;
    for (int f = 0; f < row.length; f++) {
      ThresholdRanks of = ranks[f];
      System.arraycopy(onesThenZeros, ones - of.below(row[f]), answers, questions[f], of.count());
    }
    return answers;
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

  private int blocks(double[] predictions) {
    return (predictions.length + blockRows(predictions) - 1) / blockRows(predictions);
  }

  /** As few blocks as there can be, all of about the same length, in whole words. */
  private int blockRows(double[] predictions) {
    int most = bitmaps == null ? ROWS_AT_ONCE : bitmaps.mostRows();
    int blocks = Math.max(1, (predictions.length + most - 1) / most);
    int rows = (predictions.length + blocks - 1) / blocks;
    return Math.max(1, (rows + Long.SIZE - 1) / Long.SIZE) * Long.SIZE;
  }

  private void requireRows(double[] rows, double[] predictions) {
    if (rows.length != (long) predictions.length * ranks.length) {
      throw new IllegalArgumentException(
          "there are "
              + rows.length
              + " values for "
              + predictions.length
              + " predictions; give "
              + ranks.length
              + " a row");
    }
  }

  /** Predicts the rows of some blocks in turn. */
  private void predictBlocks(double[] rows, double[] sums, int firstBlock, int endBlock) {
    int size = blockRows(sums);
    int first = firstBlock * size;
    int end = Math.min(sums.length, endBlock * size);
    if (bitmaps == null || end - first < FEWEST_AT_ONCE) {
      double[] row = new double[ranks.length];
      for (int r = first; r < end; r++) {
        System.arraycopy(rows, r * row.length, row, 0, row.length);
        sums[r] = predict(row);
      }
      return;
    }
    Arrays.fill(sums, first, end, base);
    TreeBitmaps.Block block = bitmaps.new Block(Math.min(end - first, size));
    for (int from = first; from < end; from += size) {
      block.add(rows, sums, from, Math.min(end, from + size));
    }
    if (link != TreeEnsemble.Link.IDENTITY) {
      for (int r = first; r < end; r++) {
        sums[r] = link.apply(sums[r]);
      }
    }
  }

  private static int step(int[] nodes, int at, byte[] answers) {
    int node = nodes[at];
    // The mask parts the question from the child as well, and needs no check of the index.
    return at + (node >>> CHILD_SHIFT) + answers[node & (answers.length - 1)];
  }

  private int walk(int root, byte[] answers) {
    int at = root;
    int next = step(nodes, at, answers);
    while (next != at) {
      at = next;
      next = step(nodes, at, answers);
    }
    return at;
  }

  private double eightTrees(int first, byte[] answers, double sum) {
    int[] n = nodes;
    int a = roots[first];
    int b = roots[first + 1];
    int c = roots[first + 2];
    int d = roots[first + 3];
    int e = roots[first + 4];
    int f = roots[first + 5];
    int g = roots[first + 6];
    int h = roots[first + 7];
    for (int level = usualDepth; level > 0; level--) {
      a = step(n, a, answers);
      b = step(n, b, answers);
      c = step(n, c, answers);
      d = step(n, d, answers);
      e = step(n, e, answers);
      f = step(n, f, answers);
      g = step(n, g, answers);
      h = step(n, h, answers);
    }
    int was;
    do {
      was = a + b + c + d + e + f + g + h;
      a = step(n, a, answers);
      b = step(n, b, answers);
      c = step(n, c, answers);
      d = step(n, d, answers);
      e = step(n, e, answers);
      f = step(n, f, answers);
      g = step(n, g, answers);
      h = step(n, h, answers);
      // Indices never fall on the way down, so an equal sum means that nobody moved.
    } while (a + b + c + d + e + f + g + h != was);
    double[] v = values;
    return sum + v[a] + v[b] + v[c] + v[d] + v[e] + v[f] + v[g] + v[h];
  }
}
