package io.github.adaptertwin.placement.report;

import io.github.adaptertwin.core.picture.Axis;
import io.github.adaptertwin.core.picture.Chart;
import io.github.adaptertwin.core.picture.Series;
import io.github.adaptertwin.core.report.AdapterReport;
import io.github.adaptertwin.core.report.SeriesPoint;
import io.github.adaptertwin.placement.GpuLoad;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** What one GPU does over time, as pictures. */
final class GpuCharts {
  /** Narrow enough that words can be read on a phone, where a picture is about as wide. */
  private static final double WIDTH = 400;

  private static final double HEIGHT = 210;

  /** What a row of the picture of residency adds to its height. */
  private static final double ROW_HEIGHT = 3;

  /** Adapters that the picture of residency shows; more would be finer than a line of pixels. */
  private static final int MOST_ADAPTERS = 64;

  /** Shades of residency that are told apart; neighbours of the same one are drawn as one. */
  private static final int SHADES = 4;

  private GpuCharts() {}

  static List<Chart> of(GpuLoad load, TwinRun run) {
    List<SeriesPoint> points = run.report().series();
    double longest = points.isEmpty() ? 0 : points.get(points.size() - 1).startSeconds();
    boolean minutes = longest > 300;
    double unit = minutes ? 60 : 1;
    Axis time = Axis.linear(minutes ? "time, min" : "time, s");
    double[] x = column(points, p -> p.startSeconds() / unit);
    Chart queue =
        Chart.of("Requests", time, Axis.linear("requests"))
            .with(Series.line("running", x, column(points, SeriesPoint::running)))
            .with(Series.line("waiting", x, column(points, SeriesPoint::waiting)))
            .sized(WIDTH, HEIGHT);
    double[] ends = {0, x.length == 0 ? 1 : x[x.length - 1]};
    Chart kv =
        Chart.of("KV cache", time, Axis.linear("% of blocks in use").between(0, 100))
            .with(Series.line("", x, column(points, p -> 100 * p.kvUse())))
            .sized(WIDTH, HEIGHT);
    double slots = load.flags().maxLoras();
    Chart adapters =
        Chart.of("Adapters", time, Axis.linear("adapters"))
            .with(Series.line("in the batch", x, column(points, SeriesPoint::distinctAdapters)))
            .with(Series.line("slots", ends, new double[] {slots, slots}).dashed())
            .sized(WIDTH, HEIGHT);
    List<Chart> charts = new ArrayList<>(List.of(queue, kv, adapters));
    if (run.residency().copies() > 0) {
      charts.add(residency(run, time, unit));
    }
    return charts;
  }

  private static double[] column(List<SeriesPoint> points, ToDoubleFunction<SeriesPoint> figure) {
    return points.stream().mapToDouble(figure).toArray();
  }

  /** A row for each adapter, dark while it is in a slot. */
  private static Chart residency(TwinRun run, Axis time, double unit) {
    AdapterResidency residency = run.residency();
    List<Integer> shown = mostCopied(run.report().adapters());
    Spans spans = new Spans();
    for (int row = 0; row < shown.size(); row++) {
      int begin = 0;
      for (int i = 1; i <= residency.intervals(); i++) {
        int shade = shade(residency, shown.get(row), begin);
        if (i == residency.intervals() || shade(residency, shown.get(row), i) != shade) {
          double from = residency.startSeconds(begin) / unit;
          spans.add(from, residency.startSeconds(i) / unit, row, (double) shade / SHADES);
          begin = i;
        }
      }
    }
    boolean all = shown.size() == residency.adapters();
    String rows =
        all
            ? "adapter, numbered as in the table"
            : shown.size() + " of " + residency.adapters() + " adapters, those copied most often";
    double end = residency.startSeconds(residency.intervals()) / unit;
    return Chart.of(
            "Adapters in slots",
            time.between(0, end),
            Axis.linear(rows).between(-0.5, Math.max(1, shown.size() - 0.5)))
        .with(spans.series())
        .sized(WIDTH, HEIGHT + ROW_HEIGHT * Math.max(0, shown.size() - 16));
  }

  private static int shade(AdapterResidency residency, int adapter, int interval) {
    return (int) Math.ceil(SHADES * residency.share(adapter, interval));
  }

  /** Indices in ascending order. */
  private static List<Integer> mostCopied(List<AdapterReport> adapters) {
    return IntStream.range(0, adapters.size())
        .boxed()
        .sorted(Comparator.comparingLong(a -> -adapters.get(a).hostLoads()))
        .limit(MOST_ADAPTERS)
        .sorted()
        .toList();
  }

  /** Collects spans that show something. */
  private static final class Spans {
    private final DoubleStream.Builder from = DoubleStream.builder();
    private final DoubleStream.Builder to = DoubleStream.builder();
    private final DoubleStream.Builder rows = DoubleStream.builder();
    private final DoubleStream.Builder shades = DoubleStream.builder();

    void add(double begin, double end, int row, double shade) {
      if (shade > 0) {
        from.add(begin);
        to.add(end);
        rows.add(row);
        shades.add(shade);
      }
    }

    Series series() {
      return Series.spans(
          "",
          from.build().toArray(),
          to.build().toArray(),
          rows.build().toArray(),
          shades.build().toArray());
    }
  }
}
