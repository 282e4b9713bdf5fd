package io.github.adaptertwin.placement.report;

import io.github.adaptertwin.core.picture.Axis;
import io.github.adaptertwin.core.picture.Chart;
import io.github.adaptertwin.core.picture.Series;
import io.github.adaptertwin.core.report.SeriesPoint;
import io.github.adaptertwin.placement.GpuLoad;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What one GPU does over time, as pictures. */
final class GpuCharts {
  private static final double WIDTH = 480;
  private static final double HEIGHT = 230;

  /** Adapters that the picture of loads shows; more would be finer than a line of pixels. */
  private static final int MOST_ADAPTERS = 64;

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
    return List.of(
        queue,
        kv,
        adapters,
        copies(run.loads(), time.between(0, Math.max(1, longest / unit)), unit));
  }

  private static double[] column(List<SeriesPoint> points, ToDoubleFunction<SeriesPoint> figure) {
    return points.stream().mapToDouble(figure).toArray();
  }

  /** Slots are filled at start; an adapter without a copy never had to wait for one. */
  private static Chart copies(AdapterLoads loads, Axis time, double unit) {
    int adapters = Math.min(MOST_ADAPTERS, loads.adapters());
    double[] x = new double[adapters * loads.intervals()];
    double[] y = new double[x.length];
    int count = 0;
    for (int a = 0; a < adapters; a++) {
      for (int i = 0; i < loads.intervals(); i++) {
        if (loads.of(a, i) > 0) {
          x[count] = loads.startSeconds(i) / unit;
          y[count++] = a;
        }
      }
    }
    return Chart.of(
            "Copies into a slot" + (adapters < loads.adapters() ? ", first " + adapters : ""),
            time,
            Axis.linear("adapter, in order of the table").between(-1, Math.max(1, adapters)))
        .with(Series.points("", Arrays.copyOf(x, count), Arrays.copyOf(y, count)))
        .sized(WIDTH, HEIGHT);
  }
}
