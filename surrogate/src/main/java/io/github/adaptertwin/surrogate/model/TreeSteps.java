package io.github.adaptertwin.surrogate.model;

import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A tree as {@link TreeBitmaps} follows it: steps that part sets of rows, depth first, so that few
 * sets are kept at a time, and a code for each leaf. Of the two children of a node one is its
 * <i>first</i>, the one with more inner children, the other its <i>second</i>. A node has one bit,
 * and a leaf's code is the sum modulo 2 of the bits of the nodes whose second child is on its path,
 * so that each node changes one bit plane. Bits are given from below: the lowest that keeps the
 * codes of the two children apart, another one if there is none. That takes a bit or two more than
 * the leaves' number needs, and far fewer than a bit for each level where a tree is no chain.
 * Immutable and thread-safe.
 */
final class TreeSteps implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Most bits of a code. */
  static final int MOST_BITS = Short.SIZE;

  /** Parts a set whose two children are leaves. */
  static final int LAST = 0;

  /** Parts a set whose first child is inner, and keeps that child's in its place. */
  static final int ONE = 1;

  /** Parts a set into two, the second one in its place. */
  static final int BOTH = 2;

  /** ONE, then LAST for the first child. */
  static final int ONE_LAST = 3;

  /** ONE, then ONE for the first child. */
  static final int ONE_ONE = 4;

  /** BOTH, then LAST for both children. */
  static final int BOTH_LAST = 5;

  /** BOTH, then LAST for the second child; the first one's set stays in its place. */
  static final int BOTH_SECOND_LAST = 6;

  /** Numbers of a step. */
  static final int SIZE = 8;

  // Where the numbers of a step are: what it does, its set, its node's question and plane, question
  // and plane of the child that is parted with it, what else (BOTH: where the first child's set
  // goes; BOTH_LAST: the second child's question), and whether the node (1) and its child (2) have
  // their right child first.
  static final int KIND = 0;
  static final int SET = 1;
  static final int QUESTION = 2;
  static final int PLANE = 3;
  static final int CHILD_QUESTION = 4;
  static final int CHILD_PLANE = 5;
  static final int OTHER = 6;
  static final int FLIPS = 7;

  private final int bits;
  private final int sets;
  private final int[] steps;
  private final double[] leaves;

  private TreeSteps(int bits, int sets, int[] steps, double[] leaves) {
    this.bits = bits;
    this.sets = sets;
    this.steps = steps;
    this.leaves = leaves;
  }

  /**
   * Lays a tree out.
   *
   * @param tree the tree, not so deep that a recursion cannot follow it
   * @param questions by inner node, which bitmap answers its question
   * @return null if a code would have more than {@link #MOST_BITS} bits
   */
  static @Nullable TreeSteps of(RegressionTree tree, IntUnaryOperator questions) {
    Layout layout = new Layout(tree, questions);
    int bits = layout.giveBits();
    if (bits > MOST_BITS) {
      return null;
    }
    double[] leaves = new double[1 << bits];
    layout.fill(leaves, 0, 0);
    if (!tree.isLeaf(0)) {
      layout.part(0, 0);
    }
    return new TreeSteps(bits, layout.sets, Arrays.copyOf(layout.steps, layout.used), leaves);
  }

  /** {@return bits of a code} */
  int bits() {
    return bits;
  }

  /**
   * {@return number of sets that are kept on the way, at least 1; the first begins with all rows}
   */
  int sets() {
    return sets;
  }

  /** {@return {@link #SIZE} numbers for each step; not to be changed} */
  int[] steps() {
    return steps;
  }

  /** {@return by code, the value of its leaf: two to the power of the bits; not to be changed} */
  double[] leaves() {
    return leaves;
  }

  private static final class Layout {
    private static final int LEAF = -1;

    private final RegressionTree tree;
    private final IntUnaryOperator questions;
    private final int[] planes;
    private final Deque<Integer> free = new ArrayDeque<>();
    private int[] steps = new int[16 * SIZE];
    private int used;
    private int sets = 1;

    Layout(RegressionTree tree, IntUnaryOperator questions) {
      this.tree = tree;
      this.questions = questions;
      planes = new int[tree.nodes()];
    }

    /** {@return bits of the codes, or how many it takes at least if that is too many} */
    private int giveBits() {
      int[] widths = new int[planes.length];
      BitSet[] codes = new BitSet[planes.length];
      for (int node = planes.length - 1; node >= 0; node--) {
        if (tree.isLeaf(node)) {
          codes[node] = new BitSet();
          codes[node].set(0);
          continue;
        }
        BitSet all = codes[first(node)];
        BitSet second = codes[second(node)];
        int width = Math.max(widths[first(node)], widths[second(node)]);
        int bit = apart(all, second, width);
        second.stream().forEach(code -> all.set(code ^ 1 << bit));
        codes[node] = all;
        planes[node] = bit;
        widths[node] = Math.max(width, bit + 1);
        if (widths[node] > MOST_BITS) {
          return widths[node];
        }
      }
      return widths[0];
    }

    /** The lowest bit that keeps two sets of codes apart. */
    private static int apart(BitSet first, BitSet second, int width) {
      if (first.cardinality() + second.cardinality() > 1 << width) {
        return width;
      }
      int bit = 0;
      while (bit < width && meet(first, second, 1 << bit)) {
        bit++;
      }
      return bit;
    }

    private static boolean meet(BitSet first, BitSet second, int moved) {
      return second.stream().anyMatch(code -> first.get(code ^ moved));
    }

    private void fill(double[] leaves, int node, int code) {
      if (tree.isLeaf(node)) {
        leaves[code] = tree.value(node);
      } else {
        fill(leaves, first(node), code);
        fill(leaves, second(node), code ^ 1 << planes[node]);
      }
    }

    /** Number of inner children. */
    private int inner(int node) {
      return tree.isLeaf(node)
          ? LEAF
          : (tree.isLeaf(tree.left(node)) ? 0 : 1) + (tree.isLeaf(tree.right(node)) ? 0 : 1);
    }

    private boolean isFlipped(int node) {
      return inner(tree.right(node)) > inner(tree.left(node));
    }

    private int first(int node) {
      return isFlipped(node) ? tree.right(node) : tree.left(node);
    }

    private int second(int node) {
      return isFlipped(node) ? tree.left(node) : tree.right(node);
    }

    /** Writes the steps of a subtree whose rows are in a set. */
    private void part(int node, int set) {
      int first = first(node);
      int second = second(node);
      switch (inner(node)) {
        case 0 -> {
          add(LAST, set, node, LEAF, 0);
          free.push(set);
        }
        case 1 -> partOne(node, set, first);
        default -> {
          if (inner(first) == 0) {
            // Then the second has no inner child either, and both have the lowest plane.
            add(BOTH_LAST, set, node, first, questions.applyAsInt(second));
            free.push(set);
          } else if (inner(second) == 0) {
            add(BOTH_SECOND_LAST, set, node, second, 0);
            part(first, set);
          } else {
            int other = free.isEmpty() ? sets++ : free.pop();
            add(BOTH, set, node, LEAF, other);
            part(first, other);
            part(second, set);
          }
        }
      }
    }

    private void partOne(int node, int set, int first) {
      switch (inner(first)) {
        case 0 -> {
          add(ONE_LAST, set, node, first, 0);
          free.push(set);
        }
        case 1 -> {
          add(ONE_ONE, set, node, first, 0);
          part(first(first), set);
        }
        default -> {
          add(ONE, set, node, LEAF, 0);
          part(first, set);
        }
      }
    }

    private void add(int kind, int set, int node, int child, int other) {
      if (used + SIZE > steps.length) {
        steps = Arrays.copyOf(steps, 2 * steps.length);
      }
      steps[used + KIND] = kind;
      steps[used + SET] = set;
      steps[used + QUESTION] = questions.applyAsInt(node);
      steps[used + PLANE] = planes[node];
      steps[used + FLIPS] = isFlipped(node) ? 1 : 0;
      if (child != LEAF) {
        steps[used + CHILD_QUESTION] = questions.applyAsInt(child);
        steps[used + CHILD_PLANE] = planes[child];
        steps[used + FLIPS] |= isFlipped(child) ? 2 : 0;
      }
      steps[used + OTHER] = other;
      used += SIZE;
    }
  }
}
