package io.github.adaptertwin.core.stats;

/**
 * An exact sum of products of non-negative longs in 128 bits: picoseconds times requests or KV
 * blocks overflow 64 bits within an hour, and a rounded sum would depend on how a run was cut into
 * pieces. Not thread-safe.
 */
public final class WideSum {
  private static final double TWO_TO_64 = 0x1.0p64;
  private static final double TWO_TO_63 = 0x1.0p63;

  private long high;
  private long low;

  /** Sets the sum to 0. */
  public void clear() {
    high = 0;
    low = 0;
  }

  /**
   * Adds a value.
   *
   * @param value at least 0
   */
  public void add(long value) {
    addWords(0, value);
  }

  /**
   * Adds a product.
   *
   * @param a first factor, at least 0
   * @param b second factor, at least 0
   */
  public void addProduct(long a, long b) {
    addWords(Math.multiplyHigh(a, b), a * b);
  }

  private void addWords(long addHigh, long addLow) {
    long sum = low + addLow;
    high += addHigh + (Long.compareUnsigned(sum, addLow) < 0 ? 1 : 0);
    low = sum;
  }

  /** {@return the sum, rounded to a double} */
  public double toDouble() {
    double lowPart = low >= 0 ? low : (low & Long.MAX_VALUE) + TWO_TO_63;
    return high * TWO_TO_64 + lowPart;
  }
}
