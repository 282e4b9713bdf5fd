package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.time.SimulatedTime;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Arrays;

/**
 * Reads UTC timestamps like {@code 2023-11-16 18:15:46.6805900} as times from the first one. The
 * date is looked up again only when it changes. Not thread-safe.
 */
final class UtcTime {
  /** The bytes are no timestamp. */
  static final long NONE = -1;

  /** The time lies before the first, or beyond what can be represented. */
  static final long TOO_FAR = -2;

  private static final int DATE = 10;
  private static final int TO_SECONDS = 19;
  private static final long SECONDS_PER_DAY = 86_400;

  private final byte[] date = new byte[DATE];
  private long dateSeconds;
  private boolean any;
  private long firstSeconds;
  private long firstPicos;

  /** {@return picoseconds from the first timestamp, or one of the constants} */
  long picos(byte[] b, int from, int to) {
    if (to - from < TO_SECONDS || (b[from + DATE] != ' ' && b[from + DATE] != 'T')) {
      return NONE;
    }
    if (!Arrays.equals(b, from, from + DATE, date, 0, DATE) && !readDate(b, from)) {
      return NONE;
    }
    int hours = two(b, from + 11);
    int minutes = two(b, from + 14);
    int seconds = two(b, from + 17);
    boolean clock = hours <= 23 && minutes <= 59 && seconds <= 59;
    if (!clock || b[from + 13] != ':' || b[from + 16] != ':') {
      return NONE;
    }
    int end = withoutZone(b, from + TO_SECONDS, to);
    long picos = end == from + TO_SECONDS ? 0 : fraction(b, from + TO_SECONDS, end);
    if (picos < 0) {
      return NONE;
    }
    long second = dateSeconds + (hours * 60L + minutes) * 60 + seconds;
    if (!any) {
      any = true;
      firstSeconds = second;
      firstPicos = picos;
    }
    long after = second - firstSeconds;
    if (after < 0 || after > SimulatedTime.MAX_SECONDS) {
      return TOO_FAR;
    }
    long time = after * SimulatedTime.PICOS_PER_SECOND + picos - firstPicos;
    return time < 0 ? TOO_FAR : time;
  }

  private boolean readDate(byte[] b, int from) {
    try {
      LocalDate day = LocalDate.parse(new String(b, from, DATE, StandardCharsets.US_ASCII));
      dateSeconds = day.toEpochDay() * SECONDS_PER_DAY;
      System.arraycopy(b, from, date, 0, DATE);
      return true;
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static int two(byte[] b, int at) {
    return Decimals.isDigit(b[at]) && Decimals.isDigit(b[at + 1])
        ? 10 * (b[at] - '0') + b[at + 1] - '0'
        : Integer.MAX_VALUE;
  }

  private static int withoutZone(byte[] b, int from, int to) {
    if (to > from && b[to - 1] == 'Z') {
      return to - 1;
    }
    boolean zone =
        to - from >= 6
            && b[to - 6] == '+'
            && two(b, to - 5) == 0
            && b[to - 3] == ':'
            && two(b, to - 2) == 0;
    return zone ? to - 6 : to;
  }

  /** Picoseconds of ".6805900", or -1. */
  private static long fraction(byte[] b, int from, int to) {
    int digits = to - from - 1;
    if (b[from] != '.' || digits < 1 || digits > 12) {
      return -1;
    }
    long value = 0;
    for (int i = from + 1; i < to; i++) {
      if (!Decimals.isDigit(b[i])) {
        return -1;
      }
      value = 10 * value + b[i] - '0';
    }
    for (; digits < 12; digits++) {
      value *= 10;
    }
    return value;
  }
}
