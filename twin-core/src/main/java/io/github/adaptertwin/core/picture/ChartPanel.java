package io.github.adaptertwin.core.picture;

import java.util.List;

/** Draws one chart into its place in a picture. */
final class ChartPanel {
  private static final double FONT = 12;
  private static final double EDGE = 12;

  /** Share of a category that its bars take together. */
  private static final double BARS_SHARE = 0.8;

  /** Share of its row that a span takes. */
  private static final double SPAN_SHARE = 0.85;

  /** Shades of spans that are told apart. */
  private static final int SHADES = 4;

  private static final double LEGEND_LINE = 17;
  private static final double LEGEND_KEY = 22;
  private static final double TICK_ROOM = 24;

  /** Lines with at most so many values show each of them as a point. */
  private static final int FEW = 24;

  private final Chart chart;
  private final SvgText svg;
  private final Ticks xTicks;
  private final Ticks yTicks;
  private final double left;
  private final double right;
  private final double bottom;
  private double top;

  ChartPanel(Chart chart, SvgText svg) {
    this.chart = chart;
    this.svg = svg;
    Extent x = new Extent();
    Extent y = new Extent();
    for (Series s : chart.series()) {
      for (int i = 0; i < s.size(); i++) {
        x.include(s.x(i));
        y.include(s.y(i));
        if (s.hasRange()) {
          y.include(s.low(i));
          y.include(s.high(i));
        }
        if (s.mark() == Series.Mark.BARS) {
          y.include(0);
        }
        if (s.mark() == Series.Mark.SPANS) {
          x.include(s.end(i));
        }
      }
    }
    xTicks = chart.xAxis().ticks(x.low, x.high);
    yTicks = chart.yAxis().ticks(y.low, y.high);
    double widest = 0;
    for (String label : yTicks.labels()) {
      widest = Math.max(widest, SvgText.widthOf(label, FONT));
    }
    left = EDGE + widest + 8;
    right = chart.width() - EDGE - lastLabelRoom();
    bottom = chart.height() - EDGE - (chart.xAxis().label().isEmpty() ? 18 : 36);
  }

  /** The label of a tick at the very right hangs over by half its width. */
  private double lastLabelRoom() {
    if (chart.xAxis().scale() == Axis.Scale.CATEGORIES || xTicks.labels().isEmpty()) {
      return 0;
    }
    return SvgText.widthOf(xTicks.labels().get(xTicks.labels().size() - 1), FONT) / 2;
  }

  /** Smallest and largest of the values that are no NaN. */
  private static final class Extent {
    private double low = Double.NaN;
    private double high = Double.NaN;

    void include(double value) {
      if (!Double.isNaN(value)) {
        low = Double.isNaN(low) ? value : Math.min(low, value);
        high = Double.isNaN(high) ? value : Math.max(high, value);
      }
    }
  }

  void draw() {
    top = EDGE;
    if (!chart.title().isEmpty()) {
      svg.words(EDGE, top + 12, "start", "title", chart.title());
      top += 22;
    }
    legend();
    if (!chart.yAxis().label().isEmpty()) {
      svg.words(EDGE, top + 11, "start", "soft", chart.yAxis().label());
      top += 23;
    }
    axes();
    // Room for the points that lie on an edge.
    svg.beginClip(left - 5, top - 5, right - left + 10, bottom - top + 10);
    int groups = (int) chart.series().stream().filter(s -> s.mark() == Series.Mark.BARS).count();
    int group = 0;
    for (int i = 0; i < chart.series().size(); i++) {
      Series s = chart.series().get(i);
      switch (s.mark()) {
        case BARS -> bars(i, s, group++, groups);
        case POINTS -> points(i, s);
        case LINE, STEPS -> line(i, s);
        case SPANS -> spans(i, s);
      }
    }
    svg.endClip();
  }

  private void legend() {
    double x = EDGE;
    boolean any = false;
    List<Series> all = chart.series();
    for (int i = 0; i < all.size(); i++) {
      String name = all.get(i).name();
      if (name.isEmpty()) {
        continue;
      }
      double width = LEGEND_KEY + SvgText.widthOf(name, FONT) + 12;
      if (any && x + width > chart.width()) {
        x = EDGE;
        top += LEGEND_LINE;
      }
      key(i, all.get(i), x, top + 7);
      svg.words(x + LEGEND_KEY, top + 11, "start", "ink", name);
      x += width;
      any = true;
    }
    if (any) {
      top += LEGEND_LINE + 3;
    }
  }

  private void key(int index, Series s, double x, double y) {
    switch (s.mark()) {
      case BARS, SPANS -> svg.bar(SvgText.colour(index), x + 3, y - 5, 12, 10);
      case POINTS -> svg.point(index, x + 9, y);
      case LINE, STEPS -> {
        String path = SvgText.move(x, y) + SvgText.lineTo(x + 18, y);
        svg.line(SvgText.colour(index), s.isDashed(), path);
        if (showsPoints(s)) {
          svg.point(index, x + 9, y);
        }
      }
    }
  }

  private static boolean showsPoints(Series s) {
    return s.mark() == Series.Mark.LINE && !s.isDashed() && s.size() <= FEW;
  }

  private void axes() {
    for (int i = 0; i < yTicks.values().size(); i++) {
      double y = yOf(yTicks.values().get(i));
      svg.grid(left, y, right, y);
      svg.words(left - 6, y + 4, "end", "soft", yTicks.labels().get(i));
    }
    svg.axis(left, bottom, right, bottom);
    double free = left - TICK_ROOM;
    for (int i = 0; i < xTicks.values().size(); i++) {
      double x = xOf(xTicks.values().get(i));
      svg.axis(x, bottom, x, bottom + 4);
      String label = xTicks.labels().get(i);
      double half = SvgText.widthOf(label, FONT) / 2;
      // A label that would touch the one before it is left out; its tick stays.
      if (x - half > free) {
        svg.words(x, bottom + 17, "middle", "soft", label);
        free = x + half + 4;
      }
    }
    if (!chart.xAxis().label().isEmpty()) {
      svg.words(
          (left + right) / 2, chart.height() - EDGE + 2, "middle", "soft", chart.xAxis().label());
    }
  }

  private double xOf(double value) {
    return left + (right - left) * xTicks.place(value);
  }

  private double yOf(double value) {
    return bottom - (bottom - top) * yTicks.place(value);
  }

  private static boolean absent(Series s, int i) {
    return Double.isNaN(s.x(i)) || Double.isNaN(s.y(i));
  }

  private void line(int index, Series s) {
    if (s.hasRange()) {
      band(index, s);
    }
    StringBuilder path = new StringBuilder();
    boolean down = false;
    double lastY = 0;
    for (int i = 0; i < s.size(); i++) {
      if (absent(s, i)) {
        down = false;
        continue;
      }
      double x = xOf(s.x(i));
      double y = yOf(s.y(i));
      if (down && s.mark() == Series.Mark.STEPS) {
        path.append(SvgText.lineTo(x, lastY));
      }
      path.append(down ? SvgText.lineTo(x, y) : SvgText.move(x, y));
      down = true;
      lastY = y;
    }
    svg.line(SvgText.colour(index), s.isDashed(), path.toString());
    if (showsPoints(s)) {
      for (int i = 0; i < s.size(); i++) {
        if (!absent(s, i)) {
          svg.point(index, xOf(s.x(i)), yOf(s.y(i)));
        }
      }
    }
  }

  private void band(int index, Series s) {
    StringBuilder there = new StringBuilder();
    StringBuilder back = new StringBuilder();
    for (int i = 0; i < s.size(); i++) {
      if (absent(s, i) || Double.isNaN(s.low(i)) || Double.isNaN(s.high(i))) {
        continue;
      }
      double x = xOf(s.x(i));
      there.append(
          there.isEmpty() ? SvgText.move(x, yOf(s.high(i))) : SvgText.lineTo(x, yOf(s.high(i))));
      back.insert(0, SvgText.lineTo(x, yOf(s.low(i))));
    }
    if (!there.isEmpty()) {
      svg.area(SvgText.colour(index), there.append(back).append('z').toString());
    }
  }

  private void points(int index, Series s) {
    for (int i = 0; i < s.size(); i++) {
      if (!absent(s, i)) {
        whisker(index, s, i, xOf(s.x(i)));
        svg.point(index, xOf(s.x(i)), yOf(s.y(i)));
      }
    }
  }

  private void bars(int index, Series s, int group, int groups) {
    double slot = (right - left) / s.size();
    double width = slot * BARS_SHARE / groups;
    double ground = yTicks.logarithmic() ? bottom : yOf(0);
    for (int i = 0; i < s.size(); i++) {
      if (absent(s, i)) {
        continue;
      }
      double x = left + slot * (i + (1 - BARS_SHARE) / 2) + group * width;
      double y = yOf(s.y(i));
      svg.bar(SvgText.colour(index), x, Math.min(y, ground), width * 0.94, Math.abs(ground - y));
      whisker(groups == 1 ? index + 1 : groups, s, i, x + width * 0.47);
    }
  }

  /** One path for each shade: thousands of spans stay small. */
  private void spans(int index, Series s) {
    StringBuilder[] paths = new StringBuilder[SHADES + 1];
    double height = (bottom - top) * Math.abs(yTicks.place(1) - yTicks.place(0));
    for (int i = 0; i < s.size(); i++) {
      if (absent(s, i) || Double.isNaN(s.end(i)) || Double.isNaN(s.shade(i))) {
        continue;
      }
      int shade = (int) Math.ceil(s.shade(i) * SHADES);
      if (shade > 0) {
        if (paths[shade] == null) {
          paths[shade] = new StringBuilder();
        }
        double x = xOf(s.x(i));
        paths[shade].append(SvgText.move(x, yOf(s.y(i)))).append(SvgText.right(xOf(s.end(i)) - x));
      }
    }
    for (int shade = 1; shade <= SHADES; shade++) {
      if (paths[shade] != null) {
        double opacity = (double) shade / SHADES;
        svg.strokes(SvgText.colour(index), opacity, height * SPAN_SHARE, paths[shade].toString());
      }
    }
  }

  private void whisker(int colour, Series s, int i, double x) {
    if (s.hasRange() && !Double.isNaN(s.low(i)) && !Double.isNaN(s.high(i))) {
      String path = SvgText.move(x, yOf(s.low(i))) + SvgText.lineTo(x, yOf(s.high(i)));
      svg.line(SvgText.colour(colour), false, path);
    }
  }
}
