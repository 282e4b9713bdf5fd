package io.github.adaptertwin.core.picture;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The ends of an axis, its ticks, and where a value lies between the ends.
 *
 * @param low value at the begin
 * @param high value at the end
 * @param logarithmic whether places go with logarithms
 * @param values ascending, within the ends
 * @param labels one for each value
 */
record Ticks(
    double low, double high, boolean logarithmic, List<Double> values, List<String> labels) {
  /** Intervals that are aimed at. */
  private static final int INTERVALS = 5;

  private static final double LARGEST_PLAIN = 1e9;
  private static final double SMALLEST_PLAIN = 1e-4;

  /** Fewest decades for which decades alone are ticks. */
  private static final double MANY_DECADES = 2.5;

  static Ticks categories(List<String> names) {
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      values.add((double) i);
    }
    return new Ticks(-0.5, names.size() - 0.5, false, values, names);
  }

  static Ticks linear(double smallest, double largest, boolean outwards) {
    double low = smallest;
    double high = largest;
    if (!(low < high)) {
      // One value alone, or none: an axis needs an extent.
      double reach = low == 0 || Double.isNaN(low) ? 1 : Math.abs(low) / 2;
      double middle = Double.isNaN(low) ? 0 : low;
      low = middle - (middle > 0 ? reach : 0);
      high = middle + reach;
    }
    double step = roundStep((high - low) / INTERVALS);
    // An end that is a tick may miss it by a rounding error.
    double least = low / step;
    double most = high / step;
    long first = (long) (outwards ? Math.floor(least + 1e-9) : Math.ceil(least - 1e-9));
    long last = (long) (outwards ? Math.ceil(most - 1e-9) : Math.floor(most + 1e-9));
    List<Double> values = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    int decimals = Math.max(0, (int) -Math.floor(StrictMath.log10(step) + 1e-9));
    for (long i = first; i <= last; i++) {
      double value = i * step;
      values.add(value);
      labels.add(label(value, decimals));
    }
    return new Ticks(
        outwards ? first * step : low, outwards ? last * step : high, false, values, labels);
  }

  static Ticks logarithmic(double smallest, double largest, boolean outwards) {
    double low = smallest > 0 ? smallest : 1;
    double high = largest > low ? largest : low * 10;
    boolean decadesOnly = StrictMath.log10(high / low) > MANY_DECADES;
    int from = (int) Math.floor(StrictMath.log10(low));
    int to = (int) Math.ceil(StrictMath.log10(high));
    List<Double> ladder = new ArrayList<>();
    for (int decade = from; decade <= to; decade++) {
      for (int lead : decadesOnly ? new int[] {1} : new int[] {1, 2, 5}) {
        ladder.add(new BigDecimal(lead).scaleByPowerOfTen(decade).doubleValue());
      }
    }
    double begin = low;
    double end = high;
    if (outwards) {
      double lowest = low * (1 + 1e-9);
      double highest = high * (1 - 1e-9);
      begin = ladder.stream().filter(v -> v <= lowest).reduce(ladder.get(0), (a, b) -> b);
      end = ladder.stream().filter(v -> v >= highest).findFirst().orElse(high);
    }
    List<Double> values = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    for (double value : ladder) {
      if (value >= begin * (1 - 1e-9) && value <= end * (1 + 1e-9)) {
        values.add(value);
        labels.add(label(value, value >= 1 ? 0 : -exponent(value)));
      }
    }
    return new Ticks(begin, end, true, values, labels);
  }

  private static int exponent(double value) {
    return (int) Math.floor(StrictMath.log10(value) + 1e-9);
  }

  /** The least of 1, 2, 5 times a power of ten that is not below the width. */
  private static double roundStep(double width) {
    double power = StrictMath.pow(10, Math.floor(StrictMath.log10(width)));
    for (int lead : new int[] {1, 2, 5}) {
      if (lead * power >= width * (1 - 1e-9)) {
        return lead * power;
      }
    }
    return 10 * power;
  }

  private static String label(double value, int decimals) {
    double size = Math.abs(value);
    if (size != 0 && (size >= LARGEST_PLAIN || size < SMALLEST_PLAIN)) {
      // Three digits are enough for round steps, and hide what binary fractions leave behind.
      BigDecimal rounded = new BigDecimal(value).round(new MathContext(3)).stripTrailingZeros();
      int exponent = rounded.precision() - rounded.scale() - 1;
      return rounded.scaleByPowerOfTen(-exponent).toPlainString() + "e" + exponent;
    }
    return String.format(Locale.ROOT, "%,." + decimals + "f", value == 0 ? 0.0 : value);
  }

  /** Place of a value: 0 at the begin, 1 at the end, outside [0, 1] beyond them. */
  double place(double value) {
    if (logarithmic) {
      double begin = StrictMath.log(low);
      return (StrictMath.log(value) - begin) / (StrictMath.log(high) - begin);
    }
    return (value - low) / (high - low);
  }
}
