package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.input.WholeFile;
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
    WholeFile.writeText(Path.of(args[0]), svg(byAdapters, byWaiting));
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

  private static String svg(List<Point> left, List<Point> right) {
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 820 300\""
        + " font-family=\"sans-serif\" font-size=\"12\">\n"
        + "<rect width=\"820\" height=\"300\" fill=\"white\"/>\n"
        + panel(60, "adapters (a quarter of them in slots)", left)
        + panel(470, "requests waiting", right)
        + "</svg>\n";
  }

  private static String panel(int x0, String title, List<Point> points) {
    int width = 320;
    int height = 200;
    int bottom = 250;
    double first = Math.log(points.get(0).at());
    double span = Math.log(points.get(points.size() - 1).at()) - first;
    double top =
        100 * Math.ceil(points.stream().mapToDouble(Point::nanosPerRequest).max().orElse(1) / 100);
    StringBuilder s = new StringBuilder();
    s.append(text(x0 + width / 2, 290, "middle", title));
    s.append(text(x0, 40, "start", "ns per simulated request"));
    for (int i = 0; i <= 4; i++) {
      int y = bottom - height * i / 4;
      s.append("<path stroke=\"#ddd\" d=\"M" + x0 + " " + y + "h" + width + "\"/>\n");
      s.append(text(x0 - 6, y + 4, "end", String.format(Locale.ROOT, "%.0f", top * i / 4)));
    }
    StringBuilder line = new StringBuilder();
    for (Point p : points) {
      double x = x0 + width * (Math.log(p.at()) - first) / span;
      double y = bottom - height * p.nanosPerRequest() / top;
      line.append(String.format(Locale.ROOT, "%s%.1f %.1f", line.isEmpty() ? "M" : "L", x, y));
      s.append(
          String.format(
              Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"#1f6fb4\"/>%n", x, y));
      s.append(
          text(
              (int) Math.round(x),
              bottom + 18,
              "middle",
              String.format(Locale.ROOT, "%,d", p.at())));
    }
    s.append("<path fill=\"none\" stroke=\"#1f6fb4\" stroke-width=\"2\" d=\"" + line + "\"/>\n");
    return s.toString();
  }

  private static String text(int x, int y, String anchor, String words) {
    return "<text x=\""
        + x
        + "\" y=\""
        + y
        + "\" text-anchor=\""
        + anchor
        + "\">"
        + words
        + "</text>\n";
  }
}
