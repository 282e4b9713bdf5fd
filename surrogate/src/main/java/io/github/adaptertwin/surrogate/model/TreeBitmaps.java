package io.github.adaptertwin.surrogate.model;

import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.io.Serializable;
import java.util.Arrays;

/**
 * A tree ensemble for blocks of rows. What a node asks is answered for 64 rows at a time: for each
 * feature and threshold one bitmap tells which rows of the block are not above it, and it is made
 * once for all trees; the rows that reach a node's left child are then those that reach the node
 * and are in the bitmap of its question, the others reach the right one. The rows that turn right
 * at some level of a tree make up one bit of every row's path; eight levels of it are a byte that a
 * table turns into the leaf or into the place where the next byte is looked up. There is no branch
 * that depends on a row. Immutable and thread-safe; a block's bitmaps are the caller's.
 */
final class TreeBitmaps implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Longs of a bitmap. */
  private static final int WORDS = 4;

  /** Rows of a block. */
  static final int ROWS = WORDS * Long.SIZE;

  private static final int BYTE_LEVELS = TreePaths.BYTE_LEVELS;

  /** A path of more questions does not fit into three bytes. */
  static final int MOST_DEPTH = 3 * BYTE_LEVELS;

  private final double[][] thresholds;

  /** By feature, where the bitmap of its first threshold begins. */
  private final int[] offsets;

  private final int bitmapLongs;
  private final TreePaths[] trees;
  private final int slotLongs;

  private TreeBitmaps(double[][] thresholds, int[] offsets, int bitmapLongs, TreePaths[] trees) {
    this.thresholds = thresholds;
    this.offsets = offsets;
    this.bitmapLongs = bitmapLongs;
    this.trees = trees;
    int most = 0;
    for (TreePaths tree : trees) {
      most = Math.max(most, tree.slots());
    }
    slotLongs = most * WORDS;
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
      next = Math.addExact(next, Math.multiplyExact(thresholds[f].length, WORDS));
    }
    TreePaths[] trees = new TreePaths[ensemble.trees().size()];
    for (int t = 0; t < trees.length; t++) {
      RegressionTree tree = ensemble.trees().get(t);
      trees[t] = TreePaths.of(tree, node -> question(tree, node, offsets, thresholds), WORDS);
    }
    return new TreeBitmaps(thresholds, offsets, next, trees);
  }

  private static int question(RegressionTree tree, int node, int[] offsets, double[][] thresholds) {
    int f = tree.feature(node);
    return offsets[f] + WORDS * Thresholds.rank(thresholds[f], tree.threshold(node));
  }

  /** What one thread writes while it predicts a block. */
  final class Block {
    private final long[] bitmaps = new long[bitmapLongs];
    private final long[] slots = new long[slotLongs];
    private final long[] planes = new long[MOST_DEPTH * WORDS];
    private final long[] codes = new long[MOST_DEPTH * WORDS];

    /**
     * Adds what all trees say.
     *
     * @param rows the rows one after the other
     * @param sums by row, what the trees are added to
     * @param from first row
     * @param to end of the rows, at most {@link #ROWS} later
     */
    void add(double[] rows, double[] sums, int from, int to) {
      ask(rows, from, to);
      for (TreePaths tree : trees) {
        Arrays.fill(slots, 0, WORDS, -1L);
        turns(tree);
        int bytes = (tree.depth() + BYTE_LEVELS - 1) / BYTE_LEVELS;
        for (int i = 0; i < bytes; i++) {
          for (int word = 0; word < WORDS; word++) {
            transpose(i, word);
          }
        }
        if (bytes <= 2) {
          addShallow(tree, bytes == 2 ? -1 : 0, sums, from, to);
        } else {
          addDeep(tree, sums, from, to);
        }
      }
    }

    /** Makes the bitmaps: a row is in those of all thresholds from its rank on. */
    private void ask(double[] rows, int from, int to) {
      long[] bits = bitmaps;
      Arrays.fill(bits, 0);
      int width = thresholds.length;
      for (int f = 0; f < width; f++) {
        double[] t = thresholds[f];
        int offset = offsets[f];
        for (int r = from; r < to; r++) {
          int rank = Thresholds.below(t, rows[r * width + f]);
          if (rank < t.length) {
            int row = r - from;
            bits[offset + WORDS * rank + (row >>> 6)] |= 1L << row;
          }
        }
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        int end = offset + WORDS * t.length;
        for (int i = offset; i < end; i += WORDS) {
          a |= bits[i];
          b |= bits[i + 1];
          c |= bits[i + 2];
          d |= bits[i + 3];
          bits[i] = a;
          bits[i + 1] = b;
          bits[i + 2] = c;
          bits[i + 3] = d;
        }
      }
    }

    /** Follows the rows down one tree; afterwards plane l holds who turned right at level l. */
    private void turns(TreePaths tree) {
      long[] asked = bitmaps;
      long[] reach = slots;
      int[] inner = tree.inner();
      int[] last = tree.last();
      int i = 0;
      int k = 0;
      for (int level = 0; level < tree.depth(); level++) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (int end = tree.innerEnd(level); i < end; i += 4) {
          int node = inner[i];
          int question = inner[i + 1];
          int left = inner[i + 2];
          int right = inner[i + 3];
          // Word by word, so that few values are alive at a time.
          long rows = reach[node];
          long stay = rows & asked[question];
          rows ^= stay;
          a |= rows;
          reach[left] = stay;
          reach[right] = rows;
          rows = reach[node + 1];
          stay = rows & asked[question + 1];
          rows ^= stay;
          b |= rows;
          reach[left + 1] = stay;
          reach[right + 1] = rows;
          rows = reach[node + 2];
          stay = rows & asked[question + 2];
          rows ^= stay;
          c |= rows;
          reach[left + 2] = stay;
          reach[right + 2] = rows;
          rows = reach[node + 3];
          stay = rows & asked[question + 3];
          rows ^= stay;
          d |= rows;
          reach[left + 3] = stay;
          reach[right + 3] = rows;
        }
        for (int end = tree.lastEnd(level); k < end; k += 2) {
          int node = last[k];
          int question = last[k + 1];
          a |= reach[node] & ~asked[question];
          b |= reach[node + 1] & ~asked[question + 1];
          c |= reach[node + 2] & ~asked[question + 2];
          d |= reach[node + 3] & ~asked[question + 3];
        }
        int plane = level * WORDS;
        planes[plane] = a;
        planes[plane + 1] = b;
        planes[plane + 2] = c;
        planes[plane + 3] = d;
      }
      int used = tree.depth() * WORDS;
      int whole = (used + BYTE_LEVELS * WORDS - 1) / (BYTE_LEVELS * WORDS) * BYTE_LEVELS * WORDS;
      Arrays.fill(planes, used, whole, 0);
    }

    /** Turns eight planes of 64 rows into a byte for each row, eight rows to a long. */
    private void transpose(int index, int word) {
      int at = index * BYTE_LEVELS * WORDS + word;
      long a = planes[at];
      long b = planes[at + WORDS];
      long c = planes[at + 2 * WORDS];
      long d = planes[at + 3 * WORDS];
      long e = planes[at + 4 * WORDS];
      long f = planes[at + 5 * WORDS];
      long g = planes[at + 6 * WORDS];
      long h = planes[at + 7 * WORDS];
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
      int out = index * BYTE_LEVELS * WORDS + BYTE_LEVELS * word;
      pair(a, b, out);
      pair(c, d, out + 2);
      pair(e, f, out + 4);
      pair(g, h, out + 6);
    }

    private void pair(long even, long odd, int out) {
      long t = ((even >>> 8) ^ odd) & 0xFF00FF00FF00FFL;
      codes[out] = transposed(even ^ (t << 8));
      codes[out + 1] = transposed(odd ^ t);
    }

    private void addShallow(TreePaths tree, long secondByte, double[] sums, int from, int to) {
      int[] table = tree.table();
      double[] leaves = tree.leaves();
      for (int r = from; r < to; r += 8) {
        int at = (r - from) >>> 3;
        long first = codes[at];
        long second = codes[BYTE_LEVELS * WORDS + at] & secondByte;
        int end = Math.min(to, r + 8);
        for (int row = r; row < end; row++) {
          sums[row] += leaves[table[(int) first & 255] + ((int) second & 255)];
          first >>>= 8;
          second >>>= 8;
        }
      }
    }

    private void addDeep(TreePaths tree, double[] sums, int from, int to) {
      int[] table = tree.table();
      double[] leaves = tree.leaves();
      for (int r = from; r < to; r++) {
        int at = (r - from) >>> 3;
        int shift = 8 * ((r - from) & 7);
        int first = (int) (codes[at] >>> shift) & 255;
        int second = (int) (codes[BYTE_LEVELS * WORDS + at] >>> shift) & 255;
        int third = (int) (codes[2 * BYTE_LEVELS * WORDS + at] >>> shift) & 255;
        sums[r] += leaves[table[table[first] + second] + third];
      }
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
