package io.github.adaptertwin.core.picture;

/**
 * Named values of a chart and how they are drawn. A value that is NaN is left out: a line has a gap
 * there. Immutable and thread-safe.
 */
public final class Series {
  /** How values are drawn. */
  enum Mark {
    LINE,
    STEPS,
    POINTS,
    BARS,
    SPANS
  }

  private final String name;
  private final Mark mark;
  private final double[] x;
  private final double[] y;
  private final boolean dashed;

  /** Lower ends of intervals; of spans, where they end. */
  private final double[] low;

  /** Upper ends of intervals; of spans, how dark they are. */
  private final double[] high;

  private Series(
      String name, Mark mark, double[] x, double[] y, boolean dashed, double[] low, double[] high) {
    this.name = name;
    this.mark = mark;
    this.x = x;
    this.y = y;
    this.dashed = dashed;
    this.low = low;
    this.high = high;
  }

  private static Series of(String name, Mark mark, double[] x, double[] y) {
    sameLength(name, x.length, y.length);
    for (double[] values : new double[][] {x, y}) {
      for (double value : values) {
        if (Double.isInfinite(value)) {
          throw new IllegalArgumentException(
              "series '" + name + "' has the value " + value + "; leave it out by writing NaN");
        }
      }
    }
    return new Series(name, mark, x.clone(), y.clone(), false, new double[0], new double[0]);
  }

  private static void sameLength(String name, int expected, int found) {
    if (expected != found) {
      throw new IllegalArgumentException(
          "series '" + name + "' has " + expected + " places and " + found + " values");
    }
  }

  /**
   * {@return values joined by straight lines, in the order given}
   *
   * @param name its name in the legend; empty to leave it out there
   * @param x places, finite or NaN
   * @param y values, finite or NaN, as many
   * @throws IllegalArgumentException if the numbers of both differ or one is infinite
   */
  public static Series line(String name, double[] x, double[] y) {
    return of(name, Mark.LINE, x, y);
  }

  /**
   * {@return values that hold from their place to the next one}
   *
   * @param name its name in the legend; empty to leave it out there
   * @param x places, finite or NaN
   * @param y values, finite or NaN, as many
   * @throws IllegalArgumentException if the numbers of both differ or one is infinite
   */
  public static Series steps(String name, double[] x, double[] y) {
    return of(name, Mark.STEPS, x, y);
  }

  /**
   * {@return values as single points}
   *
   * @param name its name in the legend; empty to leave it out there
   * @param x places, finite or NaN
   * @param y values, finite or NaN, as many
   * @throws IllegalArgumentException if the numbers of both differ or one is infinite
   */
  public static Series points(String name, double[] x, double[] y) {
    return of(name, Mark.POINTS, x, y);
  }

  /**
   * {@return bars from 0, one for each category; the bars of several series stand side by side}
   *
   * @param name its name in the legend; empty to leave it out there
   * @param y values, finite or NaN, one for each category
   * @throws IllegalArgumentException if a value is infinite
   */
  public static Series bars(String name, double... y) {
    double[] x = new double[y.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = i;
    }
    return of(name, Mark.BARS, x, y);
  }

  /**
   * {@return bars that lie, each one unit of the y axis high, such as who is where and for how
   * long}
   *
   * @param name its name in the legend; empty to leave it out there
   * @param from where each begins on the x axis, finite or NaN
   * @param to where it ends, finite or NaN, as many
   * @param y the middle of each, finite or NaN, as many
   * @param shade how dark each is, in [0, 1] where 0 shows nothing, or NaN; as many
   * @throws IllegalArgumentException if the numbers differ, one is infinite, or a shade is outside
   *     its range
   */
  public static Series spans(String name, double[] from, double[] to, double[] y, double[] shade) {
    Series middles = of(name, Mark.SPANS, from, y);
    sameLength(name, from.length, to.length);
    for (double value : shade) {
      if (value < 0 || value > 1) {
        throw new IllegalArgumentException(
            "series '" + name + "' has the shade " + value + ", must be in [0, 1]");
      }
    }
    Series ends = of(name, Mark.SPANS, to, shade);
    return new Series(name, Mark.SPANS, middles.x, middles.y, false, ends.x, ends.y);
  }

  /** {@return this series with its lines dashed, as for a bound or a reference} */
  public Series dashed() {
    return new Series(name, mark, x, y, true, low, high);
  }

  /**
   * Adds an interval to each value: a band around lines, a whisker on points and bars.
   *
   * @param least lower ends, finite or NaN, as many as values
   * @param most upper ends, finite or NaN, as many as values
   * @return this series with intervals
   * @throws IllegalArgumentException if the numbers differ, an end is infinite, or these are spans
   */
  public Series withRange(double[] least, double[] most) {
    if (mark == Mark.SPANS) {
      throw new IllegalArgumentException(
          "series '" + name + "' has spans, which have no interval; draw lines or points");
    }
    sameLength(name, x.length, least.length);
    Series checked = of(name, mark, least, most);
    return new Series(name, mark, x, y, dashed, checked.x, checked.y);
  }

  String name() {
    return name;
  }

  Mark mark() {
    return mark;
  }

  int size() {
    return x.length;
  }

  double x(int index) {
    return x[index];
  }

  double y(int index) {
    return y[index];
  }

  boolean isDashed() {
    return dashed;
  }

  boolean hasRange() {
    return low.length > 0 && mark != Mark.SPANS;
  }

  /** Where a span ends. */
  double end(int index) {
    return low[index];
  }

  /** How dark a span is. */
  double shade(int index) {
    return high[index];
  }

  double low(int index) {
    return low[index];
  }

  double high(int index) {
    return high[index];
  }
}
