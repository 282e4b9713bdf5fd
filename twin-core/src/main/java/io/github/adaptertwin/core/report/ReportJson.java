package io.github.adaptertwin.core.report;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** The JSON form of reports. */
final class ReportJson {
  private static final int SCHEMA_VERSION = 1;

  private ReportJson() {}

  static String write(ReplicaReport report) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setIndent("  ");
      json.beginObject();
      json.name("schemaVersion").value(SCHEMA_VERSION);
      number(json, "durationSeconds", report.durationSeconds());
      number(json, "throughputTokensPerSecond", report.throughputTokensPerSecond());
      number(json, "idealThroughputTokensPerSecond", report.idealThroughputTokensPerSecond());
      json.name("starved").value(report.starved());
      totals(json, report);
      latency(json, "ttftSeconds", report.ttft());
      latency(json, "itlSeconds", report.itl());
      latency(json, "tpotSeconds", report.tpot());
      latency(json, "endToEndSeconds", report.endToEnd());
      gauge(json, "running", report.running());
      gauge(json, "waiting", report.waiting());
      gauge(json, "kvUse", report.kvUse());
      gauge(json, "distinctAdapters", report.distinctAdapters());
      times(json, report);
      adapters(json, report);
      if (!report.series().isEmpty()) {
        series(json, report.series());
      }
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void series(JsonWriter json, List<SeriesPoint> series) throws IOException {
    json.name("series").beginArray();
    for (SeriesPoint point : series) {
      json.beginObject();
      number(json, "startSeconds", point.startSeconds());
      number(json, "durationSeconds", point.durationSeconds());
      json.name("arrived").value(point.arrived());
      json.name("completed").value(point.completed());
      json.name("generatedTokens").value(point.generatedTokens());
      number(json, "running", point.running());
      number(json, "waiting", point.waiting());
      number(json, "kvUse", point.kvUse());
      number(json, "distinctAdapters", point.distinctAdapters());
      json.endObject();
    }
    json.endArray();
  }

  private static void totals(JsonWriter json, ReplicaReport report) throws IOException {
    RequestTotals r = report.requests();
    json.name("requests").beginObject();
    json.name("arrived").value(r.arrived());
    json.name("carriedOver").value(r.carriedOver());
    json.name("completed").value(r.completed());
    json.name("running").value(r.running());
    json.name("waiting").value(r.waiting());
    json.name("dropped").value(r.dropped());
    json.name("rejected").value(r.rejected());
    json.endObject();
    TokenTotals t = report.tokens();
    json.name("tokens").beginObject();
    json.name("offeredInput").value(t.offeredInput());
    json.name("offeredOutput").value(t.offeredOutput());
    json.name("completedInput").value(t.completedInput());
    json.name("completedOutput").value(t.completedOutput());
    json.name("generated").value(t.generated());
    json.name("prefilled").value(t.prefilled());
    json.endObject();
    EngineTotals e = report.engine();
    json.name("engine").beginObject();
    json.name("steps").value(e.steps());
    json.name("preemptions").value(e.preemptions());
    json.name("hostLoads").value(e.hostLoads());
    json.name("diskLoads").value(e.diskLoads());
    json.name("prefixHitTokens").value(e.prefixHitTokens());
    json.endObject();
  }

  private static void times(JsonWriter json, ReplicaReport report) throws IOException {
    TimeSplit time = report.time();
    json.name("timeSeconds").beginObject();
    number(json, "compute", time.compute());
    number(json, "loading", time.loading());
    number(json, "scheduling", time.scheduling());
    number(json, "idle", time.idle());
    json.endObject();
    QueueTrend queue = report.queue();
    json.name("meanWaitSecondsByQuarter").beginArray();
    json.value(finite(queue.firstSeconds()));
    json.value(finite(queue.secondSeconds()));
    json.value(finite(queue.thirdSeconds()));
    json.value(finite(queue.lastSeconds()));
    json.endArray();
  }

  private static void adapters(JsonWriter json, ReplicaReport report) throws IOException {
    json.name("adapters").beginArray();
    for (AdapterReport a : report.adapters()) {
      json.beginObject();
      json.name("id").value(a.adapterId());
      json.name("arrived").value(a.arrived());
      json.name("completed").value(a.completed());
      json.name("offeredTokens").value(a.offeredTokens());
      json.name("completedTokens").value(a.completedTokens());
      number(json, "meanTtftSeconds", a.meanTtftSeconds());
      json.name("hostLoads").value(a.hostLoads());
      json.endObject();
    }
    json.endArray();
  }

  private static void latency(JsonWriter json, String name, LatencySummary latency)
      throws IOException {
    json.name(name).beginObject();
    json.name("count").value(latency.count());
    number(json, "mean", latency.mean());
    number(json, "p50", latency.p50());
    number(json, "p90", latency.p90());
    number(json, "p95", latency.p95());
    number(json, "p99", latency.p99());
    number(json, "max", latency.max());
    json.endObject();
  }

  private static void gauge(JsonWriter json, String name, Gauge gauge) throws IOException {
    json.name(name).beginObject();
    number(json, "mean", gauge.mean());
    number(json, "max", gauge.max());
    json.endObject();
  }

  private static void number(JsonWriter json, String name, double value) throws IOException {
    json.name(name).value(finite(value));
  }

  private static @org.jspecify.annotations.Nullable Number finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
