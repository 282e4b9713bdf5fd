package io.github.adaptertwin.placement;

import com.google.gson.stream.JsonWriter;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.LoraModule;
import io.github.adaptertwin.gpu.spec.WeightType;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/**
 * The JSON form of placements. Members come in any order; an unknown one is an error, so that a
 * misspelt figure is not lost in silence. A figure that is not known (NaN) is written as null.
 */
final class PlacementJson {
  static final int SCHEMA_VERSION = 1;

  private PlacementJson() {}

  static String write(Placement plan) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setIndent("  ");
      json.beginObject();
      json.name("schemaVersion").value(SCHEMA_VERSION);
      json.name("baseModel").value(plan.baseModel());
      json.name("bound").beginObject();
      json.name("fractionalGpus").value(plan.bound().fractionalGpus());
      json.name("gpus").value(plan.bound().gpus());
      json.name("method").value(plan.bound().method());
      json.endObject();
      json.name("assessments").value(plan.assessments());
      json.name("truncated").value(plan.truncated());
      json.name("extrapolated").beginArray();
      for (String word : plan.extrapolated()) {
        json.value(word);
      }
      json.endArray();
      json.name("gpus").beginArray();
      for (GpuLoad load : plan.gpus()) {
        write(json, load);
      }
      json.endArray();
      json.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text + "\n";
  }

  private static void write(JsonWriter json, GpuLoad load) throws IOException {
    json.beginObject();
    json.name("gpu").beginObject();
    GpuSpec gpu = load.gpu();
    json.name("name").value(gpu.name());
    json.name("architecture").value(gpu.architecture());
    json.name("memoryGib").value(gpu.memoryGib());
    json.name("bandwidthBytesPerSecond").value(gpu.bandwidthBytesPerSecond());
    json.name("bf16FlopsPerSecond").value(gpu.bf16FlopsPerSecond());
    json.name("smCount").value(gpu.smCount());
    // A reader cannot look up those of a user's own card.
    double bf16 = gpu.bf16FlopsPerSecond();
    other(json, "fp8FlopsPerSecond", gpu.flopsPerSecond(WeightType.FP8), bf16);
    other(json, "int8OpsPerSecond", gpu.flopsPerSecond(WeightType.INT8), bf16);
    double hostLink = gpu.hostLinkBytesPerSecond();
    other(json, "linkBytesPerSecond", gpu.linkBytesPerSecond(), hostLink);
    other(json, "hostLinkBytesPerSecond", hostLink, 0);
    json.name("source").value(gpu.source());
    json.endObject();
    EngineFlags flags = load.flags();
    json.name("flags").beginObject();
    json.name("maxLoras").value(flags.maxLoras());
    json.name("maxLoraRank").value(flags.maxLoraRank());
    json.name("maxCpuLoras").value(flags.maxCpuLoras());
    json.name("maxNumSeqs").value(flags.maxNumSeqs());
    json.name("maxNumBatchedTokens").value(flags.maxNumBatchedTokens());
    json.name("maxModelLen").value(flags.maxModelLen());
    json.name("gpuMemoryUtilization").value(flags.gpuMemoryUtilization());
    writeUnusual(json, flags);
    json.endObject();
    json.name("base").beginArray().value(load.baseFrom()).value(load.baseTo()).endArray();
    json.name("adapters").beginArray();
    for (SharedAdapter part : load.parts()) {
      json.beginObject();
      json.name("id").value(part.traffic().adapter().id());
      json.name("rank").value(part.traffic().adapter().rank());
      json.name("ratePerSecond").value(part.traffic().ratePerSecond());
      if (!part.isWhole()) {
        json.name("part").beginArray().value(part.from()).value(part.to()).endArray();
      }
      json.endObject();
    }
    json.endArray();
    writePrediction(json, load.predicted());
    writeVerified(json, load.verified());
    json.endObject();
  }

  /**
   * Flags that readers of earlier versions do not know are written only where they say something.
   */
  private static void writeUnusual(JsonWriter json, EngineFlags flags) throws IOException {
    if (flags.tensorParallel() > 1) {
      json.name("tensorParallel").value(flags.tensorParallel());
    }
    if (!flags.loraTargets().equals(LoraModule.all())) {
      json.name("loraTargets").beginArray();
      for (LoraModule target : flags.loraTargets()) {
        json.value(target.key());
      }
      json.endArray();
    }
  }

  /** Writes a figure unless it is what stands in for it where it is not given. */
  private static void other(JsonWriter json, String name, double value, double standIn)
      throws IOException {
    if (value != standIn) {
      json.name(name).value(value);
    }
  }

  private static void figure(JsonWriter json, String name, double value) throws IOException {
    json.name(name);
    if (Double.isFinite(value)) {
      json.value(value);
    } else {
      json.nullValue();
    }
  }

  private static void writePrediction(JsonWriter json, Prediction p) throws IOException {
    json.name("predicted").beginObject();
    json.name("kvTokens").value(p.kvTokens());
    figure(json, "offeredTokensPerSecond", p.offeredTokensPerSecond());
    figure(json, "throughputTokensPerSecond", p.throughputTokensPerSecond());
    figure(json, "completedShare", p.completedShare());
    figure(json, "meanItlSeconds", p.meanItlSeconds());
    figure(json, "meanTtftSeconds", p.meanTtftSeconds());
    figure(json, "p95TtftSeconds", p.p95TtftSeconds());
    figure(json, "meanRunning", p.meanRunning());
    figure(json, "meanWaiting", p.meanWaiting());
    figure(json, "meanKvUse", p.meanKvUse());
    figure(json, "preemptions", p.preemptions());
    figure(json, "hostLoads", p.hostLoads());
    json.name("verdicts").beginArray();
    for (Verdict verdict : p.verdicts()) {
      json.beginObject();
      json.name("rule").value(verdict.rule());
      json.name("feasible").value(verdict.feasible());
      json.name("reason").value(verdict.reason());
      json.endObject();
    }
    json.endArray();
    json.endObject();
  }

  private static void writeVerified(JsonWriter json, GpuLoad.Verified v) throws IOException {
    json.name("verified").beginObject();
    json.name("replications").value(v.replications());
    estimate(json, "completedShare", v.completedShare());
    estimate(json, "throughputTokensPerSecond", v.throughputTokensPerSecond());
    estimate(json, "meanItlSeconds", v.meanItlSeconds());
    estimate(json, "p95TtftSeconds", v.p95TtftSeconds());
    json.endObject();
  }

  private static void estimate(JsonWriter json, String name, Estimate e) throws IOException {
    json.name(name).beginObject();
    figure(json, "mean", e.mean());
    figure(json, "halfWidth", e.halfWidth());
    json.name("count").value(e.count());
    json.endObject();
  }

  static Placement read(String source, Reader text) {
    JsonInput json = JsonInput.of(source, text);
    try {
      return new PlacementReader(json).placement();
    } catch (IllegalArgumentException e) {
      throw json.malformed(String.valueOf(e.getMessage()));
    }
  }
}
