package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.benchmarks.FidelityScore.Replayed;
import io.github.adaptertwin.core.picture.Axis;
import io.github.adaptertwin.core.picture.Chart;
import io.github.adaptertwin.core.picture.Picture;
import io.github.adaptertwin.core.picture.Series;
import io.github.adaptertwin.core.report.ObservedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Draws predicted against measured figures, one point a run. */
final class FidelityPictures {
  private FidelityPictures() {}

  static void write(Path folder, List<Replayed> all) throws IOException {
    Files.createDirectories(folder);
    List<Chart> charts = new ArrayList<>();
    charts.add(chart("Throughput, tokens/s", all, ObservedRun::throughputTokensPerSecond, false));
    charts.add(chart("Mean ITL, ms", all, r -> 1e3 * r.meanItlSeconds(), true));
    charts.add(chart("Mean running requests", all, ObservedRun::meanRunning, true));
    charts.add(chart("Mean use of the KV cache", all, ObservedRun::meanKvUse, false));
    charts.add(chart("Mean TTFT, s", all, ObservedRun::meanTtftSeconds, true));
    charts.add(chart("Mean TPOT, ms", all, r -> 1e3 * r.meanTpotSeconds(), true));
    Picture.of(2, charts).write(folder.resolve("fidelity.svg"));
  }

  private static Chart chart(
      String what, List<Replayed> all, ToDoubleFunction<ObservedRun> figure, boolean logarithmic) {
    Axis measured = logarithmic ? Axis.logarithmic("measured") : Axis.linear("measured");
    Axis predicted = logarithmic ? Axis.logarithmic("twin") : Axis.linear("twin");
    Chart chart = Chart.of(what, measured, predicted);
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (String regime : List.of("sustained", "starved", "heavily starved")) {
      List<double[]> points = new ArrayList<>();
      for (Replayed r : all) {
        ObservedRun twin = r.twin();
        if (!r.run().started() || twin == null || !r.loadRegime().equals(regime)) {
          continue;
        }
        double x = figure.applyAsDouble(r.run().observed());
        double y = figure.applyAsDouble(twin);
        if (x > 0 && y > 0) {
          points.add(new double[] {x, y});
          least = Math.min(least, Math.min(x, y));
          most = Math.max(most, Math.max(x, y));
        }
      }
      chart =
          chart.with(
              Series.points(
                  regime,
                  points.stream().mapToDouble(p -> p[0]).toArray(),
                  points.stream().mapToDouble(p -> p[1]).toArray()));
    }
    if (most > 0) {
      double[] ends = {least, most};
      chart = chart.with(Series.line("", ends, ends).dashed());
    }
    return chart;
  }
}
