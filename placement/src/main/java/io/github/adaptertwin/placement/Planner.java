package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.SurrogateOracle;
import io.github.adaptertwin.placement.capacity.TwinOracle;
import io.github.adaptertwin.placement.pack.GreedyPacker;
import io.github.adaptertwin.placement.pack.PackResult;
import io.github.adaptertwin.placement.pack.PackedGpu;
import io.github.adaptertwin.surrogate.ThreadRuns;
import io.github.adaptertwin.surrogate.serving.ServingSurrogate;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.surrogate.serving.TrainingDesign;
import io.github.adaptertwin.surrogate.serving.TrainingPlan;
import io.github.adaptertwin.surrogate.serving.TrainingSpace;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.Comparator;
import java.util.List;

/** Plans with given options; made by {@link Placer#with}. Immutable and thread-safe. */
public final class Planner {
  /** Requests of planning and of verification come from different replications. */
  private static final int PLANNING_REPLICATION = 0;

  private static final int VERIFICATION_REPLICATION = 1_000;
  private static final double FEASIBLE_SHARE = 0.9;
  private static final int MODEL_LEN_STEP = 1024;

  private final PlacementOptions options;

  Planner(PlacementOptions options) {
    this.options = options;
  }

  /**
   * Plans on as many GPUs of one kind as are needed.
   *
   * @param workload what has to be served
   * @param gpu the kind of GPU
   * @return the placement, or why there is none
   * @throws IllegalArgumentException if the workload names an unknown base model, or a rank that
   *     the engine does not accept
   */
  public PlacementResult place(Workload workload, GpuSpec gpu) {
    return place(workload, GpuPool.unlimited(gpu));
  }

  /**
   * Plans on the GPUs of a pool.
   *
   * @param workload what has to be served
   * @param pool the GPUs that may be used
   * @return the placement, or why there is none
   * @throws IllegalArgumentException as {@link #place(Workload, GpuSpec)}
   */
  public PlacementResult place(Workload workload, GpuPool pool) {
    ModelSpec model = Models.named(workload.baseModel());
    requireAcceptedRanks(workload);
    EngineFlags common = commonFlags(workload, model);
    CapacityOracle verifier = twin(model, VERIFICATION_REPLICATION);
    CapacityOracle oracle =
        options.oracle() == PlacementOptions.Oracle.TWIN
            ? twin(model, PLANNING_REPLICATION)
            : surrogate(workload, pool, model, common);
    Assessments assessments = new Assessments();
    GreedyPacker packer =
        new GreedyPacker(
            workload,
            oracle,
            verifier,
            options.slotsGrid(),
            (adapters, slots) -> flagsOf(common, adapters, slots),
            assessments);
    return resultOf(packer.pack(pool.cards()), workload, model);
  }

  private void requireAcceptedRanks(Workload workload) {
    for (AdapterTraffic traffic : workload.adapters()) {
      try {
        options.engineVersion().maxLoraRankFor(traffic.adapter().rank());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "adapter '" + traffic.adapter().id() + "': " + e.getMessage(), e);
      }
    }
  }

  /** Counts candidates for the progress listener. */
  private final class Assessments implements Runnable {
    private long count;

    @Override
    public void run() {
      options.progress().done("candidates judged", ++count, Progress.UNKNOWN);
    }
  }

  private CapacityOracle twin(ModelSpec model, int replication) {
    return new TwinOracle(
        model, options.engineVersion(), options.rules(), options.seed(), replication);
  }

  private EngineFlags commonFlags(Workload workload, ModelSpec model) {
    int longest = workload.lengths().maxTotalTokens();
    int rounded = (longest + MODEL_LEN_STEP - 1) / MODEL_LEN_STEP * MODEL_LEN_STEP;
    int chosen = options.maxModelLen() == 0 ? rounded : options.maxModelLen();
    return EngineFlags.builder()
        .maxNumSeqs(options.maxNumSeqs())
        .maxNumBatchedTokens(options.maxNumBatchedTokens())
        .maxModelLen(Math.min(chosen, model.maxContext()))
        .gpuMemoryUtilization(options.gpuMemoryUtilization())
        .build();
  }

  private EngineFlags flagsOf(EngineFlags common, List<AdapterTraffic> adapters, int slots) {
    int largest = adapters.stream().mapToInt(t -> t.adapter().rank()).max().orElse(1);
    return common.toBuilder()
        .maxLoras(slots)
        .maxLoraRank(options.engineVersion().maxLoraRankFor(largest))
        .maxCpuLoras(adapters.size())
        .build();
  }

  private CapacityOracle surrogate(
      Workload workload, GpuPool pool, ModelSpec model, EngineFlags common) {
    List<Integer> ranks =
        workload.adapters().stream()
            .map(t -> t.adapter().rank())
            .distinct()
            .sorted()
            .collect(ImmutableList.toImmutableList());
    TrainingSpace space =
        TrainingSpace.builder(workload.lengths(), common)
            .adapters(1, Math.max(8, Math.min(workload.adapters().size(), 512)))
            .ranks(ranks)
            .build();
    ImmutableMap.Builder<GpuSpec, ServingSurrogate> surrogates = ImmutableMap.builder();
    for (GpuSpec gpu : pool.offers().stream().map(GpuOffer::gpu).distinct().toList()) {
      TrainingPlan plan =
          new TrainingPlan(
              TrainingDesign.SOBOL,
              options.trainingRuns(),
              options.seed(),
              space,
              List.of(gpu.name()),
              List.of(model.name()),
              options.engineVersion(),
              workload.horizonSeconds());
      surrogates.put(
          gpu,
          ServingSurrogate.train(plan.run(new ThreadRuns(options.threads()), options.progress())));
    }
    return new SurrogateOracle(
        model, options.engineVersion(), surrogates.buildOrThrow(), FEASIBLE_SHARE);
  }

  private PlacementResult resultOf(PackResult result, Workload workload, ModelSpec model) {
    if (result instanceof PackResult.AdapterTooLarge tooLarge) {
      return tooLarge(tooLarge);
    }
    if (result instanceof PackResult.PoolExhausted exhausted) {
      return new Infeasible(
          Infeasible.Reason.POOL_EXHAUSTED,
          "pool",
          "the pool's "
              + exhausted.gpus()
              + " GPUs are full and "
              + exhausted.adaptersLeft()
              + " of "
              + workload.adapters().size()
              + " adapters are left; add GPUs or use larger ones");
    }
    PackResult.Packed packed = (PackResult.Packed) result;
    ImmutableList.Builder<GpuLoad> loads = ImmutableList.builder();
    int index = 0;
    for (PackedGpu gpu : packed.gpus()) {
      List<LoraAdapter> adapters =
          gpu.adapters().stream()
              .map(AdapterTraffic::adapter)
              .sorted(Comparator.comparing(LoraAdapter::id))
              .toList();
      loads.add(new GpuLoad(index++, gpu.gpu(), adapters, gpu.flags(), gpu.verified()));
    }
    List<String> extrapolated =
        packed.gpus().stream()
            .map(PackedGpu::gpu)
            .distinct()
            .flatMap(
                gpu ->
                    ServingTwin.of(gpu, model, options.engineVersion()).extrapolations().stream())
            .distinct()
            .toList();
    return new Placement(workload.baseModel(), loads.build(), packed.assessments(), extrapolated);
  }

  private static Infeasible tooLarge(PackResult.AdapterTooLarge tooLarge) {
    String id = tooLarge.adapter().adapter().id();
    if (tooLarge.assessment() instanceof Assessment.Refuses refuses) {
      MemoryPlan.Refused refusal = refuses.refusal();
      Infeasible.Reason reason =
          switch (refusal.reason()) {
            case OUT_OF_MEMORY -> Infeasible.Reason.OUT_OF_MEMORY;
            case NO_CACHE_BLOCKS -> Infeasible.Reason.NO_CACHE_BLOCKS;
            case KV_BELOW_MAX_MODEL_LEN -> Infeasible.Reason.KV_BELOW_MAX_MODEL_LEN;
          };
      return new Infeasible(reason, id, "adapter '" + id + "' alone: " + refusal.message());
    }
    Assessment.Serves serves = (Assessment.Serves) tooLarge.assessment();
    return new Infeasible(
        Infeasible.Reason.ADAPTER_EXCEEDS_GPU,
        id,
        "adapter '"
            + id
            + "' alone, at "
            + tooLarge.adapter().ratePerSecond()
            + " requests/s, is too much for one GPU ("
            + String.join("; ", serves.prediction().complaints())
            + "); lower its rate or use a larger GPU");
  }
}
