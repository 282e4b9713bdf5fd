package io.github.adaptertwin.surrogate.model;

import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tree ensemble for blocks of rows. What a node asks is answered for 64 rows at a time: for each
 * feature and threshold one bitmap tells which rows of the block are not above it, and it is made
 * once for all trees; the rows that reach a node's left child are then those that reach the node
 * and are in the bitmap of its question, the others reach the right one. The rows that turn right
 * at some level of a tree make up one bit of every row's path; eight levels of it are a byte that a
 * table turns into the leaf or into the place where the next byte is looked up. There is no branch
 * that depends on a row.
 *
 * <p>Every bitmap is an array of its own, so that all loops over words have the same index and the
 * compiler turns them into vector instructions. A block has some thousand rows, so that these loops
 * are long enough and all bitmaps still fit into a core's second cache. Immutable and thread-safe;
 * a block's bitmaps are the caller's.
 */
final class TreeBitmaps implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Most longs of a bitmap. */
  private static final int MOST_WORDS = 32;

  /** Most rows of a block. */
  static final int MOST_ROWS = MOST_WORDS * Long.SIZE;

  private static final int BYTE_LEVELS = TreePaths.BYTE_LEVELS;

  /** A path of more questions does not fit into three bytes. */
  static final int MOST_DEPTH = 3 * BYTE_LEVELS;

  private final double[][] thresholds;

  /** By feature, which bitmap is that of its first threshold. */
  private final int[] offsets;

  private final int bitmapCount;
  private final TreePaths[] trees;
  private final int slotCount;

  private TreeBitmaps(double[][] thresholds, int[] offsets, int bitmapCount, TreePaths[] trees) {
    this.thresholds = thresholds;
    this.offsets = offsets;
    this.bitmapCount = bitmapCount;
    this.trees = trees;
    int most = 0;
    for (TreePaths tree : trees) {
      most = Math.max(most, tree.slots());
    }
    slotCount = most;
  }

  /**
   * Lays an ensemble out.
   *
   * @param ensemble trees, none deeper than {@link #MOST_DEPTH}
   * @param thresholds by feature, those that the trees ask for, ascending
   */
  static TreeBitmaps of(TreeEnsemble ensemble, double[][] thresholds) {
    int[] offsets = new int[thresholds.length];
    int next = 0;
    for (int f = 0; f < offsets.length; f++) {
      offsets[f] = next;
      next = Math.addExact(next, thresholds[f].length);
    }
    TreePaths[] trees = new TreePaths[ensemble.trees().size()];
    for (int t = 0; t < trees.length; t++) {
      RegressionTree tree = ensemble.trees().get(t);
      trees[t] = TreePaths.of(tree, node -> question(tree, node, offsets, thresholds));
    }
    return new TreeBitmaps(thresholds, offsets, next, trees);
  }

  private static int question(RegressionTree tree, int node, int[] offsets, double[][] thresholds) {
    int f = tree.feature(node);
    return offsets[f] + Thresholds.rank(thresholds[f], tree.threshold(node));
  }

  /** What one thread writes while it predicts blocks. */
  final class Block {
    private final int words;
    private final long[][] bitmaps;
    private final long[][] slots;
    private final long[][] planes;
    private final byte[][] codes;
    private final int[] ranks;

    /**
     * Makes room.
     *
     * @param rows most rows of a block, in [1, {@link #MOST_ROWS}]
     */
    Block(int rows) {
      words = (rows + Long.SIZE - 1) / Long.SIZE;
      bitmaps = new long[bitmapCount][words];
      slots = new long[slotCount][words];
      planes = new long[MOST_DEPTH][words];
      ranks = new int[words * Long.SIZE];
      codes = new byte[MOST_DEPTH / BYTE_LEVELS][words * Long.SIZE];
    }

    /**
     * Adds what all trees say.
     *
     * @param rows the rows one after the other
     * @param sums by row, what the trees are added to
     * @param from first row
     * @param to end of the rows, at most as many later as there is room for
     */
    void add(double[] rows, double[] sums, int from, int to) {
      ask(rows, from, to);
      for (TreePaths tree : trees) {
        turns(tree);
        int bytes = (tree.depth() + BYTE_LEVELS - 1) / BYTE_LEVELS;
        for (int i = 0; i < bytes; i++) {
          for (int word = 0; word < words; word++) {
            transpose(i, word);
          }
        }
        if (bytes <= 1) {
          addFlat(tree, bytes, sums, from, to);
        } else if (bytes == 2) {
          addShallow(tree, sums, from, to);
        } else {
          addDeep(tree, sums, from, to);
        }
      }
    }

    /** Makes the bitmaps: a row is in those of all thresholds from its rank on. */
    private void ask(double[] rows, int from, int to) {
      for (long[] bits : bitmaps) {
        Arrays.fill(bits, 0);
      }
      int width = thresholds.length;
      for (int f = 0; f < width; f++) {
        double[] t = thresholds[f];
        int offset = offsets[f];
        int count = to - from;
        int row = 0;
        for (; row + 4 <= count; row += 4) {
          Thresholds.belowFour(t, rows, (from + row) * width + f, width, ranks, row);
        }
        for (; row < count; row++) {
          ranks[row] = Thresholds.below(t, rows[(from + row) * width + f]);
        }
        for (row = 0; row < count; row++) {
          if (ranks[row] < t.length) {
            bitmaps[offset + ranks[row]][row >>> 6] |= 1L << row;
          }
        }
        for (int k = 1; k < t.length; k++) {
          include(bitmaps[offset + k], bitmaps[offset + k - 1], words);
        }
      }
    }

    /** Follows the rows down one tree; afterwards plane l holds who turned right at level l. */
    private void turns(TreePaths tree) {
      Arrays.fill(slots[0], -1L);
      int whole = (tree.depth() + BYTE_LEVELS - 1) / BYTE_LEVELS * BYTE_LEVELS;
      for (int level = 0; level < whole; level++) {
        Arrays.fill(planes[level], 0);
      }
      int[] inner = tree.inner();
      int[] last = tree.last();
      int i = 0;
      int k = 0;
      for (int level = 0; level < tree.depth(); level++) {
        long[] plane = planes[level];
        for (int end = tree.innerEnd(level); i < end; i += 4) {
          split(
              slots[inner[i]],
              bitmaps[inner[i + 1]],
              slots[inner[i + 2]],
              slots[inner[i + 3]],
              plane,
              words);
        }
        for (int end = tree.lastEnd(level); k < end; k += 2) {
          includeOthers(plane, slots[last[k]], bitmaps[last[k + 1]], words);
        }
      }
    }

    /** Turns eight planes of 64 rows into a byte for each row. */
    private void transpose(int index, int word) {
      int at = index * BYTE_LEVELS;
      long a = planes[at][word];
      long b = planes[at + 1][word];
      long c = planes[at + 2][word];
      long d = planes[at + 3][word];
      long e = planes[at + 4][word];
      long f = planes[at + 5][word];
      long g = planes[at + 6][word];
      long h = planes[at + 7][word];
      // First the bytes of the eight longs change places, then the bits of each eight bytes.
      long t = ((a >>> 32) ^ e) & 0xFFFFFFFFL;
      e ^= t;
      a ^= t << 32;
      t = ((b >>> 32) ^ f) & 0xFFFFFFFFL;
      f ^= t;
      b ^= t << 32;
      t = ((c >>> 32) ^ g) & 0xFFFFFFFFL;
      g ^= t;
      c ^= t << 32;
      t = ((d >>> 32) ^ h) & 0xFFFFFFFFL;
      h ^= t;
      d ^= t << 32;
      t = ((a >>> 16) ^ c) & 0xFFFF0000FFFFL;
      c ^= t;
      a ^= t << 16;
      t = ((b >>> 16) ^ d) & 0xFFFF0000FFFFL;
      d ^= t;
      b ^= t << 16;
      t = ((e >>> 16) ^ g) & 0xFFFF0000FFFFL;
      g ^= t;
      e ^= t << 16;
      t = ((f >>> 16) ^ h) & 0xFFFF0000FFFFL;
      h ^= t;
      f ^= t << 16;
      byte[] out = codes[index];
      int row = word * Long.SIZE;
      pair(a, b, out, row);
      pair(c, d, out, row + 16);
      pair(e, f, out, row + 32);
      pair(g, h, out, row + 48);
    }

    private static void pair(long even, long odd, byte[] out, int row) {
      long t = ((even >>> 8) ^ odd) & 0xFF00FF00FF00FFL;
      EIGHT_BYTES.set(out, row, transposed(even ^ (t << 8)));
      EIGHT_BYTES.set(out, row + 8, transposed(odd ^ t));
    }

    /** Adds a tree of at most a byte of levels. */
    private void addFlat(TreePaths tree, int bytes, double[] sums, int from, int to) {
      int[] table = tree.table();
      double[] leaves = tree.leaves();
      byte[] first = codes[0];
      if (bytes == 0) {
        Arrays.fill(first, (byte) 0);
      }
      for (int r = from; r < to; r++) {
        sums[r] += leaves[table[first[r - from] & 255]];
      }
    }

    private void addShallow(TreePaths tree, double[] sums, int from, int to) {
      int[] table = tree.table();
      double[] leaves = tree.leaves();
      byte[] first = codes[0];
      byte[] second = codes[1];
      for (int r = from; r < to; r++) {
        sums[r] += leaves[table[first[r - from] & 255] + (second[r - from] & 255)];
      }
    }

    private void addDeep(TreePaths tree, double[] sums, int from, int to) {
      int[] table = tree.table();
      double[] leaves = tree.leaves();
      for (int r = from; r < to; r++) {
        int at = r - from;
        int middle = table[codes[0][at] & 255] + (codes[1][at] & 255);
        sums[r] += leaves[table[middle] + (codes[2][at] & 255)];
      }
    }
  }

  // The compiler makes vector instructions of the three loops below, but only if their length is
  // not a constant and every array is asked at the same index.

  private static void split(
      long[] rows, long[] question, long[] left, long[] right, long[] plane, int words) {
    for (int w = 0; w < words; w++) {
      long all = rows[w];
      long stay = all & question[w];
      long turn = all ^ stay;
      left[w] = stay;
      right[w] = turn;
      plane[w] |= turn;
    }
  }

  private static void includeOthers(long[] plane, long[] rows, long[] question, int words) {
    for (int w = 0; w < words; w++) {
      plane[w] |= rows[w] & ~question[w];
    }
  }

  private static void include(long[] into, long[] more, int words) {
    for (int w = 0; w < words; w++) {
      into[w] |= more[w];
    }
  }

  /** Transposes a matrix of eight by eight bits. */
  private static long transposed(long bits) {
    long x = bits;
    long t = (x ^ (x >>> 7)) & 0x00AA00AA00AA00AAL;
    x ^= t ^ (t << 7);
    t = (x ^ (x >>> 14)) & 0x0000CCCC0000CCCCL;
    x ^= t ^ (t << 14);
    t = (x ^ (x >>> 28)) & 0x00000000F0F0F0F0L;
    return x ^ t ^ (t << 28);
  }
}
