package io.github.adaptertwin.core.stats;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.Arrays;

/**
 * A sample of non-negative longs with exact quantiles. Keeps every value (8 bytes each). A quantile
 * is found by counting the values into buckets of constant relative width and sorting only the
 * buckets in which an asked order statistic lies. Not thread-safe.
 */
public final class Percentiles {
  private static final int MANTISSA_BITS = 7;
  private static final int LINEAR = 1 << MANTISSA_BITS;
  private static final int BUCKETS = (64 - MANTISSA_BITS) << MANTISSA_BITS;

  private final LongArrayList values = new LongArrayList();

  /** Empties the sample and keeps its memory. */
  public void clear() {
    values.clear();
  }

  /**
   * Adds a value.
   *
   * @param value at least 0
   */
  public void add(long value) {
    values.add(value);
  }

  /** {@return number of values} */
  public int count() {
    return values.size();
  }

  private static int bucketOf(long value) {
    if (value < LINEAR) {
      return (int) value;
    }
    int shift = 63 - MANTISSA_BITS - Long.numberOfLeadingZeros(value);
    return ((shift + 1) << MANTISSA_BITS) + (int) (value >>> shift) - LINEAR;
  }

  /**
   * Finds quantiles with linear interpolation between order statistics (type 7 of Hyndman and Fan,
   * 1996, the default of most statistics packages).
   *
   * @param shares each in [0, 1]
   * @return the quantiles in the same order, NaN if the sample is empty
   * @throws IllegalArgumentException if a share is NaN or outside [0, 1]
   */
  public double[] quantiles(double... shares) {
    for (double share : shares) {
      if (!(share >= 0 && share <= 1)) {
        throw new IllegalArgumentException("share is " + share + ", must be in [0, 1]");
      }
    }
    double[] result = new double[shares.length];
    int n = values.size();
    if (n == 0) {
      Arrays.fill(result, Double.NaN);
      return result;
    }
    long[] sample = values.elements();
    int[] before = new int[BUCKETS];
    for (int i = 0; i < n; i++) {
      before[bucketOf(sample[i])]++;
    }
    int seen = 0;
    for (int b = 0; b < BUCKETS; b++) {
      int count = before[b];
      before[b] = seen;
      seen += count;
    }
    boolean[] wanted = new boolean[BUCKETS];
    for (double share : shares) {
      int below = (int) (share * (n - 1));
      wanted[bucketOfRank(before, below)] = true;
      wanted[bucketOfRank(before, Math.min(n - 1, below + 1))] = true;
    }
    long[] kept = new long[n];
    int count = 0;
    for (int i = 0; i < n; i++) {
      long value = sample[i];
      if (wanted[bucketOf(value)]) {
        kept[count++] = value;
      }
    }
    Arrays.sort(kept, 0, count);
    for (int i = 0; i < shares.length; i++) {
      double position = shares[i] * (n - 1);
      int below = (int) position;
      long lower = kept[placeOfRank(before, wanted, below)];
      result[i] = lower;
      if (position > below) {
        long upper = kept[placeOfRank(before, wanted, below + 1)];
        result[i] += (position - below) * (upper - lower);
      }
    }
    return result;
  }

  /** Last bucket with at most as many values before it as the rank. */
  private static int bucketOfRank(int[] before, int rank) {
    int at = Arrays.binarySearch(before, rank);
    if (at < 0) {
      return -at - 2;
    }
    // Empty buckets share their count with the one behind them.
    while (at + 1 < BUCKETS && before[at + 1] == rank) {
      at++;
    }
    return at;
  }

  /** Place of a rank among the sorted values of the wanted buckets. */
  private static int placeOfRank(int[] before, boolean[] wanted, int rank) {
    int bucket = bucketOfRank(before, rank);
    int place = rank - before[bucket];
    for (int b = 0; b < bucket; b++) {
      if (wanted[b]) {
        place += before[b + 1] - before[b];
      }
    }
    return place;
  }
}
