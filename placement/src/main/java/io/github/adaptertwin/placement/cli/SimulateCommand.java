package io.github.adaptertwin.placement.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.report.LatencySummary;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.gpu.calibration.PredictionIntervals;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code adaptertwin simulate}: one GPU that serves a whole workload. */
@Command(
    name = "simulate",
    description = "Serves a workload on one GPU of the twin with given flags.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  adaptertwin simulate --slots 32",
      "  adaptertwin simulate --workload w.json --gpu a100-80gb-sxm --slots 16 --json",
      "  adaptertwin simulate --trace requests.csv --slots 8 --series 60 --json",
      "  adaptertwin simulate --slots 32 --draws 30"
    })
final class SimulateCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();
  @Mixin private WorkloadInput input = new WorkloadInput();
  @Mixin private GpuInput gpu = new GpuInput();
  @Mixin private EngineInput engine = new EngineInput();
  @Mixin private CalibrationInput calibration = new CalibrationInput();

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "Adapter slots, --max-loras, at least 1 (default: as many as adapters).")
  private @Nullable Integer slots;

  @Option(
      names = "--series",
      paramLabel = "SECONDS",
      defaultValue = "0",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "Add a time series of this resolution to the JSON (default: none).")
  private double seriesSeconds;

  @Option(
      names = "--draws",
      paramLabel = "N",
      defaultValue = "0",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description =
          "Add intervals of 90 %% from so many draws of the step times' uncertainty and of the"
              + " requests, at least 2 (default: none).")
  private int draws;

  @Override
  public Integer call() throws IOException {
    Workload workload = input.read();
    ModelSpec model = Models.named(workload.baseModel());
    Calibration known = calibration.read(gpu.card(), model);
    EngineFlags flags = flags(workload, known.engine());
    ServingTwin twin = ServingTwin.of(gpu.card(), model, known);
    RunOptions options = RunOptions.ofSeconds(workload.horizonSeconds());
    ServingTwin.Outcome outcome =
        twin.run(
            workload.loraAdapters(),
            workload.source(input.seed(), 0),
            flags,
            options.withSeries(seriesSeconds));
    if (outcome instanceof ServingTwin.Outcome.Refused refused) {
      return output.infeasible(refused.refusal().reason().name(), refused.refusal().message());
    }
    ServingTwin.Outcome.Served served = (ServingTwin.Outcome.Served) outcome;
    @Nullable PredictionIntervals intervals =
        draws == 0
            ? null
            : twin.intervals(
                workload.loraAdapters(),
                draw -> workload.source(input.seed(), draw),
                flags,
                options,
                draws,
                input.seed());
    if (output.isJson()) {
      output.out().println(withIntervals(served.report().toJson(), intervals));
    } else {
      print(workload, flags, served);
      if (intervals != null) {
        print(intervals);
      }
      twin.extrapolations(flags).forEach(words -> line(output.out(), "note", "%s", words));
    }
    return Main.DONE;
  }

  private static String withIntervals(String report, @Nullable PredictionIntervals intervals) {
    if (intervals == null) {
      return report;
    }
    JsonObject tree = JsonParser.parseString(report).getAsJsonObject();
    JsonObject added = new JsonObject();
    added.addProperty("draws", intervals.draws());
    added.add("throughputTokensPerSecond", tree(intervals.throughputTokensPerSecond()));
    added.add("itlSeconds", tree(intervals.itlSeconds()));
    added.add("ttftSeconds", tree(intervals.ttftSeconds()));
    tree.add("intervals90", added);
    return tree.toString();
  }

  private static JsonArray tree(PredictionIntervals.Interval interval) {
    JsonArray ends = new JsonArray();
    for (double end : new double[] {interval.low(), interval.median(), interval.high()}) {
      ends.add(Double.isFinite(end) ? new JsonPrimitive(end) : JsonNull.INSTANCE);
    }
    return ends;
  }

  private void print(PredictionIntervals intervals) {
    int count = intervals.draws();
    print("tokens/s", intervals.throughputTokensPerSecond(), 1, "tokens/s", count);
    print("ITL", intervals.itlSeconds(), 1e3, "ms", count);
    print("TTFT", intervals.ttftSeconds(), 1e3, "ms", count);
  }

  private void print(
      String figure, PredictionIntervals.Interval interval, double scale, String unit, int count) {
    line(
        output.out(),
        figure,
        "%.4g to %.4g %s (90 %%, %d draws)",
        scale * interval.low(),
        scale * interval.high(),
        unit,
        count);
  }

  private EngineFlags flags(Workload workload, EngineVersion version) {
    int largest = workload.loraAdapters().stream().mapToInt(a -> a.rank()).max().orElse(1);
    if (slots != null && slots < 1) {
      throw new IllegalArgumentException("--slots is " + slots + ", must be at least 1");
    }
    int count = slots == null ? workload.adapters().size() : slots;
    int longest =
        Math.min(
            workload.lengths().maxTotalTokens(), Models.named(workload.baseModel()).maxContext());
    return engine
        .flags(longest)
        .maxLoras(count)
        .maxLoraRank(version.maxLoraRankFor(largest))
        .maxCpuLoras(Math.max(count, workload.adapters().size()))
        .build();
  }

  private void print(Workload workload, EngineFlags flags, ServingTwin.Outcome.Served served) {
    PrintWriter out = output.out();
    ReplicaReport r = served.report();
    out.printf(
        Locale.ROOT,
        "%s on %s: %d adapters, %.2f requests/s over %.0f s%n%s%n%n",
        workload.baseModel(),
        gpu.name(),
        workload.adapters().size(),
        workload.ratePerSecond(),
        workload.horizonSeconds(),
        flags);
    line(
        out,
        "KV cache",
        "%,d tokens, %.1f %% in use",
        served.memory().kvTokens(),
        100 * r.kvUse().mean());
    line(
        out,
        "requests",
        "%,d arrived, %,d completed",
        r.requests().arrived(),
        r.requests().completed());
    line(
        out,
        "tokens/s",
        "%,.0f of %,.0f offered, %.1f %%",
        r.throughputTokensPerSecond(),
        r.idealThroughputTokensPerSecond(),
        100 * r.completedShare());
    latency(out, "TTFT", r.ttft());
    latency(out, "ITL", r.itl());
    latency(out, "end to end", r.endToEnd());
    line(
        out,
        "batch",
        "%.1f running, %.1f waiting, %.1f adapters",
        r.running().mean(),
        r.waiting().mean(),
        r.distinctAdapters().mean());
    line(
        out,
        "loads",
        "%,d into slots, %,d preemptions",
        r.engine().hostLoads(),
        r.engine().preemptions());
    line(out, "verdict", r.starved() ? "starved" : "not starved");
  }

  private static void line(PrintWriter out, String name, String format, Object... values) {
    out.printf("%-11s %s%n", name, String.format(Locale.ROOT, format, values));
  }

  private static void latency(PrintWriter out, String name, LatencySummary l) {
    line(
        out,
        name,
        "mean %.2f ms, p50 %.2f, p95 %.2f, p99 %.2f",
        1e3 * l.mean(),
        1e3 * l.p50(),
        1e3 * l.p95(),
        1e3 * l.p99());
  }
}
