package io.github.adaptertwin.core.stats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  private static final double[] SHARES = {0, 0.25, 0.5, 0.9, 0.99, 1};

  private static long[] below(long[] values, long bound) {
    return Arrays.stream(values).map(value -> Math.floorMod(value, bound)).toArray();
  }

  @Property
  void a_wide_sum_is_the_sum_of_big_integers(@ForAll @Size(max = 60) long[] any) {
    long[] values = below(any, 1L << 60);
    WideSum sum = new WideSum();
    BigInteger expected = BigInteger.ZERO;
    for (int i = 0; i + 1 < values.length; i += 2) {
      sum.add(values[i]);
      sum.addProduct(values[i], values[i + 1]);
      BigInteger a = BigInteger.valueOf(values[i]);
      expected = expected.add(a).add(a.multiply(BigInteger.valueOf(values[i + 1])));
    }
    int some = values.length / 2;
    sum.addAll(values, some);
    for (int i = 0; i < some; i++) {
      expected = expected.add(BigInteger.valueOf(values[i]));
    }
    assertEquals(expected.doubleValue(), sum.toDouble(), Math.ulp(expected.doubleValue()));
    sum.clear();
    assertEquals(0, sum.toDouble());
  }

  @Property
  void percentiles_interpolate_between_sorted_values(
      @ForAll @Size(min = 1, max = 200) long[] any, @ForAll @IntRange(min = 1, max = 5) int times) {
    // Few values are sorted, more are counted into buckets.
    long[] once = below(any, 1_000_000);
    long[] values = new long[once.length * times];
    for (int i = 0; i < values.length; i++) {
      values[i] = once[i % once.length] + i / once.length;
    }
    Percentiles sample = new Percentiles();
    int alone = values.length / 2;
    for (int i = 0; i < alone; i++) {
      sample.add(values[i]);
    }
    sample.addAll(Arrays.copyOfRange(values, alone, values.length), values.length - alone);
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    double[] expected = new double[SHARES.length];
    for (int i = 0; i < SHARES.length; i++) {
      double position = SHARES[i] * (sorted.length - 1);
      int below = (int) position;
      int above = Math.min(below + 1, sorted.length - 1);
      expected[i] = sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
    assertArrayEquals(expected, sample.quantiles(SHARES), 1e-6);
    assertEquals(values.length, sample.count());
  }

  @Test
  void an_empty_sample_has_no_figures() {
    Percentiles sample = new Percentiles();
    sample.add(3);
    sample.clear();
    assertArrayEquals(new double[] {Double.NaN}, sample.quantiles(0.5));
    LogHistogram histogram = new LogHistogram();
    histogram.clear();
    assertEquals(Double.NaN, histogram.quantile(0.5));
  }

  @Test
  void shares_outside_their_range_are_refused_with_the_value() {
    Percentiles sample = new Percentiles();
    sample.add(3);
    assertThrows(IllegalArgumentException.class, () -> sample.quantiles(0.5, 1.1));
    assertThrows(IllegalArgumentException.class, () -> sample.quantiles(Double.NaN));
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> new LogHistogram().quantile(1.5));
    assertTrue(e.getMessage().contains("1.5"));
  }

  @Property
  void the_histogram_is_within_a_twentieth_of_a_percent_of_the_order_statistic(
      @ForAll @Size(min = 1, max = 200) long[] any) {
    long[] values = below(any, Long.MAX_VALUE);
    LogHistogram histogram = new LogHistogram();
    for (long value : values) {
      histogram.add(value, 2);
    }
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    assertEquals(2L * values.length, histogram.total());
    for (double share : SHARES) {
      long weighted = Math.max(1, (long) Math.ceil(share * 2 * sorted.length));
      long expected = sorted[(int) ((weighted - 1) / 2)];
      assertEquals((double) expected, histogram.quantile(share), Math.max(0.5, expected * 5e-4));
    }
  }

  @Property
  void a_run_counts_like_its_values_one_by_one(
      @ForAll @LongRange(min = 0, max = 1L << 50) long first,
      @ForAll @LongRange(min = 0, max = 1L << 40) long increment,
      @ForAll @IntRange(min = 1, max = 300) int count) {
    LogHistogram run = new LogHistogram();
    run.addRun(first, increment, count, 3);
    LogHistogram single = new LogHistogram();
    for (int i = 0; i < count; i++) {
      single.add(first + i * increment, 3);
    }
    assertEquals(single.total(), run.total());
    for (int i = 0; i <= 100; i++) {
      assertEquals(single.quantile(i / 100.0), run.quantile(i / 100.0));
    }
  }

  @Test
  void a_cleared_histogram_keeps_nothing() {
    LogHistogram histogram = new LogHistogram();
    histogram.add(5_000_000, 10);
    histogram.clear();
    histogram.add(7, 1);
    assertEquals(1, histogram.total());
    assertEquals(7, histogram.quantile(1));
  }
}
