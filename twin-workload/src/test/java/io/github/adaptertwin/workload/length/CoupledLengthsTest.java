package io.github.adaptertwin.workload.length;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.workload.length.LengthMargin.Empirical;
import io.github.adaptertwin.workload.length.LengthMargin.Fixed;
import io.github.adaptertwin.workload.length.LengthMargin.Restricted;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoupledLengthsTest {
  private static final int POINTS = 1 << 16;

  private static double mean(int[] values) {
    return Arrays.stream(values).asLongStream().sum() / (double) values.length;
  }

  private static double sd(int[] values) {
    double mean = mean(values);
    return Math.sqrt(
        Arrays.stream(values).mapToDouble(v -> (v - mean) * (v - mean)).sum() / values.length);
  }

  @ParameterizedTest
  @EnumSource(LengthFamily.class)
  void a_restricted_family_keeps_mean_and_deviation(LengthFamily family) {
    int[] values = new Restricted(family, 223, 240, 4, 2048).tabulate("input", POINTS);
    assertEquals(223, mean(values), 0.5);
    assertEquals(240, sd(values), 1);
    assertTrue(values[0] >= 4 && values[POINTS - 1] <= 2048);
    int[] narrow = new Restricted(family, 500, 40, 1, 4000).tabulate("input", POINTS);
    assertEquals(500, mean(narrow), 1);
    assertEquals(40, sd(narrow), 0.2);
  }

  /** Mooncake's inputs reach 120,000 tokens: cells above 2,048 hold several values. */
  @ParameterizedTest
  @EnumSource(LengthFamily.class)
  void a_long_range_keeps_them_too(LengthFamily family) {
    int[] values = new Restricted(family, 12_000, 16_000, 1, 128_000).tabulate("input", POINTS);
    assertEquals(12_000, mean(values), 40);
    assertEquals(16_000, sd(values), 60);
    int distinct = (int) Arrays.stream(values).distinct().count();
    assertTrue(distinct > 10_000, "distinct values: " + distinct);
  }

  /** With a wide range the restriction does nothing: the quartiles are those of the free law. */
  @Test
  void a_wide_lognormal_has_the_quartiles_of_the_free_law() {
    double sigma = 0.8;
    double mean = Math.exp(6 + sigma * sigma / 2);
    double sd = mean * Math.sqrt(Math.exp(sigma * sigma) - 1);
    int[] values =
        new Restricted(LengthFamily.LOGNORMAL, mean, sd, 1, 1_000_000).tabulate("x", POINTS);
    assertEquals(Math.exp(6), values[POINTS / 2], 3);
    assertEquals(Math.exp(6 + 0.67449 * sigma), values[POINTS * 3 / 4], 5);
    assertEquals(Math.exp(6 - 0.67449 * sigma), values[POINTS / 4], 2);
  }

  @Test
  void what_no_law_can_have_is_refused_with_what_is_nearest() {
    // Within [4, 100] no deviation can exceed 48.
    Restricted wide = new Restricted(LengthFamily.GAMMA, 50, 60, 4, 100);
    Exception e = assertThrows(IllegalArgumentException.class, () -> wide.tabulate("input", 10));
    assertTrue(e.getMessage().contains("nearest") && e.getMessage().contains("60"), e.getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> new Restricted(LengthFamily.GAMMA, 50, 60, 0, 100));
    assertThrows(
        IllegalArgumentException.class, () -> new Restricted(LengthFamily.GAMMA, 5, 60, 10, 100));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Restricted(LengthFamily.GAMMA, Double.NaN, 60, 1, 100));
    assertThrows(
        IllegalArgumentException.class, () -> new Restricted(LengthFamily.GAMMA, 50, 0, 1, 100));
    assertThrows(IllegalArgumentException.class, () -> new Fixed(0));
    assertThrows(IllegalArgumentException.class, () -> Empirical.of());
    assertThrows(IllegalArgumentException.class, () -> Empirical.of(3, 0));
    Fixed ten = new Fixed(10);
    assertThrows(IllegalArgumentException.class, () -> new CoupledLengths(ten, ten, 1, 100));
    assertThrows(IllegalArgumentException.class, () -> new CoupledLengths(ten, ten, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new CoupledLengths(ten, ten, 0, 10).pool());
    Exception cut =
        assertThrows(
            IllegalArgumentException.class, () -> new CoupledLengths(ten, ten, 0, 15).pool());
    assertTrue(cut.getMessage().contains("5.0") && cut.getMessage().contains("15"));
  }

  private static double[] ranks(double[] values) {
    Integer[] order = new Integer[values.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Double.compare(values[a], values[b]));
    double[] ranks = new double[values.length];
    for (int from = 0; from < order.length; ) {
      int to = from;
      while (to < order.length && values[order[to]] == values[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + to - 1) / 2.0;
      }
      from = to;
    }
    return ranks;
  }

  private static double correlation(double[] x, double[] y) {
    double mx = Arrays.stream(x).average().orElseThrow();
    double my = Arrays.stream(y).average().orElseThrow();
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - mx) * (y[i] - my);
      xx += (x[i] - mx) * (x[i] - mx);
      yy += (y[i] - my) * (y[i] - my);
    }
    return xy / Math.sqrt(xx * yy);
  }

  /** 40,000 draws: the standard error of a rank correlation is .005. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 1000, 4096})
  void many_rows_at_once_are_those_of_single_draws(int rows) {
    int[] input = IntStream.rangeClosed(1, rows).toArray();
    for (int longest : new int[] {100, 70_000}) {
      int[] output = IntStream.range(0, rows).map(i -> longest - i % 50).toArray();
      PooledLengths law = PooledLengths.ofRows(input, output);
      RandomStream single = new RandomStreams(7).stream("rows", 0);
      RandomStream many = new RandomStreams(7).stream("rows", 0);
      long[] pairs = new long[300];
      law.drawAll(many, pairs);
      for (long pair : pairs) {
        assertEquals(law.draw(single), pair);
      }
      assertEquals(single.nextLong(), many.nextLong());
    }
  }

  @Test
  void pairs_have_the_rank_correlation_and_the_means() {
    for (double spearman : new double[] {-0.5, 0, 0.7}) {
      PooledLengths law =
          new CoupledLengths(
                  new Restricted(LengthFamily.LOGNORMAL, 300, 250, 1, 8192),
                  new Restricted(LengthFamily.WEIBULL, 200, 150, 1, 8192),
                  CoupledLengths.normalCorrelation(spearman),
                  32_768)
              .pool();
      assertEquals(300, law.meanInputTokens(), 0.6);
      assertEquals(200, law.meanOutputTokens(), 0.4);
      RandomStream stream = new RandomStreams(5).stream("pairs", 0);
      int n = 40_000;
      double[] x = new double[n];
      double[] y = new double[n];
      for (int i = 0; i < n; i++) {
        long pair = law.draw(stream);
        x[i] = LengthLaw.input(pair);
        y[i] = LengthLaw.output(pair);
      }
      assertEquals(spearman, correlation(ranks(x), ranks(y)), 0.02);
    }
  }

  /** ShareGPT as in the published runs: the bound on the sum cuts some outputs. */
  @Test
  void a_bound_on_the_sum_moves_the_law_until_the_mean_is_kept() {
    CoupledLengths law =
        new CoupledLengths(
            new Restricted(LengthFamily.GAMMA, 223, 240, 4, 1024),
            new Restricted(LengthFamily.GAMMA, 400, 380, 4, 2000),
            0.3,
            1300);
    PooledLengths pool = law.pool();
    assertEquals(223, pool.meanInputTokens(), 0.5);
    assertEquals(400, pool.meanOutputTokens(), 0.8);
    assertTrue(pool.maxTotalTokens() <= 1300);
  }

  @Test
  void an_empirical_margin_gives_back_its_sample() {
    Empirical margin = Empirical.of(5, 1, 3, 3);
    assertArrayEquals(new int[] {1, 3, 3, 5}, margin.tabulate("x", 4));
    assertArrayEquals(new int[] {1, 3, 3, 5}, margin.tokens());
    assertEquals(3, margin.meanTokens());
    assertEquals(Empirical.of(1, 3, 5, 3), margin);
    assertEquals(Empirical.of(1, 3, 5, 3).hashCode(), margin.hashCode());
    assertNotEquals(Empirical.of(1), margin);
    PooledLengths pool = new CoupledLengths(margin, new Fixed(7), 0, 100).pool();
    assertEquals(3, pool.meanInputTokens(), 1e-9);
    assertEquals(List.of(7.0, 12), List.of(pool.meanOutputTokens(), pool.maxTotalTokens()));
  }

  /** Sums of two lengths are kept as int: beyond, they would wrap and rows would be mixed up. */
  @Test
  void lengths_whose_sum_is_beyond_an_int_are_refused() {
    int most = Integer.MAX_VALUE;
    assertThrows(IllegalArgumentException.class, () -> new FixedLengths(most, 1));
    assertThrows(
        IllegalArgumentException.class,
        () -> PooledLengths.ofRows(new int[] {most}, new int[] {1}));
    assertThrows(
        IllegalArgumentException.class,
        () -> new TruncatedGammaPair(223, 240, 1024, 196.5, 202, most, 0));
    assertEquals(most, new FixedLengths(most - 1, 1).maxTotalTokens());
  }
}
