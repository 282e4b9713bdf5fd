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
    BARS
  }

  private final String name;
  private final Mark mark;
  private final double[] x;
  private final double[] y;
  private final boolean dashed;
  private final double[] low;
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
   * @throws IllegalArgumentException if the numbers differ or an end is infinite
   */
  public Series withRange(double[] least, double[] most) {
    sameLength(name, x.length, least.length);
    sameLength(name, x.length, most.length);
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
    return low.length > 0;
  }

  double low(int index) {
    return low[index];
  }

  double high(int index) {
    return high[index];
  }
}
