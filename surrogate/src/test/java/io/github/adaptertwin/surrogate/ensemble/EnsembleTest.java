package io.github.adaptertwin.surrogate.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.Friedman;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.evaluation.Confusion;
import io.github.adaptertwin.surrogate.evaluation.Errors;
import io.github.adaptertwin.surrogate.model.CompiledTree;
import io.github.adaptertwin.surrogate.model.CompiledTrees;
import io.github.adaptertwin.surrogate.tree.GrowthLimits.Monotone;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import io.github.adaptertwin.surrogate.tree.RegressionTreeTrainer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class EnsembleTest {
  private static double[] predictions(Regressor model, Dataset data) {
    double[] said = new double[data.rows()];
    for (int r = 0; r < said.length; r++) {
      said[r] = model.predict(data.row(r));
    }
    return said;
  }

  /** Breiman's bagged trees reach a squared error near 6 with 200 noisy rows; a forest likewise. */
  @Test
  void a_forest_learns_friedmans_first_problem() {
    Dataset test = Friedman.one(2000, 0, 99);
    Dataset train = Friedman.one(2000, 1, 1);
    RandomForest forest = new RandomForestTrainer(100, 512, 2, 0.5, 256, 1).fit(train);
    double error = Errors.rmse(test.targets(), predictions(forest, test));
    assertTrue(error < 1.55, "error " + error);
    // Out of bag the noise of standard deviation 1 is seen, too.
    double expected = Math.sqrt(error * error + 1);
    assertEquals(expected, forest.outOfBagError(), 0.12 * expected);
    RegressionTree tree = new RegressionTreeTrainer(512, 2).fit(train);
    assertTrue(error < 0.75 * Errors.rmse(test.targets(), predictions(tree, test)));
  }

  @Test
  void a_forest_is_the_same_to_the_bit_for_any_number_of_threads() {
    Dataset data = Friedman.one(700, 1, 2);
    RandomForestTrainer trainer = new RandomForestTrainer(24, 32, 2, 1.0 / 3, 64, 7);
    RandomForest one = trainer.fit(data, 1);
    RandomForest many = trainer.fit(data, 5);
    for (int r = 0; r < data.rows(); r++) {
      assertEquals(one.predict(data.row(r)), many.predict(data.row(r)), 0);
      assertEquals(one.outOfBag(r), many.outOfBag(r), 0);
    }
    assertEquals(one.outOfBagError(), many.outOfBagError(), 0);
  }

  @Test
  void a_larger_forest_begins_with_the_trees_of_a_smaller_one() {
    Dataset data = Friedman.one(300, 1, 2);
    RandomForest small = new RandomForestTrainer(3, 16, 2, 0.5, 64, 7).fit(data);
    RandomForest large = new RandomForestTrainer(6, 16, 2, 0.5, 64, 7).fit(data);
    for (int t = 0; t < 3; t++) {
      RegressionTree a = small.trees().trees().get(t);
      RegressionTree b = large.trees().trees().get(t);
      for (int node = 0; node < a.nodes(); node++) {
        assertEquals(a.threshold(node), b.threshold(node), 0);
        assertEquals(3 * a.value(node), 6 * b.value(node), 1e-12);
      }
    }
  }

  /** scikit-learn's documentation gives a squared error near 4 for 1,200 rows and 500 stumps. */
  @Test
  void boosting_learns_friedmans_first_problem() {
    Dataset test = Friedman.one(2000, 0, 99);
    Dataset train = Friedman.one(2000, 1, 1);
    TreeEnsemble model =
        GradientBoostingTrainer.builder(new Loss.Squared())
            .rounds(400)
            .rate(0.1)
            .maxLeaves(8)
            .rowShare(0.7)
            .build()
            .fit(train);
    double error = Errors.rmse(test.targets(), predictions(model, test));
    assertTrue(error < 0.75, "error " + error);
  }

  @Test
  void boosting_is_the_same_to_the_bit_for_any_number_of_threads() {
    Dataset data = Friedman.one(9000, 1, 2);
    GradientBoostingTrainer trainer =
        GradientBoostingTrainer.builder(new Loss.Squared())
            .rounds(10)
            .rowShare(0.9)
            .featureShare(0.9)
            .build();
    TreeEnsemble one = trainer.fit(data, 1);
    TreeEnsemble many = trainer.fit(data, 4);
    for (int r = 0; r < 500; r++) {
      assertEquals(one.predict(data.row(r)), many.predict(data.row(r)), 0);
    }
  }

  @Test
  void logistic_boosting_tells_two_classes_apart() {
    Dataset train = Friedman.classes(3000, 0.5, 1);
    Dataset test = Friedman.classes(2000, 0, 99);
    TreeEnsemble model =
        GradientBoostingTrainer.builder(new Loss.Logistic())
            .rounds(150)
            .maxLeaves(8)
            .build()
            .fit(train);
    double[] said = predictions(model, test);
    Confusion confusion = Confusion.of(test.targets(), said, 0.5);
    assertTrue(confusion.f1() > 0.93, confusion.toString());
    for (double p : said) {
      assertTrue(p >= 0 && p <= 1);
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            GradientBoostingTrainer.builder(new Loss.Logistic())
                .build()
                .fit(Friedman.one(50, 0, 1)));
  }

  /** The share of unseen rows below a predicted quantile is its level. */
  @Test
  void quantile_boosting_covers_what_it_says() {
    Dataset train = Friedman.one(6000, 2, 1);
    Dataset test = Friedman.one(3000, 2, 99);
    for (double level : new double[] {0.1, 0.5, 0.9}) {
      TreeEnsemble model =
          GradientBoostingTrainer.builder(new Loss.Quantile(level))
              .rounds(150)
              .maxLeaves(12)
              .minRowsPerLeaf(30)
              .build()
              .fit(train);
      double[] said = predictions(model, test);
      int below = 0;
      for (int r = 0; r < said.length; r++) {
        below += test.target(r) <= said[r] ? 1 : 0;
      }
      assertEquals(level, below / (double) said.length, 0.05, "level " + level);
    }
    assertThrows(IllegalArgumentException.class, () -> new Loss.Quantile(1));
  }

  @Test
  void constrained_boosting_never_falls_with_its_feature() {
    Dataset train = Friedman.one(800, 3, 1);
    TreeEnsemble model =
        GradientBoostingTrainer.builder(new Loss.Squared())
            .rounds(60)
            .monotone(Map.of("x3", Monotone.RISING))
            .build()
            .fit(train);
    for (int r = 0; r < 200; r++) {
      double[] row = train.row(r);
      double before = Double.NEGATIVE_INFINITY;
      for (int step = 0; step <= 40; step++) {
        row[3] = step / 40.0;
        double said = model.predict(row);
        assertTrue(said >= before);
        before = said;
      }
    }
    assertThrows(
        IllegalArgumentException.class,
        () ->
            GradientBoostingTrainer.builder(new Loss.Squared())
                .monotone(Map.of("nobody", Monotone.RISING))
                .build()
                .fit(train));
  }

  @Property(tries = 40)
  void compiled_trees_say_to_the_bit_what_the_ensemble_says(@ForAll long seed) {
    int rows = 150 + Math.floorMod(seed, 200);
    Dataset data = Friedman.one(rows, 1, seed);
    RandomForest forest = new RandomForestTrainer(19, 40, 1, 0.4, 256, seed).fit(data);
    requireEqual(forest.trees(), data);
    requireEqual(
        GradientBoostingTrainer.builder(new Loss.Logistic())
            .rounds(9)
            .seed(seed)
            .build()
            .fit(Friedman.classes(rows, 1, seed)),
        data);
  }

  private static void requireEqual(TreeEnsemble ensemble, Dataset data) {
    CompiledTrees compiled = CompiledTrees.of(ensemble);
    double[] flat = new double[data.rows() * data.width()];
    double[] batch = new double[data.rows()];
    double[] shared = new double[data.rows()];
    for (int r = 0; r < batch.length; r++) {
      System.arraycopy(data.row(r), 0, flat, r * data.width(), data.width());
    }
    compiled.predict(flat, batch);
    try (Workers workers = new Workers(3)) {
      compiled.predict(flat, shared, workers);
    }
    for (int r = 0; r < batch.length; r++) {
      double expected = ensemble.predict(data.row(r));
      assertEquals(expected, compiled.predict(data.row(r)), 0);
      assertEquals(expected, batch[r], 0);
      assertEquals(expected, shared[r], 0);
    }
  }

  /**
   * Around what decides how a batch is cut: 64 rows a word, up to 8,064 a block, single rows below
   * 64; and leaves of up to eight and of more bits.
   */
  @Test
  void batches_of_any_length_have_the_bits_of_single_rows() {
    Dataset data = Friedman.one(8100, 1, 5);
    for (int leaves : new int[] {1, 2, 40, 200}) {
      TreeEnsemble ensemble = new RandomForestTrainer(9, leaves, 1, 0.4, 256, 3).fit(data).trees();
      CompiledTrees compiled = CompiledTrees.of(ensemble);
      for (int rows :
          new int[] {0, 1, 63, 64, 65, 127, 129, 2047, 2048, 2049, 2112, 4097, 8064, 8065}) {
        double[] flat = new double[rows * data.width()];
        for (int r = 0; r < rows; r++) {
          System.arraycopy(data.row(r), 0, flat, r * data.width(), data.width());
        }
        double[] batch = new double[rows];
        compiled.predict(flat, batch);
        for (int r = 0; r < rows; r++) {
          assertEquals(ensemble.predict(data.row(r)), batch[r], 0, rows + " rows, row " + r);
        }
      }
    }
  }

  /** A chain: node after node, one side is a leaf, the sides change. */
  private static RegressionTree chain(int depth) {
    int nodes = 2 * depth + 1;
    int[] feature = new int[nodes];
    double[] threshold = new double[nodes];
    int[] left = new int[nodes];
    int[] right = new int[nodes];
    double[] value = new double[nodes];
    double low = 0;
    double high = 1;
    for (int level = 0; level < depth; level++) {
      int node = 2 * level;
      double middle = (2 * low + high) / 3;
      feature[node] = level % 2;
      threshold[node] = middle;
      boolean on = level % 3 == 0;
      left[node] = on ? node + 2 : node + 1;
      right[node] = on ? node + 1 : node + 2;
      low = on ? low : middle;
      high = on ? middle : high;
      feature[node + 1] = -1;
      value[node + 1] = 1.0 / (level + 3);
    }
    feature[nodes - 1] = -1;
    value[nodes - 1] = 7;
    return RegressionTree.ofNodes(List.of("x", "y"), feature, threshold, left, right, value);
  }

  @Property(tries = 40)
  void compiled_trees_of_any_depth_say_what_the_trees_say(
      @ForAll long seed,
      @ForAll @IntRange(max = 30) int depth,
      @ForAll @IntRange(max = 4200) int rows) {
    // Chains of more than 16 are walked in batches, too.
    List<RegressionTree> trees = List.of(chain(depth), chain(9), chain(0), chain(16));
    TreeEnsemble ensemble =
        new TreeEnsemble(List.of("x", "y"), trees, 0.25, TreeEnsemble.Link.IDENTITY);
    CompiledTrees compiled = CompiledTrees.of(ensemble);
    CompiledTree single = CompiledTree.of(trees.get(0));
    RandomStream random = new RandomStreams(seed).stream("rows", 0);
    double[] flat = new double[2 * rows];
    for (int i = 0; i < flat.length; i++) {
      // Values near the thresholds of the chain, and some on them.
      flat[i] =
          depth > 0 && i % 5 == 0
              ? trees.get(0).threshold(2 * random.nextInt(depth))
              : 0.3 + 0.2 * random.nextDouble();
    }
    double[] batch = new double[rows];
    compiled.predict(flat, batch);
    for (int r = 0; r < rows; r++) {
      double[] row = {flat[2 * r], flat[2 * r + 1]};
      assertEquals(ensemble.predict(row), batch[r], 0);
      assertEquals(ensemble.predict(row), compiled.predict(row), 0);
      assertEquals(trees.get(0).predict(row), single.predict(row), 0);
    }
  }

  /** Node after node asks for one less, and the right children are leaves. */
  private static RegressionTree descending(int depth, double first) {
    int nodes = 2 * depth + 1;
    int[] feature = new int[nodes];
    double[] threshold = new double[nodes];
    int[] left = new int[nodes];
    int[] right = new int[nodes];
    double[] value = new double[nodes];
    for (int node = 0; node < nodes - 1; node += 2) {
      threshold[node] = first - node;
      left[node] = node + 2;
      right[node] = node + 1;
      feature[node + 1] = -1;
      value[node + 1] = node;
    }
    feature[nodes - 1] = -1;
    return RegressionTree.ofNodes(List.of("x"), feature, threshold, left, right, value);
  }

  @Test
  void questions_of_a_compiled_model_fit_two_bytes() {
    TreeEnsemble most =
        new TreeEnsemble(
            List.of("x"),
            List.of(descending(32_767, 0), descending(32_767, 1), descending(1, 2)),
            0,
            TreeEnsemble.Link.IDENTITY);
    CompiledTrees compiled = CompiledTrees.of(most);
    for (double x : new double[] {3, 0.5, -1, -1234.5, -65_532, -65_540}) {
      assertEquals(most.predict(new double[] {x}), compiled.predict(new double[] {x}), 0);
    }
    TreeEnsemble tooMany =
        new TreeEnsemble(
            List.of("x"),
            List.of(
                descending(32_767, 0), descending(32_767, 1), descending(1, 2), descending(1, 4)),
            0,
            TreeEnsemble.Link.IDENTITY);
    Exception e = assertThrows(IllegalArgumentException.class, () -> CompiledTrees.of(tooMany));
    assertTrue(e.getMessage().contains("65536 different questions, at most 65535"), e.getMessage());
  }

  @Test
  void compiled_trees_go_left_at_a_threshold_and_at_either_zero() {
    RegressionTree tree =
        RegressionTree.ofNodes(
            List.of("x"),
            new int[] {0, -1, -1},
            new double[] {-0.0, 0, 0},
            new int[] {1, 0, 0},
            new int[] {2, 0, 0},
            new double[] {0, 1, 2});
    CompiledTrees compiled = CompiledTrees.of(tree);
    for (double x : new double[] {-1, -0.0, 0.0, Double.MIN_VALUE, 5}) {
      assertEquals(
          tree.predict(new double[] {x}), compiled.predict(new double[] {x}), Double.toString(x));
      double[] batch = new double[1];
      compiled.predict(new double[] {x}, batch);
      assertEquals(tree.predict(new double[] {x}), batch[0], Double.toString(x));
      assertEquals(
          tree.predict(new double[] {x}),
          CompiledTree.of(tree).predict(new double[] {x}),
          Double.toString(x));
    }
    assertThrows(
        IllegalArgumentException.class, () -> CompiledTree.of(tree).predict(new double[2]));
    assertEquals(List.of("x"), CompiledTree.of(tree).features());
    assertEquals(1, compiled.trees());
    assertThrows(IllegalArgumentException.class, () -> compiled.predict(new double[2]));
    assertThrows(
        IllegalArgumentException.class, () -> compiled.predict(new double[3], new double[2]));
  }

  @Test
  void settings_out_of_range_are_refused() {
    for (double share : new double[] {0, 1.1, Double.NaN}) {
      assertThrows(
          IllegalArgumentException.class, () -> new RandomForestTrainer(1, 2, 1, share, 16, 1));
      assertThrows(
          IllegalArgumentException.class,
          () -> GradientBoostingTrainer.builder(new Loss.Squared()).rate(share).build());
    }
    assertThrows(IllegalArgumentException.class, () -> new RandomForestTrainer(0, 2, 1, 1, 16, 1));
    assertThrows(IllegalArgumentException.class, () -> new RandomForestTrainer(1, 2, 1, 1, 300, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> GradientBoostingTrainer.builder(new Loss.Squared()).rounds(0).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> GradientBoostingTrainer.builder(new Loss.Squared()).maxBins(1).build());
  }

  @Test
  void compiled_nan_givesTheSameWhateverItsBits() {
    Dataset data = Friedman.one(300, 1, 5);
    CompiledTrees compiled =
        CompiledTrees.of(new RandomForestTrainer(3, 16, 2, 0.5, 64, 7).fit(data).trees());
    double[] row = new double[compiled.width()];
    Arrays.fill(row, Double.longBitsToDouble(0x7ff8000000000000L));
    double expected = compiled.predict(row);
    for (long bits : new long[] {0x7ff8000000000000L, 0xfff8000000000000L}) {
      double[] rows = new double[100 * compiled.width()];
      Arrays.fill(rows, Double.longBitsToDouble(bits));
      double[] said = new double[100];
      compiled.predict(rows, said);
      for (double one : said) {
        assertEquals(expected, one);
      }
    }
  }
}
