package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.surrogate.RunTask;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.GammaGaps;
import io.github.adaptertwin.workload.arrival.RenewalArrivals;
import io.github.adaptertwin.workload.length.LengthLaw;
import java.util.List;

/** One run of a plan: a pure function of what it holds. */
final class TrainingRun implements RunTask<TrainingRow> {
  private static final long serialVersionUID = 1L;
  private static final int MODEL_LEN_STEP = 1024;

  private final int index;
  private final String gpu;
  private final String model;
  private final EngineVersion version;
  private final TrainingSpace space;
  private final TrainingSpace.Draw draw;
  private final long seed;
  private final double horizonSeconds;

  TrainingRun(
      int index,
      String gpu,
      String model,
      EngineVersion version,
      TrainingSpace space,
      double[] point,
      long seed,
      double horizonSeconds) {
    this.index = index;
    this.gpu = gpu;
    this.model = model;
    this.version = version;
    this.space = space;
    this.draw = space.draw(point);
    this.seed = seed;
    this.horizonSeconds = horizonSeconds;
  }

  @Override
  public TrainingRow run() {
    ServingTwin twin = ServingTwin.of(Gpus.named(gpu), Models.named(model), version);
    LengthLaw lengths = space.lengths(draw, seed);
    EngineFlags flags = flags(twin, lengths);
    if (!(twin.memory().plan(flags) instanceof MemoryPlan.Fits memory)) {
      return new TrainingRow(index, gpu, model, version, new double[0], new double[0]);
    }
    // The shape of the load decides what a fluid could carry, and that decides its rate.
    Workload shape = workload(lengths, 1);
    List<LoraAdapter> adapters = shape.loraAdapters();
    BoundStepCosts costs = twin.bind(adapters, flags, memory.kvBlocks());
    double capacity =
        new FluidEstimate(LoadSummary.of(shape), flags, costs, memory.kvTokens()).capacity;
    double planned = draw.utilisation() * capacity;
    Workload workload = workload(lengths, planned);
    RequestSource source = workload.source(seed, index);
    ReplicaReport report =
        twin.task(adapters, source, flags, memory, RunOptions.ofSeconds(horizonSeconds)).run();
    return row(workload, flags, memory, costs, report, planned);
  }

  private EngineFlags flags(ServingTwin twin, LengthLaw lengths) {
    int largest = draw.ranks().stream().mapToInt(Integer::intValue).max().orElseThrow();
    int longest = lengths.maxTotalTokens() + 1;
    int rounded = (longest + MODEL_LEN_STEP - 1) / MODEL_LEN_STEP * MODEL_LEN_STEP;
    return space.flags.toBuilder()
        .maxLoras(draw.slots())
        .maxLoraRank(version.maxLoraRankFor(largest))
        .maxCpuLoras(draw.adapters())
        .maxNumSeqs(draw.maxNumSeqs())
        .maxModelLen(
            Math.min(twin.model().maxContext(), Math.max(rounded, space.flags.maxModelLen())))
        .build();
  }

  private Workload workload(LengthLaw lengths, double ratePerSecond) {
    double[] shares = {1, StrictMath.sqrt(draw.spread()), draw.spread()};
    double sum = 0;
    for (int a = 0; a < draw.adapters(); a++) {
      sum += shares[a % shares.length];
    }
    ImmutableList.Builder<AdapterTraffic> traffic = ImmutableList.builder();
    double cv = StrictMath.sqrt(draw.dispersion());
    for (int a = 0; a < draw.adapters(); a++) {
      // Ranks go round at another pace than rates, so that no rank has one rate only.
      int rank = draw.ranks().get(a / shares.length % draw.ranks().size());
      LoraAdapter adapter = new LoraAdapter("adapter-" + a, rank);
      double rate = ratePerSecond * shares[a % shares.length] / sum;
      ArrivalLaw arrivals =
          cv == 1 ? ArrivalLaw.poisson(rate) : new RenewalArrivals(rate, new GammaGaps(1, cv));
      traffic.add(new AdapterTraffic(adapter, arrivals));
    }
    return Workload.of(model, traffic.build(), lengths, horizonSeconds);
  }

  private TrainingRow row(
      Workload workload,
      EngineFlags flags,
      MemoryPlan.Fits memory,
      BoundStepCosts costs,
      ReplicaReport report,
      double planned) {
    long arrived = report.requests().arrived();
    LoadSummary load =
        arrived == 0
            ? LoadSummary.of(workload)
            : LoadSummary.asItCame(
                workload,
                arrived / horizonSeconds,
                report.tokens().offeredInput() / (double) arrived,
                report.tokens().offeredOutput() / (double) arrived);
    double[] features = ServingFeatures.of(load, flags, costs, memory.kvTokens());
    double[] figures = {
      planned,
      report.idealThroughputTokensPerSecond(),
      report.throughputTokensPerSecond(),
      report.itl().mean(),
      report.ttft().mean(),
      report.ttft().p95(),
      FeasibilityRule.QUEUE_STABLE.judge(report).feasible() ? 1 : 0
    };
    return new TrainingRow(index, gpu, model, version, features, figures);
  }
}
