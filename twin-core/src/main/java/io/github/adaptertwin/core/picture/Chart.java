package io.github.adaptertwin.core.picture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A chart: a title, two axes and any number of series, drawn as SVG 1.1 without a script: light, or
 * dark where the reader prefers that. Equal charts give equal bytes. Immutable and thread-safe.
 */
public final class Chart {
  private static final double WIDTH = 460;
  private static final double HEIGHT = 290;
  private static final double SMALLEST = 120;
  private static final double LARGEST = 10_000;

  private final String title;
  private final Axis xAxis;
  private final Axis yAxis;
  private final List<Series> series;
  private final double width;
  private final double height;

  private Chart(
      String title, Axis xAxis, Axis yAxis, List<Series> series, double width, double height) {
    this.title = title;
    this.xAxis = xAxis;
    this.yAxis = yAxis;
    this.series = series;
    this.width = width;
    this.height = height;
  }

  /**
   * {@return a chart without a series, 460 by 290 units}
   *
   * @param title one line, may be empty
   * @param xAxis axis from left to right
   * @param yAxis axis from bottom to top; not one of categories
   * @throws IllegalArgumentException if the y axis has categories
   */
  public static Chart of(String title, Axis xAxis, Axis yAxis) {
    if (yAxis.scale() == Axis.Scale.CATEGORIES) {
      throw new IllegalArgumentException(
          "the y axis of '" + title + "' has categories; only the x axis may");
    }
    return new Chart(title, xAxis, yAxis, List.of(), WIDTH, HEIGHT);
  }

  /**
   * Adds a series on top of those before it.
   *
   * @param added what to draw
   * @return a chart with it
   * @throws IllegalArgumentException if the series cannot be drawn on these axes
   */
  public Chart with(Series added) {
    boolean bars = added.mark() == Series.Mark.BARS;
    boolean categories = xAxis.scale() == Axis.Scale.CATEGORIES;
    if (bars && (!categories || added.size() != xAxis.names().size())) {
      throw new IllegalArgumentException(
          "bars '"
              + added.name()
              + "' have "
              + added.size()
              + " values for "
              + xAxis.names().size()
              + " categories; give the x axis of '"
              + title
              + "' one for each");
    }
    for (int i = 0; i < added.size(); i++) {
      requirePositive(added, xAxis, added.x(i));
      requirePositive(added, yAxis, added.y(i));
    }
    List<Series> all = new ArrayList<>(series);
    all.add(added);
    return new Chart(title, xAxis, yAxis, List.copyOf(all), width, height);
  }

  private static void requirePositive(Series added, Axis axis, double value) {
    if (axis.scale() == Axis.Scale.LOGARITHMIC && value <= 0) {
      throw new IllegalArgumentException(
          "series '"
              + added.name()
              + "' has the value "
              + value
              + " on the logarithmic axis '"
              + axis.label()
              + "'; leave it out by writing NaN");
    }
  }

  /**
   * Changes the size.
   *
   * @param newWidth units (CSS pixels) from left to right, in [120, 10000]
   * @param newHeight units from top to bottom, in [120, 10000]
   * @return a chart of that size
   * @throws IllegalArgumentException if a side is outside its bound
   */
  public Chart sized(double newWidth, double newHeight) {
    for (double side : new double[] {newWidth, newHeight}) {
      if (!(side >= SMALLEST && side <= LARGEST)) {
        throw new IllegalArgumentException(
            "a side of '" + title + "' is " + side + ", must be in [120, 10000]");
      }
    }
    return new Chart(title, xAxis, yAxis, series, newWidth, newHeight);
  }

  /** {@return the chart as the text of an SVG file} */
  public String toSvg() {
    return Picture.of(1, List.of(this)).toSvg();
  }

  /**
   * Writes the chart as an SVG file, whole or not at all.
   *
   * @param file to create or replace
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    Picture.of(1, List.of(this)).write(file);
  }

  String title() {
    return title;
  }

  Axis xAxis() {
    return xAxis;
  }

  Axis yAxis() {
    return yAxis;
  }

  List<Series> series() {
    return series;
  }

  double width() {
    return width;
  }

  double height() {
    return height;
  }
}
