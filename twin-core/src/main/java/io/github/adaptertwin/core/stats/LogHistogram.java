package io.github.adaptertwin.core.stats;

import java.util.Arrays;

/**
 * Weighted counts of positive longs in buckets of constant relative width. A value's bucket is its
 * leading {@value #MANTISSA_BITS} bits behind the first one, so a bucket's middle is within 2^-11
 * (.05 %) of every value in it; values below 2^{@value #MANTISSA_BITS} are kept exactly. Counts are
 * exact and do not depend on the order of insertion. Not thread-safe.
 */
public final class LogHistogram {
  private static final int MANTISSA_BITS = 10;
  private static final int LINEAR = 1 << MANTISSA_BITS;
  private static final int BUCKETS = (64 - MANTISSA_BITS) << MANTISSA_BITS;

  private final long[] weights = new long[BUCKETS];
  private long total;
  private int lowest = BUCKETS;
  private int highest = -1;

  /** Sets every count to 0. */
  public void clear() {
    if (highest >= 0) {
      Arrays.fill(weights, lowest, highest + 1, 0);
    }
    total = 0;
    lowest = BUCKETS;
    highest = -1;
  }

  private static int bucketOf(long value) {
    if (value < LINEAR) {
      return (int) value;
    }
    int shift = 63 - MANTISSA_BITS - Long.numberOfLeadingZeros(value);
    return ((shift + 1) << MANTISSA_BITS) + (int) (value >>> shift) - LINEAR;
  }

  private static double middleOf(int bucket) {
    if (bucket < LINEAR) {
      return bucket;
    }
    int shift = (bucket >>> MANTISSA_BITS) - 1;
    long first = ((long) (bucket & (LINEAR - 1)) + LINEAR) << shift;
    return first + 0.5 * ((1L << shift) - 1);
  }

  /**
   * Counts a value.
   *
   * @param value at least 0
   * @param weight how often, at least 0
   */
  public void add(long value, long weight) {
    int bucket = bucketOf(value);
    weights[bucket] += weight;
    total += weight;
    if (bucket < lowest) {
      lowest = bucket;
    }
    if (bucket > highest) {
      highest = bucket;
    }
  }

  /**
   * Counts values that ascend by equal steps: {@code first}, {@code first + increment}, and so on.
   *
   * @param first smallest value, at least 0
   * @param increment from one value to the next, at least 0
   * @param count number of values, at least 1
   * @param weight how often each, at least 0
   */
  public void addRun(long first, long increment, long count, long weight) {
    long last = first + increment * (count - 1);
    long value = first;
    long left = count;
    int bucket = bucketOf(value);
    int lastBucket = bucketOf(last);
    lowest = Math.min(lowest, bucket);
    highest = Math.max(highest, lastBucket);
    // A division for each bucket would cost more than the steps that made the values.
    double inverse = 1.0 / increment;
    while (bucket < lastBucket) {
      long width = lastOf(bucket) - value;
      long within = (long) (width * inverse);
      long rest = width - within * increment;
      within += rest < 0 ? 0 : rest >= increment ? 2 : 1;
      weights[bucket] += within * weight;
      left -= within;
      value += within * increment;
      bucket = bucketOf(value);
    }
    weights[bucket] += left * weight;
    total += count * weight;
  }

  /** Largest value of a bucket. */
  private static long lastOf(int bucket) {
    if (bucket < LINEAR) {
      return bucket;
    }
    int shift = (bucket >>> MANTISSA_BITS) - 1;
    return (((long) (bucket & (LINEAR - 1)) + LINEAR + 1) << shift) - 1;
  }

  /** {@return sum of all weights} */
  public long total() {
    return total;
  }

  /**
   * {@return the value below or at which a share of the weight lies, within .05 %, or NaN if the
   * histogram is empty}
   *
   * @param share in [0, 1]
   */
  public double quantile(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("share is " + share + ", must be in [0, 1]");
    }
    if (total == 0) {
      return Double.NaN;
    }
    long rank = Math.max(1, (long) Math.ceil(share * total));
    long seen = 0;
    for (int bucket = lowest; bucket < highest; bucket++) {
      seen += weights[bucket];
      if (seen >= rank) {
        return middleOf(bucket);
      }
    }
    return middleOf(highest);
  }
}
