package io.github.adaptertwin.surrogate.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ThresholdRanksTest {
  private static int count(double[] thresholds, double value) {
    return (int) Arrays.stream(thresholds).filter(t -> t < value).count();
  }

  private static void requireCounts(double[] thresholds, double[] values) {
    ThresholdRanks ranks = new ThresholdRanks(thresholds);
    assertEquals(thresholds.length, ranks.count());
    long[][] bitmaps = new long[thresholds.length + 3][2];
    ranks.mark(values, 0, 1, 1, 1 + values.length, bitmaps, 2);
    for (int i = 0; i < values.length; i++) {
      int expected = count(thresholds, values[i]);
      assertEquals(expected, ranks.below(values[i]), "below " + values[i]);
      for (int k = 0; k < bitmaps.length; k++) {
        long bit = bitmaps[k][(i + 1) >>> 6] >>> (i + 1) & 1;
        assertEquals(k == expected + 2 ? 1 : 0, bit, "row " + i + ", bitmap " + k);
      }
    }
  }

  /** Thresholds at all distances from each other, so that a cell holds one or almost all. */
  @Property(tries = 300)
  void below_ofAnyThresholds_counts(
      @ForAll long seed,
      @ForAll @IntRange(max = 60) int many,
      @ForAll @IntRange(max = 40) int skew) {
    RandomStream random = new RandomStreams(seed).stream("thresholds", 0);
    double[] thresholds =
        IntStream.range(0, many)
            .mapToDouble(i -> Math.pow(random.nextDouble(), 1 + skew) - 0.25)
            .sorted()
            .distinct()
            .toArray();
    double[] values = new double[100];
    for (int i = 0; i < values.length; i++) {
      double near = many == 0 ? 0 : thresholds[random.nextInt(thresholds.length)];
      values[i] =
          switch (i % 5) {
            case 0 -> near;
            case 1 -> Math.nextUp(near);
            case 2 -> Math.nextDown(near);
            case 3 -> Math.pow(random.nextDouble(), 1 + skew) - 0.25;
            default -> 3 * random.nextDouble() - 1.5;
          };
    }
    requireCounts(thresholds, values);
  }

  @Test
  void below_atTheEndsOfTheNumbers_counts() {
    double[] ends = {
      Double.NEGATIVE_INFINITY,
      -Double.MAX_VALUE,
      -1,
      -Double.MIN_VALUE,
      -0.0,
      0.0,
      Double.MIN_VALUE,
      1,
      Double.MAX_VALUE,
      Double.POSITIVE_INFINITY,
      Double.NaN,
      Double.longBitsToDouble(0xfff8000000000000L)
    };
    requireCounts(new double[0], ends);
    requireCounts(new double[] {0}, ends);
    requireCounts(new double[] {-Double.MAX_VALUE, Double.MAX_VALUE}, ends);
    requireCounts(new double[] {0, Double.MIN_VALUE, 2 * Double.MIN_VALUE}, ends);
    requireCounts(new double[] {-1, 0, 1, Double.MAX_VALUE}, ends);
  }
}
