package io.github.adaptertwin.core.picture;

import java.util.List;

/**
 * One axis of a chart: its label with the unit, its scale, and optionally its ends. An end that is
 * not given follows the data, rounded outwards to a tick; a linear axis of values of which none is
 * negative begins at 0 if the smallest is below half the largest. Immutable and thread-safe.
 */
public final class Axis {
  /** How values become places. */
  enum Scale {
    LINEAR,
    LOGARITHMIC,
    CATEGORIES
  }

  private final String label;
  private final Scale scale;
  private final List<String> categories;
  private final double from;
  private final double to;

  private Axis(String label, Scale scale, List<String> categories, double from, double to) {
    this.label = label;
    this.scale = scale;
    this.categories = categories;
    this.from = from;
    this.to = to;
  }

  /**
   * {@return a linear axis}
   *
   * @param label what is shown, with its unit; may be empty
   */
  public static Axis linear(String label) {
    return new Axis(label, Scale.LINEAR, List.of(), Double.NaN, Double.NaN);
  }

  /**
   * {@return a logarithmic axis; all its values must be above 0}
   *
   * @param label what is shown, with its unit; may be empty
   */
  public static Axis logarithmic(String label) {
    return new Axis(label, Scale.LOGARITHMIC, List.of(), Double.NaN, Double.NaN);
  }

  /**
   * {@return an axis of named places 0, 1, 2 and so on, for bars}
   *
   * @param label what is shown; may be empty
   * @param names the places in order, at least one
   * @throws IllegalArgumentException if there is no name
   */
  public static Axis categories(String label, List<String> names) {
    if (names.isEmpty()) {
      throw new IllegalArgumentException(
          "axis '" + label + "' has no category; name at least one place");
    }
    return new Axis(label, Scale.CATEGORIES, List.copyOf(names), Double.NaN, Double.NaN);
  }

  /**
   * Fixes both ends of a linear or logarithmic axis; what lies outside is cut off.
   *
   * @param least value at the begin, finite; above 0 on a logarithmic axis
   * @param most value at the end, finite and above {@code least}
   * @return an axis with these ends
   * @throws IllegalArgumentException if an end is outside its bound, or the axis has categories
   */
  public Axis between(double least, double most) {
    if (scale == Scale.CATEGORIES) {
      throw new IllegalArgumentException("axis '" + label + "' has categories, which fix its ends");
    }
    boolean finite = Double.isFinite(least) && Double.isFinite(most);
    if (!(finite && least < most && (scale == Scale.LINEAR || least > 0))) {
      throw new IllegalArgumentException(
          "axis '"
              + label
              + "' goes from "
              + least
              + " to "
              + most
              + "; ends must be finite and ascend, and be above 0 on a logarithmic axis");
    }
    return new Axis(label, scale, categories, least, most);
  }

  String label() {
    return label;
  }

  Scale scale() {
    return scale;
  }

  List<String> names() {
    return categories;
  }

  /** Fits the axis to the values that are shown on it. */
  Ticks ticks(double smallest, double largest) {
    return switch (scale) {
      case CATEGORIES -> Ticks.categories(categories);
      case LOGARITHMIC ->
          Double.isNaN(from)
              ? Ticks.logarithmic(smallest, largest, true)
              : Ticks.logarithmic(from, to, false);
      case LINEAR -> {
        if (!Double.isNaN(from)) {
          yield Ticks.linear(from, to, false);
        }
        boolean fromZero = smallest >= 0 && smallest < largest / 2;
        yield Ticks.linear(fromZero ? 0 : smallest, largest, true);
      }
    };
  }
}
