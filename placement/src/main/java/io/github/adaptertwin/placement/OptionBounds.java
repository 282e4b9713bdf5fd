package io.github.adaptertwin.placement;

import java.util.Locale;

/** What {@link PlacementOptions.Builder} accepts; each method returns the value or refuses it. */
final class OptionBounds {
  private OptionBounds() {}

  /** Refuses what is below 1. */
  static int atLeastOne(String what, int value) {
    return atLeast(1, what + " is", value);
  }

  /** Refuses what is below a number; the subject has its verb. */
  static int atLeast(int least, String what, int value) {
    if (value < least) {
      throw new IllegalArgumentException(what + " " + value + ", must be at least " + least);
    }
    return value;
  }

  /** Refuses what is outside of [least, most], and NaN. */
  static double within(double least, double most, String what, double value) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%s is %s, must be in [%.0f, %.0f]", what, value, least, most));
    }
    return value;
  }

  /** Refuses what is no part of a whole, in (0, 1], and NaN. */
  static double part(String what, double value) {
    if (!(value > 0 && value <= 1)) {
      throw new IllegalArgumentException(what + " is " + value + ", must be in (0, 1]");
    }
    return value;
  }

  /** Refuses what is not above 0. */
  static long hostMemoryBytes(long value) {
    if (value <= 0) {
      throw new IllegalArgumentException("host memory is " + value + " bytes, must be above 0");
    }
    return value;
  }

  /** Refuses an empty grid, and one that does not ascend from 1. */
  static int[] slotsGrid(int[] value) {
    if (value.length == 0) {
      throw new IllegalArgumentException(
          "slots grid is empty; give at least one number of slots, or leave it to the default");
    }
    for (int i = 0; i < value.length; i++) {
      if (value[i] < 1 || (i > 0 && value[i] <= value[i - 1])) {
        throw new IllegalArgumentException(
            "slots grid has " + value[i] + " at place " + i + "; values must ascend from 1");
      }
    }
    return value.clone();
  }
}
