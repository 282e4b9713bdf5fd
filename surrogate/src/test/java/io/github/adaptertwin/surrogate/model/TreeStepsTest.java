package io.github.adaptertwin.surrogate.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class TreeStepsTest {
  /** A tree whose leaves are 1, 2 and so on; a node's left child is a leaf in a chain. */
  private static RegressionTree tree(int inner, boolean chain) {
    int nodes = 2 * inner + 1;
    int[] feature = new int[nodes];
    int[] left = new int[nodes];
    int[] right = new int[nodes];
    double[] value = new double[nodes];
    Arrays.fill(feature, -1);
    int leaves = 0;
    for (int node = 0; node < nodes; node++) {
      boolean asks = chain ? node % 2 == 0 && node < nodes - 1 : node < inner;
      if (asks) {
        feature[node] = 0;
        left[node] = chain ? node + 1 : 2 * node + 1;
        right[node] = left[node] + 1;
      } else {
        value[node] = ++leaves;
      }
    }
    return RegressionTree.ofNodes(List.of("x"), feature, new double[nodes], left, right, value);
  }

  @Test
  void of_oneQuestion_isOneStep() {
    TreeSteps steps = TreeSteps.of(tree(1, true), node -> 7);
    assertNotNull(steps);
    assertEquals(1, steps.bits());
    assertEquals(1, steps.sets());
    assertEquals(TreeSteps.SIZE, steps.steps().length);
    assertEquals(TreeSteps.LAST, steps.steps()[TreeSteps.KIND]);
    assertEquals(7, steps.steps()[TreeSteps.QUESTION]);
    assertEquals(List.of(1.0, 2.0), Arrays.stream(steps.leaves()).boxed().toList());
  }

  @Test
  void of_fullTree_hasNoBitTooMany() {
    TreeSteps steps = TreeSteps.of(tree(255, false), node -> node);
    assertNotNull(steps);
    assertEquals(8, steps.bits());
    double[] leaves = steps.leaves().clone();
    Arrays.sort(leaves);
    for (int i = 0; i < 256; i++) {
      assertEquals(i + 1, leaves[i]);
    }
    // A set for each level at most, however many nodes there are.
    assertTrue(steps.sets() <= 8, steps.sets() + " sets");
  }

  /** Each leaf of a chain needs a bit of its own: no other keeps it apart from all below it. */
  @Test
  void of_chain_hasABitForEachQuestionUpToTheLimit() {
    TreeSteps longest = TreeSteps.of(tree(TreeSteps.MOST_BITS, true), node -> node);
    assertNotNull(longest);
    assertEquals(TreeSteps.MOST_BITS, longest.bits());
    assertNull(TreeSteps.of(tree(TreeSteps.MOST_BITS + 1, true), node -> node));
  }

  /** A tree in words: {@code (..)} is a question with two children, a point is a leaf. */
  private static RegressionTree tree(String words) {
    int nodes = (int) words.chars().filter(c -> c != ')').count();
    int[] feature = new int[nodes];
    int[] left = new int[nodes];
    int[] right = new int[nodes];
    double[] value = new double[nodes];
    Deque<Integer> open = new ArrayDeque<>();
    int node = 0;
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      if (c == ')') {
        open.pop();
        continue;
      }
      if (!open.isEmpty()) {
        int parent = open.getFirst();
        (left[parent] == 0 ? left : right)[parent] = node;
      }
      if (c == '(') {
        open.push(node);
      } else {
        feature[node] = -1;
        value[node] = node;
      }
      node++;
    }
    return RegressionTree.ofNodes(List.of("x"), feature, new double[nodes], left, right, value);
  }

  private static TreeSteps steps(String words) {
    TreeSteps steps = TreeSteps.of(tree(words), node -> node);
    assertNotNull(steps);
    return steps;
  }

  /**
   * Four leaves in pairs have the codes 0 to 3, four in a chain 0, 1, 2 and 4; together, with bit 3
   * for the chain, 0 to 3, 8, 9, 10 and 12. Two more, 0 and 1 by themselves, meet these with bit 0
   * or 1 changed, but with bit 2 they are 4 and 5: no fifth bit is needed.
   */
  @Test
  void of_twoSubtrees_sharesTheLowestBitThatKeepsThemApart() {
    String pairs = "((..)(..))";
    String chain = "(.(.(..)))";
    assertEquals(2, steps(pairs).bits());
    assertEquals(3, steps(chain).bits());
    assertEquals(4, steps("(" + pairs + chain + ")").bits());
    TreeSteps ten = steps("((" + pairs + chain + ")(..))");
    assertEquals(4, ten.bits());
    double[] leaves = ten.leaves();
    assertEquals(16, leaves.length);
    // The leaves of the pair are the last two nodes.
    assertEquals(17, leaves[4]);
    assertEquals(18, leaves[5]);
  }

  /** Steps by hand: what is parted together, and which sets are kept meanwhile. */
  @Test
  void of_smallTrees_partsWhatItCanTogether() {
    assertEquals(List.of(TreeSteps.ONE_LAST), kinds(steps("((..).)")));
    assertEquals(List.of(TreeSteps.ONE_ONE, TreeSteps.LAST), kinds(steps("(((..).).)")));
    assertEquals(List.of(TreeSteps.BOTH_LAST), kinds(steps("((..)(..))")));
    assertEquals(
        List.of(TreeSteps.BOTH_SECOND_LAST, TreeSteps.ONE_LAST), kinds(steps("(((..).)(..))")));
    assertEquals(
        List.of(TreeSteps.BOTH, TreeSteps.ONE_LAST, TreeSteps.ONE_LAST),
        kinds(steps("(((..).)((..).))")));
    assertEquals(List.of(TreeSteps.ONE, TreeSteps.BOTH_LAST), kinds(steps("(((..)(..)).)")));
    assertEquals(List.of(), kinds(steps(".")));
    assertEquals(1, steps("((..)(..))").sets());
    assertEquals(2, steps("(((..).)((..).))").sets());
    // The left half needs three; they are free again when the right one comes.
    String half = "(((..).)((..).))";
    assertEquals(3, steps("(" + half + half + ")").sets());
    // The right child is the first where it has more inner children, and the step knows.
    assertEquals(1, steps("(.(..))").steps()[TreeSteps.FLIPS]);
    assertEquals(0, steps("((..).)").steps()[TreeSteps.FLIPS]);
    assertEquals(3, steps("(.(.(..)))").steps()[TreeSteps.FLIPS]);
  }

  private static List<Integer> kinds(TreeSteps steps) {
    List<Integer> kinds = new ArrayList<>();
    for (int i = 0; i < steps.steps().length; i += TreeSteps.SIZE) {
      kinds.add(steps.steps()[i + TreeSteps.KIND]);
    }
    return kinds;
  }
}
