package io.github.adaptertwin.surrogate.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble.Link;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Compiled trees beside plain ones, on trees of all shapes that are drawn at random. */
class CompiledTreesTest {
  private static final List<String> NAMES = List.of("a", "b", "c");

  /** A tree with so many leaves; skewed ones have a leaf on one side of most questions. */
  private static final class Drawn {
    private final int[] feature;
    private final double[] threshold;
    private final int[] left;
    private final int[] right;
    private final double[] value;
    private final RandomStream random;
    private final boolean skewed;
    private int used;

    Drawn(int leaves, boolean skewed, RandomStream random) {
      int nodes = 2 * leaves - 1;
      feature = new int[nodes];
      threshold = new double[nodes];
      left = new int[nodes];
      right = new int[nodes];
      value = new double[nodes];
      this.random = random;
      this.skewed = skewed;
      grow(leaves);
    }

    private int grow(int leaves) {
      int node = used++;
      if (leaves == 1) {
        feature[node] = -1;
        value[node] = random.nextGaussian();
        return node;
      }
      feature[node] = random.nextInt(NAMES.size());
      threshold[node] = threshold();
      int some = skewed ? 1 + random.nextInt(2) : 1 + random.nextInt(leaves - 1);
      int few = Math.min(some, leaves - 1);
      int first = random.nextInt(2) == 0 ? few : leaves - few;
      left[node] = grow(first);
      right[node] = grow(leaves - first);
      return node;
    }

    /** Some thresholds are asked for by many nodes. */
    private double threshold() {
      return random.nextInt(3) == 0 ? random.nextInt(4) - 1.5 : random.nextGaussian();
    }

    RegressionTree tree() {
      return RegressionTree.ofNodes(NAMES, feature, threshold, left, right, value);
    }
  }

  private static TreeEnsemble ensemble(int trees, int leaves, boolean skewed, Link link, int seed) {
    RandomStream random = new RandomStreams(seed).stream("trees", 0);
    List<RegressionTree> drawn = new ArrayList<>();
    for (int t = 0; t < trees; t++) {
      drawn.add(new Drawn(1 + random.nextInt(leaves), skewed, random).tree());
    }
    return new TreeEnsemble(NAMES, drawn, 0.25, link);
  }

  private static double[] rows(int rows, int seed) {
    RandomStream random = new RandomStreams(seed).stream("rows", 0);
    double[] values = new double[rows * NAMES.size()];
    for (int i = 0; i < values.length; i++) {
      // Some lie on thresholds.
      values[i] = i % 4 == 0 ? random.nextInt(4) - 1.5 : random.nextGaussian();
    }
    return values;
  }

  private static void assertSame(TreeEnsemble ensemble, int rows, int seed) {
    CompiledTrees compiled = CompiledTrees.of(ensemble);
    double[] values = rows(rows, seed);
    double[] batch = new double[rows];
    Arrays.fill(batch, 99);
    compiled.predict(values, batch);
    double[] shared = new double[rows];
    try (Workers two = new Workers(2)) {
      compiled.predict(values, shared, two);
    }
    for (int r = 0; r < rows; r++) {
      double[] row = Arrays.copyOfRange(values, r * NAMES.size(), (r + 1) * NAMES.size());
      double expected = ensemble.predict(row);
      assertEquals(expected, compiled.predict(row), 0, "row " + r);
      assertEquals(expected, batch[r], 0, "row " + r + " of " + rows);
      assertEquals(expected, shared[r], 0, "row " + r + " of " + rows + ", shared");
    }
  }

  /** Up to eight bits a code, and up to eight trees at a time and some more. */
  @Test
  void small_trees() {
    for (int trees = 1; trees <= 19; trees += 3) {
      assertSame(ensemble(trees, 20, false, Link.IDENTITY, trees), 150, trees);
    }
    assertSame(ensemble(8, 20, false, Link.LOGISTIC, 1), 70, 1);
    assertSame(ensemble(3, 1, false, Link.IDENTITY, 1), 70, 1);
    assertSame(ensemble(3, 2, false, Link.IDENTITY, 2), 70, 2);
    assertSame(ensemble(3, 4, false, Link.IDENTITY, 3), 70, 3);
  }

  /** More than eight bits a code, more than 512 rows, and questions beyond a page of answers. */
  @Test
  void large_trees() {
    assertSame(ensemble(12, 300, false, Link.IDENTITY, 4), 700, 4);
    assertSame(ensemble(3, 700, false, Link.LOGISTIC, 5), 64, 5);
  }

  /** Of 3,000 questions: blocks of 1,920 rows, of which two and a bit more are asked. */
  @Test
  void several_blocks() {
    TreeEnsemble many = ensemble(30, 300, false, Link.IDENTITY, 7);
    for (int rows : new int[] {1919, 1920, 1921, 3841, 4000}) {
      assertSame(many, rows, 7);
    }
    assertSame(ensemble(9, 40, true, Link.IDENTITY, 40), 4100, 8);
  }

  /** Some of them have codes of more than sixteen bits, so that none is asked in bitmaps. */
  @Test
  void skewed_trees() {
    for (int leaves : new int[] {6, 12, 16, 40}) {
      assertSame(ensemble(9, leaves, true, Link.IDENTITY, leaves), 150, leaves);
    }
  }

  @Test
  void few_rows_are_walked_and_none_is_nothing() {
    TreeEnsemble ensemble = ensemble(5, 20, false, Link.IDENTITY, 6);
    for (int rows : new int[] {0, 1, 2, 63, 64, 65, 128, 129}) {
      assertSame(ensemble, rows, rows);
    }
  }

  @Test
  void a_single_tree_compiled_says_the_same() {
    for (int seed = 0; seed < 10; seed++) {
      TreeEnsemble one = ensemble(1, 60, seed % 2 == 0, Link.IDENTITY, seed);
      RegressionTree tree = one.trees().get(0);
      CompiledTree single = CompiledTree.of(tree);
      CompiledTrees alone = CompiledTrees.of(tree);
      double[] values = rows(100, seed);
      for (int r = 0; r < 100; r++) {
        double[] row = Arrays.copyOfRange(values, 3 * r, 3 * r + 3);
        assertEquals(tree.predict(row), single.predict(row), 0);
        assertEquals(tree.predict(row), alone.predict(row), 0);
      }
    }
  }
}
