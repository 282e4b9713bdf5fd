package io.github.adaptertwin.workload.trace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds a byte eight at a time: in (w - 01..01) and not w and 80..80 the lowest bit that is set
 * belongs to the first byte of w that is zero, and the xor with the byte wanted makes it zero.
 */
final class ByteScan {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long LOW_BITS = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  private ByteScan() {}

  /** {@return index of the first byte wanted in [from, to), or {@code to} if there is none} */
  static int indexOf(byte[] b, int from, int to, char wanted) {
    long pattern = LOW_BITS * wanted;
    int at = from;
    for (; at <= to - 8; at += 8) {
      long x = (long) WORD.get(b, at) ^ pattern;
      long zero = (x - LOW_BITS) & ~x & HIGH_BITS;
      if (zero != 0) {
        return at + (Long.numberOfTrailingZeros(zero) >>> 3);
      }
    }
    while (at < to && b[at] != wanted) {
      at++;
    }
    return at;
  }

  /** {@return whether all bytes in [from, to) are ASCII} */
  static boolean isAscii(byte[] b, int from, int to) {
    long union = 0;
    int at = from;
    for (; at <= to - 8; at += 8) {
      union |= (long) WORD.get(b, at);
    }
    for (; at < to; at++) {
      union |= b[at];
    }
    return (union & HIGH_BITS) == 0;
  }
}
