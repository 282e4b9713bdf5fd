package io.github.adaptertwin.core.stats;

import java.util.Arrays;

/**
 * A sample of non-negative longs with exact quantiles. Keeps every value (8 bytes each). An order
 * statistic is found by counting the values into buckets of constant relative width, then those of
 * its bucket into narrower ones, and sorting what shares the last with it; so a few quantiles cost
 * two passes over the sample. A small sample is sorted as it is. Not thread-safe.
 */
public final class Percentiles {
  private static final int MANTISSA_BITS = 7;
  private static final int LINEAR = 1 << MANTISSA_BITS;
  private static final int BUCKETS = (64 - MANTISSA_BITS) << MANTISSA_BITS;
  private static final int FIRST_CAPACITY = 64;

  /** A bucket of at most so many values is sorted, a larger one is cut again. */
  private static final int FEW = 64;

  private static final int PART_BITS = 8;

  /** A sample of at most so many values is sorted. */
  private static final int SORTED = 256;

  private long[] values = new long[FIRST_CAPACITY];
  private int size;

  /** Empties the sample and keeps its memory. */
  public void clear() {
    size = 0;
  }

  /**
   * Adds a value.
   *
   * @param value at least 0
   */
  public void add(long value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, Math.multiplyExact(size, 2));
    }
    values[size++] = value;
  }

  /**
   * Adds the first values of an array.
   *
   * @param from values, each at least 0
   * @param count how many, in [0, length of the array]
   */
  public void addAll(long[] from, int count) {
    if (count > values.length - size) {
      values = Arrays.copyOf(values, Math.max(size + count, Math.multiplyExact(values.length, 2)));
    }
    System.arraycopy(from, 0, values, size, count);
    size += count;
  }

  /** {@return number of values} */
  public int count() {
    return size;
  }

  private static int bucketOf(long value) {
    if (value < LINEAR) {
      return (int) value;
    }
    int shift = 63 - MANTISSA_BITS - Long.numberOfLeadingZeros(value);
    return ((shift + 1) << MANTISSA_BITS) + (int) (value >>> shift) - LINEAR;
  }

  /** Logarithm of the number of values that share a bucket. */
  private static int widthBits(int bucket) {
    return Math.max(0, (bucket >>> MANTISSA_BITS) - 1);
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
    if (size == 0) {
      Arrays.fill(result, Double.NaN);
      return result;
    }
    int[] ranks = new int[2 * shares.length];
    for (int i = 0; i < shares.length; i++) {
      ranks[2 * i] = (int) (shares[i] * (size - 1));
      ranks[2 * i + 1] = Math.min(size - 1, ranks[2 * i] + 1);
    }
    long[] found = orderStatistics(ranks);
    for (int i = 0; i < shares.length; i++) {
      long lower = found[2 * i];
      result[i] = lower;
      double beyond = shares[i] * (size - 1) - ranks[2 * i];
      if (beyond > 0) {
        result[i] += beyond * (found[2 * i + 1] - lower);
      }
    }
    return result;
  }

  /** The values that would stand at some places if the sample were sorted. */
  private long[] orderStatistics(int[] ranks) {
    if (size <= SORTED) {
      long[] sorted = Arrays.copyOf(values, size);
      Arrays.sort(sorted);
      return Arrays.stream(ranks).mapToLong(rank -> sorted[rank]).toArray();
    }
    int[] counts = new int[BUCKETS];
    char[] bucketsOf = new char[size];
    for (int i = 0; i < size; i++) {
      int of = bucketOf(values[i]);
      bucketsOf[i] = (char) of;
      counts[of]++;
    }
    // The wanted buckets get a stretch each in an array of their values; 0 is for the others.
    int[] endOfStretch = new int[BUCKETS];
    int[] bucketOfRank = new int[ranks.length];
    int[] before = new int[ranks.length];
    int kept = 0;
    int bucket = 0;
    int seen = 0;
    for (int i = 0; i < ranks.length; i++) {
      if (ranks[i] < seen) {
        bucket = 0;
        seen = 0;
      }
      while (seen + counts[bucket] <= ranks[i]) {
        seen += counts[bucket++];
      }
      bucketOfRank[i] = bucket;
      before[i] = seen;
      if (endOfStretch[bucket] == 0) {
        kept += counts[bucket];
        endOfStretch[bucket] = kept;
      }
    }
    long[] stretches = new long[kept];
    for (int i = 0; i < size; i++) {
      int of = bucketsOf[i];
      if (endOfStretch[of] != 0) {
        // From its end to its begin.
        stretches[--endOfStretch[of]] = values[i];
      }
    }
    long[] found = new long[ranks.length];
    for (int i = 0; i < ranks.length; i++) {
      int of = bucketOfRank[i];
      int begin = endOfStretch[of];
      long[] stretch = Arrays.copyOfRange(stretches, begin, begin + counts[of]);
      found[i] = select(stretch, ranks[i] - before[i], widthBits(of));
    }
    return found;
  }

  /**
   * {@return the value at a rank among some that are equal but for their last bits}
   *
   * @param sample the values, at least one; sorted if they are few
   * @param bits how many
   */
  private static long select(long[] sample, int rank, int bits) {
    if (sample.length <= FEW || bits == 0) {
      Arrays.sort(sample);
      return sample[rank];
    }
    int shift = Math.max(0, bits - PART_BITS);
    int mask = (1 << PART_BITS) - 1;
    int[] counts = new int[1 << PART_BITS];
    for (long value : sample) {
      counts[(int) (value >>> shift) & mask]++;
    }
    int part = 0;
    int seen = 0;
    while (seen + counts[part] <= rank) {
      seen += counts[part++];
    }
    long[] inPart = new long[counts[part]];
    int kept = 0;
    for (long value : sample) {
      if (((int) (value >>> shift) & mask) == part) {
        inPart[kept++] = value;
      }
    }
    return select(inPart, rank - seen, shift);
  }
}
