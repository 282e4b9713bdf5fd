package io.github.adaptertwin.surrogate.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.tree.GrowthLimits.Monotone;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Boosting and forests on a few rows, with every number worked out by hand. */
class BoostingByHandTest {
  private static Dataset column(double... targets) {
    Dataset.Builder data = Dataset.builder(List.of("x"));
    for (int i = 0; i < targets.length; i++) {
      data.add(new double[] {i}, targets[i]);
    }
    return data.build();
  }

  private static GradientBoostingTrainer.Builder one(Loss loss) {
    return GradientBoostingTrainer.builder(loss)
        .rounds(1)
        .rate(1)
        .maxLeaves(2)
        .minRowsPerLeaf(1)
        .ridge(0);
  }

  private static double[] said(TreeEnsemble model, int rows) {
    double[] said = new double[rows];
    for (int i = 0; i < rows; i++) {
      said[i] = model.predict(new double[] {i});
    }
    return said;
  }

  private static void assertSays(TreeEnsemble model, double... expected) {
    double[] said = said(model, expected.length);
    for (int i = 0; i < said.length; i++) {
      assertEquals(expected[i], said[i], 1e-12, "row " + i);
    }
  }

  private static double logistic(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** A step from 10 to 20: the residuals are -5 and 5. */
  @Test
  void a_squared_step_is_the_mean_residual_of_a_leaf() {
    Dataset data = column(10, 10, 20, 20);
    assertSays(one(new Loss.Squared()).build().fit(data), 10, 10, 20, 20);
    assertSays(one(new Loss.Squared()).rate(0.5).build().fit(data), 12.5, 12.5, 17.5, 17.5);
    // A ridge of 2 doubles the weight of two rows.
    assertSays(one(new Loss.Squared()).ridge(2).build().fit(data), 12.5, 12.5, 17.5, 17.5);
    // Half of what is left, twice.
    TreeEnsemble two = one(new Loss.Squared()).rate(0.5).rounds(2).build().fit(data);
    assertSays(two, 11.25, 11.25, 18.75, 18.75);
    assertEquals(2, two.trees().size());
    assertEquals(15, two.base());
    assertEquals(4, two.leaves());
  }

  /** At even odds gradients are -1/2 and 1/2 and weights 1/4: Newton's step is -2 and 2. */
  @Test
  void a_logistic_step_is_newtons() {
    Dataset data = column(0, 0, 1, 1);
    assertSays(
        one(new Loss.Logistic()).build().fit(data),
        logistic(-2),
        logistic(-2),
        logistic(2),
        logistic(2));
    // 1 / (1/2 + 1/2)
    assertEquals(
        logistic(1),
        one(new Loss.Logistic()).ridge(0.5).build().fit(data).predict(new double[] {3}));
    TreeEnsemble stump = one(new Loss.Logistic()).maxLeaves(1).build().fit(column(0, 1, 1, 1));
    assertEquals(Math.log(3), stump.base(), 1e-12);
    assertSays(stump, 0.75, 0.75, 0.75, 0.75);
  }

  @Test
  void a_class_that_never_occurs_counts_as_half_a_row() {
    TreeEnsemble never = one(new Loss.Logistic()).maxLeaves(1).build().fit(column(0, 0, 0, 0));
    assertEquals(Math.log(1 / 7.0), never.base(), 1e-12);
    // Gradients -1/8 and weights 7/64 a row.
    assertEquals(logistic(Math.log(1 / 7.0) - 8 / 7.0), never.predict(new double[] {0}), 1e-12);
    TreeEnsemble always = one(new Loss.Logistic()).maxLeaves(1).build().fit(column(1, 1, 1, 1));
    assertEquals(Math.log(7), always.base(), 1e-12);
  }

  /** One of 1,000: its own leaf would move by 1,000, which are odds that nobody can know. */
  @Test
  void a_logistic_step_is_bounded() {
    double[] targets = new double[1000];
    targets[999] = 1;
    TreeEnsemble model = one(new Loss.Logistic()).build().fit(column(targets));
    assertEquals(logistic(Math.log(1 / 999.0) + 8), model.predict(new double[] {999}), 1e-12);
    for (int i = 0; i < targets.length; i++) {
      targets[i] = 1 - targets[i];
    }
    TreeEnsemble other = one(new Loss.Logistic()).build().fit(column(targets));
    assertEquals(logistic(Math.log(999) - 8), other.predict(new double[] {999}), 1e-12);
  }

  /** The smallest value that at least the level's share of the rows does not exceed. */
  @Test
  void a_quantile_is_a_value_of_the_rows() {
    Dataset data = column(5, 1, 4, 2, 3);
    double[][] expected = {
      {0.2, 1}, {0.21, 2}, {0.5, 3}, {0.8, 4}, {0.81, 5}, {0.99, 5}, {0.01, 1}
    };
    for (double[] e : expected) {
      TreeEnsemble model = one(new Loss.Quantile(e[0])).maxLeaves(1).build().fit(data);
      assertEquals(e[1], model.base(), "level " + e[0]);
      assertEquals(e[1], model.predict(new double[] {2}), 1e-12, "level " + e[0]);
    }
    // Leaves get the quantile of their own rows: of 1, 2 and of 11, 12, 13.
    TreeEnsemble low = one(new Loss.Quantile(0.4)).build().fit(column(1, 2, 11, 12, 13));
    assertEquals(2, low.base());
    assertSays(low, 1, 1, 12, 12, 12);
    assertEquals(
        "level is 0.0, must be in (0, 1)",
        assertThrows(IllegalArgumentException.class, () -> new Loss.Quantile(0)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> new Loss.Quantile(Double.NaN));
  }

  /**
   * Every row of another target gets a leaf of its own, so leaves tell how many rows were drawn.
   */
  @Test
  void a_round_draws_its_share_of_the_rows() {
    Dataset data = column(1, 2, 4, 8, 16, 32, 64, 128, 256, 512);
    GradientBoostingTrainer.Builder all = one(new Loss.Squared()).maxLeaves(10);
    assertEquals(10, all.build().fit(data).leaves());
    for (double share : new double[] {0.1, 0.5, 0.74}) {
      assertEquals((int) Math.round(share * 10), all.rowShare(share).build().fit(data).leaves());
    }
    assertEquals(1, all.rowShare(1e-9).build().fit(data).leaves());
    // Other rows in another round, and with another seed.
    TreeEnsemble rounds = all.rowShare(0.5).rounds(3).rate(1e-6).build().fit(data);
    String first = rounds.trees().get(0).rules();
    assertNotEquals(first, all.seed(2).build().fit(data).trees().get(0).rules(), "another seed");
    assertTrue(
        rounds.trees().stream()
            .anyMatch(t -> !thresholds(t).equals(thresholds(rounds.trees().get(0)))),
        "the same rows in each round");
  }

  private static List<Double> thresholds(RegressionTree tree) {
    return java.util.stream.IntStream.range(0, tree.nodes())
        .filter(node -> !tree.isLeaf(node))
        .mapToObj(tree::threshold)
        .sorted()
        .toList();
  }

  /** Of two features one says nothing; where a split looks at one of them, it is drawn at times. */
  @Test
  void a_share_of_the_features_is_looked_at() {
    Dataset.Builder builder = Dataset.builder(List.of("nothing", "step"));
    for (int i = 0; i < 16; i++) {
      builder.add(new double[] {i % 4, i}, i < 8 ? 0 : 1);
    }
    Dataset data = builder.build();
    TreeEnsemble all = one(new Loss.Squared()).rounds(20).rate(0.1).build().fit(data);
    assertTrue(all.trees().stream().allMatch(t -> t.feature(0) == 1));
    TreeEnsemble half =
        one(new Loss.Squared()).rounds(20).rate(0.1).featureShare(0.5).build().fit(data);
    long steps = half.trees().stream().filter(t -> !t.isLeaf(0) && t.feature(0) == 1).count();
    assertTrue(steps > 3 && steps < 17, steps + " of 20 saw the step");
    // However small the share, one is looked at.
    assertEquals(
        20,
        one(new Loss.Squared())
            .rounds(20)
            .rate(0.1)
            .featureShare(1e-9)
            .build()
            .fit(data)
            .trees()
            .size());
  }

  @Test
  void settings_are_kept_when_they_are_changed() {
    Dataset data = column(1, 5, 2, 8, 3, 9, 4, 7);
    GradientBoostingTrainer trainer =
        GradientBoostingTrainer.builder(new Loss.Squared())
            .rounds(7)
            .rate(0.3)
            .maxLeaves(3)
            .minRowsPerLeaf(2)
            .rowShare(0.9)
            .featureShare(0.8)
            .ridge(0.25)
            .maxBins(5)
            .monotone(Map.of("x", Monotone.RISING))
            .seed(11)
            .build();
    assertEquals(rules(trainer.fit(data)), rules(trainer.toBuilder().build().fit(data)));
    // Every setting counts.
    for (GradientBoostingTrainer other :
        List.of(
            trainer.toBuilder().rounds(8).build(),
            trainer.toBuilder().rate(0.31).build(),
            trainer.toBuilder().maxLeaves(2).build(),
            trainer.toBuilder().minRowsPerLeaf(1).build(),
            trainer.toBuilder().rowShare(0.5).build(),
            trainer.toBuilder().ridge(0.26).build(),
            trainer.toBuilder().maxBins(2).build(),
            trainer.toBuilder().monotone(Map.of()).build(),
            trainer.toBuilder().seed(12).build())) {
      assertNotEquals(rules(trainer.fit(data)), rules(other.fit(data)));
    }
  }

  @Test
  void what_is_usual_is_what_is_said() {
    Dataset data = column(1, 5, 2, 8, 3, 9, 4, 7, 1, 5, 2, 8, 3, 9, 4, 7);
    assertEquals(
        rules(
            GradientBoostingTrainer.builder(new Loss.Squared())
                .rounds(200)
                .rate(0.1)
                .maxLeaves(31)
                .minRowsPerLeaf(5)
                .rowShare(1)
                .featureShare(1)
                .ridge(1)
                .maxBins(256)
                .seed(1)
                .build()
                .fit(data)),
        rules(GradientBoostingTrainer.builder(new Loss.Squared()).build().fit(data)));
  }

  private static List<String> rules(TreeEnsemble model) {
    return model.trees().stream().map(RegressionTree::rules).toList();
  }

  private static void assertRefused(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  @Test
  void settings_beyond_their_bounds_are_refused_and_told() {
    Loss loss = new Loss.Squared();
    assertRefused("rounds are 0, must be at least 1", () -> one(loss).rounds(0).build());
    assertRefused("rate is 0.0, must be in (0, 1]", () -> one(loss).rate(0).build());
    assertRefused("rate is NaN, must be in (0, 1]", () -> one(loss).rate(Double.NaN).build());
    assertRefused("share of rows is 1.5, must be in (0, 1]", () -> one(loss).rowShare(1.5).build());
    assertRefused(
        "share of features is -1.0, must be in (0, 1]", () -> one(loss).featureShare(-1).build());
    assertRefused("bins are 1, must be in [2, 256]", () -> one(loss).maxBins(1).build());
    assertRefused("bins are 257, must be in [2, 256]", () -> one(loss).maxBins(257).build());
    one(loss).maxBins(2).build();
    one(loss).maxBins(256).build();
    assertRefused(
        "leaves are 0 and rows per leaf 1, both must be at least 1",
        () -> one(loss).maxLeaves(0).build());
    assertRefused(
        "ridge of leaves is -1.0, must be a finite number of at least 0",
        () -> one(loss).ridge(-1).build());
    assertRefused(
        "row 1: target is 2.0, a logistic loss needs 0 or 1",
        () -> one(new Loss.Logistic()).build().fit(column(1, 2)));
    assertRefused(
        "a monotone constraint names the feature 'y'; there are [x]",
        () -> one(loss).monotone(Map.of("y", Monotone.FREE)).build().fit(column(1, 2)));
    assertRefused("trees are 0, must be at least 1", () -> forest(0, 1, 16));
    assertRefused(
        "share of features is 0.0, must be in (0, 1]; 1/3 is usual", () -> forest(1, 0, 16));
    assertRefused("bins are 1, must be in [2, 256]", () -> forest(1, 1, 1));
    assertRefused("bins are 257, must be in [2, 256]", () -> forest(1, 1, 257));
    assertEquals(2, forest(1, 1, 2).maxBins());
    assertEquals(256, forest(1, 1, 256).maxBins());
    assertRefused(
        "leaves are 1 and rows per leaf 0, both must be at least 1",
        () -> new RandomForestTrainer(1, 1, 0, 1, 16, 1));
    RandomForestTrainer usual = RandomForestTrainer.usual();
    assertEquals(new RandomForestTrainer(100, 256, 1, 1.0 / 3, 256, 1), usual);
  }

  private static RandomForestTrainer forest(int trees, double share, int bins) {
    return new RandomForestTrainer(trees, 4, 1, share, bins, 1);
  }

  /** Trees of one leaf say the mean of their sample; a row in every sample has no voice. */
  @Test
  void a_forest_of_stumps_says_means_and_knows_which_rows_were_left_out() {
    double[] targets = {1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3};
    Dataset data = column(targets);
    RandomForest two = new RandomForestTrainer(2, 1, 1, 1, 16, 5).fit(data);
    double[] means = new double[2];
    for (int t = 0; t < 2; t++) {
      means[t] = 2 * two.trees().trees().get(t).value(0);
      // A mean of four rows, some of them twice.
      assertEquals(Math.rint(4 * means[t]), 4 * means[t], 1e-6);
    }
    assertEquals((means[0] + means[1]) / 2, two.predict(new double[1]), 1e-6);
    double squares = 0;
    int voices = 0;
    for (int r = 0; r < 4; r++) {
      double said = two.outOfBag(r);
      if (!Double.isNaN(said)) {
        squares += (said - targets[r]) * (said - targets[r]);
        voices++;
        double both = (means[0] + means[1]) / 2;
        double nearest =
            Math.min(
                Math.abs(said - both),
                Math.min(Math.abs(said - means[0]), Math.abs(said - means[1])));
        assertEquals(0, nearest, 1e-6);
      }
    }
    assertTrue(voices > 0);
    assertEquals(Math.sqrt(squares / voices), two.outOfBagError(), 1e-6);
    RandomForest alone = new RandomForestTrainer(1, 1, 1, 1, 16, 5).fit(column(7));
    assertTrue(Double.isNaN(alone.outOfBag(0)), "its only row is in its only sample");
    assertTrue(Double.isNaN(alone.outOfBagError()));
    assertEquals(7, alone.predict(new double[1]));
  }

  @Test
  void an_ensemble_is_the_sum_of_its_trees() {
    RegressionTree leaf =
        RegressionTree.ofNodes(
            List.of("x"),
            new int[] {-1},
            new double[1],
            new int[1],
            new int[1],
            new double[] {1.2345678});
    TreeEnsemble sum =
        new TreeEnsemble(List.of("x"), List.of(leaf, leaf), 0.98765432, TreeEnsemble.Link.IDENTITY);
    assertEquals(0.98765432 + 2 * 1.2345678, sum.predict(new double[1]), 1e-15);
    assertEquals(
        logistic(0.98765432 + 2 * 1.2345678),
        sum.withLink(TreeEnsemble.Link.LOGISTIC).predict(new double[1]),
        1e-15);
    assertEquals(0.988 + 2 * 1.23, sum.rounded(3).predict(new double[1]), 1e-12);
    assertEquals(2, sum.leaves());
    assertRefused(
        "row has 2 values, the ensemble has 1 features", () -> sum.predict(new double[2]));
    assertRefused(
        "an ensemble needs at least one tree",
        () -> new TreeEnsemble(List.of("x"), List.of(), 0, TreeEnsemble.Link.IDENTITY));
    assertRefused(
        "a tree has the features [x], the ensemble [y]",
        () -> new TreeEnsemble(List.of("y"), List.of(leaf), 0, TreeEnsemble.Link.IDENTITY));
    assertRefused(
        "base is NaN, must be finite",
        () ->
            new TreeEnsemble(List.of("x"), List.of(leaf), Double.NaN, TreeEnsemble.Link.IDENTITY));
  }
}
