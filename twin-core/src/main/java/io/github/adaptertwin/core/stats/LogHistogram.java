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

  private static final long LINEAR = 1L << MANTISSA_BITS;

  /** Above it doubles cannot tell all longs apart, and rounding must not lift one a bucket up. */
  private static final long MOST_EXACT = 1L << 53;

  /** Bits of a double behind the ones that make the bucket. */
  private static final int REST_BITS = 52 - MANTISSA_BITS;

  /** Leading bits of the double 1, which has the bucket behind that of 0. */
  private static final int BUCKET_OF_ONE = 1023 << MANTISSA_BITS;

  private static final int BUCKETS = (64 << MANTISSA_BITS) + 1;

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
    // Exponent and leading bits of a double, read as one number, ascend with it.
    long exact = value <= MOST_EXACT ? value : value & -LINEAR;
    int leading = (int) (Double.doubleToRawLongBits((double) exact) >>> REST_BITS);
    return Math.max(0, leading - BUCKET_OF_ONE + 1);
  }

  /** Smallest double of a bucket, which may lie between two integers. */
  private static double firstOf(int bucket) {
    return bucket == 0
        ? 0
        : Double.longBitsToDouble((long) (bucket - 1 + BUCKET_OF_ONE) << REST_BITS);
  }

  /** Largest integer of a bucket that has one. */
  private static long lastOf(int bucket) {
    return (long) Math.ceil(firstOf(bucket + 1)) - 1;
  }

  private static double middleOf(int bucket) {
    double first = Math.ceil(firstOf(bucket));
    return first + 0.5 * (lastOf(bucket) - first);
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
    int bucket = bucketOf(first);
    int lastBucket = bucketOf(first + increment * (count - 1));
    if (bucket < lowest) {
      lowest = bucket;
    }
    if (lastBucket > highest) {
      highest = lastBucket;
    }
    total += count * weight;
    if (bucket == lastBucket) {
      weights[bucket] += count * weight;
    } else if (lastBucket - bucket < count) {
      addAcross(first, increment, count, weight, bucket, lastBucket);
    } else {
      for (long i = 0; i < count; i++) {
        weights[bucketOf(first + i * increment)] += weight;
      }
    }
  }

  /** Counts a run bucket by bucket, which are fewer than its values. */
  private void addAcross(
      long first, long increment, long count, long weight, int firstBucket, int lastBucket) {
    // A division for each bucket would cost more than the steps that made the values.
    double inverse = 1.0 / increment;
    long before = 0;
    for (int bucket = firstBucket; bucket < lastBucket; bucket++) {
      // The values below the bucket's end are the least multiple of the increment not below it.
      long width = lastOf(bucket) + 1 - first;
      long below = (long) (width * inverse);
      long rest = width - below * increment;
      below += rest > increment ? 2 : rest > 0 ? 1 : rest > -increment ? 0 : -1;
      weights[bucket] += (below - before) * weight;
      before = below;
    }
    weights[lastBucket] += (count - before) * weight;
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
