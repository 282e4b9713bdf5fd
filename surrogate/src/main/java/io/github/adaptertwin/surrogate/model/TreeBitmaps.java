package io.github.adaptertwin.surrogate.model;

import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A tree ensemble for blocks of rows. What a node asks is answered for 64 rows at a time: for each
 * feature and threshold one bitmap tells which rows of the block are not above it, and it is made
 * once for all trees; the rows that reach a node's left child are then those that reach the node
 * and are in the bitmap of its question, the others reach the right one. One of the two changes the
 * node's bit in the rows' codes ({@link TreeSteps}), and a row's code tells its leaf. There is no
 * branch that depends on a row.
 *
 * <p>Every bitmap is an array of its own, so that all loops over words have the same index and the
 * compiler turns them into vector instructions. A block has some thousand rows, so that these loops
 * are long enough and all bitmaps still fit into a core's second cache; the sets of rows and the
 * planes fit into its first. Immutable and thread-safe; a block's bitmaps are the caller's.
 */
final class TreeBitmaps implements Serializable {
  private static final long serialVersionUID = 1L;

  /** A tree that is deeper is walked: it is followed by recursion when it is laid out. */
  private static final int MOST_DEPTH = 256;

  /** Longs of all bitmaps: 704 KiB, so that they fit into a second cache of 1 MiB with the rest. */
  private static final int MOST_LONGS = 704 << 7;

  /** Fewest and most longs of a bitmap. */
  private static final int FEWEST_WORDS = 30;

  private static final int MOST_WORDS = 126;

  /**
   * Longs of a cache line and of the longest vector. An array has a header of two: with two less
   * than lines, arrays that are made one after the other lie alike, and a loop over several of them
   * is aligned for all at once.
   */
  private static final int LINE = 8;

  private static final int HEADER = 2;

  /** Rows whose marks fall into one line of each bitmap. */
  private static final int LINE_ROWS = LINE * Long.SIZE;

  private final ThresholdRanks[] ranks;

  /** By feature, which bitmap is that of its first threshold. */
  private final int[] offsets;

  private final int bitmapCount;
  private final TreeSteps[] trees;
  private final int setCount;
  private final int mostWords;

  private TreeBitmaps(ThresholdRanks[] ranks, int[] offsets, int bitmapCount, TreeSteps[] trees) {
    this.ranks = ranks;
    this.offsets = offsets;
    this.bitmapCount = bitmapCount;
    this.trees = trees;
    setCount = Arrays.stream(trees).mapToInt(TreeSteps::sets).max().orElse(1);
    int words = Math.min(MOST_WORDS, MOST_LONGS / Math.max(1, bitmapCount));
    mostWords = Math.max(FEWEST_WORDS, (words + HEADER) / LINE * LINE - HEADER);
  }

  /**
   * Lays an ensemble out.
   *
   * @param ensemble trees
   * @param thresholds by feature, those that the trees ask for, ascending
   * @param ranks of these thresholds
   * @return null if a tree is too deep, has too many leaves, or is too much like a chain
   */
  static @Nullable TreeBitmaps of(
      TreeEnsemble ensemble, double[][] thresholds, ThresholdRanks[] ranks) {
    int[] offsets = new int[thresholds.length];
    int next = 0;
    for (int f = 0; f < offsets.length; f++) {
      offsets[f] = next;
      // One more takes the marks of rows that are above all thresholds; nobody asks for it.
      next = Math.addExact(next, thresholds[f].length + 1);
    }
    TreeSteps[] trees = new TreeSteps[ensemble.trees().size()];
    for (int t = 0; t < trees.length; t++) {
      RegressionTree tree = ensemble.trees().get(t);
      if (tree.depth() > MOST_DEPTH) {
        return null;
      }
      TreeSteps steps = TreeSteps.of(tree, node -> question(tree, node, offsets, thresholds));
      if (steps == null) {
        return null;
      }
      trees[t] = steps;
    }
    return new TreeBitmaps(ranks, offsets, next, trees);
  }

  private static int question(RegressionTree tree, int node, int[] offsets, double[][] thresholds) {
    int f = tree.feature(node);
    return offsets[f] + Thresholds.rank(thresholds[f], tree.threshold(node));
  }

  /** {@return most rows of a block} */
  int mostRows() {
    return mostWords * Long.SIZE;
  }

  /** What one thread writes while it predicts blocks. */
  final class Block {
    private final int words;
    private final long[][] bitmaps;
    private final long[][] sets;
    private final long[][] planes;
    private final double[] sums;

    /**
     * Makes room.
     *
     * @param rows most rows of a block, in [1, {@link #mostRows()}]
     */
    Block(int rows) {
      words = (rows + Long.SIZE - 1) / Long.SIZE;
      int length = (words + HEADER + LINE - 1) / LINE * LINE - HEADER;
      long[][] all = new long[TreeSteps.MOST_BITS + setCount + bitmapCount][length];
      planes = Arrays.copyOf(all, TreeSteps.MOST_BITS);
      sets = Arrays.copyOfRange(all, TreeSteps.MOST_BITS, TreeSteps.MOST_BITS + setCount);
      bitmaps = Arrays.copyOfRange(all, TreeSteps.MOST_BITS + setCount, all.length);
      sums = new double[words * Long.SIZE];
    }

    /**
     * Adds what all trees say.
     *
     * @param rows the rows one after the other
     * @param into by row, what the trees are added to
     * @param from first row
     * @param to end of the rows, at most as many later as there is room for
     */
    void add(double[] rows, double[] into, int from, int to) {
      ask(rows, from, to);
      System.arraycopy(into, from, sums, 0, to - from);
      for (TreeSteps tree : trees) {
        follow(tree);
        if (tree.bits() <= Byte.SIZE) {
          makeBytes();
          addCodes(
              planes[0], planes[1], planes[2], planes[3], Byte.SIZE, tree.leaves(), sums, 0, words);
          addCodes(
              planes[4], planes[5], planes[6], planes[7], Byte.SIZE, tree.leaves(), sums, 4, words);
        } else {
          makeShorts();
          for (int i = 0; i < Short.SIZE; i += 4) {
            addCodes(
                planes[i],
                planes[i + 1],
                planes[i + 2],
                planes[i + 3],
                Short.SIZE,
                tree.leaves(),
                sums,
                i,
                words);
          }
        }
      }
      System.arraycopy(sums, 0, into, from, to - from);
    }

    /** Makes the bitmaps: a row is in those of all thresholds from its rank on. */
    private void ask(double[] rows, int from, int to) {
      for (long[] bits : bitmaps) {
        Arrays.fill(bits, 0);
      }
      int width = ranks.length;
      for (int first = from; first < to; first += LINE_ROWS) {
        int end = Math.min(to, first + LINE_ROWS);
        for (int f = 0; f < width; f++) {
          int at = first * width + f;
          ranks[f].mark(rows, at, width, first - from, end - from, bitmaps, offsets[f]);
        }
      }
      for (int f = 0; f < width; f++) {
        for (int k = 1; k < ranks[f].count(); k++) {
          include(bitmaps[offsets[f] + k], bitmaps[offsets[f] + k - 1], words);
        }
      }
    }

    /** Follows the rows down one tree; afterwards plane b holds bit b of the rows' codes. */
    private void follow(TreeSteps tree) {
      Arrays.fill(sets[0], -1L);
      int used = tree.bits() <= Byte.SIZE ? Byte.SIZE : Short.SIZE;
      for (int b = 0; b < used; b++) {
        Arrays.fill(planes[b], 0);
      }
      int[] s = tree.steps();
      for (int i = 0; i < s.length; i += TreeSteps.SIZE) {
        long[] set = sets[s[i + TreeSteps.SET]];
        long[] question = bitmaps[s[i + TreeSteps.QUESTION]];
        long[] plane = planes[s[i + TreeSteps.PLANE]];
        long[] childQuestion = bitmaps[s[i + TreeSteps.CHILD_QUESTION]];
        long[] childPlane = planes[s[i + TreeSteps.CHILD_PLANE]];
        int other = s[i + TreeSteps.OTHER];
        long flip = -(s[i + TreeSteps.FLIPS] & 1L);
        long childFlip = -(s[i + TreeSteps.FLIPS] >>> 1 & 1L);
        switch (s[i + TreeSteps.KIND]) {
          case TreeSteps.LAST -> last(set, question, plane, words);
          case TreeSteps.ONE -> one(set, question, flip, plane, words);
          case TreeSteps.BOTH -> both(set, question, flip, plane, sets[other], words);
          case TreeSteps.ONE_LAST ->
              oneLast(set, question, flip, plane, childQuestion, childPlane, words);
          case TreeSteps.ONE_ONE ->
              oneOne(set, question, flip, plane, childQuestion, childFlip, childPlane, words);
          case TreeSteps.BOTH_LAST ->
              bothLast(set, question, plane, childQuestion, bitmaps[other], childPlane, words);
          default -> bothSecondLast(set, question, flip, plane, childQuestion, childPlane, words);
        }
      }
    }

    /**
     * Makes bytes of eight planes: byte g of long w of plane i becomes the code of row 64 w + 8 g +
     * i. As in every transposition of bits, blocks of half the size change places in each step.
     */
    private void makeBytes() {
      for (int i = 0; i < 2; i++) {
        transpose(
            planes[i],
            planes[i + 2],
            planes[i + 4],
            planes[i + 6],
            4,
            0x0F0F0F0F0F0F0F0FL,
            2,
            0x3333333333333333L,
            words);
      }
      for (int i = 0; i < Byte.SIZE; i += 2) {
        transpose(planes[i], planes[i + 1], words);
      }
    }

    /** Makes shorts of sixteen planes: short g of plane i is the code of row 64 w + 16 g + i. */
    private void makeShorts() {
      for (int i = 0; i < 4; i++) {
        transpose(
            planes[i],
            planes[i + 4],
            planes[i + 8],
            planes[i + 12],
            8,
            0x00FF00FF00FF00FFL,
            4,
            0x0F0F0F0F0F0F0F0FL,
            words);
      }
      for (int i = 0; i < Short.SIZE; i += 4) {
        transpose(
            planes[i],
            planes[i + 1],
            planes[i + 2],
            planes[i + 3],
            2,
            0x3333333333333333L,
            1,
            0x5555555555555555L,
            words);
      }
    }
  }

  // The compiler makes vector instructions of the loops over words below, but only if their length
  // is not a constant, every array is asked at the same index, and there are few arrays (with seven
  // and three writes it does not). A flip of -1 makes the right child the first.

  private static void last(long[] set, long[] question, long[] plane, int words) {
    for (int w = 0; w < words; w++) {
      plane[w] ^= set[w] & ~question[w];
    }
  }

  private static void one(long[] set, long[] question, long flip, long[] plane, int words) {
    for (int w = 0; w < words; w++) {
      long all = set[w];
      long first = all & (question[w] ^ flip);
      plane[w] ^= all ^ first;
      set[w] = first;
    }
  }

  private static void both(
      long[] set, long[] question, long flip, long[] plane, long[] other, int words) {
    for (int w = 0; w < words; w++) {
      long all = set[w];
      long first = all & (question[w] ^ flip);
      long second = all ^ first;
      other[w] = first;
      set[w] = second;
      plane[w] ^= second;
    }
  }

  private static void oneLast(
      long[] set,
      long[] question,
      long flip,
      long[] plane,
      long[] childQuestion,
      long[] childPlane,
      int words) {
    for (int w = 0; w < words; w++) {
      long all = set[w];
      long first = all & (question[w] ^ flip);
      plane[w] ^= all ^ first;
      childPlane[w] ^= first & ~childQuestion[w];
    }
  }

  private static void oneOne(
      long[] set,
      long[] question,
      long flip,
      long[] plane,
      long[] childQuestion,
      long childFlip,
      long[] childPlane,
      int words) {
    for (int w = 0; w < words; w++) {
      long all = set[w];
      long first = all & (question[w] ^ flip);
      long kept = first & (childQuestion[w] ^ childFlip);
      plane[w] ^= all ^ first;
      childPlane[w] ^= first ^ kept;
      set[w] = kept;
    }
  }

  private static void bothLast(
      long[] set,
      long[] question,
      long[] plane,
      long[] firstQuestion,
      long[] secondQuestion,
      long[] childPlane,
      int words) {
    for (int w = 0; w < words; w++) {
      long all = set[w];
      long first = all & question[w];
      long second = all ^ first;
      plane[w] ^= second;
      childPlane[w] ^= (first & ~firstQuestion[w]) | (second & ~secondQuestion[w]);
    }
  }

  private static void bothSecondLast(
      long[] set,
      long[] question,
      long flip,
      long[] plane,
      long[] childQuestion,
      long[] childPlane,
      int words) {
    for (int w = 0; w < words; w++) {
      long all = set[w];
      long first = all & (question[w] ^ flip);
      long second = all ^ first;
      plane[w] ^= second;
      childPlane[w] ^= second & ~childQuestion[w];
      set[w] = first;
    }
  }

  private static void include(long[] into, long[] more, int words) {
    for (int w = 0; w < words; w++) {
      into[w] |= more[w];
    }
  }

  /** Two steps of a transposition: a with c and b with d, then a with b and c with d. */
  private static void transpose(
      long[] a,
      long[] b,
      long[] c,
      long[] d,
      int far,
      long farMask,
      int near,
      long nearMask,
      int words) {
    for (int w = 0; w < words; w++) {
      long p = a[w];
      long q = b[w];
      long r = c[w];
      long s = d[w];
      long t = ((p >>> far) ^ r) & farMask;
      r ^= t;
      p ^= t << far;
      t = ((q >>> far) ^ s) & farMask;
      s ^= t;
      q ^= t << far;
      t = ((p >>> near) ^ q) & nearMask;
      b[w] = q ^ t;
      a[w] = p ^ (t << near);
      t = ((r >>> near) ^ s) & nearMask;
      d[w] = s ^ t;
      c[w] = r ^ (t << near);
    }
  }

  /** The last step of a transposition: neighbouring bits. */
  private static void transpose(long[] a, long[] b, int words) {
    for (int w = 0; w < words; w++) {
      long p = a[w];
      long q = b[w];
      long t = ((p >>> 1) ^ q) & 0x5555555555555555L;
      b[w] = q ^ t;
      a[w] = p ^ (t << 1);
    }
  }

  // A mask of the table's length less one needs no check of the index. Codes have no more bits than
  // the table, but above them lie the codes of other rows.

  private static void addCodes(
      long[] a,
      long[] b,
      long[] c,
      long[] d,
      int bits,
      double[] leaves,
      double[] sums,
      int offset,
      int words) {
    int at = offset;
    for (int w = 0; w < words; w++) {
      long s = a[w];
      long t = b[w];
      long u = c[w];
      long v = d[w];
      for (int g = 0; g < Long.SIZE; g += bits) {
        sums[at + g] += leaves[(int) (s >>> g) & (leaves.length - 1)];
        sums[at + g + 1] += leaves[(int) (t >>> g) & (leaves.length - 1)];
        sums[at + g + 2] += leaves[(int) (u >>> g) & (leaves.length - 1)];
        sums[at + g + 3] += leaves[(int) (v >>> g) & (leaves.length - 1)];
      }
      at += Long.SIZE;
    }
  }
}
