package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A plan as JSON: what {@code place --json} writes and {@code evaluate} reads. Figures are told but
 * not read back: {@code evaluate} finds its own.
 */
final class PlanFile {
  private static final int SCHEMA_VERSION = 1;

  private PlanFile() {}

  static Object tree(Placement plan) {
    return JsonText.object(
        "schemaVersion", SCHEMA_VERSION,
        "baseModel", plan.baseModel(),
        "gpuCount", plan.gpus().size(),
        "lowerBoundGpus", plan.bound().gpus(),
        "lowerBoundMethod", plan.bound().method(),
        "gapToBound", plan.gap(),
        "truncated", plan.truncated(),
        "assessments", plan.assessments(),
        "notes", plan.extrapolated(),
        "gpus", plan.gpus().stream().map(PlanFile::tree).toList());
  }

  private static Object tree(GpuLoad load) {
    EngineFlags f = load.flags();
    return JsonText.object(
        "index", load.index(),
        "gpu", load.gpu().name(),
        "flags",
            JsonText.object(
                "maxLoras", f.maxLoras(),
                "maxLoraRank", f.maxLoraRank(),
                "maxCpuLoras", f.maxCpuLoras(),
                "maxNumSeqs", f.maxNumSeqs(),
                "maxNumBatchedTokens", f.maxNumBatchedTokens(),
                "maxModelLen", f.maxModelLen(),
                "gpuMemoryUtilization", f.gpuMemoryUtilization()),
        "adapters",
            load.parts().stream()
                .map(
                    p ->
                        JsonText.object(
                            "id", p.traffic().adapter().id(),
                            "rank", p.traffic().adapter().rank(),
                            "from", p.from(),
                            "to", p.to()))
                .toList(),
        "baseFrom", load.baseFrom(),
        "baseTo", load.baseTo(),
        "predicted", figures(load));
  }

  private static Object figures(GpuLoad load) {
    return JsonText.object(
        "kvTokens", load.predicted().kvTokens(),
        "offeredTokensPerSecond", load.predicted().offeredTokensPerSecond(),
        "throughputTokensPerSecond", load.predicted().throughputTokensPerSecond(),
        "completedShare", load.predicted().completedShare(),
        "meanItlSeconds", load.predicted().meanItlSeconds(),
        "meanTtftSeconds", load.predicted().meanTtftSeconds(),
        "p95TtftSeconds", load.predicted().p95TtftSeconds(),
        "meanRunning", load.predicted().meanRunning(),
        "meanWaiting", load.predicted().meanWaiting(),
        "meanKvUse", load.predicted().meanKvUse(),
        "hostLoads", load.predicted().hostLoads(),
        "verdicts", load.predicted().verdicts().stream().map(PlanFile::tree).toList());
  }

  static Object tree(Verdict verdict) {
    return JsonText.object(
        "rule", verdict.rule(), "feasible", verdict.feasible(), "reason", verdict.reason());
  }

  /**
   * Reads the GPUs of a plan.
   *
   * @param source name of the text in messages
   * @param text the JSON; it is closed
   * @param workload what the plan serves
   * @return its GPUs, at least one
   */
  static List<PlannedGpu> read(String source, Reader text, Workload workload) throws IOException {
    Map<String, AdapterTraffic> trafficOf = new TreeMap<>();
    workload.adapters().forEach(t -> trafficOf.put(t.adapter().id(), t));
    List<PlannedGpu> gpus = new ArrayList<>();
    boolean versioned = false;
    try (JsonInput json = JsonInput.of(source, text)) {
      json.beginObject();
      while (json.hasNext()) {
        switch (json.name()) {
          case "schemaVersion" -> {
            if (json.number() != SCHEMA_VERSION) {
              throw json.malformed(
                  "this version of a plan is not known; write it anew with place --json");
            }
            versioned = true;
          }
          case "baseModel" -> {
            String model = json.string();
            if (!model.equals(workload.baseModel())) {
              throw json.malformed(
                  "the plan is for "
                      + model
                      + ", the workload for "
                      + workload.baseModel()
                      + "; give the workload that was planned");
            }
          }
          case "gpus" -> {
            json.beginArray();
            while (json.hasNext()) {
              gpus.add(gpu(json, workload, trafficOf));
            }
            json.endArray();
          }
          default -> json.skip();
        }
      }
      if (!versioned || gpus.isEmpty()) {
        throw json.malformed(
            "this is no plan: schemaVersion and at least one of gpus are needed; write one with"
                + " place --json");
      }
      json.endObject();
    }
    return gpus;
  }

  private static PlannedGpu gpu(
      JsonInput json, Workload workload, Map<String, AdapterTraffic> trafficOf) {
    @Nullable GpuSpec card = null;
    EngineFlags.Builder flags = EngineFlags.builder();
    List<SharedAdapter> parts = new ArrayList<>();
    double baseFrom = 0;
    double baseTo = 0;
    json.beginObject();
    while (json.hasNext()) {
      switch (json.name()) {
        case "gpu" -> card = Gpus.named(json.string());
        case "flags" -> flags(json, flags);
        case "adapters" -> {
          json.beginArray();
          while (json.hasNext()) {
            parts.add(part(json, trafficOf));
          }
          json.endArray();
        }
        case "baseFrom" -> baseFrom = json.number();
        case "baseTo" -> baseTo = json.number();
        default -> json.skip();
      }
    }
    if (card == null) {
      throw json.malformed("a GPU of the plan lacks its kind; give gpu");
    }
    json.endObject();
    return new PlannedGpu(card, GpuTraffic.of(workload, parts, baseFrom, baseTo), flags.build());
  }

  private static void flags(JsonInput json, EngineFlags.Builder flags) {
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      switch (name) {
        case "maxLoras" -> flags.maxLoras(json.integer(0, Integer.MAX_VALUE));
        case "maxLoraRank" -> flags.maxLoraRank(json.integer(1, Integer.MAX_VALUE));
        case "maxCpuLoras" -> flags.maxCpuLoras(json.integer(0, Integer.MAX_VALUE));
        case "maxNumSeqs" -> flags.maxNumSeqs(json.integer(1, Integer.MAX_VALUE));
        case "maxNumBatchedTokens" -> flags.maxNumBatchedTokens(json.integer(1, Integer.MAX_VALUE));
        case "maxModelLen" -> flags.maxModelLen(json.integer(1, Integer.MAX_VALUE));
        case "gpuMemoryUtilization" -> flags.gpuMemoryUtilization(json.number());
        default -> throw json.malformed("there is no flag " + name + "; remove it");
      }
    }
    json.endObject();
  }

  private static SharedAdapter part(JsonInput json, Map<String, AdapterTraffic> trafficOf) {
    @Nullable AdapterTraffic traffic = null;
    double from = 0;
    double to = 1;
    json.beginObject();
    while (json.hasNext()) {
      switch (json.name()) {
        case "id" -> {
          String id = json.string();
          traffic = trafficOf.get(id);
          if (traffic == null) {
            throw json.malformed(
                "adapter '" + id + "' is not in the workload; give the workload that was planned");
          }
        }
        case "from" -> from = json.number();
        case "to" -> to = json.number();
        default -> json.skip();
      }
    }
    if (traffic == null) {
      throw json.malformed("an adapter lacks its id; give id");
    }
    json.endObject();
    return new SharedAdapter(traffic, from, to);
  }
}
