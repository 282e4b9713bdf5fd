package io.github.adaptertwin.core.stats;

/**
 * An exact sum of products of non-negative longs in 128 bits: picoseconds times requests or KV
 * blocks overflow 64 bits within an hour, and a rounded sum would depend on how a run was cut into
 * pieces. Holds 2^32 summands. Not thread-safe.
 */
public final class WideSum {
  private static final int HALF_BITS = 32;
  private static final long LOWER_HALF = (1L << HALF_BITS) - 1;
  private static final double TWO_TO_64 = 0x1.0p64;
  private static final double TWO_TO_63 = 0x1.0p63;

  /** Sum of the upper halves of what was added, in 2^32. */
  private long upper;

  /** Sum of the lower halves. */
  private long lower;

  /** Sum of the high words of products, in 2^64. */
  private long high;

  /** Sets the sum to 0. */
  public void clear() {
    upper = 0;
    lower = 0;
    high = 0;
  }

  /**
   * Adds a value.
   *
   * @param value at least 0
   */
  public void add(long value) {
    // In halves, and carried only when it is read: cheaper than a carry at every addition.
    lower += value & LOWER_HALF;
    upper += value >>> HALF_BITS;
  }

  /**
   * Adds the first values of an array.
   *
   * @param values each at least 0
   * @param count how many, in [0, length of the array]
   */
  public void addAll(long[] values, int count) {
    long lowerSum = lower;
    long upperSum = upper;
    for (int i = 0; i < count; i++) {
      lowerSum += values[i] & LOWER_HALF;
      upperSum += values[i] >>> HALF_BITS;
    }
    lower = lowerSum;
    upper = upperSum;
  }

  /**
   * Adds a product.
   *
   * @param a first factor, at least 0
   * @param b second factor, at least 0
   */
  public void addProduct(long a, long b) {
    high += Math.multiplyHigh(a, b);
    add(a * b);
  }

  /** {@return the sum, rounded to a double} */
  public double toDouble() {
    long middle = upper + (lower >>> HALF_BITS);
    long low = (middle << HALF_BITS) | (lower & LOWER_HALF);
    double lowPart = low >= 0 ? low : (low & Long.MAX_VALUE) + TWO_TO_63;
    return (high + (middle >>> HALF_BITS)) * TWO_TO_64 + lowPart;
  }
}
