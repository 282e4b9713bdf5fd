package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.time.SimulatedTime;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads numbers from bytes without a string. */
final class Decimals {
  /** Largest length that is taken for a length: longer than any model's context. */
  static final int MOST_TOKENS = 10_000_000;

  private static final int PICO_DIGITS = 12;
  private static final int LONGEST_NUMBER = 40;

  private Decimals() {}

  /** {@return a whole number in [0, 10 million], or -1 if the bytes are none} */
  static int tokens(byte[] b, int from, int to) {
    int value = 0;
    if (from == to || to - from > 9) {
      return fromText(b, from, to);
    }
    for (int i = from; i < to; i++) {
      int digit = b[i] - '0';
      if (digit < 0 || digit > 9) {
        return fromText(b, from, to);
      }
      value = 10 * value + digit;
    }
    return value <= MOST_TOKENS ? value : -1;
  }

  /** Whole numbers are also written as 12.0 or 1e3. */
  private static int fromText(byte[] b, int from, int to) {
    BigDecimal value = number(b, from, to);
    if (value == null
        || value.signum() < 0
        || value.compareTo(BigDecimal.valueOf(MOST_TOKENS)) > 0
        || value.stripTrailingZeros().scale() > 0) {
      return -1;
    }
    return value.intValue();
  }

  /**
   * {@return seconds as picoseconds, rounded half up, or -1 if the bytes are no number in the range
   * of time}
   */
  static long picos(byte[] b, int from, int to) {
    long whole = 0;
    int i = from;
    for (; i < to && isDigit(b[i]); i++) {
      whole = 10 * whole + b[i] - '0';
      if (whole > SimulatedTime.MAX_SECONDS) {
        return -1;
      }
    }
    if (i == from || (i < to && b[i] != '.')) {
      return picosFromText(b, from, to);
    }
    long fraction = 0;
    int digits = 0;
    for (i++; i < to && digits < PICO_DIGITS; i++, digits++) {
      if (!isDigit(b[i])) {
        return picosFromText(b, from, to);
      }
      fraction = 10 * fraction + b[i] - '0';
    }
    if (i < to) {
      // Beyond a picosecond.
      return picosFromText(b, from, to);
    }
    for (; digits < PICO_DIGITS; digits++) {
      fraction *= 10;
    }
    return whole * SimulatedTime.PICOS_PER_SECOND + fraction;
  }

  private static long picosFromText(byte[] b, int from, int to) {
    BigDecimal value = number(b, from, to);
    if (value == null
        || value.signum() < 0
        || value.compareTo(BigDecimal.valueOf(SimulatedTime.MAX_SECONDS)) > 0) {
      return -1;
    }
    return value.movePointRight(PICO_DIGITS).setScale(0, RoundingMode.HALF_UP).longValueExact();
  }

  private static @Nullable BigDecimal number(byte[] b, int from, int to) {
    if (from == to || to - from > LONGEST_NUMBER) {
      return null;
    }
    try {
      BigDecimal value = new BigDecimal(new String(b, from, to - from, StandardCharsets.US_ASCII));
      // An exponent of millions would take as much memory when it is written out.
      return Math.abs((long) value.scale()) <= 2 * LONGEST_NUMBER ? value : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  static boolean isDigit(byte c) {
    return c >= '0' && c <= '9';
  }
}
