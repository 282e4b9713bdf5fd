package io.github.adaptertwin.surrogate.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.data.Dataset;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.LUDecomposition;
import org.junit.jupiter.api.Test;

class RidgeAndLogisticTest {
  private static Dataset random(long seed, boolean classes) {
    RandomStream random = new RandomStreams(seed).stream("rows", 0);
    int n = 40 + random.nextInt(60);
    Dataset.Builder data = Dataset.builder(List.of("a", "b"));
    for (int i = 0; i < n; i++) {
      double a = 1000 + random.nextGaussian();
      double b = 30 * random.nextGaussian();
      double x = 0.7 * (a - 1000) - 0.02 * b + 0.3;
      double y =
          classes
              ? (random.nextDouble() < 1 / (1 + Math.exp(-x)) ? 1 : 0)
              : x + random.nextGaussian();
      data.add(new double[] {a, b}, y);
    }
    return data.build();
  }

  /** (Z'Z + ridge n^0 I) beta = Z'y over standardised features, by a plain solver. */
  @Property(tries = 50)
  void ridge_solves_its_normal_equations(@ForAll long seed) {
    Dataset data = random(seed, false);
    double ridge = 12.5;
    int n = data.rows();
    double[] mean = new double[3];
    double[] sd = new double[2];
    for (int r = 0; r < n; r++) {
      mean[0] += data.feature(r, 0) / n;
      mean[1] += data.feature(r, 1) / n;
      mean[2] += data.target(r) / n;
    }
    for (int f = 0; f < 2; f++) {
      for (int r = 0; r < n; r++) {
        sd[f] += Math.pow(data.feature(r, f) - mean[f], 2) / n;
      }
      sd[f] = Math.sqrt(sd[f]);
    }
    double[][] a = new double[2][2];
    double[] b = new double[2];
    for (int r = 0; r < n; r++) {
      for (int i = 0; i < 2; i++) {
        double zi = (data.feature(r, i) - mean[i]) / sd[i];
        b[i] += zi * (data.target(r) - mean[2]);
        for (int j = 0; j < 2; j++) {
          a[i][j] += zi * (data.feature(r, j) - mean[j]) / sd[j];
        }
      }
    }
    a[0][0] += ridge;
    a[1][1] += ridge;
    double[] expected =
        new LUDecomposition(new Array2DRowRealMatrix(a))
            .getSolver()
            .solve(new ArrayRealVector(b))
            .toArray();
    LinearModel model = new LeastSquares(ridge).fit(data);
    assertEquals(expected[0] / sd[0], model.coefficient(0), 1e-9);
    assertEquals(expected[1] / sd[1], model.coefficient(1), 1e-9);
    assertEquals(mean[2], model.predict(new double[] {mean[0], mean[1]}), 1e-8);
  }

  @Test
  void ridge_gives_a_constant_feature_no_say_and_shares_between_equal_ones() {
    Dataset.Builder data = Dataset.builder(List.of("x", "same", "constant"));
    for (int i = 0; i < 20; i++) {
      data.add(new double[] {i, i, 4}, 3 + 2.0 * i);
    }
    LinearModel model = new LeastSquares(1e-9).fit(data.build());
    assertEquals(0, model.coefficient(2));
    assertEquals(1, model.coefficient(0), 1e-6);
    assertEquals(1, model.coefficient(1), 1e-6);
    assertThrows(IllegalArgumentException.class, () -> new LeastSquares(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new LeastSquares(-1));
  }

  /** At the maximum of the likelihood the residuals are orthogonal to the features. */
  @Property(tries = 50)
  void logistic_satisfies_its_score_equations(@ForAll long seed) {
    Dataset data = random(seed, true);
    double ones = java.util.Arrays.stream(data.targets()).sum();
    if (ones < 5 || ones > data.rows() - 5) {
      return;
    }
    LogisticModel model = new LogisticRegression(0).fit(data);
    double[] score = new double[3];
    for (int r = 0; r < data.rows(); r++) {
      double residual = data.target(r) - model.predict(data.row(r));
      score[0] += residual;
      score[1] += residual * (data.feature(r, 0) - 1000);
      score[2] += residual * data.feature(r, 1) / 30;
    }
    for (double s : score) {
      assertEquals(0, s, 1e-8);
    }
  }

  /** Two groups: the fitted probabilities are the groups' shares, a case that is solved by hand. */
  @Test
  void logistic_of_two_groups_gives_their_shares() {
    Dataset.Builder data = Dataset.builder(List.of("group"));
    for (int i = 0; i < 10; i++) {
      data.add(new double[] {0}, i < 2 ? 1 : 0);
      data.add(new double[] {1}, i < 7 ? 1 : 0);
    }
    LogisticModel model = new LogisticRegression(0).fit(data.build());
    assertEquals(0.2, model.predict(new double[] {0}), 1e-12);
    assertEquals(0.7, model.predict(new double[] {1}), 1e-12);
    assertEquals(Math.log(0.25), model.logOdds().intercept(), 1e-12);
    assertEquals(Math.log(7 / 3.0) - Math.log(0.25), model.logOdds().coefficient(0), 1e-11);
  }

  @Test
  void logistic_refuses_what_has_no_answer() {
    Dataset.Builder apart = Dataset.builder(List.of("x"));
    for (int i = 0; i < 10; i++) {
      apart.add(new double[] {i}, i < 5 ? 0 : 1);
    }
    Dataset separable = apart.build();
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> new LogisticRegression(0).fit(separable));
    assertTrue(refused.getMessage().contains("ridge"), refused.getMessage());
    LogisticModel drawn = new LogisticRegression(0.1).fit(separable);
    assertTrue(drawn.predict(new double[] {0}) < 0.1);
    assertTrue(drawn.predict(new double[] {9}) > 0.9);
    Dataset one = separable.withTarget(new double[10]);
    assertThrows(IllegalArgumentException.class, () -> new LogisticRegression(0).fit(one));
    double[] odd = new double[10];
    odd[3] = 2;
    assertThrows(
        IllegalArgumentException.class,
        () -> new LogisticRegression(0).fit(separable.withTarget(odd)));
    assertThrows(IllegalArgumentException.class, () -> new LogisticRegression(-1));
  }

  private static void assertRefused(String message, Runnable fit) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, fit::run).getMessage());
  }

  private static Dataset line(int rows, double target) {
    Dataset.Builder data = Dataset.builder(List.of("x"));
    for (int i = 0; i < rows; i++) {
      data.add(new double[] {i}, target);
    }
    return data.build();
  }

  @Test
  void logistic_says_what_it_cannot_use() {
    for (double target : new double[] {0, 1}) {
      assertRefused(
          "all 10 targets are the same; both classes are needed",
          () -> new LogisticRegression(0.1).fit(line(10, target)));
    }
    assertRefused(
        "row 0: target is 2.0, must be 0 or 1", () -> new LogisticRegression(0.1).fit(line(10, 2)));
    Dataset.Builder constant = Dataset.builder(List.of("x", "always"));
    for (int i = 0; i < 10; i++) {
      constant.add(new double[] {i, 7}, i % 2);
    }
    assertRefused(
        "feature 'always' is constant; leave it out",
        () -> new LogisticRegression(0.1).fit(constant.build()));
    assertRefused(
        "ridge penalty is Infinity, must be a finite number of at least 0",
        () -> new LogisticRegression(Double.POSITIVE_INFINITY));
    assertRefused(
        "ridge penalty is NaN, must be a finite number of at least 0",
        () -> new LeastSquares(Double.NaN));
  }

  /** At the maximum the pull of each feature equals ridge * variance * coefficient. */
  @Property(tries = 50)
  void penalised_logistic_satisfies_its_score_equations(@ForAll long seed) {
    Dataset data = random(seed, true);
    double ones = java.util.Arrays.stream(data.targets()).sum();
    if (ones == 0 || ones == data.rows()) {
      return;
    }
    double ridge = 7;
    LogisticModel model = new LogisticRegression(ridge).fit(data);
    for (int f = 0; f < 2; f++) {
      double mean = java.util.Arrays.stream(data.column(f)).average().orElseThrow();
      double variance = 0;
      double pull = 0;
      for (int r = 0; r < data.rows(); r++) {
        double off = data.feature(r, f) - mean;
        variance += off * off / data.rows();
        pull += (data.target(r) - model.predict(data.row(r))) * off;
      }
      double penalty = ridge * variance * model.logOdds().coefficient(f);
      assertEquals(penalty, pull, 1e-7 * (1 + Math.abs(penalty)));
    }
  }

  /** One row of each class lies far out and says the opposite of most others. */
  @Test
  void logistic_finds_its_maximum_with_rows_far_out() {
    Dataset.Builder data = Dataset.builder(List.of("x"));
    double[] x = {-60, -1, -1, -1, 1, 1, 1, 40, 2, 2};
    double[] y = {0, 1, 1, 0, 0, 0, 1, 1, 1, 1};
    for (int i = 0; i < x.length; i++) {
      data.add(new double[] {x[i]}, y[i]);
    }
    Dataset rows = data.build();
    LogisticModel model = new LogisticRegression(0).fit(rows);
    double sum = 0;
    double pull = 0;
    for (int i = 0; i < x.length; i++) {
      double residual = y[i] - model.predict(rows.row(i));
      sum += residual;
      pull += residual * x[i];
    }
    assertEquals(0, sum, 1e-9);
    assertEquals(0, pull, 1e-7);
  }

  @Test
  void least_squares_needs_a_row_more_than_features() {
    Dataset.Builder data = Dataset.builder(List.of("a", "b"));
    data.add(new double[] {0, 1}, 3).add(new double[] {1, 0}, 2);
    assertRefused(
        "least squares with 2 features needs more than 2 rows, there are 2",
        () -> LeastSquares.ordinary().fit(data.build()));
    // Three rows are met exactly: 1 + a + 2 b.
    LinearModel exact = LeastSquares.ordinary().fit(data.add(new double[] {1, 1}, 4).build());
    assertEquals(1, exact.intercept(), 1e-12);
    assertEquals(1, exact.coefficient(0), 1e-12);
    assertEquals(2, exact.coefficient(1), 1e-12);
    // With a penalty two rows are enough.
    Dataset two = data.build().select(new int[] {0, 1});
    assertEquals(2.5, new LeastSquares(1).fit(two).predict(new double[] {0.5, 0.5}), 1e-12);
    assertRefused(
        "feature 'a' is constant; leave it out",
        () ->
            LeastSquares.ordinary()
                .fit(
                    Dataset.builder(List.of("a"))
                        .add(new double[] {5}, 1)
                        .add(new double[] {5}, 2)
                        .build()));
  }

  @Test
  void a_combination_of_features_is_named() {
    Dataset.Builder data = Dataset.builder(List.of("a", "b", "sum"));
    for (int i = 0; i < 9; i++) {
      data.add(new double[] {i, i % 3, i + i % 3}, i);
    }
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> LeastSquares.ordinary().fit(data.build()))
            .getMessage();
    assertTrue(
        message.startsWith("feature 'sum' is a linear combination of the features before it"),
        message);
  }

  @Test
  void linear_models_ask_for_as_many_values_as_they_have_features() {
    assertRefused(
        "there are 2 features and 1 coefficients; give one for each",
        () -> new LinearModel(List.of("a", "b"), new double[1], 0));
    LinearModel model = new LinearModel(List.of("a", "b"), new double[] {2, 3}, 1);
    assertEquals(List.of("a", "b"), model.features());
    assertEquals(1 + 2 * 10 + 3 * 100, model.predict(new double[] {10, 100}));
    assertRefused("row has 1 values, the model has 2 features", () -> model.predict(new double[1]));
  }
}
