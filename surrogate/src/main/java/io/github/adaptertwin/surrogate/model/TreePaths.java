package io.github.adaptertwin.surrogate.model;

import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.io.Serializable;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * A tree as {@link TreeBitmaps} follows it: its questions level by level, and tables that turn a
 * row's path (bit l: whether it turned right at level l, 0 below its leaf) into the leaf's value.
 * Immutable and thread-safe.
 */
final class TreePaths implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Levels that a byte of a path tells. */
  static final int BYTE_LEVELS = 8;

  private static final int BYTE_CODES = 1 << BYTE_LEVELS;
  private static final int NOT_YET = -1;

  private final int depth;
  private final int slots;

  // Of each node with an inner child: its slot, its question, and its children's slots.
  private final int[] inner;
  private final int[] innerEnds;

  // Of each node with two leaves: its slot and its question.
  private final int[] last;
  private final int[] lastEnds;

  private int[] table;
  private int tableSize;
  private double[] leaves;
  private int leafSize;

  private TreePaths(RegressionTree tree, int[] depths, IntUnaryOperator questions) {
    depth = tree.depth();
    int nodes = tree.nodes();
    int[] order = levelByLevel(tree);
    int[] slot = new int[nodes];
    int used = 0;
    for (int node : order) {
      slot[node] = tree.isLeaf(node) ? 0 : used++;
    }
    // One more slot, that nobody reads, for the rows that reach a leaf.
    slots = used + 1;
    for (int node : order) {
      slot[node] = tree.isLeaf(node) ? used : slot[node];
    }
    int[] some = new int[4 * used];
    int[] none = new int[2 * used];
    innerEnds = new int[depth];
    lastEnds = new int[depth];
    int i = 0;
    int k = 0;
    for (int node : order) {
      if (tree.isLeaf(node)) {
        continue;
      }
      int left = tree.left(node);
      int right = tree.right(node);
      if (tree.isLeaf(left) && tree.isLeaf(right)) {
        none[k++] = slot[node];
        none[k++] = questions.applyAsInt(node);
      } else {
        some[i++] = slot[node];
        some[i++] = questions.applyAsInt(node);
        some[i++] = slot[left];
        some[i++] = slot[right];
      }
      innerEnds[depths[node]] = i;
      lastEnds[depths[node]] = k;
    }
    inner = Arrays.copyOf(some, i);
    last = Arrays.copyOf(none, k);
    table = new int[BYTE_CODES];
    tableSize = BYTE_CODES;
    leaves = new double[BYTE_CODES];
    fillTables(tree);
    table = Arrays.copyOf(table, tableSize);
    leaves = Arrays.copyOf(leaves, leafSize);
  }

  /**
   * Lays a tree out.
   *
   * @param tree the tree, of at most three bytes of levels
   * @param questions by inner node, which bitmap answers its question
   */
  static TreePaths of(RegressionTree tree, IntUnaryOperator questions) {
    int[] depths = new int[tree.nodes()];
    for (int node = 0; node < depths.length; node++) {
      if (!tree.isLeaf(node)) {
        depths[tree.left(node)] = depths[node] + 1;
        depths[tree.right(node)] = depths[node] + 1;
      }
    }
    return new TreePaths(tree, depths, questions);
  }

  private static int[] levelByLevel(RegressionTree tree) {
    int[] queue = new int[tree.nodes()];
    int end = 1;
    for (int node : queue) {
      if (end == queue.length) {
        break;
      }
      if (!tree.isLeaf(node)) {
        queue[end++] = tree.left(node);
        queue[end++] = tree.right(node);
      }
    }
    return queue;
  }

  private void fillTables(RegressionTree tree) {
    int[] heights = new int[tree.nodes()];
    for (int node = heights.length - 1; node >= 0; node--) {
      if (!tree.isLeaf(node)) {
        heights[node] = 1 + Math.max(heights[tree.left(node)], heights[tree.right(node)]);
      }
    }
    int[] places = new int[tree.nodes()];
    Arrays.fill(places, NOT_YET);
    boolean deep = depth > 2 * BYTE_LEVELS;
    int[] middles = new int[tree.nodes()];
    Arrays.fill(middles, NOT_YET);
    for (int code = 0; code < BYTE_CODES; code++) {
      int node = descend(tree, 0, code);
      if (!deep) {
        table[code] = place(tree, node, heights, places);
        continue;
      }
      if (middles[node] == NOT_YET) {
        middles[node] = tableSize;
        int codes = 1 << Math.min(BYTE_LEVELS, heights[node]);
        int from = tableSize;
        tableSize += codes;
        table = Arrays.copyOf(table, Math.max(tableSize, table.length));
        for (int middle = 0; middle < codes; middle++) {
          table[from + middle] = place(tree, descend(tree, node, middle), heights, places);
        }
      }
      table[code] = middles[node];
    }
  }

  /** Where the values of the leaves below a node begin, one for each path. */
  private int place(RegressionTree tree, int node, int[] heights, int[] places) {
    if (places[node] == NOT_YET) {
      places[node] = leafSize;
      int codes = 1 << heights[node];
      if (leafSize + codes > leaves.length) {
        leaves = Arrays.copyOf(leaves, 2 * (leafSize + codes));
      }
      for (int code = 0; code < codes; code++) {
        leaves[leafSize++] = tree.value(descend(tree, node, code));
      }
    }
    return places[node];
  }

  /** Goes down at most a byte of levels, by the bits of a code from the lowest. */
  private static int descend(RegressionTree tree, int from, int code) {
    int node = from;
    for (int level = 0; level < BYTE_LEVELS && !tree.isLeaf(node); level++) {
      node = (code >>> level & 1) == 0 ? tree.left(node) : tree.right(node);
    }
    return node;
  }

  /** {@return number of questions on the longest path} */
  int depth() {
    return depth;
  }

  /** {@return number of bitmaps that are kept on the way} */
  int slots() {
    return slots;
  }

  /** {@return four numbers for each node with an inner child; not to be changed} */
  int[] inner() {
    return inner;
  }

  /** {@return where the numbers of the nodes of a level end} */
  int innerEnd(int level) {
    return innerEnds[level];
  }

  /** {@return two numbers for each node with two leaves; not to be changed} */
  int[] last() {
    return last;
  }

  /** {@return where the numbers of the nodes of a level end} */
  int lastEnd(int level) {
    return lastEnds[level];
  }

  /**
   * {@return by the first byte of a path, where to look on: among the leaves, or here if the tree
   * has three bytes of levels; not to be changed}
   */
  int[] table() {
    return table;
  }

  /** {@return values of leaves; not to be changed} */
  double[] leaves() {
    return leaves;
  }
}
