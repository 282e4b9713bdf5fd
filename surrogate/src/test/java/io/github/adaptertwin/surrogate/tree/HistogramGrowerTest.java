package io.github.adaptertwin.surrogate.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.Friedman;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.data.Dataset;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class HistogramGrowerTest {
  private static GrownTree grow(Dataset data, GrowthLimits limits, int bins, int threads) {
    int[] all = new int[data.rows()];
    double[] gradients = new double[all.length];
    double[] weights = new double[all.length];
    double mean = Arrays.stream(data.targets()).average().orElse(0);
    for (int r = 0; r < all.length; r++) {
      all[r] = r;
      gradients[r] = data.target(r) - mean;
      weights[r] = 1;
    }
    try (Workers workers = new Workers(threads)) {
      return new HistogramGrower(BinnedDataset.of(data, bins), limits, workers)
          .grow(all, gradients, weights);
    }
  }

  private static double squares(RegressionTree tree, Dataset data) {
    double sum = 0;
    for (int r = 0; r < data.rows(); r++) {
      double off = data.target(r) - tree.predict(data.row(r));
      sum += off * off;
    }
    return sum;
  }

  /** With a bin for each value nothing is lost: the tree errs as little as the exact one. */
  @Property(tries = 100)
  void with_enough_bins_the_tree_is_as_good_as_the_exact_one(@ForAll long seed) {
    RandomStream random = new RandomStreams(seed).stream("rows", 0);
    int n = 20 + random.nextInt(100);
    Dataset.Builder builder = Dataset.builder(List.of("a", "b", "c"));
    double mean = 0;
    for (int i = 0; i < n; i++) {
      double y = random.nextGaussian() * 100;
      mean += y / n;
      builder.add(new double[] {random.nextInt(30), random.nextInt(5) - 2, random.nextDouble()}, y);
    }
    Dataset data = builder.build();
    RegressionTree exact = new RegressionTreeTrainer(8, 3).fit(data);
    GrownTree grown = grow(data, new GrowthLimits(8, 3, 0, List.of()), 256, 1);
    RegressionTree binned = grown.build(mean, 1);
    assertEquals(exact.leaves(), binned.leaves());
    assertEquals(squares(exact, data), squares(binned, data), 1e-6 * squares(exact, data));
    for (int r = 0; r < n; r++) {
      assertEquals(mean + grown.predict(r), binned.predict(data.row(r)), 0);
    }
  }

  @Test
  void the_tree_is_the_same_to_the_bit_for_any_number_of_threads() {
    Dataset data = Friedman.one(20_000, 1, 3);
    GrowthLimits limits = new GrowthLimits(64, 5, 1, List.of());
    String one = grow(data, limits, 256, 1).build(0, 1).rules();
    assertEquals(one, grow(data, limits, 256, 3).build(0, 1).rules());
    assertEquals(one, grow(data, limits, 256, 8).build(0, 1).rules());
  }

  /** Along a constrained feature no prediction falls, wherever the others stand. */
  @Property(tries = 30)
  void a_monotone_tree_never_falls(@ForAll long seed) {
    RandomStream random = new RandomStreams(seed).stream("rows", 0);
    Dataset.Builder builder = Dataset.builder(List.of("up", "free", "down"));
    for (int i = 0; i < 300; i++) {
      double[] x = {random.nextDouble(), random.nextDouble(), random.nextDouble()};
      builder.add(x, x[0] + 4 * Math.sin(9 * x[1]) - x[2] + 2 * random.nextGaussian());
    }
    GrowthLimits limits =
        new GrowthLimits(
            40,
            2,
            0,
            List.of(
                GrowthLimits.Monotone.RISING,
                GrowthLimits.Monotone.FREE,
                GrowthLimits.Monotone.FALLING));
    RegressionTree tree = grow(builder.build(), limits, 256, 1).build(0, 1);
    assertTrue(tree.leaves() > 3);
    for (int i = 0; i < 300; i++) {
      double b = random.nextDouble();
      double low = random.nextDouble();
      double high = low + (1 - low) * random.nextDouble();
      double c = random.nextDouble();
      assertTrue(tree.predict(new double[] {low, b, c}) <= tree.predict(new double[] {high, b, c}));
      assertTrue(tree.predict(new double[] {c, b, low}) >= tree.predict(new double[] {c, b, high}));
    }
  }

  /** Six rows by hand: the split at 2.5 parts (1, 1, 1) from (5, 5, 8) and the next 8 from 5. */
  @Test
  void six_rows_are_split_as_by_hand() {
    Dataset.Builder builder = Dataset.builder(List.of("x"));
    double[] y = {1, 1, 1, 5, 5, 8};
    for (int i = 0; i < 6; i++) {
      builder.add(new double[] {i}, y[i]);
    }
    RegressionTree tree =
        grow(builder.build(), new GrowthLimits(3, 1, 0, List.of()), 256, 1).build(3.5, 1);
    assertEquals(
        """
        if x <= 2.50000:
          -> 1.00000
        else:
          if x <= 4.50000:
            -> 5.00000
          else:
            -> 8.00000
        """,
        tree.rules());
    assertEquals(2, tree.depth());
  }

  @Test
  void a_large_offset_costs_no_split() {
    Dataset small = Friedman.one(500, 1, 5);
    double[] far = small.targets();
    for (int i = 0; i < far.length; i++) {
      far[i] = 1e9 + Math.rint(far[i] * 1024) / 1024;
    }
    double[] near = far.clone();
    for (int i = 0; i < near.length; i++) {
      near[i] -= 1e9;
    }
    GrowthLimits limits = new GrowthLimits(16, 5, 0, List.of());
    RegressionTree a = grow(small.withTarget(near), limits, 256, 1).build(0, 1);
    RegressionTree b = grow(small.withTarget(far), limits, 256, 1).build(0, 1);
    for (int i = 0; i < a.nodes(); i++) {
      assertEquals(a.feature(i), b.feature(i));
      assertEquals(a.threshold(i), b.threshold(i));
    }
  }

  @Test
  void bins_hold_equally_many_rows_and_edges_part_values() {
    Dataset data = Friedman.one(1000, 0, 1);
    BinnedDataset binned = BinnedDataset.of(data, 16);
    assertEquals(16, binned.bins(0));
    int[] count = new int[16];
    for (int r = 0; r < 1000; r++) {
      int code = binned.code(r, 0);
      count[code]++;
      assertTrue(code == 15 || data.feature(r, 0) <= binned.edge(0, code));
      assertTrue(code == 0 || data.feature(r, 0) > binned.edge(0, code - 1));
    }
    for (int c : count) {
      assertTrue(c >= 62 && c <= 64, Arrays.toString(count));
    }
    assertThrows(IllegalArgumentException.class, () -> BinnedDataset.of(data, 1));
    assertThrows(IllegalArgumentException.class, () -> BinnedDataset.of(data, 257));
  }

  @Test
  void limits_out_of_range_are_refused() {
    assertThrows(IllegalArgumentException.class, () -> new GrowthLimits(0, 1, 0, List.of()));
    assertThrows(IllegalArgumentException.class, () -> new GrowthLimits(1, 0, 0, List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> new GrowthLimits(1, 1, Double.NaN, List.of()));
    Dataset data = Friedman.one(50, 0, 1);
    GrowthLimits one = new GrowthLimits(4, 1, 0, List.of(GrowthLimits.Monotone.RISING));
    assertThrows(IllegalArgumentException.class, () -> grow(data, one, 16, 1));
  }

  @Test
  void arrays_that_are_no_tree_are_refused() {
    List<String> names = List.of("x");
    double[] three = {1, 2, 3};
    assertThrows(
        IllegalArgumentException.class,
        () ->
            RegressionTree.ofNodes(
                names,
                new int[] {0, -1, -1},
                three,
                new int[] {1, 0, 0},
                new int[] {1, 0, 0},
                three));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            RegressionTree.ofNodes(
                names,
                new int[] {1, -1, -1},
                three,
                new int[] {1, 0, 0},
                new int[] {2, 0, 0},
                three));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            RegressionTree.ofNodes(
                names, new int[] {-1, -1, -1}, three, new int[3], new int[3], three));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            RegressionTree.ofNodes(
                names,
                new int[] {0, -1, -1},
                new double[] {Double.NaN, 0, 0},
                new int[] {1, 0, 0},
                new int[] {2, 0, 0},
                three));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            RegressionTree.ofNodes(
                names, new int[0], new double[0], new int[0], new int[0], new double[0]));
    RegressionTree fine =
        RegressionTree.ofNodes(
            names, new int[] {0, -1, -1}, three, new int[] {1, 0, 0}, new int[] {2, 0, 0}, three);
    assertEquals(2, fine.predict(new double[] {1}));
    assertEquals(3, fine.predict(new double[] {1.5}));
  }

  @Test
  void largest_first_draws_again_until_a_split_parts_enough() {
    // Four rows on each side of a step in the second feature; the first one says next to nothing.
    double[] noise = {0, 1, 0, 1, 1, 0, 1, 1};
    Dataset.Builder builder = Dataset.builder(List.of("noise", "step"));
    double[] gradients = new double[8];
    double[] weights = new double[8];
    int[] all = new int[8];
    for (int i = 0; i < 8; i++) {
      double target = i < 4 ? -5 : 5;
      builder.add(new double[] {noise[i], i}, target);
      gradients[i] = target;
      weights[i] = 1;
      all[i] = i;
    }
    Dataset data = builder.build();
    try (Workers alone = new Workers(1)) {
      HistogramGrower grower =
          new HistogramGrower(
              BinnedDataset.of(data, 16), new GrowthLimits(2, 1, 0, List.of()), alone);
      for (int seed = 0; seed < 20; seed++) {
        RegressionTree tree =
            grower
                .growLargestFirst(
                    all, gradients, weights, 1, new RandomStreams(seed).stream("test/draws", 0))
                .build(0, 1);
        assertEquals(1, tree.feature(0));
        assertEquals(-5, tree.predict(new double[] {1, 0}));
        assertEquals(5, tree.predict(new double[] {0, 7}));
      }
    }
  }

  @Test
  void largest_first_splits_the_leaf_with_the_largest_squares() {
    // After the cut in the middle the right half has the larger spread, so it is cut next.
    double[] targets = {0, 1, 0, 1, 100, 120, 140, 160};
    Dataset.Builder builder = Dataset.builder(List.of("x"));
    double[] weights = new double[8];
    int[] all = new int[8];
    for (int i = 0; i < 8; i++) {
      builder.add(new double[] {i}, targets[i]);
      weights[i] = 1;
      all[i] = i;
    }
    try (Workers alone = new Workers(1)) {
      RegressionTree tree =
          new HistogramGrower(
                  BinnedDataset.of(builder.build(), 16),
                  new GrowthLimits(3, 1, 0, List.of()),
                  alone)
              .growLargestFirst(
                  all, targets, weights, 1, new RandomStreams(1).stream("test/draws", 0))
              .build(0, 1);
      assertEquals(0.5, tree.predict(new double[] {0}));
      assertEquals(110, tree.predict(new double[] {4}));
      assertEquals(150, tree.predict(new double[] {7}));
    }
  }
}
