package io.github.adaptertwin.core.picture;

import io.github.adaptertwin.core.input.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Charts in rows, left to right and top to bottom, as one SVG picture. A column is as wide as its
 * widest chart, a row as high as its highest. Immutable and thread-safe.
 */
public final class Picture {
  private final int columns;
  private final List<Chart> charts;

  private Picture(int columns, List<Chart> charts) {
    this.columns = columns;
    this.charts = charts;
  }

  /**
   * {@return a picture of charts}
   *
   * @param columns charts in a row, at least 1
   * @param charts the charts, at least one
   * @throws IllegalArgumentException if there is no column or no chart
   */
  public static Picture of(int columns, List<Chart> charts) {
    if (columns < 1 || charts.isEmpty()) {
      throw new IllegalArgumentException(
          "there are "
              + charts.size()
              + " charts in "
              + columns
              + " columns, there must be at least one of both");
    }
    return new Picture(columns, List.copyOf(charts));
  }

  /** {@return the picture as the text of an SVG file} */
  public String toSvg() {
    int rows = (charts.size() + columns - 1) / columns;
    double[] left = new double[columns + 1];
    double[] top = new double[rows + 1];
    for (int i = 0; i < charts.size(); i++) {
      int column = i % columns;
      int row = i / columns;
      left[column + 1] = Math.max(left[column + 1], charts.get(i).width());
      top[row + 1] = Math.max(top[row + 1], charts.get(i).height());
    }
    for (int c = 0; c < columns; c++) {
      left[c + 1] += left[c];
    }
    for (int r = 0; r < rows; r++) {
      top[r + 1] += top[r];
    }
    SvgText svg = new SvgText();
    svg.open(left[columns], top[rows], charts.get(0).title());
    for (int i = 0; i < charts.size(); i++) {
      svg.beginPanel(left[i % columns], top[i / columns]);
      new ChartPanel(charts.get(i), svg).draw();
      svg.endPanel();
    }
    return svg.close();
  }

  /**
   * Writes the picture as an SVG file, whole or not at all.
   *
   * @param file to create or replace
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    WholeFile.writeText(file, toSvg());
  }
}
