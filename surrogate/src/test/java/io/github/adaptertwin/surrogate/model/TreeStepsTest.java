package io.github.adaptertwin.surrogate.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.Arrays;
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
}
