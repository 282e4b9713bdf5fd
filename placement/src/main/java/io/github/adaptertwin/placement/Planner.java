package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.capacity.StrictestOracle;
import io.github.adaptertwin.placement.capacity.SurrogateOracle;
import io.github.adaptertwin.placement.capacity.TwinOracle;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.FewestGpus;
import io.github.adaptertwin.placement.pack.PackResult;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.placement.verify.Verifier;
import io.github.adaptertwin.surrogate.serving.ServingSurrogate;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.surrogate.serving.TrainingPlan;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.LengthLaw;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Plans with given options; made by {@link Placer#with}. Thread-safe; keeps tables between plans.
 */
public final class Planner {
  private static final double FEASIBLE_SHARE = 0.9;
  private static final double LEAST_HORIZON_SECONDS = 600;
  private static final int MODEL_LEN_STEP = 1024;

  /** Candidates must do a little better than the rules, so that unseen requests keep them, too. */
  private static final double SHARE_MARGIN = 0.006;

  private static final double LATENCY_MARGIN = 0.93;

  /** Plans that the verification rejects before one more GPU is taken. */
  private static final int REPAIRS = 3;

  /** Share of the horizon for which requests may wait for a slot if no latency is bounded. */
  private static final double SLOT_WAIT_SHARE = 0.2;

  private final PlacementOptions options;
  private final ConcurrentMap<ModelKey, SteadyState> models = new ConcurrentHashMap<>();

  Planner(PlacementOptions options) {
    this.options = options;
  }

  private record ModelKey(
      GpuSpec gpu, String model, LengthLaw lengths, EngineFlags flags, double slotWaitSeconds) {}

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
    GpuOffer offer = pool.offers().stream().filter(o -> o.count() > 0).findFirst().orElseThrow();
    return new OneKind(longEnough(workload), model, offer).plan();
  }

  /**
   * Over a short horizon the requests that are still running at its end weigh more than any rule:
   * generated traffic, which has no end of its own, is judged over ten minutes at least.
   */
  private static Workload longEnough(Workload workload) {
    return workload.isRecorded() || workload.horizonSeconds() >= LEAST_HORIZON_SECONDS
        ? workload
        : Workload.poisson(
            workload.baseModel(), workload.adapters(), workload.lengths(), LEAST_HORIZON_SECONDS);
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

  /**
   * The closed form of one kind of GPU with which this planner packs, for comparisons.
   *
   * @param workload gives the base model and the lengths
   * @param gpu the kind of GPU
   * @return the steady state, kept from plan to plan
   */
  public SteadyState steadyState(Workload workload, GpuSpec gpu) {
    return steadyState(workload, Models.named(workload.baseModel()), gpu);
  }

  private SteadyState steadyState(Workload workload, ModelSpec model, GpuSpec gpu) {
    EngineFlags common = commonFlags(workload, model);
    double wait = SLOT_WAIT_SHARE * workload.horizonSeconds();
    for (FeasibilityRule rule : options.rules()) {
      if (rule instanceof FeasibilityRule.TtftBound bound) {
        wait = Math.min(wait, bound.mostSeconds() / 2);
      }
    }
    double slotWait = wait;
    return models.computeIfAbsent(
        new ModelKey(gpu, model.name(), workload.lengths(), common, slotWait),
        key ->
            new SteadyState(
                gpu, model, options.engineVersion(), common, workload.lengths(), slotWait));
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

  /** One workload on GPUs of one kind. */
  private final class OneKind {
    private final Workload workload;
    private final ModelSpec model;
    private final GpuOffer offer;
    private final SteadyState steady;
    private final Effort effort;
    private boolean outOfTime;

    OneKind(Workload workload, ModelSpec model, GpuOffer offer) {
      this.workload = workload;
      this.model = model;
      this.offer = offer;
      this.steady = steadyState(workload, model, offer.gpu());
      this.effort = new Effort(options.mostAssessments(), options.mostMoves(), this::heard);
    }

    private long judged;

    private void heard() {
      outOfTime |= options.outOfTime().getAsBoolean();
      options.progress().done("candidates judged", ++judged, Progress.UNKNOWN);
    }

    PlacementResult plan() {
      LowerBound bound = new LowerBound(0, 1, "none");
      int lowerBound = 1;
      double bias = bias();
      PackResult.Packed rejected = null;
      for (int attempt = 0; ; attempt++) {
        PackResult result =
            new FewestGpus(workload, setup(attempt, bias, lowerBound), effort).pack();
        if (!(result instanceof PackResult.Packed packed)) {
          return infeasible(result);
        }
        List<GpuVerdict> verdicts = verify(packed.gpus(), attempt);
        if (verdicts.stream().allMatch(GpuVerdict::feasible)) {
          return placement(packed.gpus(), verdicts, bound);
        }
        if (attempt >= REPAIRS && rejected != null) {
          lowerBound = packed.gpus().size() + 1;
        }
        rejected = packed;
        bias *= 0.98;
      }
    }

    private double bias() {
      boolean sharesOnly =
          options.rules().stream().allMatch(r -> r instanceof FeasibilityRule.ThroughputShare);
      return sharesOnly ? 1.04 : 0.97;
    }

    private FewestGpus.Setup setup(int attempt, double bias, int lowerBound) {
      return new FewestGpus.Setup(
          steady,
          options.engineVersion(),
          Arrays.stream(options.slotsGrid()).boxed().toList(),
          bias,
          oracle(attempt),
          FEASIBLE_SHARE,
          lowerBound,
          offer.count(),
          options.replication());
    }

    private @Nullable CapacityOracle oracle(int attempt) {
      return switch (options.oracle()) {
        case STEADY_STATE -> null;
        case SURROGATE -> surrogate();
        case TWIN -> {
          List<CapacityOracle> runs = new ArrayList<>();
          long seed =
              new RandomStreams(options.seed()).stream("placement/planning", attempt).nextLong();
          int count = workload.isRecorded() ? 1 : options.planningReplications() + attempt;
          for (int r = 0; r < count; r++) {
            runs.add(
                new TwinOracle(model, options.engineVersion(), planningRules(attempt), seed, r));
          }
          yield new StrictestOracle(runs);
        }
      };
    }

    private List<FeasibilityRule> planningRules(int attempt) {
      return options.rules().stream()
          .map(r -> stricter(r, attempt))
          .collect(ImmutableList.toImmutableList());
    }

    private static FeasibilityRule stricter(FeasibilityRule rule, int attempt) {
      if (rule instanceof FeasibilityRule.ThroughputShare share) {
        return new FeasibilityRule.ThroughputShare(
            Math.min(
                (1 + share.leastShare()) / 2, share.leastShare() + SHARE_MARGIN * (attempt + 1)));
      }
      double margin = Math.pow(LATENCY_MARGIN, attempt + 1.0);
      if (rule instanceof FeasibilityRule.TtftBound bound) {
        return new FeasibilityRule.TtftBound(bound.percentile(), bound.mostSeconds() * margin);
      }
      if (rule instanceof FeasibilityRule.ItlBound bound) {
        return new FeasibilityRule.ItlBound(bound.percentile(), bound.mostSeconds() * margin);
      }
      return rule;
    }

    private CapacityOracle surrogate() {
      List<Integer> ranks =
          workload.adapters().stream().map(t -> t.adapter().rank()).distinct().sorted().toList();
      double total = workload.ratePerSecond();
      TrainingPlan plan =
          new TrainingPlan(
              options.trainingRuns(),
              options.seed(),
              workload.lengths(),
              Math.max(8, Math.min(workload.adapters().size(), 512)),
              Math.min(0.2, total / 4),
              Math.max(1, Math.min(total * 1.5, 80)),
              ranks,
              steady.common(),
              workload.horizonSeconds());
      ServingTwin twin = ServingTwin.of(offer.gpu(), model, options.engineVersion());
      return new SurrogateOracle(
          model,
          ImmutableMap.of(
              offer.gpu(),
              ServingSurrogate.train(
                  plan.run(twin, options.engineVersion(), options.threads(), options.progress()))),
          FEASIBLE_SHARE);
    }

    private List<GpuVerdict> verify(List<PlannedGpu> gpus, int attempt) {
      if (options.verificationReplications() == 0) {
        return gpus.stream().map(g -> new GpuVerdict(ImmutableList.of(), null)).toList();
      }
      long seed =
          new RandomStreams(options.seed()).stream("placement/verification", attempt).nextLong();
      return new Verifier(
              model,
              options.engineVersion(),
              options.rules(),
              options.verificationReplications(),
              options.threads())
          .verify(gpus, seed, options.progress());
    }

    private Placement placement(
        List<PlannedGpu> gpus, List<GpuVerdict> verdicts, LowerBound bound) {
      return new Placement(
          workload.baseModel(),
          Loads.of(gpus, verdicts),
          bound,
          effort.assessments(),
          effort.spent() || outOfTime,
          ServingTwin.of(offer.gpu(), model, options.engineVersion()).extrapolations());
    }

    private Infeasible infeasible(PackResult result) {
      if (result instanceof PackResult.AdapterTooLarge tooLarge) {
        return tooLarge(tooLarge);
      }
      PackResult.PoolExhausted exhausted = (PackResult.PoolExhausted) result;
      return new Infeasible(
          Infeasible.Reason.POOL_EXHAUSTED,
          "pool",
          "no split over the pool's "
              + exhausted.gpus()
              + " GPUs of "
              + offer.gpu().name()
              + " keeps the rules"
              + (exhausted.complaint().isEmpty() ? "" : " (" + exhausted.complaint() + ")")
              + "; add GPUs or use larger ones");
    }
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
            + "); allow replication, lower its rate or use a larger GPU");
  }
}
