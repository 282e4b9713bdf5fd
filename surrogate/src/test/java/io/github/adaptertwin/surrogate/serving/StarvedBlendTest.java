package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StarvedBlendTest {
  private static final int OFFERED = ServingFeatures.index(ServingFeatures.OFFERED);
  private static final int CAPACITY = ServingFeatures.index(ServingFeatures.FLUID_CAPACITY);
  private static final int UTILISATION = ServingFeatures.index(ServingFeatures.UTILISATION);

  private static double[] load(double offered) {
    double[] features = new double[ServingFeatures.names().size()];
    features[OFFERED] = offered;
    features[CAPACITY] = 1000;
    features[UTILISATION] = offered / 1000;
    return features;
  }

  private static double logistic(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void trees_alone_say_their_own_probability() {
    double p = StarvedBlend.TREES_ALONE.probability(-2, 500, load(1000));
    assertEquals(logistic(-2), p, 1e-15);
  }

  @Test
  void the_margin_is_zero_where_starving_begins_and_bounded_far_from_it() {
    StarvedBlend blend = new StarvedBlend(0.5, 2, 10);
    assertEquals(logistic(0.5 + 2 * 0.25), blend.probability(0.25, 900, load(1000)), 1e-12);
    double above = Math.log(0.9 * 1000 / 1000);
    assertEquals(logistic(0.5 + 10 * above), blend.probability(0, 1000, load(1000)), 1e-12);
    assertEquals(logistic(0.5 + 10 * 0.3), blend.probability(0, 1, load(1000)), 1e-12);
  }

  /** Loads around the one that begins to starve, of which all below capacity is carried. */
  private static List<TrainingRow> rows() {
    List<TrainingRow> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      double offered = 500 + 5 * i;
      double[] figures = {1, offered, Math.min(offered, 1000), 0.02, 0.1, 0.2, 1};
      rows.add(
          new TrainingRow(i, "gpu", "model", EngineVersion.VLLM_0_8_5, load(offered), figures));
    }
    return rows;
  }

  /** An ensemble of one tree that asks for the utilisation. */
  private static TreeEnsemble stump(double threshold, double below, double above) {
    RegressionTree tree =
        RegressionTree.ofNodes(
            ServingFeatures.names(),
            new int[] {UTILISATION, -1, -1},
            new double[] {threshold, 0, 0},
            new int[] {1, 0, 0},
            new int[] {2, 0, 0},
            new double[] {0, below, above});
    return new TreeEnsemble(ServingFeatures.names(), List.of(tree), 0, TreeEnsemble.Link.IDENTITY);
  }

  @Test
  void nothing_starves_where_nothing_is_offered() {
    StarvedBlend blend = new StarvedBlend(0.5, 2, 10);
    assertEquals(logistic(0.5 - 10 * 0.3), blend.probability(0, 0, load(0)), 1e-12);
    assertEquals(logistic(0.5 - 10 * 0.3), blend.probability(0, 5, load(0)), 1e-12);
  }

  @Test
  void weights_below_zero_and_nan_are_refused() {
    for (double bad : new double[] {-1e-9, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new StarvedBlend(0, bad, 1));
      assertThrows(IllegalArgumentException.class, () -> new StarvedBlend(0, 1, bad));
    }
    assertThrows(IllegalArgumentException.class, () -> new StarvedBlend(Double.NaN, 1, 1));
  }

  /** Trees that say the opposite of what is get no weight, rather than one below 0. */
  @Test
  void an_opinion_that_is_always_wrong_gets_no_weight() {
    List<TrainingRow> rows = rows();
    TreeEnsemble right = stump(0.5, 0, 0);
    TreeEnsemble opposite = stump(1 / 0.9, 1, -1);
    StarvedBlend blend = StarvedBlend.fit(right, opposite, rows);
    assertEquals(0, blend.logOddsWeight());
    assertTrue(blend.marginWeight() > 10, blend.toString());
    // The throughput predicted is a tenth of what is offered below capacity, all of it above.
    TreeEnsemble upsideDown = stump(1 / 0.9, -2.3, 0);
    StarvedBlend trees = StarvedBlend.fit(upsideDown, stump(1 / 0.9, -1, 1), rows);
    assertEquals(0, trees.marginWeight());
    assertTrue(trees.logOddsWeight() > 1, trees.toString());
    assertEquals(StarvedBlend.TREES_ALONE, StarvedBlend.fit(upsideDown, opposite, rows));
  }

  @Test
  void the_better_opinion_gets_the_weight() {
    List<TrainingRow> rows = rows();
    TreeEnsemble right = stump(0.5, 0, 0);
    TreeEnsemble wrong = stump(0.8, -1, 1);
    StarvedBlend blend = StarvedBlend.fit(right, wrong, rows);
    assertTrue(blend.marginWeight() > 10, blend.toString());
    for (TrainingRow row : rows) {
      double p = blend.of(right, wrong).predict(row.features());
      double border = Math.abs(row.offeredTokensPerSecond() - 1000 / 0.9);
      assertTrue(border < 25 || row.starved() == p >= 0.5, row.offeredTokensPerSecond() + " " + p);
    }
    assertEquals(StarvedBlend.TREES_ALONE, StarvedBlend.fit(right, wrong, rows.subList(0, 120)));
  }
}
