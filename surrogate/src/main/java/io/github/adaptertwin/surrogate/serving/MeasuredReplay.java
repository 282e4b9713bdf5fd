package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.report.ObservedRun;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.FrontEnd;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.observed.MeasuredRun;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Replays measured serving runs of the published campaigns (arXiv 2602.24044: vLLM 0.8.5 with 2048
 * sequences and 2048 batched tokens, ShareGPT prompts, all adapters registered). Only what was
 * given to the real engine is used; what it measured is left for comparison. Every run is replayed
 * with three fixed seeds unless others are given, and the figures are means over them.
 *
 * <p>Immutable and thread-safe.
 */
public final class MeasuredReplay {
  private static final int MAX_NUM_SEQS = 2048;
  private static final int MAX_NUM_BATCHED_TOKENS = 2048;
  private static final int BLOCK_TOKENS = 16;
  private static final ImmutableList<Long> SEEDS = ImmutableList.of(1L, 2L, 3L);

  /** The load client's connections end at about this many waiting requests. */
  private static final int WAITING_CAP = 24_000;

  /** Share of the allowed output tokens that is generated before an early end of sequence. */
  private static final double LLAMA_OUTPUT_SHARE = 0.9915;

  private static final double QWEN_OUTPUT_SHARE = 0.9583;

  private final GpuSpec gpu;
  private final ImmutableList<CalibrationProfile> profiles;
  private final KvCache kvCache;
  private final ImmutableList<Long> seeds;

  private MeasuredReplay(
      GpuSpec gpu,
      ImmutableList<CalibrationProfile> profiles,
      KvCache kvCache,
      ImmutableList<Long> seeds) {
    this.gpu = gpu;
    this.profiles = profiles;
    this.kvCache = kvCache;
    this.seeds = seeds;
  }

  /** Where the size of the KV cache comes from. */
  public enum KvCache {
    /** The memory model. */
    COMPUTED,
    /** What the run measured at start; the memory model where it did not. */
    MEASURED
  }

  /** What the replay of a run came to. */
  public sealed interface Outcome {
    /**
     * The twin served.
     *
     * @param twin its figures, means over the seeds
     * @param kvTokens tokens of its KV cache, the null block included
     * @param completedShareSd standard deviation of the completed share over the seeds
     */
    record Served(ObservedRun twin, long kvTokens, double completedShareSd) implements Outcome {
      /** {@return completed over offered tokens} */
      public double completedShare() {
        return twin.completedShare();
      }
    }

    /**
     * The twin says that the engine does not start.
     *
     * @param refusal why
     */
    record Refused(MemoryPlan.Refused refusal) implements Outcome {}
  }

  /**
   * Makes a replay with the step times that the library brings along.
   *
   * @param gpu the card that the runs were measured on
   * @return the replay, with computed KV caches
   */
  public static MeasuredReplay of(GpuSpec gpu) {
    return new MeasuredReplay(
        gpu, ImmutableList.copyOf(StepTimeModel.profiles()), KvCache.COMPUTED, SEEDS);
  }

  /**
   * {@return this replay with other calibration profiles}
   *
   * @param value profiles to choose from, at least one
   */
  public MeasuredReplay withProfiles(List<CalibrationProfile> value) {
    return new MeasuredReplay(gpu, ImmutableList.copyOf(value), kvCache, seeds);
  }

  /**
   * {@return this replay with KV caches from elsewhere}
   *
   * @param value where they come from
   */
  public MeasuredReplay withKvCache(KvCache value) {
    return new MeasuredReplay(gpu, profiles, value, seeds);
  }

  /**
   * {@return this replay with other requests}
   *
   * @param values a seed for each time that a run is replayed, at least one
   * @throws IllegalArgumentException if there is none
   */
  public MeasuredReplay withSeeds(List<Long> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("there are no seeds, give at least one");
    }
    return new MeasuredReplay(gpu, profiles, kvCache, ImmutableList.copyOf(values));
  }

  /** {@return the card that the runs were measured on} */
  public GpuSpec gpu() {
    return gpu;
  }

  /**
   * Replays a run.
   *
   * @param run the run
   * @return what the twin makes of it
   * @throws IllegalArgumentException if the run's model is unknown or its flags are no valid ones
   */
  public Outcome replay(MeasuredRun run) {
    ModelSpec model = Models.named(run.model());
    MemoryPlan plan = MemoryModel.of(gpu, model).plan(flags(run, model));
    boolean measured = kvCache == KvCache.MEASURED && run.kvCapacityTokens() >= 2 * BLOCK_TOKENS;
    if (!run.started() || (!measured && plan instanceof MemoryPlan.Refused)) {
      return plan instanceof MemoryPlan.Refused refused
          ? new Outcome.Refused(refused)
          : nothingServed(run, (MemoryPlan.Fits) plan);
    }
    EngineConfig config = config(run, model, kvBlocks(run, plan, measured));
    Replica replica = Replica.of(config, stepTime(run));
    ImmutableList.Builder<ObservedRun> seen = ImmutableList.builder();
    for (MeasuredRun.Requests requests : requests(run)) {
      ReplicaReport report = replica.run(requests.source(), options(run));
      seen.add(clientView(run, report, requests.firstUseDelaySeconds()));
    }
    return mean(run, config, seen.build());
  }

  /**
   * {@return whether the memory model says that the engine of a run starts}
   *
   * @param run the run
   */
  public boolean starts(MeasuredRun run) {
    ModelSpec model = Models.named(run.model());
    return MemoryModel.of(gpu, model).plan(flags(run, model)) instanceof MemoryPlan.Fits;
  }

  /**
   * Makes the engine that a run was served by.
   *
   * @param run a run that started
   * @return its configuration
   * @throws IllegalArgumentException if the memory model says that it does not start
   */
  public EngineConfig engine(MeasuredRun run) {
    ModelSpec model = Models.named(run.model());
    MemoryPlan plan = MemoryModel.of(gpu, model).plan(flags(run, model));
    boolean measured = kvCache == KvCache.MEASURED && run.kvCapacityTokens() >= 2 * BLOCK_TOKENS;
    if (!measured && plan instanceof MemoryPlan.Refused refused) {
      throw new IllegalArgumentException("run '" + run.id() + "': " + refused.message());
    }
    return config(run, model, kvBlocks(run, plan, measured));
  }

  /**
   * Describes a run as a row to learn from or to be judged by: the features of what was asked, and
   * the figures that were measured. Percentiles and the queue were not measured and are NaN.
   *
   * @param run the run
   * @param index number of the row
   * @return the row; without features if the engine did not start
   * @throws IllegalArgumentException if the memory model says that it does not start though it did
   */
  public TrainingRow row(MeasuredRun run, int index) {
    ModelSpec model = Models.named(run.model());
    EngineVersion version = EngineVersion.VLLM_0_8_5;
    if (!run.started()) {
      return new TrainingRow(
          index, gpu.name(), model.name(), version, new double[0], new double[0]);
    }
    EngineConfig engine = engine(run);
    BoundStepCosts costs = stepTime(run).bind(engine);
    LengthLaw lengths =
        new FixedLengths(
            Math.max(1, (int) Math.rint(run.meanInputTokens())),
            Math.max(1, (int) Math.rint(run.meanOutputTokens())));
    Workload workload = Workload.of(model.name(), run.traffic(), lengths, run.durationSeconds());
    LoadSummary load =
        LoadSummary.asItCame(
            workload,
            run.arrivals() / run.durationSeconds(),
            run.meanInputTokens(),
            run.meanOutputTokens() * outputShare(run));
    long kvTokens = (long) engine.kvBlocks() * BLOCK_TOKENS;
    ObservedRun seen = run.observed();
    double[] figures = {
      run.ratePerSecond(),
      run.offeredTokensPerSecond(),
      seen.throughputTokensPerSecond(),
      seen.meanItlSeconds(),
      seen.meanTtftSeconds(),
      Double.NaN,
      Double.NaN
    };
    double[] features = ServingFeatures.of(load, flags(run, model), costs, kvTokens);
    return new TrainingRow(index, gpu.name(), model.name(), version, features, figures);
  }

  private static double outputShare(MeasuredRun run) {
    return run.model().startsWith("llama") ? LLAMA_OUTPUT_SHARE : QWEN_OUTPUT_SHARE;
  }

  /**
   * Makes the requests of a run.
   *
   * @param run a run that started
   * @return the requests for each seed
   */
  public List<MeasuredRun.Requests> requests(MeasuredRun run) {
    double share = outputShare(run);
    long[] each = seeds.stream().mapToLong(Long::longValue).toArray();
    double firstUse = stepTime(run).profile().frontEnd().firstUseSeconds();
    return run.requests(share, WAITING_CAP, firstUse, each);
  }

  private StepTimeModel stepTime(MeasuredRun run) {
    return StepTimeModel.of(
        gpu, Models.named(run.model()), new Calibration(EngineVersion.VLLM_0_8_5, profiles));
  }

  /**
   * {@return how a run is replayed: cut at its end, told without percentiles}
   *
   * @param run a run that started
   */
  public static RunOptions options(MeasuredRun run) {
    return new RunOptions(
        SimulatedTime.toPicos(run.durationSeconds()),
        RunOptions.AtHorizon.CUT,
        ReportDetail.SUMMARY);
  }

  private static int kvBlocks(MeasuredRun run, MemoryPlan plan, boolean measured) {
    return measured
        ? (int) Math.rint(run.kvCapacityTokens() / BLOCK_TOKENS)
        : ((MemoryPlan.Fits) plan).kvBlocks();
  }

  private static EngineFlags flags(MeasuredRun run, ModelSpec model) {
    return EngineFlags.builder()
        .maxLoras(run.adapterSlots())
        .maxLoraRank(run.maxLoraRank())
        .maxCpuLoras(Math.max(run.adapters(), run.adapterSlots()))
        .maxNumSeqs(MAX_NUM_SEQS)
        .maxNumBatchedTokens(MAX_NUM_BATCHED_TOKENS)
        .maxModelLen(model.maxContext())
        .build();
  }

  private static EngineConfig config(MeasuredRun run, ModelSpec model, int kvBlocks) {
    return ServingTwin.configOf(run.loraAdapters(), flags(run, model), kvBlocks);
  }

  /** The figures of one replay as the load client of the campaigns saw them. */
  private ObservedRun clientView(MeasuredRun run, ReplicaReport report, double firstUseDelay) {
    FrontEnd frontEnd = stepTime(run).profile().frontEnd();
    double running = report.running().mean();
    double step = report.tpot().mean();
    double share =
        step > 0
            ? frontEnd.pollShareOf(
                run.adapters(), report.distinctAdapters().mean(), step, run.durationSeconds())
            : 0;
    double late = firstUseDelay + frontEnd.ttftDelaySeconds(share, running);
    double arrived = report.requests().arrived();
    return new ObservedRun(
        run.id(),
        run.observed().scenario(),
        report.throughputTokensPerSecond(),
        run.offeredTokensPerSecond(),
        report.ttft().mean() + late,
        report.ttftWithUnfinishedSeconds() + late * report.requests().completed() / arrived,
        step,
        frontEnd.clientItlSeconds(report.itl().mean(), share, running),
        running,
        report.waiting().mean(),
        report.kvUse().mean());
  }

  private static Outcome.Served mean(MeasuredRun run, EngineConfig config, List<ObservedRun> seen) {
    double throughput = mean(seen, ObservedRun::throughputTokensPerSecond);
    double offered = run.offeredTokensPerSecond();
    double variance =
        mean(
            seen,
            r -> {
              double off = (r.throughputTokensPerSecond() - throughput) / offered;
              return off * off;
            });
    ObservedRun twin =
        new ObservedRun(
            run.id(),
            run.observed().scenario(),
            throughput,
            offered,
            mean(seen, ObservedRun::meanTtftSeconds),
            mean(seen, ObservedRun::ttftWithUnfinishedSeconds),
            mean(seen, ObservedRun::meanTpotSeconds),
            mean(seen, ObservedRun::meanItlSeconds),
            mean(seen, ObservedRun::meanRunning),
            mean(seen, ObservedRun::meanWaiting),
            mean(seen, ObservedRun::meanKvUse));
    return new Outcome.Served(
        twin, (long) config.kvBlocks() * BLOCK_TOKENS, StrictMath.sqrt(variance));
  }

  /** The twin starts an engine that really did not: no requests were sent. */
  private static Outcome.Served nothingServed(MeasuredRun run, MemoryPlan.Fits fits) {
    return new Outcome.Served(run.observed(), fits.kvTokens(), 0);
  }

  private static double mean(List<ObservedRun> seen, ToDoubleFunction<ObservedRun> figure) {
    return seen.stream().mapToDouble(figure).sum() / seen.size();
  }
}
