package io.github.adaptertwin.surrogate.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.data.Dataset;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RegressionTreeTest {
  private static double squares(List<Double> values) {
    double mean = values.stream().mapToDouble(v -> v).average().orElse(0);
    return values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
  }

  private static double error(RegressionTree tree, Dataset data) {
    double sum = 0;
    for (int i = 0; i < data.rows(); i++) {
      double residual = data.target(i) - tree.predict(data.row(i));
      sum += residual * residual;
    }
    return sum;
  }

  /** No split of all rows in two leaves less squared error than the one that the trainer takes. */
  @Property(tries = 200)
  void the_first_split_is_the_best_of_all(@ForAll long seed) {
    RandomStream random = new RandomStreams(seed).stream("rows", 0);
    int n = 4 + random.nextInt(20);
    Dataset.Builder builder = Dataset.builder(List.of("a", "b"));
    for (int i = 0; i < n; i++) {
      builder.add(
          new double[] {random.nextInt(6), random.nextInt(4)}, Math.rint(9 * random.nextDouble()));
    }
    Dataset data = builder.build();
    double best = Double.POSITIVE_INFINITY;
    for (int f = 0; f < 2; f++) {
      for (int cut = 0; cut < 6; cut++) {
        List<Double> left = new java.util.ArrayList<>();
        List<Double> right = new java.util.ArrayList<>();
        for (int i = 0; i < n; i++) {
          (data.feature(i, f) <= cut ? left : right).add(data.target(i));
        }
        if (left.size() >= 2 && right.size() >= 2) {
          best = Math.min(best, squares(left) + squares(right));
        }
      }
    }
    RegressionTree tree = new RegressionTreeTrainer(2, 2).fit(data);
    if (tree.leaves() == 2) {
      assertEquals(best, error(tree, data), 1e-9);
    } else {
      RegressionTree stump = new RegressionTreeTrainer(1, 1).fit(data);
      assertTrue(best >= error(stump, data) - 1e-9);
    }
  }

  @Test
  void a_step_is_learned_exactly_and_told_as_rules() {
    Dataset.Builder data = Dataset.builder(List.of("rate"));
    for (int i = 0; i < 10; i++) {
      data.add(new double[] {i}, i < 4 ? 1 : 5);
    }
    RegressionTree tree = new RegressionTreeTrainer(8, 1).fit(data.build());
    assertEquals(2, tree.leaves());
    assertEquals(1, tree.predict(new double[] {-7}));
    assertEquals(5, tree.predict(new double[] {70}));
    assertTrue(tree.rules().contains("rate"), tree.rules());
  }

  @Test
  void leaves_and_rows_per_leaf_stay_within_their_bounds() {
    Dataset.Builder builder = Dataset.builder(List.of("x"));
    for (int i = 0; i < 64; i++) {
      builder.add(new double[] {i}, i * i);
    }
    Dataset data = builder.build();
    assertEquals(5, new RegressionTreeTrainer(5, 1).fit(data).leaves());
    assertTrue(new RegressionTreeTrainer(64, 16).fit(data).leaves() <= 4);
    assertThrows(IllegalArgumentException.class, () -> new RegressionTreeTrainer(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new RegressionTreeTrainer(4, 0));
  }
}
