package io.github.adaptertwin.placement;

import java.util.Comparator;

/**
 * Orders names as people number them: runs of digits by their value, so that {@code a2} comes
 * before {@code a10}, all else by its code units. Names that differ in leading zeros alone are told
 * apart by their code units, so that the order is total and agrees with equality. Thread-safe.
 */
final class NumberedNames implements Comparator<String> {
  @Override
  public int compare(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() && j < b.length()) {
      int endOfA = endOfDigits(a, i);
      int endOfB = endOfDigits(b, j);
      if (endOfA > i && endOfB > j) {
        int order = compareNumbers(a.substring(i, endOfA), b.substring(j, endOfB));
        if (order != 0) {
          return order;
        }
        i = endOfA;
        j = endOfB;
      } else {
        int order = Character.compare(a.charAt(i++), b.charAt(j++));
        if (order != 0) {
          return order;
        }
      }
    }
    int order = Integer.compare(a.length() - i, b.length() - j);
    return order != 0 ? order : a.compareTo(b);
  }

  private static int endOfDigits(String name, int from) {
    int end = from;
    while (end < name.length() && name.charAt(end) >= '0' && name.charAt(end) <= '9') {
      end++;
    }
    return end;
  }

  /** Compares numbers of any length. */
  private static int compareNumbers(String a, String b) {
    String left = a.substring(leadingZeros(a));
    String right = b.substring(leadingZeros(b));
    int order = Integer.compare(left.length(), right.length());
    return order != 0 ? order : left.compareTo(right);
  }

  private static int leadingZeros(String digits) {
    int zeros = 0;
    while (zeros < digits.length() && digits.charAt(zeros) == '0') {
      zeros++;
    }
    return zeros;
  }
}
