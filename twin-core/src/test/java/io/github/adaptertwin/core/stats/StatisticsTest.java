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

  @Test
  void a_cleared_histogram_forgets_what_lies_between_new_values() {
    LogHistogram histogram = new LogHistogram();
    histogram.add(3, 10);
    histogram.add(600, 10);
    histogram.clear();
    histogram.add(7, 1);
    histogram.add(900, 1);
    assertEquals(900, histogram.quantile(1));
    assertEquals(7, histogram.quantile(0.5));
    histogram.clear();
    histogram.add(0, 5);
    histogram.clear();
    histogram.add(0, 1);
    histogram.add(3, 1);
    assertEquals(3, histogram.quantile(1));
  }

  /** A sum is carried from half to half of a word, and from word to word. */
  @Test
  void a_wide_sum_carries() {
    WideSum sum = new WideSum();
    sum.add(1L << 62);
    sum.add(1L << 62);
    sum.add(1L << 40);
    assertEquals(0x1p63 + 0x1p40, sum.toDouble());
    for (int i = 0; i < 6; i++) {
      sum.add(1L << 62);
    }
    assertEquals(0x1p65 + 0x1p40, sum.toDouble());
    sum.addProduct(1L << 62, 1L << 62);
    assertEquals(0x1p124 + 0x1p65, sum.toDouble(), Math.ulp(0x1p124));
  }

  @Test
  void values_below_two_thousand_are_kept_exactly() {
    LogHistogram histogram = new LogHistogram();
    for (int value = 0; value < 2048; value++) {
      histogram.add(value, 1);
    }
    for (int value = 0; value < 2048; value++) {
      assertEquals(value, histogram.quantile((value + 0.5) / 2048));
    }
  }

  /** One behind the other, so that the counts of the last bucket of a run matter, too. */
  private static void assertCountsLikeSingleValues(long first, long increment, int count) {
    LogHistogram runs = new LogHistogram();
    LogHistogram single = new LogHistogram();
    runs.addRun(first, increment, count, 3);
    for (int i = 0; i < count; i++) {
      single.add(first + i * increment, 3);
    }
    long behind = first + increment * (count - 1L);
    assertEquals(single.quantile(1), runs.quantile(1), "the last bucket");
    for (LogHistogram both : new LogHistogram[] {runs, single}) {
      both.add(behind, 1);
      both.add(4 * behind + 4, 5);
    }
    assertEquals(single.total(), runs.total());
    int ranks = (int) single.total();
    for (int rank = 1; rank <= ranks; rank++) {
      double share = (rank - 0.5) / ranks;
      assertEquals(
          single.quantile(share),
          runs.quantile(share),
          () -> "share " + share + " of " + count + " from " + first + " by " + increment);
    }
  }

  @Test
  void runs_within_one_bucket_across_some_and_with_a_bucket_for_each_value_count_alike() {
    // Buckets from 2^20 on are 1024 wide.
    assertCountsLikeSingleValues(1 << 20, 0, 50);
    assertCountsLikeSingleValues(1 << 20, 3, 100);
    assertCountsLikeSingleValues(1 << 20, 1, 3000);
    assertCountsLikeSingleValues((1 << 20) + 5, 3, 3000);
    assertCountsLikeSingleValues(1 << 20, 1024, 40);
    assertCountsLikeSingleValues((1 << 20) - 1, 512, 40);
    assertCountsLikeSingleValues(1 << 20, 5000, 40);
    assertCountsLikeSingleValues(0, 7, 2000);
    // 49 times the double 1 / 49 is below 1: a bucket ends 49 behind the first value.
    assertCountsLikeSingleValues((1 << 20) + 1024 - 49, 49, 200);
    assertCountsLikeSingleValues(1L << 50, 1L << 37, 100);
    assertCountsLikeSingleValues((1L << 53) - 3, 1, 10);
    // One value is a run, whatever the increment.
    assertCountsLikeSingleValues(77, 1L << 40, 1);
  }

  /** {@code count} values of equal steps in an order that is none. */
  private static Percentiles shuffled(long first, long step, int count) {
    Percentiles sample = new Percentiles();
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = first + step * (i * 7919L % count);
    }
    sample.addAll(values, count);
    return sample;
  }

  @Test
  void quantiles_of_equal_steps_lie_where_their_share_says() {
    double[] falling = {1, 0.75, 0.5, 0.25, 0.1, 0};
    for (int count : new int[] {1, 2, 256, 257, 1001, 5001}) {
      for (long step : new long[] {1, 64, 1L << 30}) {
        for (long first : new long[] {0, 100, 1L << 40, 3L << 50}) {
          double[] found = shuffled(first, step, count).quantiles(falling);
          for (int i = 0; i < falling.length; i++) {
            double expected = first + falling[i] * (count - 1) * step;
            assertEquals(
                expected,
                found[i],
                4 * Math.ulp(expected),
                count + " from " + first + " by " + step);
          }
        }
      }
    }
  }

  @Test
  void equal_values_are_a_sample_like_any_other() {
    for (long value : new long[] {0, 5, 127, 128, 1L << 40, Long.MAX_VALUE}) {
      Percentiles sample = new Percentiles();
      for (int i = 0; i < 700; i++) {
        sample.add(value);
      }
      assertArrayEquals(new double[] {value, value}, sample.quantiles(0, 0.37));
    }
  }

  @Test
  void values_that_differ_in_their_last_bits_are_told_apart() {
    // 3,000 values share the leading bits, 1,000 lie far away on each side.
    Percentiles sample = new Percentiles();
    for (int i = 0; i < 1000; i++) {
      sample.add(i);
      sample.add((1L << 40) + 3L * i);
      sample.add((1L << 40) + 3L * i + 1);
      sample.add((1L << 40) + 3L * i + 2);
      sample.add((1L << 50) + i);
    }
    for (int rank : new int[] {0, 500, 998, 1000, 1001, 2500, 3997, 4000, 4001, 4999}) {
      long expected =
          rank < 1000 ? rank : rank < 4000 ? (1L << 40) + rank - 1000 : (1L << 50) + rank - 4000;
      assertEquals((double) expected, sample.quantiles(rank / 4999.0)[0], 0.3);
    }
  }
}
