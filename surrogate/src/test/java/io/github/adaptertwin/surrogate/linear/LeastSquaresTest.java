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
import org.apache.commons.math3.stat.regression.OLSMultipleLinearRegression;
import org.junit.jupiter.api.Test;

class LeastSquaresTest {
  private static final List<String> NAMES = List.of("x1", "x2", "x3", "x4", "x5", "x6");

  /** NIST Statistical Reference Datasets, linear regression, Longley. */
  private static final double[][] LONGLEY = {
    {60323, 83.0, 234289, 2356, 1590, 107608, 1947},
    {61122, 88.5, 259426, 2325, 1456, 108632, 1948},
    {60171, 88.2, 258054, 3682, 1616, 109773, 1949},
    {61187, 89.5, 284599, 3351, 1650, 110929, 1950},
    {63221, 96.2, 328975, 2099, 3099, 112075, 1951},
    {63639, 98.1, 346999, 1932, 3594, 113270, 1952},
    {64989, 99.0, 365385, 1870, 3547, 115094, 1953},
    {63761, 100.0, 363112, 3578, 3350, 116219, 1954},
    {66019, 101.2, 397469, 2904, 3048, 117388, 1955},
    {67857, 104.6, 419180, 2822, 2857, 118734, 1956},
    {68169, 108.4, 442769, 2936, 2798, 120445, 1957},
    {66513, 110.8, 444546, 4681, 2637, 121950, 1958},
    {68655, 112.6, 482704, 3813, 2552, 123366, 1959},
    {69564, 114.2, 502601, 3931, 2514, 125368, 1960},
    {69331, 115.7, 518173, 4806, 2572, 127852, 1961},
    {70551, 116.9, 554894, 4007, 2827, 130081, 1962},
  };

  private static final double[] LONGLEY_CERTIFIED = {
    -3482258.63459582,
    15.0618722713733,
    -0.358191792925910E-01,
    -2.02022980381683,
    -1.03322686717359,
    -0.511041056535807E-01,
    1829.15146461355
  };

  @Test
  void longley_has_ten_certified_digits() {
    Dataset.Builder data = Dataset.builder(NAMES);
    for (double[] row : LONGLEY) {
      data.add(java.util.Arrays.copyOfRange(row, 1, 7), row[0]);
    }
    LinearModel model = LeastSquares.ordinary().fit(data.build());
    assertEquals(LONGLEY_CERTIFIED[0], model.intercept(), 1e-10 * -LONGLEY_CERTIFIED[0]);
    for (int j = 0; j < 6; j++) {
      double certified = LONGLEY_CERTIFIED[j + 1];
      assertEquals(certified, model.coefficient(j), 1e-9 * Math.abs(certified), NAMES.get(j));
    }
  }

  @Property(tries = 100)
  void a_fit_agrees_with_commons_math(@ForAll long seed) {
    RandomStream random = new RandomStreams(seed).stream("rows", 0);
    int n = 8 + random.nextInt(30);
    double[][] x = new double[n][3];
    double[] y = new double[n];
    Dataset.Builder data = Dataset.builder(NAMES.subList(0, 3));
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < 3; j++) {
        x[i][j] = random.nextGaussian() * (1 + 10 * j);
      }
      y[i] = 3 + x[i][0] - 2 * x[i][1] + random.nextGaussian();
      data.add(x[i], y[i]);
    }
    OLSMultipleLinearRegression oracle = new OLSMultipleLinearRegression();
    oracle.newSampleData(y, x);
    double[] expected = oracle.estimateRegressionParameters();
    LinearModel model = LeastSquares.ordinary().fit(data.build());
    assertEquals(expected[0], model.intercept(), 1e-9);
    for (int j = 0; j < 3; j++) {
      assertEquals(expected[j + 1], model.coefficient(j), 1e-9);
    }
    double hand =
        expected[0] + expected[1] * x[0][0] + expected[2] * x[0][1] + expected[3] * x[0][2];
    assertEquals(hand, model.predict(x[0]), 1e-8);
  }

  @Test
  void what_cannot_be_identified_or_used_is_refused() {
    Dataset.Builder same = Dataset.builder(List.of("a", "b"));
    for (int i = 0; i < 9; i++) {
      same.add(new double[] {i, 2 * i}, i);
    }
    Dataset collinear = same.build();
    assertThrows(IllegalArgumentException.class, () -> LeastSquares.ordinary().fit(collinear));
    Dataset few = Dataset.builder(List.of("a")).add(new double[] {1}, 1).build();
    assertThrows(IllegalArgumentException.class, () -> LeastSquares.ordinary().fit(few));
    Exception nan =
        assertThrows(
            IllegalArgumentException.class,
            () -> Dataset.builder(List.of("a")).add(new double[] {Double.NaN}, 1));
    assertTrue(nan.getMessage().contains("NaN"), nan.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> Dataset.builder(List.of("a")).add(new double[] {1, 2}, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> Dataset.builder(List.of("a")).add(new double[] {1}, Double.POSITIVE_INFINITY));
  }
}
