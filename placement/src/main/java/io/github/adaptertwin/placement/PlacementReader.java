package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.LoraModule;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the JSON form of a placement, members in whatever order they come. Not thread-safe. */
final class PlacementReader {
  private static final int MOST = Integer.MAX_VALUE;

  /** Figures of a prediction that may be null, beside the counted kvTokens and the verdicts. */
  private static final Set<String> PREDICTED =
      Set.of(
          "offeredTokensPerSecond",
          "throughputTokensPerSecond",
          "completedShare",
          "meanItlSeconds",
          "meanTtftSeconds",
          "p95TtftSeconds",
          "meanRunning",
          "meanWaiting",
          "meanKvUse",
          "preemptions",
          "hostLoads");

  /** Up to here every whole number is a double. */
  private static final double MOST_EXACT = 1L << 53;

  private static final Set<String> VERIFIED =
      Set.of("completedShare", "throughputTokensPerSecond", "meanItlSeconds", "p95TtftSeconds");

  private final JsonInput json;

  PlacementReader(JsonInput json) {
    this.json = json;
  }

  Placement placement() {
    LowerBound bound = null;
    String baseModel = "";
    long assessments = 0;
    boolean truncated = false;
    boolean versionSeen = false;
    List<String> extrapolated = List.of();
    List<GpuLoad> gpus = new ArrayList<>();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      switch (name) {
        case "schemaVersion" -> {
          json.integer(PlacementJson.SCHEMA_VERSION, PlacementJson.SCHEMA_VERSION);
          versionSeen = true;
        }
        case "baseModel" -> baseModel = json.string();
        case "bound" -> bound = bound();
        case "assessments" -> assessments = count();
        case "truncated" -> truncated = json.bool();
        case "extrapolated" -> extrapolated = strings();
        case "gpus" -> {
          json.beginArray();
          while (json.hasNext()) {
            gpus.add(load(gpus.size()));
          }
          json.endArray();
        }
        default -> throw json.malformed("unknown member '" + name + "' of a placement");
      }
    }
    json.endObject();
    json.endDocument();
    if (!versionSeen || baseModel.isEmpty() || gpus.isEmpty() || bound == null) {
      throw json.malformed("schemaVersion, baseModel, bound and at least one GPU must be given");
    }
    return new Placement(baseModel, gpus, bound, assessments, truncated, extrapolated);
  }

  private LowerBound bound() {
    double fractionalGpus = Double.NaN;
    int gpus = -1;
    String method = "";
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      switch (name) {
        case "fractionalGpus" -> fractionalGpus = json.number();
        case "gpus" -> gpus = json.integer(0, MOST);
        case "method" -> method = json.string();
        default -> throw json.malformed("unknown member '" + name + "' of a bound");
      }
    }
    json.endObject();
    if (Double.isNaN(fractionalGpus) || gpus < 0) {
      throw json.malformed("a bound needs fractionalGpus and gpus");
    }
    return new LowerBound(fractionalGpus, gpus, method);
  }

  /** {@return the next value, a whole number that may be larger than an int holds} */
  private long count() {
    double value = json.number();
    if (!(value >= 0 && value == Math.rint(value) && value <= MOST_EXACT)) {
      throw json.malformed("is " + value + ", must be a whole number of at least 0");
    }
    return (long) value;
  }

  private List<String> strings() {
    List<String> values = new ArrayList<>();
    json.beginArray();
    while (json.hasNext()) {
      values.add(json.string());
    }
    json.endArray();
    return values;
  }

  private double[] pair() {
    double[] values = json.numbers();
    if (values.length != 2) {
      throw json.malformed("a part has " + values.length + " ends, must have 2");
    }
    return values;
  }

  private GpuLoad load(int index) {
    GpuSpec gpu = null;
    EngineFlags flags = null;
    double[] base = {0, 0};
    List<SharedAdapter> parts = new ArrayList<>();
    Prediction predicted = null;
    GpuLoad.Verified verified = null;
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      switch (name) {
        case "gpu" -> gpu = gpu();
        case "flags" -> flags = flags();
        case "base" -> base = pair();
        case "adapters" -> {
          json.beginArray();
          while (json.hasNext()) {
            parts.add(part());
          }
          json.endArray();
        }
        case "predicted" -> predicted = predicted();
        case "verified" -> verified = verified();
        default -> throw json.malformed("unknown member '" + name + "' of a GPU");
      }
    }
    json.endObject();
    if (gpu == null || flags == null || predicted == null || verified == null) {
      throw json.malformed("a GPU needs gpu, flags, adapters, predicted and verified");
    }
    return new GpuLoad(index, gpu, parts, base[0], base[1], flags, predicted, verified);
  }

  private GpuSpec gpu() {
    String name = "";
    String architecture = "";
    String source = "";
    int smCount = 0;
    boolean optional = false;
    Map<String, Double> figures = new LinkedHashMap<>();
    json.beginObject();
    while (json.hasNext()) {
      String member = json.name();
      switch (member) {
        case "name" -> name = json.string();
        case "architecture" -> architecture = json.string();
        case "source" -> source = json.string();
        case "smCount" -> smCount = json.integer(1, MOST);
        case "memoryGib", "bandwidthBytesPerSecond", "bf16FlopsPerSecond" ->
            figures.put(member, json.number());
        case "fp8FlopsPerSecond",
            "int8OpsPerSecond",
            "linkBytesPerSecond",
            "hostLinkBytesPerSecond" -> {
          figures.put(member, json.number());
          optional = true;
        }
        default -> throw json.malformed("unknown member '" + member + "' of a card");
      }
    }
    json.endObject();
    GpuSpec card =
        GpuSpec.builder(name)
            .architecture(architecture)
            .source(source)
            .memoryGib(figures.getOrDefault("memoryGib", 0.0))
            .bandwidthBytesPerSecond(figures.getOrDefault("bandwidthBytesPerSecond", 0.0))
            .bf16FlopsPerSecond(figures.getOrDefault("bf16FlopsPerSecond", 0.0))
            .fp8FlopsPerSecond(figures.getOrDefault("fp8FlopsPerSecond", 0.0))
            .int8OpsPerSecond(figures.getOrDefault("int8OpsPerSecond", 0.0))
            .linkBytesPerSecond(figures.getOrDefault("linkBytesPerSecond", 0.0))
            .hostLinkBytesPerSecond(figures.getOrDefault("hostLinkBytesPerSecond", 0.0))
            .smCount(smCount)
            .build();
    // Plans that were written without these figures take them from the catalogue.
    return optional ? card : Gpus.completed(card);
  }

  private EngineFlags flags() {
    EngineFlags.Builder flags = EngineFlags.builder();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      switch (name) {
        case "maxLoras" -> flags.maxLoras(json.integer(0, MOST));
        case "maxLoraRank" -> flags.maxLoraRank(json.integer(1, LoraAdapter.MAX_RANK));
        case "maxCpuLoras" -> flags.maxCpuLoras(json.integer(0, MOST));
        case "maxNumSeqs" -> flags.maxNumSeqs(json.integer(1, MOST));
        case "maxNumBatchedTokens" -> flags.maxNumBatchedTokens(json.integer(1, MOST));
        case "maxModelLen" -> flags.maxModelLen(json.integer(1, MOST));
        case "gpuMemoryUtilization" -> flags.gpuMemoryUtilization(json.number());
        case "tensorParallel" -> flags.tensorParallel(json.integer(1, MOST));
        case "loraTargets" -> flags.loraTargets(LoraModule.parse(strings()));
        default -> throw json.malformed("unknown flag '" + name + "'");
      }
    }
    json.endObject();
    return flags.build();
  }

  private SharedAdapter part() {
    String id = "";
    int rank = 0;
    double rate = 0;
    double[] ends = {0, 1};
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      switch (name) {
        case "id" -> id = json.string();
        case "rank" -> rank = json.integer(1, LoraAdapter.MAX_RANK);
        case "ratePerSecond" -> rate = json.number();
        case "part" -> ends = pair();
        default -> throw json.malformed("unknown member '" + name + "' of an adapter");
      }
    }
    json.endObject();
    return new SharedAdapter(new AdapterTraffic(new LoraAdapter(id, rank), rate), ends[0], ends[1]);
  }

  private Prediction predicted() {
    long kvTokens = 0;
    Map<String, Double> figures = new LinkedHashMap<>();
    List<Verdict> verdicts = new ArrayList<>();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      if (name.equals("kvTokens")) {
        kvTokens = count();
      } else if (name.equals("verdicts")) {
        json.beginArray();
        while (json.hasNext()) {
          verdicts.add(verdict());
        }
        json.endArray();
      } else if (PREDICTED.contains(name)) {
        figures.put(name, json.consumeNull() ? Double.NaN : json.number());
      } else {
        throw json.malformed("unknown figure '" + name + "' of a prediction");
      }
    }
    json.endObject();
    return new Prediction(
        kvTokens,
        known(figures, "offeredTokensPerSecond"),
        known(figures, "throughputTokensPerSecond"),
        known(figures, "completedShare"),
        known(figures, "meanItlSeconds"),
        known(figures, "meanTtftSeconds"),
        known(figures, "p95TtftSeconds"),
        known(figures, "meanRunning"),
        known(figures, "meanWaiting"),
        known(figures, "meanKvUse"),
        known(figures, "preemptions"),
        known(figures, "hostLoads"),
        ImmutableList.copyOf(verdicts));
  }

  private static double known(Map<String, Double> figures, String name) {
    return figures.getOrDefault(name, Double.NaN);
  }

  private Verdict verdict() {
    String rule = "";
    String reason = "";
    boolean feasible = false;
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      switch (name) {
        case "rule" -> rule = json.string();
        case "reason" -> reason = json.string();
        case "feasible" -> feasible = json.bool();
        default -> throw json.malformed("unknown member '" + name + "' of a verdict");
      }
    }
    json.endObject();
    return new Verdict(rule, feasible, reason);
  }

  private GpuLoad.Verified verified() {
    int replications = 0;
    Map<String, Estimate> estimates = new LinkedHashMap<>();
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      if (name.equals("replications")) {
        replications = json.integer(0, MOST);
      } else if (VERIFIED.contains(name)) {
        estimates.put(name, estimate());
      } else {
        throw json.malformed("unknown figure '" + name + "' of a verification");
      }
    }
    json.endObject();
    Estimate unknown = new Estimate(Double.NaN, Double.NaN, 0);
    return new GpuLoad.Verified(
        replications,
        estimates.getOrDefault("completedShare", unknown),
        estimates.getOrDefault("throughputTokensPerSecond", unknown),
        estimates.getOrDefault("meanItlSeconds", unknown),
        estimates.getOrDefault("p95TtftSeconds", unknown));
  }

  private Estimate estimate() {
    double mean = Double.NaN;
    double halfWidth = Double.NaN;
    int count = 0;
    json.beginObject();
    while (json.hasNext()) {
      String name = json.name();
      switch (name) {
        case "mean" -> mean = json.consumeNull() ? Double.NaN : json.number();
        case "halfWidth" -> halfWidth = json.consumeNull() ? Double.NaN : json.number();
        case "count" -> count = json.integer(0, MOST);
        default -> throw json.malformed("unknown member '" + name + "' of an estimate");
      }
    }
    json.endObject();
    return new Estimate(mean, halfWidth, count);
  }
}
