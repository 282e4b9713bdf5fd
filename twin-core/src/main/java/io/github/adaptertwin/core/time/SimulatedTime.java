package io.github.adaptertwin.core.time;

/**
 * Conversions at the edge of the simulated clock. Inside the engine time is a {@code long} of
 * picoseconds since the start of the run, so that sums over any number of steps are exact; its
 * range is about 106 days.
 */
public final class SimulatedTime {
  /** Picoseconds in one second. */
  public static final long PICOS_PER_SECOND = 1_000_000_000_000L;

  /** Picoseconds in one millisecond. */
  public static final long PICOS_PER_MILLISECOND = 1_000_000_000L;

  /** Longest representable time in seconds, about 106 days. */
  public static final double MAX_SECONDS = 9.2e6;

  private SimulatedTime() {}

  /**
   * Converts seconds to picoseconds, rounding half up.
   *
   * @param seconds a time in [0, {@link #MAX_SECONDS}]
   * @return picoseconds, at least 0
   * @throws IllegalArgumentException if {@code seconds} is NaN, negative or above the range
   */
  public static long toPicos(double seconds) {
    if (!(seconds >= 0 && seconds <= MAX_SECONDS)) {
      throw new IllegalArgumentException(
          "time of " + seconds + " s is outside [0, " + MAX_SECONDS + "]; use a shorter horizon");
    }
    return Math.round(seconds * PICOS_PER_SECOND);
  }

  /**
   * Converts milliseconds to picoseconds, rounding half up.
   *
   * @param milliseconds a time in [0, 1000 * {@link #MAX_SECONDS}]
   * @return picoseconds, at least 0
   * @throws IllegalArgumentException if {@code milliseconds} is NaN, negative or above the range
   */
  public static long fromMillis(double milliseconds) {
    if (!(milliseconds >= 0 && milliseconds <= MAX_SECONDS * 1e3)) {
      throw new IllegalArgumentException(
          "time of " + milliseconds + " ms is outside [0, " + MAX_SECONDS * 1e3 + "]");
    }
    return Math.round(milliseconds * PICOS_PER_MILLISECOND);
  }

  /**
   * Converts picoseconds to seconds.
   *
   * @param picos picoseconds, any value
   * @return seconds, the nearest double
   */
  public static double toSeconds(long picos) {
    return picos / (double) PICOS_PER_SECOND;
  }
}
