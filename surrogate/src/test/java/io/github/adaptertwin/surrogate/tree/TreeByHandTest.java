package io.github.adaptertwin.surrogate.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.data.Dataset;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TreeByHandTest {
  private static final List<String> X = List.of("x");

  private static Dataset column(double[] values, double[] targets) {
    return Dataset.ofColumns(X, new double[][] {values}, targets);
  }

  private static Dataset column(double... targets) {
    double[] values = new double[targets.length];
    Arrays.setAll(values, i -> i);
    return column(values, targets);
  }

  private static void assertRefused(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  private static RegressionTree tree(int[] feature, int[] left, int[] right) {
    double[] threshold = new double[feature.length];
    double[] value = new double[feature.length];
    Arrays.setAll(threshold, i -> i + 0.5);
    Arrays.setAll(value, i -> 10 * i);
    return RegressionTree.ofNodes(X, feature, threshold, left, right, value);
  }

  @Test
  void nodes_that_are_no_tree_are_refused_and_told() {
    int[] leaf = {0, 0, 0};
    int[] left = {1, 0, 0};
    int[] right = {2, 0, 0};
    int[] asks = {0, -1, -1};
    assertEquals(2, tree(asks, left, right).leaves());
    String lengths = "a tree needs arrays of the same length, at least 1; the first has 3 nodes";
    double[] three = new double[3];
    double[] two = new double[2];
    assertRefused(lengths, () -> RegressionTree.ofNodes(X, asks, two, left, right, three));
    assertRefused(lengths, () -> RegressionTree.ofNodes(X, asks, three, new int[2], right, three));
    assertRefused(lengths, () -> RegressionTree.ofNodes(X, asks, three, left, new int[2], three));
    assertRefused(lengths, () -> RegressionTree.ofNodes(X, asks, three, left, right, two));
    assertRefused("node 0 asks for feature 1 of 1", () -> tree(new int[] {1, -1, -1}, left, right));
    assertRefused(
        "node 0 asks for feature -2 of 1", () -> tree(new int[] {-2, -1, -1}, left, right));
    String child = ", which is no later node without a parent";
    assertRefused("node 0 has child 0" + child, () -> tree(asks, leaf, right));
    assertRefused("node 0 has child 3" + child, () -> tree(asks, left, new int[] {3, 0, 0}));
    assertRefused("node 0 has child 1" + child, () -> tree(asks, left, left));
    assertRefused("node 1 has no parent", () -> tree(new int[] {-1, -1, -1}, leaf, leaf));
    double[] infinite = {0, Double.POSITIVE_INFINITY, 0};
    assertRefused(
        "node 1 has value Infinity, must be finite",
        () -> RegressionTree.ofNodes(X, asks, three, left, right, infinite));
    double[] nan = {Double.NaN, 0, 0};
    assertRefused(
        "node 0 has threshold NaN, must be finite",
        () -> RegressionTree.ofNodes(X, asks, nan, left, right, three));
    assertRefused(
        "node 0 has value NaN, must be finite",
        () -> RegressionTree.ofNodes(X, asks, three, left, right, nan));
    assertRefused(
        "row has 2 values, the tree has 1 features",
        () -> tree(asks, left, right).predict(new double[2]));
  }

  /** x at most .5: 10; else at most 2.5: 30, else 40. */
  @Test
  void a_tree_tells_its_nodes_depth_and_rules() {
    RegressionTree tree =
        tree(new int[] {0, -1, 0, -1, -1}, new int[] {1, 0, 3, 0, 0}, new int[] {2, 0, 4, 0, 0});
    assertEquals(5, tree.nodes());
    assertEquals(3, tree.leaves());
    assertEquals(2, tree.depth());
    assertTrue(tree.isLeaf(1));
    assertFalse(tree.isLeaf(2));
    assertEquals(0, tree.feature(2));
    assertEquals(2.5, tree.threshold(2));
    assertEquals(3, tree.left(2));
    assertEquals(4, tree.right(2));
    assertEquals(40, tree.value(4));
    assertEquals(10, tree.predict(new double[] {0.5}));
    assertEquals(30, tree.predict(new double[] {Math.nextUp(0.5)}));
    assertEquals(30, tree.predict(new double[] {2.5}));
    assertEquals(40, tree.predict(new double[] {3}));
    assertEquals(
        """
        if x <= 0.500000:
          -> 10.0000
        else:
          if x <= 2.50000:
            -> 30.0000
          else:
            -> 40.0000
        """,
        tree.rules());
    assertEquals(41, tree.withValues(v -> v + 1).value(4));
    assertRefused("node 0 has value NaN, must be finite", () -> tree.withValues(v -> Double.NaN));
    assertEquals(0, tree(new int[] {-1}, new int[1], new int[1]).depth());
  }

  @Test
  void numbers_are_rounded_to_significant_digits() {
    assertEquals(0.001235, RegressionTree.rounded(0.00123456, 4));
    assertEquals(-123_000, RegressionTree.rounded(-123_456, 3));
    assertEquals(0, RegressionTree.rounded(0, 3));
    RegressionTree tree = tree(new int[] {-1}, new int[1], new int[1]).withValues(v -> 1.23456);
    assertEquals(1.23, tree.rounded(3).value(0));
  }

  /**
   * Behind (1, 1) a cut wins 11^2 (1/2 + 1/6) = 80.7, behind (1, 1, 5) 12.5^2 (1/3 + 1/5) = 83.3.
   */
  @Test
  void leaves_with_the_largest_gain_are_split_first() {
    Dataset data = column(1, 1, 5, 9, 9, 9, 9, 9);
    RegressionTree two = new RegressionTreeTrainer(2, 1).fit(data);
    assertEquals(2.5, two.threshold(0));
    RegressionTree three = new RegressionTreeTrainer(3, 1).fit(data);
    assertEquals(5, three.predict(new double[] {2}));
    assertEquals(1, three.predict(new double[] {0}));
    assertEquals(9, three.predict(new double[] {3}));
    // What is alike is not split, however many leaves there may be.
    assertEquals(3, new RegressionTreeTrainer(8, 1).fit(data).leaves());
    assertEquals(1, new RegressionTreeTrainer(8, 1).fit(column(4, 4, 4)).leaves());
    // Two rows a leaf: (1, 1, 5) stay together.
    RegressionTree pairs = new RegressionTreeTrainer(3, 2).fit(data);
    assertEquals(7 / 3.0, pairs.predict(new double[] {2}));
    assertEquals(2, pairs.leaves());
    assertEquals(4, new RegressionTreeTrainer(8, 2).fit(column(1, 2, 3, 4, 5, 6, 7, 8)).leaves());
    assertEquals(1, new RegressionTreeTrainer(8, 2).fit(column(1, 2, 3)).leaves());
    assertRefused(
        "leaves are 0 and rows per leaf 1, both must be at least 1",
        () -> new RegressionTreeTrainer(0, 1));
    assertRefused(
        "leaves are 1 and rows per leaf 0, both must be at least 1",
        () -> new RegressionTreeTrainer(1, 0));
  }

  /** Equal values stay together, and the cut is halfway to the next. */
  @Test
  void equal_values_are_never_parted() {
    Dataset data = column(new double[] {3, 1, 1, 1, 7, 3}, new double[] {20, 0, 9, 0, 20, 20});
    RegressionTree tree = new RegressionTreeTrainer(2, 1).fit(data);
    assertEquals(2, tree.threshold(0));
    assertEquals(3, tree.predict(new double[] {1}));
    assertEquals(20, tree.predict(new double[] {3}));
  }

  @Test
  void a_cut_lies_between_its_neighbours_wherever_they_are() {
    assertEquals(2, BinnedDataset.between(1, 3));
    double next = Math.nextUp(1.0);
    assertEquals(1, BinnedDataset.between(1, next));
    assertEquals(0, BinnedDataset.between(-Double.MAX_VALUE, Double.MAX_VALUE));
    assertEquals(0, BinnedDataset.between(0, Double.MIN_VALUE));
    assertEquals(-2, BinnedDataset.between(-3, -1));
  }

  /** Six values in three bins of two; of four different values each has a bin. */
  @Test
  void bins_are_as_by_hand() {
    BinnedDataset three =
        BinnedDataset.of(column(new double[] {5, 3, 1, 0, 2, 4}, new double[6]), 3);
    assertEquals(3, three.bins(0));
    assertEquals(1.5, three.edge(0, 0));
    assertEquals(3.5, three.edge(0, 1));
    int[] codes = {2, 1, 0, 0, 1, 2};
    for (int r = 0; r < 6; r++) {
      assertEquals(codes[r], three.code(r, 0), "row " + r);
    }
    double[] values = {7, 7, 7, -1, 2, 7, 3, -0.0, 0.0};
    BinnedDataset each = BinnedDataset.of(column(values, new double[9]), 5);
    assertEquals(5, each.bins(0));
    assertEquals(-0.5, each.edge(0, 0));
    assertEquals(1, each.edge(0, 1));
    assertEquals(2.5, each.edge(0, 2));
    assertEquals(5, each.edge(0, 3));
    assertEquals(each.code(7, 0), each.code(8, 0), "either zero");
    assertEquals(1, BinnedDataset.of(column(new double[3], new double[3]), 2).bins(0));
    assertEquals(1, three.width());
    assertEquals(6, three.rows());
    assertEquals(X, three.features());
    assertRefused("bins are 1, must be in [2, 256]", () -> BinnedDataset.of(column(1), 1));
    assertRefused("bins are 257, must be in [2, 256]", () -> BinnedDataset.of(column(1), 257));
    assertEquals(256, BinnedDataset.MOST_BINS);
    // The last of 256 bins is not taken for -1.
    double[] many = new double[600];
    Arrays.setAll(many, i -> i);
    BinnedDataset full = BinnedDataset.of(column(many, many.clone()), 256);
    assertEquals(256, full.bins(0));
    assertEquals(255, full.code(599, 0));
    assertEquals(599, full.target(599));
    assertEquals(599, full.targets()[599]);
  }

  private static GrownTree grow(
      Dataset data, GrowthLimits limits, double[] weights, int[] members) {
    double[] gradients = data.targets();
    try (Workers alone = new Workers(1)) {
      return new HistogramGrower(BinnedDataset.of(data, 256), limits, alone)
          .grow(members, gradients, weights);
    }
  }

  private static final double[] ONES = {1, 1, 1, 1};

  /** Gradients -4, -2, 2, 6: leaves (-4, -2) and (2, 6); only members count. */
  @Test
  void leaves_are_sums_of_gradients_over_weights() {
    Dataset data = column(-4, -2, 2, 6);
    int[] all = {0, 1, 2, 3};
    GrownTree plain = grow(data, new GrowthLimits(2, 1, 0, List.of()), ONES, all);
    assertEquals(2, plain.leaves());
    assertEquals(-3, plain.predict(0));
    assertEquals(4, plain.predict(3));
    assertArrayEquals(new int[] {0, 1}, plain.rows(0));
    assertArrayEquals(new int[] {2, 3}, plain.rows(1));
    assertEquals(4, plain.value(1));
    GrownTree ridge = grow(data, new GrowthLimits(2, 1, 2, List.of()), ONES, all);
    assertEquals(-1.5, ridge.predict(1));
    assertEquals(2, ridge.predict(2));
    GrownTree one = grow(data, new GrowthLimits(1, 1, 4, List.of()), ONES, all);
    assertEquals(0.25, one.predict(0), "(-4 - 2 + 2 + 6) / (4 + 4)");
    // A weight of 3 of the last row: 8 / (1 + 3).
    GrownTree heavy =
        grow(data, new GrowthLimits(2, 2, 0, List.of()), new double[] {1, 1, 1, 3}, all);
    assertEquals(2, heavy.predict(3));
    GrownTree some = grow(data, new GrowthLimits(4, 1, 0, List.of()), ONES, new int[] {0, 3});
    assertEquals(2, some.leaves());
    assertEquals(6, some.predict(1), "no member; the cut is right behind the first");
    plain.setValue(0, 7);
    assertEquals(7, plain.predict(1));
    assertEquals(2 + 10 * 7, plain.build(2, 10).predict(new double[] {0}));
  }

  @Test
  void leaves_have_as_many_rows_as_are_asked_for() {
    Dataset data = column(-9, 1, 1, 1, 1, 5);
    double[] ones = {1, 1, 1, 1, 1, 1};
    int[] all = {0, 1, 2, 3, 4, 5};
    assertArrayEquals(
        new int[] {0}, grow(data, new GrowthLimits(2, 1, 0, List.of()), ones, all).rows(0));
    assertArrayEquals(
        new int[] {0, 1}, grow(data, new GrowthLimits(2, 2, 0, List.of()), ones, all).rows(0));
    assertArrayEquals(
        new int[] {0, 1, 2}, grow(data, new GrowthLimits(2, 3, 0, List.of()), ones, all).rows(0));
    assertEquals(1, grow(data, new GrowthLimits(2, 4, 0, List.of()), ones, all).leaves());
  }

  /** A rising tree refuses the step down and takes the smaller step up. */
  @Test
  void constraints_forbid_splits_the_wrong_way_and_bound_leaves() {
    Dataset data = column(0, 9, -4, -4);
    int[] all = {0, 1, 2, 3};
    List<GrowthLimits.Monotone> rising = List.of(GrowthLimits.Monotone.RISING);
    List<GrowthLimits.Monotone> falling = List.of(GrowthLimits.Monotone.FALLING);
    GrownTree up = grow(data, new GrowthLimits(2, 1, 0, rising), ONES, all);
    assertArrayEquals(new int[] {0}, up.rows(0));
    assertEquals(0, up.predict(0));
    assertEquals(1 / 3.0, up.predict(3), 1e-12);
    // A value beyond the middle of both leaves is moved there.
    up.setValue(0, 5);
    assertEquals(1 / 6.0, up.predict(0), 1e-12);
    up.setValue(1, -5);
    assertEquals(1 / 6.0, up.predict(3), 1e-12);
    GrownTree down = grow(data, new GrowthLimits(2, 1, 0, falling), ONES, all);
    assertArrayEquals(new int[] {0, 1}, down.rows(0));
    down.setValue(0, -99);
    assertEquals((4.5 - 4) / 2, down.predict(0), 1e-12);
    assertRefused(
        "there are 2 monotone constraints for 1 features; give one for each, or none",
        () ->
            grow(
                data, new GrowthLimits(2, 1, 0, List.of(rising.get(0), rising.get(0))), ONES, all));
  }

  @Test
  void features_per_split_are_at_least_one_and_at_most_all() {
    Dataset data = column(0, 9, -4, -4);
    int[] all = {0, 1, 2, 3};
    try (Workers alone = new Workers(1)) {
      HistogramGrower grower =
          new HistogramGrower(
              BinnedDataset.of(data, 16), new GrowthLimits(2, 1, 0, List.of()), alone);
      for (int few : new int[] {0, 2}) {
        String message = "features per split are " + few + ", must be in [1, 1]";
        assertRefused(
            message,
            () ->
                grower.grow(
                    all, data.targets(), ONES, few, new RandomStreams(1).stream("test", 0)));
        assertRefused(
            message,
            () ->
                grower.growLargestFirst(
                    all, data.targets(), ONES, few, new RandomStreams(1).stream("test", 0)));
      }
      assertEquals(
          2,
          grower
              .grow(all, data.targets(), ONES, 1, new RandomStreams(1).stream("test", 0))
              .leaves());
    }
  }

  @Test
  void limits_say_what_they_need() {
    assertRefused(
        "leaves are 0 and rows per leaf 1, both must be at least 1",
        () -> new GrowthLimits(0, 1, 0, List.of()));
    assertRefused(
        "leaves are 1 and rows per leaf 0, both must be at least 1",
        () -> new GrowthLimits(1, 0, 0, List.of()));
    assertRefused(
        "ridge of leaves is Infinity, must be a finite number of at least 0",
        () -> new GrowthLimits(1, 1, 1.0 / 0, List.of()));
    assertRefused(
        "ridge of leaves is -1.0, must be a finite number of at least 0",
        () -> new GrowthLimits(1, 1, -1, List.of()));
  }

  @Test
  void drawn_features_are_different_ascending_and_all_of_them_in_the_end() {
    FeatureDraws draws = new FeatureDraws(6, new RandomStreams(3).stream("test", 0));
    boolean[] seen = new boolean[6];
    for (int i = 0; i < 50; i++) {
      int[] three = draws.draw(0, 3);
      assertTrue(three[0] < three[1] && three[1] < three[2], Arrays.toString(three));
      assertTrue(three[0] >= 0 && three[2] < 6);
      // One by one, the others come behind them, each once.
      boolean[] all = new boolean[6];
      for (int f : three) {
        all[f] = true;
      }
      for (int at = 3; at < 6; at++) {
        int next = draws.draw(at);
        assertFalse(all[next], "drawn twice");
        all[next] = true;
      }
      for (int f : three) {
        seen[f] = true;
      }
    }
    for (boolean s : seen) {
      assertTrue(s);
    }
  }

  @Test
  void depth_counts_questions_on_either_side() {
    RegressionTree left =
        tree(new int[] {0, 0, -1, -1, -1}, new int[] {1, 3, 0, 0, 0}, new int[] {2, 4, 0, 0, 0});
    assertEquals(2, left.depth());
    assertEquals(1, tree(new int[] {0, -1, -1}, new int[] {1, 0, 0}, new int[] {2, 0, 0}).depth());
  }

  /** The rows come in the opposite order of their values, so every split moves them. */
  @Test
  void weights_go_with_their_rows() {
    Dataset data = column(new double[] {3, 2, 1, 0}, new double[] {6, 2, -2, -4});
    GrownTree tree =
        grow(
            data,
            new GrowthLimits(4, 1, 0, List.of()),
            new double[] {2, 1, 1, 4},
            new int[] {0, 1, 2, 3});
    assertEquals(4, tree.leaves());
    double[] expected = {3, 2, -2, -1};
    for (int r = 0; r < 4; r++) {
      assertEquals(expected[r], tree.predict(r), "row " + r);
    }
  }

  /** Sums of tenths differ in the last bit; nothing is to be learned from that. */
  @Test
  void rounding_is_no_gain() {
    double[] tenths = new double[50];
    double[] ones = new double[50];
    Arrays.fill(tenths, 0.1);
    Arrays.fill(ones, 1);
    int[] all = new int[50];
    Arrays.setAll(all, i -> i);
    Dataset data = column(tenths);
    assertEquals(1, grow(data, new GrowthLimits(8, 1, 0, List.of()), ones, all).leaves());
    try (Workers alone = new Workers(1)) {
      assertEquals(
          1,
          new HistogramGrower(
                  BinnedDataset.of(data, 64), new GrowthLimits(8, 1, 0, List.of()), alone)
              .growLargestFirst(all, tenths, ones, 1, new RandomStreams(1).stream("test", 0))
              .leaves());
    }
  }

  private static RegressionTree largestFirst(
      Dataset data, double[] weights, int leaves, int features, long seed) {
    int[] all = new int[data.rows()];
    Arrays.setAll(all, i -> i);
    try (Workers alone = new Workers(1)) {
      return new HistogramGrower(
              BinnedDataset.of(data, 64), new GrowthLimits(leaves, 1, 0, List.of()), alone)
          .growLargestFirst(
              all, data.targets(), weights, features, new RandomStreams(seed).stream("test", 0))
          .build(0, 1);
    }
  }

  /**
   * Left -1 and 1 of weight 1: squares of 2. Right 9.55 and 10.45 of weight 4, which are gradients
   * of 38.2 and 41.8: squares of 2 * 1.8^2 / 4 = 1.62.
   */
  @Test
  void squares_are_weighed() {
    Dataset data = column(-1, 1, 38.2, 41.8);
    RegressionTree tree = largestFirst(data, new double[] {1, 1, 4, 4}, 3, 1, 1);
    assertEquals(-1, tree.predict(new double[] {0}));
    assertEquals(1, tree.predict(new double[] {1}));
    assertEquals(10, tree.predict(new double[] {2}), 1e-12);
    assertEquals(10, tree.predict(new double[] {3}), 1e-12);
  }

  /**
   * Targets alternate by 20; the first feature says 1 of it, the second 2, the third nothing: none
   * is enough, so all are drawn, in whatever order, and the best is taken.
   */
  @Test
  void where_no_feature_is_enough_the_best_of_all_is_taken() {
    Dataset.Builder builder = Dataset.builder(List.of("one", "two", "none"));
    for (int i = 0; i < 64; i++) {
      double one = i / 2 % 2;
      double two = i / 4 % 2;
      builder.add(new double[] {one, two, i / 8 % 2}, (i % 2 == 0 ? -10 : 10) + one + 2 * two);
    }
    Dataset data = builder.build();
    double[] ones = new double[64];
    Arrays.fill(ones, 1);
    for (int seed = 0; seed < 12; seed++) {
      assertEquals(1, largestFirst(data, ones, 2, 1, seed).feature(0), "seed " + seed);
      assertEquals(1, largestFirst(data, ones, 2, 2, seed).feature(0), "seed " + seed);
    }
  }

  /** One feature parts a fifth of the squares, the other all the rest: either is enough. */
  @Test
  void the_first_feature_that_is_enough_is_taken() {
    Dataset.Builder builder = Dataset.builder(List.of("fifth", "rest"));
    for (int i = 0; i < 64; i++) {
      double fifth = i % 2;
      double rest = i / 2 % 2;
      builder.add(new double[] {fifth, rest}, fifth + 2 * rest);
    }
    Dataset data = builder.build();
    double[] ones = new double[64];
    Arrays.fill(ones, 1);
    int fifths = 0;
    for (int seed = 0; seed < 20; seed++) {
      fifths += largestFirst(data, ones, 2, 1, seed).feature(0) == 0 ? 1 : 0;
      assertEquals(1, largestFirst(data, ones, 2, 2, seed).feature(0), "both are looked at");
    }
    assertTrue(fifths > 3 && fifths < 17, fifths + " of 20");
  }

  /**
   * With a ridge of 1 both leaves are 1: 2 / (1 + 1) and 3 / (2 + 1), which is no step either way.
   */
  @Test
  void equal_leaves_keep_every_constraint() {
    Dataset data = column(new double[] {0, 1, 1}, new double[] {2, 1.5, 1.5});
    for (GrowthLimits.Monotone way : GrowthLimits.Monotone.values()) {
      GrownTree tree =
          grow(
              data,
              new GrowthLimits(2, 1, 1, List.of(way)),
              new double[] {1, 1, 1},
              new int[] {0, 1, 2});
      assertEquals(2, tree.leaves(), way.name());
      assertEquals(1, tree.predict(0));
      assertEquals(1, tree.predict(2));
    }
  }
}
