package io.github.adaptertwin.surrogate.model;

import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tree ensemble in flat arrays, for single rows and for batches. Predicts to the bit what the
 * ensemble predicts. A single row allocates nothing (but once in each thread), a batch its working
 * memory once for each call and piece of work, whatever the number of rows. Immutable and
 * thread-safe.
 *
 * <p>All questions that the trees ask, each a feature and a threshold, are answered before the
 * first tree is walked: those of a feature are numbered by their thresholds, so a value's answers
 * are as many ones as thresholds lie below it and zeros behind them, which is one copy. A node then
 * fits into one int, how far its left child is (the right one follows it) and its question, and a
 * step is two loads and two additions without a branch. A leaf steps to itself, and eight walks go
 * side by side, so that none waits for another's loads. Nodes lie in clusters of three levels, so
 * that a walk comes by few cache lines. Batches are not walked but asked 64 rows at a time, see
 * {@code TreeBitmaps}.
 */
public final class CompiledTrees implements Regressor {
  private static final long serialVersionUID = 1L;

  private static final int QUESTION_BITS = 16;
  private static final int QUESTION_MASK = (1 << QUESTION_BITS) - 1;
  private static final int MOST_NODES = 1 << (Integer.SIZE - QUESTION_BITS);

  /** The question of leaves, which is always answered by 0. */
  private static final int NO_QUESTION = 0;

  /** Levels of a cluster: the seven nodes below its top fill half a cache line. */
  private static final int CLUSTER_LEVELS = 3;

  /** Part of the trees' depth that walks take unasked. */
  private static final double USUAL = 0.7;

  /** Fewer rows are walked one by one: bitmaps cost the same however few of their bits count. */
  private static final int FEWEST_AT_ONCE = 64;

  /** Rows of a piece of work where batches are walked, too. */
  private static final int ROWS_AT_ONCE = 2048;

  /** Walks that go side by side. */
  private static final int ABREAST = 8;

  /**
   * Each thread keeps the answers for the row that it predicts. Their number is a power of two, so
   * that a masked index needs no check.
   */
  private static final ThreadLocal<byte[]> ANSWERS = ThreadLocal.withInitial(() -> new byte[1024]);

  private final ThresholdRanks[] ranks;

  /** By feature, the number of its first question; behind them, how many numbers there are. */
  private final int[] questions;

  /** As many ones as the most thresholds of a feature, and as many zeros. */
  private final byte[] onesAndZeros;

  private final int[] nodes;
  private final double[] values;
  private final int[] roots;
  private final double base;

  /** Levels that walks take before they look whether all have come to a leaf. */
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
      double base,
      TreeEnsemble.Link link,
      int usualDepth,
      @Nullable TreeBitmaps bitmaps) {
    this.ranks = ranks;
    this.questions = questions;
    int most = Arrays.stream(ranks).mapToInt(ThresholdRanks::count).max().orElse(0);
    onesAndZeros = new byte[2 * most];
    Arrays.fill(onesAndZeros, 0, most, (byte) 1);
    this.nodes = nodes;
    this.values = values;
    this.roots = roots;
    this.base = base;
    this.link = link;
    this.usualDepth = usualDepth;
    this.bitmaps = bitmaps;
  }

  /**
   * Compiles an ensemble.
   *
   * @param ensemble the trees, each of up to 65,536 nodes; up to 65,535 different questions, each a
   *     feature and a threshold
   * @return the compiled model
   * @throws IllegalArgumentException if there are more nodes or questions
   */
  public static CompiledTrees of(TreeEnsemble ensemble) {
    double[][] thresholds = Thresholds.of(ensemble);
    int[] questions = new int[thresholds.length + 1];
    questions[0] = NO_QUESTION + 1;
    for (int f = 0; f < thresholds.length; f++) {
      questions[f + 1] = Math.addExact(questions[f], thresholds[f].length);
    }
    int asked = questions[thresholds.length] - 1;
    if (asked > QUESTION_MASK) {
      throw new IllegalArgumentException(
          "the trees ask "
              + asked
              + " different questions, at most "
              + QUESTION_MASK
              + " can be compiled");
    }
    int total = 0;
    long depths = 0;
    for (RegressionTree tree : ensemble.trees()) {
      if (tree.nodes() > MOST_NODES) {
        throw new IllegalArgumentException(
            "a tree has " + tree.nodes() + " nodes, at most " + MOST_NODES + " can be compiled");
      }
      total += tree.nodes();
      depths += tree.depth();
    }
    int[] nodes = new int[total];
    double[] values = new double[total];
    int[] roots = new int[ensemble.trees().size()];
    int next = 0;
    for (int t = 0; t < roots.length; t++) {
      roots[t] = next;
      next =
          layOut(
              ensemble.trees().get(t),
              next,
              (f, threshold) -> questions[f] + Thresholds.rank(thresholds[f], threshold),
              nodes,
              values);
    }
    ThresholdRanks[] ranks =
        Arrays.stream(thresholds).map(ThresholdRanks::new).toArray(ThresholdRanks[]::new);
    TreeBitmaps bitmaps = TreeBitmaps.of(ensemble, thresholds, ranks);
    // Eight leaves are mostly not as deep as the deepest of their trees.
    int usualDepth = roots.length == 0 ? 0 : (int) (USUAL * depths / roots.length);
    return new CompiledTrees(
        ranks,
        questions,
        nodes,
        values,
        roots,
        ensemble.base(),
        ensemble.link(),
        usualDepth,
        bitmaps);
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

  /** Numbers the questions of all trees. */
  @FunctionalInterface
  private interface Questions {
    int number(int feature, double threshold);
  }

  /**
   * Writes the nodes cluster by cluster, siblings beside each other; returns the next free index.
   */
  private static int layOut(
      RegressionTree tree, int root, Questions questions, int[] nodes, double[] values) {
    int[] place = clusters(tree);
    for (int node = 0; node < place.length; node++) {
      int at = root + place[node];
      values[at] = tree.value(node);
      nodes[at] = NO_QUESTION;
      if (!tree.isLeaf(node)) {
        int distance = place[tree.left(node)] - place[node];
        int question = questions.number(tree.feature(node), tree.threshold(node));
        nodes[at] = distance << QUESTION_BITS | question;
      }
    }
    return root + place.length;
  }

  /** By node, its place: behind its parent's, and the right child's behind the left one's. */
  private static int[] clusters(RegressionTree tree) {
    int[] place = new int[tree.nodes()];
    int end = 1;
    IntArrayList tops = IntArrayList.of(0);
    while (!tops.isEmpty()) {
      IntArrayList level = IntArrayList.of(tops.popInt());
      for (int depth = 0; depth < CLUSTER_LEVELS; depth++) {
        IntArrayList below = new IntArrayList();
        for (int i = 0; i < level.size(); i++) {
          int node = level.getInt(i);
          if (!tree.isLeaf(node)) {
            place[tree.left(node)] = end++;
            place[tree.right(node)] = end++;
            below.add(tree.left(node));
            below.add(tree.right(node));
          }
        }
        level = below;
      }
      // The leftmost of the next clusters comes next.
      for (int i = level.size() - 1; i >= 0; i--) {
        tops.push(level.getInt(i));
      }
    }
    return place;
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

  /** Answers every question for a row. */
  private byte[] answers(double[] row) {
    byte[] answers = ANSWERS.get();
    if (answers.length < questions[row.length]) {
      answers = new byte[Integer.highestOneBit(questions[row.length]) << 1];
      ANSWERS.set(answers);
    }
    int most = onesAndZeros.length / 2;
    for (int f = 0; f < row.length; f++) {
      ThresholdRanks of = ranks[f];
      System.arraycopy(onesAndZeros, most - of.below(row[f]), answers, questions[f], of.count());
    }
    return answers;
  }

  private static int step(int[] nodes, int at, byte[] answers) {
    int node = nodes[at];
    return at + (node >>> QUESTION_BITS) + answers[node & QUESTION_MASK & (answers.length - 1)];
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
