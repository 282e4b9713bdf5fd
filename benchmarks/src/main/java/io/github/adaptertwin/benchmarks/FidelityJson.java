package io.github.adaptertwin.benchmarks;

import com.google.gson.stream.JsonWriter;
import io.github.adaptertwin.benchmarks.FidelityScore.Replayed;
import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.core.report.ObservedRun;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Writes a study as JSON: the totals, then every run with measured and predicted figures. */
final class FidelityJson {
  private static final int SCHEMA_VERSION = 1;

  private FidelityJson() {}

  static void write(Path target, List<Replayed> all, double seconds) throws IOException {
    WholeFile.write(
        target,
        out -> {
          JsonWriter json = new JsonWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          json.setIndent(" ");
          json.beginObject();
          json.name("schemaVersion").value(SCHEMA_VERSION);
          json.name("runs").value(all.size());
          json.name("smapePaper");
          score(json, FidelityScore.of(all));
          number(json, "starvedAgreement", FidelityScore.starvedAgreement(all));
          number(json, "memoryVerdicts", FidelityScore.memoryVerdicts(all));
          number(json, "seconds", seconds);
          json.name("replays").beginArray();
          for (Replayed r : all) {
            run(json, r);
          }
          json.endArray();
          json.endObject();
          json.flush();
        });
  }

  private static void run(JsonWriter json, Replayed r) throws IOException {
    json.beginObject();
    json.name("id").value(r.run().id());
    json.name("started").value(r.run().started());
    json.name("memoryVerdictRight").value(r.memoryVerdict());
    json.name("problem").value(r.problem());
    if (r.run().started()) {
      number(json, "starvedProbability", r.starvedProbability());
      json.name("smapePaper");
      score(json, FidelityScore.of(List.of(r)));
      json.name("measured");
      figures(json, r.run().observed());
      ObservedRun twin = r.twin();
      if (twin != null) {
        json.name("twin");
        figures(json, twin);
      }
    }
    json.endObject();
  }

  private static void score(JsonWriter json, FidelityScore s) throws IOException {
    json.beginObject();
    number(json, "throughput", s.throughput());
    number(json, "itl", s.itl());
    number(json, "tpot", s.tpot());
    number(json, "ttftCompleted", s.ttftCompleted());
    number(json, "ttftWithUnfinished", s.ttftWithUnfinished());
    number(json, "running", s.running());
    number(json, "kvUse", s.kvUse());
    json.endObject();
  }

  private static void figures(JsonWriter json, ObservedRun run) throws IOException {
    json.beginObject();
    number(json, "throughputTokensPerSecond", run.throughputTokensPerSecond());
    number(json, "idealThroughputTokensPerSecond", run.idealThroughputTokensPerSecond());
    number(json, "meanTtftSeconds", run.meanTtftSeconds());
    number(json, "ttftWithUnfinishedSeconds", run.ttftWithUnfinishedSeconds());
    number(json, "meanTpotSeconds", run.meanTpotSeconds());
    number(json, "meanItlSeconds", run.meanItlSeconds());
    number(json, "meanRunning", run.meanRunning());
    number(json, "meanWaiting", run.meanWaiting());
    number(json, "meanKvUse", run.meanKvUse());
    json.endObject();
  }

  private static void number(JsonWriter json, String name, double value) throws IOException {
    json.name(name);
    if (Double.isFinite(value)) {
      json.value(value);
    } else {
      json.nullValue();
    }
  }
}
