package io.github.adaptertwin.surrogate.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.surrogate.Friedman;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.distill.Distiller;
import io.github.adaptertwin.surrogate.distill.TreePicture;
import io.github.adaptertwin.surrogate.ensemble.RandomForest;
import io.github.adaptertwin.surrogate.ensemble.RandomForestTrainer;
import io.github.adaptertwin.surrogate.linear.LeastSquares;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import io.github.adaptertwin.surrogate.tree.RegressionTreeTrainer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  @Test
  void measures_are_as_by_hand() {
    double[] truth = {1, 2, 4};
    double[] said = {2, 2, 2};
    assertEquals(Math.sqrt(5 / 3.0), Errors.rmse(truth, said), 1e-15);
    assertEquals(1, Errors.mae(truth, said), 1e-15);
    assertEquals(1 - 5 / (14 / 3.0), Errors.rSquared(truth, said), 1e-12);
    assertEquals((0.1 * 2 + 0.9 * 1) / 3, Errors.pinball(truth, said, 0.1), 1e-15);
    assertTrue(Double.isNaN(Errors.rSquared(new double[] {3, 3}, new double[] {3, 3})));
  }

  @Test
  void a_confusion_counts_as_by_hand() {
    double[] truth = {1, 1, 1, 0, 0};
    double[] said = {0.9, 0.5, 0.2, 0.7, 0.1};
    Confusion c = Confusion.of(truth, said, 0.5);
    assertEquals(new Confusion(2, 1, 1, 1), c);
    assertEquals(0.6, c.accuracy(), 1e-15);
    assertEquals(2 / 3.0, c.precision(), 1e-15);
    assertEquals(2 / 3.0, c.recall(), 1e-15);
    assertEquals(2 / 3.0, c.f1(), 1e-15);
    assertEquals((2 / 3.0 + 0.5) / 2, c.macroF1(), 1e-15);
    assertEquals(1, new Confusion(0, 0, 0, 3).f1());
    assertThrows(IllegalArgumentException.class, () -> Confusion.of(truth, new double[] {1}, 0.5));
    assertThrows(
        IllegalArgumentException.class,
        () -> Confusion.of(new double[] {2}, new double[] {1}, 0.5));
  }

  @Test
  void folds_are_nearly_equal_and_hold_every_row_once() {
    CrossValidation splits = CrossValidation.kFold(103, 5, 1);
    int[] seen = new int[103];
    for (int fold = 0; fold < splits.folds(); fold++) {
      int[] test = splits.testRows(fold);
      assertTrue(test.length == 20 || test.length == 21);
      for (int row : test) {
        seen[row]++;
      }
    }
    assertTrue(Arrays.stream(seen).allMatch(n -> n == 1));
    assertThrows(IllegalArgumentException.class, () -> CrossValidation.kFold(3, 4, 1));
    assertThrows(IllegalArgumentException.class, () -> CrossValidation.kFold(3, 1, 1));
  }

  /** A tree that sees its own rows knows them by heart; left out by groups it knows nothing. */
  @Test
  void a_group_that_is_left_out_is_not_known() {
    Dataset.Builder data = Dataset.builder(List.of("x"));
    List<String> groups = new java.util.ArrayList<>();
    for (int i = 0; i < 40; i++) {
      data.add(new double[] {i}, Math.floor(i / 10.0));
      groups.add("g" + i / 10);
    }
    CrossValidation splits = CrossValidation.leaveGroupOut(groups);
    assertEquals(4, splits.folds());
    Dataset rows = data.build();
    try (Workers workers = new Workers(2)) {
      double[] said = splits.predict(new RegressionTreeTrainer(4, 1), rows, workers);
      for (int i = 0; i < 40; i++) {
        assertTrue(Math.abs(said[i] - Math.floor(i / 10.0)) >= 1, i + " is said to be " + said[i]);
      }
      assertThrows(
          IllegalArgumentException.class,
          () -> splits.predict(new RegressionTreeTrainer(4, 1), rows.select(new int[3]), workers));
    }
    assertThrows(
        IllegalArgumentException.class, () -> CrossValidation.leaveGroupOut(List.of("a", "a")));
  }

  @Test
  void halving_finds_the_trainer_that_suits_whatever_the_threads() {
    Dataset data = Friedman.one(900, 0.5, 4);
    List<RegressionTreeTrainer> candidates =
        List.of(
            new RegressionTreeTrainer(1, 1),
            new RegressionTreeTrainer(2, 1),
            new RegressionTreeTrainer(64, 5),
            new RegressionTreeTrainer(4, 1));
    SuccessiveHalving halving = new SuccessiveHalving(2, 100, 4, 1);
    try (Workers one = new Workers(1);
        Workers three = new Workers(3)) {
      List<SuccessiveHalving.Standing> order = halving.search(candidates, data, Errors::rmse, one);
      assertEquals(2, order.get(0).candidate());
      assertEquals(0, order.get(3).candidate());
      assertEquals(100, order.get(3).rows());
      assertTrue(order.get(0).rows() > 100);
      assertEquals(order, halving.search(candidates, data, Errors::rmse, three));
      assertThrows(
          IllegalArgumentException.class, () -> halving.search(List.of(), data, Errors::rmse, one));
    }
    assertThrows(IllegalArgumentException.class, () -> new SuccessiveHalving(1, 100, 4, 1));
  }

  @Test
  void importance_finds_what_matters_and_only_that() {
    Dataset data = Friedman.one(1500, 0, 4);
    var model = LeastSquares.ordinary().fit(Friedman.one(3000, 0, 5));
    List<PermutationImportance.Importance> all =
        PermutationImportance.of(model, data, Errors::rmse, 3, 1);
    assertEquals("x3", all.get(0).feature());
    assertTrue(all.get(0).increase() > 1);
    // The parabola in x2 is centred, so a linear model cannot use it.
    for (PermutationImportance.Importance i : all) {
      if (List.of("x2", "x5", "x6", "x7", "x8", "x9").contains(i.feature())) {
        assertEquals(0, i.increase(), 0.02, i.feature());
      }
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> PermutationImportance.of(model, data, Errors::rmse, 0, 1));
  }

  @Test
  void a_distilled_tree_is_small_and_near_to_its_forest() {
    Dataset train = Friedman.one(3000, 2, 4);
    Dataset test = Friedman.one(1500, 0, 9);
    RandomForest forest = new RandomForestTrainer(60, 256, 2, 0.5, 256, 1).fit(train);
    Distiller.Distilled distilled = new Distiller(64, 5, 3, 1).distil(forest, train);
    assertEquals(64, distilled.tree().leaves());
    assertTrue(distilled.fidelity() > 0.8, "fidelity " + distilled.fidelity());
    RegressionTree plain = new RegressionTreeTrainer(64, 5).fit(train);
    assertTrue(error(distilled.tree(), test) < error(plain, test));
    assertThrows(IllegalArgumentException.class, () -> new Distiller(64, 5, -1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Distiller(0, 5, 1, 1));
  }

  private static double error(RegressionTree tree, Dataset data) {
    double[] said = new double[data.rows()];
    for (int r = 0; r < said.length; r++) {
      said[r] = tree.predict(data.row(r));
    }
    return Errors.rmse(data.targets(), said);
  }

  @Test
  void a_picture_holds_every_question_and_every_leaf() {
    RegressionTree tree =
        RegressionTree.ofNodes(
            List.of("rate <req/s>", "slots"),
            new int[] {0, -1, 1, -1, -1},
            new double[] {2.5, 0, 8, 0, 0},
            new int[] {1, 0, 3, 0, 0},
            new int[] {2, 0, 4, 0, 0},
            new double[] {0, 10, 0, 20, 30});
    String svg = TreePicture.svg(tree, "A tree", v -> "say " + v);
    for (String word :
        List.of(
            "rate &lt;req/s&gt; \u2264 2.500",
            "slots \u2264 8.000",
            "say 10.0",
            "say 20.0",
            "say 30.0",
            "A tree")) {
      assertTrue(svg.contains(word), word + " is missing in " + svg);
    }
    assertTrue(svg.startsWith("<svg ") && svg.endsWith("</svg>\n"));
    assertEquals(svg, TreePicture.svg(tree, "A tree", v -> "say " + v));
  }

  @Test
  void workers_do_every_piece_once_and_throw_the_first_failure() {
    try (Workers workers = new Workers(3)) {
      AtomicInteger[] done = new AtomicInteger[500];
      Arrays.setAll(done, i -> new AtomicInteger());
      workers.forEach(500, i -> done[i].incrementAndGet());
      assertTrue(Arrays.stream(done).allMatch(d -> d.get() == 1));
      IllegalStateException failure =
          assertThrows(
              IllegalStateException.class,
              () ->
                  workers.forEach(
                      100,
                      i -> {
                        if (i == 7) {
                          throw new IllegalStateException("piece 7");
                        }
                      }));
      assertEquals("piece 7", failure.getMessage());
      workers.forEach(0, i -> done[i].incrementAndGet());
    }
    assertThrows(IllegalArgumentException.class, () -> new Workers(0));
  }

  private static void assertRefused(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  @Test
  void settings_at_their_bounds_are_taken_and_beyond_them_refused() {
    assertEquals(2, CrossValidation.kFold(2, 2, 1).folds());
    assertRefused("folds are 3, must be in [2, rows = 2]", () -> CrossValidation.kFold(2, 3, 1));
    assertEquals(2, CrossValidation.leaveGroupOut(List.of("a", "b")).folds());
    assertRefused(
        "there are 1 groups; leaving one out needs at least 2",
        () -> CrossValidation.leaveGroupOut(List.of("a")));
    assertEquals(2, new SuccessiveHalving(2, 4, 2, 1).factor());
    String bounds = "; at least 2, 2 and twice the folds are needed";
    assertRefused(
        "factor is 2, folds are 2 and first rows 3" + bounds,
        () -> new SuccessiveHalving(2, 3, 2, 1));
    assertRefused(
        "factor is 1, folds are 2 and first rows 4" + bounds,
        () -> new SuccessiveHalving(1, 4, 2, 1));
    assertRefused(
        "factor is 2, folds are 1 and first rows 4" + bounds,
        () -> new SuccessiveHalving(2, 4, 1, 1));
    Dataset four = Friedman.one(4, 0, 1);
    List<RegressionTreeTrainer> one = List.of(new RegressionTreeTrainer(2, 1));
    try (Workers alone = new Workers(1)) {
      List<SuccessiveHalving.Standing> order =
          new SuccessiveHalving(2, 4, 2, 1).search(one, four, Errors::rmse, alone);
      assertEquals(1, order.size());
      assertEquals(4, order.get(0).rows());
      assertRefused(
          "there are 1 candidates and 4 rows; at least one and 5 are needed",
          () -> new SuccessiveHalving(2, 5, 2, 1).search(one, four, Errors::rmse, alone));
    }
  }

  @Test
  void as_many_predictions_as_truths_are_needed() {
    double[] none = {};
    double[] one = {1};
    double[] two = {1, 2};
    String message =
        "there are 2 truths and 1 predictions; give the same number of both, at least one";
    assertRefused(message, () -> Errors.mape(two, one));
    assertRefused(message, () -> Errors.smapePaper(two, one));
    assertRefused(message, () -> Errors.rmse(two, one));
    assertRefused(message, () -> Errors.mae(two, one));
    assertRefused(message, () -> Errors.rSquared(two, one));
    assertRefused(message, () -> Errors.pinball(two, one, 0.5));
    assertThrows(IllegalArgumentException.class, () -> Errors.mae(none, none));
  }

  /** Off by 3 above and 4 below: .2 of the one, .8 of the other. */
  @Test
  void pinball_weighs_both_sides() {
    double[] truth = {10, 10};
    assertEquals(0.2 * 3 / 2, Errors.pinball(truth, new double[] {7, 10}, 0.2), 1e-12);
    assertEquals(0.8 * 4 / 2, Errors.pinball(truth, new double[] {10, 14}, 0.2), 1e-12);
    // The variance of 10 and 20 is about their mean.
    assertEquals(
        1 - 25 / 50.0, Errors.rSquared(new double[] {10, 20}, new double[] {15, 20}), 1e-12);
  }

  /** The mean over repeats: it is of the size of one. */
  @Test
  void importance_is_a_mean_over_repeats() {
    Dataset.Builder builder = Dataset.builder(List.of("x"));
    for (int i = 0; i < 400; i++) {
      builder.add(new double[] {i % 2}, i % 2);
    }
    Dataset data = builder.build();
    // Shuffled, half of the rows say the other value: squares of .5 on average, a root of .707.
    for (int repeats : new int[] {1, 8}) {
      List<PermutationImportance.Importance> all =
          PermutationImportance.of(row -> row[0], data, Errors::rmse, repeats, 3);
      assertEquals(Math.sqrt(0.5), all.get(0).increase(), 0.05);
    }
    assertRefused(
        "repeats are 0, must be at least 1",
        () -> PermutationImportance.of(row -> 0, data, Errors::rmse, 0, 1));
  }
}
