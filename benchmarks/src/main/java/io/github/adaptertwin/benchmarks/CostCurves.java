package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.picture.Axis;
import io.github.adaptertwin.core.picture.Chart;
import io.github.adaptertwin.core.picture.Picture;
import io.github.adaptertwin.core.picture.Series;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.PoissonSource;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What one simulated request costs as adapters or waiting requests grow: prints a table and draws
 * it as SVG. A request counts when it is admitted to the queue, dropped ones do not.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar io.github.adaptertwin.benchmarks.CostCurves \
 *     docs/cost-per-request.svg
 * </pre>
 */
public final class CostCurves {
  private static final int ROUNDS = 25;
  private static final int[] ADAPTERS = {10, 25, 50, 100, 200, 400};
  private static final int[] WAITING = {1, 10, 100, 1000, 10_000, 50_000};

  private CostCurves() {}

  private record Point(int at, double nanosPerRequest, double meanWaiting) {}

  /**
   * Measures and draws.
   *
   * @param args file of the picture
   * @throws IOException if it cannot be written
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      System.err.println("usage: CostCurves FILE.svg");
      System.exit(2);
    }
    // The first rounds of a process run before the compiler has seen both kinds of load.
    measure(0, 64, 16, 8, 24_000);
    measure(0, 64, 16, 60, 1000);
    List<Point> byAdapters = new ArrayList<>();
    for (int adapters : ADAPTERS) {
      // A quarter of the adapters has a slot; the load is the same 8 requests per second.
      byAdapters.add(measure(adapters, adapters, Math.max(2, adapters / 4), 8, 24_000));
    }
    List<Point> byWaiting = new ArrayList<>();
    for (int cap : WAITING) {
      // Overload: the queue fills up to the cap and stays there.
      byWaiting.add(measure(cap, 64, 16, 60, cap));
    }
    System.out.println(table("adapters", byAdapters) + "\n" + table("waiting cap", byWaiting));
    picture(byAdapters, byWaiting).write(Path.of(args[0]));
  }

  private static Point measure(int at, int adapters, int slots, double rate, int cap) {
    Workload workload =
        Workload.poisson(
            "llama-3.1-8b-instruct",
            DealtAdapters.of("a", adapters, List.of(8), List.of(rate / adapters)),
            TruncatedGammaPair.shareGpt(196.5).pool(),
            3600);
    Replica replica =
        Replica.of(
            EngineConfig.builder()
                .adapters(workload.loraAdapters())
                .maxLoras(slots)
                .maxLoraRank(8)
                .maxCpuLoras(adapters)
                .kvBlocks(235_584 / 16)
                .maxNumSeqs(2048)
                .maxNumBatchedTokens(2048)
                .build(),
            StepTimeModel.of(
                Gpus.named("h100-64gb-sxm"),
                Models.named("llama-3.1-8b-instruct"),
                EngineVersion.VLLM_0_8_5));
    double[] nanos = new double[ROUNDS];
    double waiting = 0;
    for (int round = 0; round < ROUNDS; round++) {
      PoissonSource source =
          PoissonSource.of(workload.adapters(), workload.lengths(), round, 0).withWaitingCap(cap);
      long before = System.nanoTime();
      ReplicaReport report = replica.run(source, RunOptions.ofSeconds(3600));
      long queued = report.requests().arrived() - report.requests().dropped();
      nanos[round] = (System.nanoTime() - before) / (double) queued;
      waiting = report.waiting().mean();
    }
    Arrays.sort(nanos);
    return new Point(at, nanos[ROUNDS / 2], waiting);
  }

  private static String table(String what, List<Point> points) {
    StringBuilder text =
        new StringBuilder("| " + what + " | ns a request | mean waiting |\n|---|---|---|\n");
    for (Point p : points) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %,d | %.0f | %,.0f |%n",
              p.at(),
              p.nanosPerRequest(),
              p.meanWaiting()));
    }
    return text.toString();
  }

  private static Picture picture(List<Point> byAdapters, List<Point> byWaiting) {
    return Picture.of(
        2,
        List.of(
            chart("adapters (a quarter of them in slots)", byAdapters),
            chart("requests waiting", byWaiting)));
  }

  private static Chart chart(String what, List<Point> points) {
    double[] x = points.stream().mapToDouble(Point::at).toArray();
    double[] y = points.stream().mapToDouble(Point::nanosPerRequest).toArray();
    double top = 100 * Math.ceil(Arrays.stream(y).max().orElse(1) / 100);
    return Chart.of(
            "", Axis.logarithmic(what), Axis.linear("ns per simulated request").between(0, top))
        .with(Series.line("", x, y));
  }
}
