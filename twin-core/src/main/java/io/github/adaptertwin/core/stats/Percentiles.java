package io.github.adaptertwin.core.stats;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.Arrays;

/**
 * A sample of non-negative longs with exact quantiles. Keeps every value (8 bytes each); a quantile
 * is found by selection, not by sorting the whole sample. Not thread-safe.
 */
public final class Percentiles {
  private final LongArrayList values = new LongArrayList();
  private final WideSum sum = new WideSum();
  private long largest;

  /** Empties the sample and keeps its memory. */
  public void clear() {
    values.clear();
    sum.clear();
    largest = 0;
  }

  /**
   * Adds a value.
   *
   * @param value at least 0
   */
  public void add(long value) {
    values.add(value);
    sum.add(value);
    if (value > largest) {
      largest = value;
    }
  }

  /** {@return number of values} */
  public int count() {
    return values.size();
  }

  /** {@return mean of the values, NaN if there are none} */
  public double mean() {
    return values.isEmpty() ? Double.NaN : sum.toDouble() / values.size();
  }

  /** {@return largest value, NaN if there are none} */
  public double max() {
    return values.isEmpty() ? Double.NaN : largest;
  }

  /**
   * Finds quantiles with linear interpolation between order statistics (type 7 of Hyndman and Fan,
   * 1996, the default of most statistics packages).
   *
   * @param shares each in [0, 1], ascending
   * @return the quantiles in the same order, NaN if the sample is empty
   */
  public double[] quantiles(double... shares) {
    double[] result = new double[shares.length];
    int n = values.size();
    if (n == 0) {
      Arrays.fill(result, Double.NaN);
      return result;
    }
    long[] work = values.toLongArray();
    int from = 0;
    double previous = 0;
    for (int i = 0; i < shares.length; i++) {
      double share = shares[i];
      if (!(share >= previous && share <= 1)) {
        throw new IllegalArgumentException(
            "share is " + share + ", must be in [0, 1] and ascending");
      }
      previous = share;
      double position = share * (n - 1);
      int below = (int) position;
      select(work, from, n - 1, below);
      double value = work[below];
      if (position > below) {
        long above = Long.MAX_VALUE;
        for (int j = below + 1; j < n; j++) {
          above = Math.min(above, work[j]);
        }
        value += (position - below) * (above - work[below]);
      }
      result[i] = value;
      from = below;
    }
    return result;
  }

  /** Hoare's selection with the median of three; afterwards work[k] is in its sorted place. */
  private static void select(long[] work, int first, int last, int k) {
    int lo = first;
    int hi = last;
    while (lo < hi) {
      long a = work[lo];
      long b = work[(lo + hi) >>> 1];
      long c = work[hi];
      long pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
      int i = lo;
      int j = hi;
      while (i <= j) {
        while (work[i] < pivot) {
          i++;
        }
        while (work[j] > pivot) {
          j--;
        }
        if (i <= j) {
          long swap = work[i];
          work[i++] = work[j];
          work[j--] = swap;
        }
      }
      if (k <= j) {
        hi = j;
      } else if (k >= i) {
        lo = i;
      } else {
        return;
      }
    }
  }
}
