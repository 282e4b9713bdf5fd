package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.placement.bound.Bounds;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.capacity.StrictestOracle;
import io.github.adaptertwin.placement.capacity.SurrogateOracle;
import io.github.adaptertwin.placement.capacity.TwinOracle;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.FleetSearch;
import io.github.adaptertwin.placement.pack.Fleets;
import io.github.adaptertwin.placement.pack.PackResult;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.placement.verify.Verifier;
import io.github.adaptertwin.surrogate.ThreadRuns;
import io.github.adaptertwin.surrogate.serving.ServingSurrogate;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.surrogate.serving.TrainingDesign;
import io.github.adaptertwin.surrogate.serving.TrainingPlan;
import io.github.adaptertwin.surrogate.serving.TrainingSpace;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The search for one plan: pack, verify on fresh requests, and where the verification disagrees
 * pack again with more replications and a wider margin. Not thread-safe.
 */
final class PlanSearch {
  /** Completed share that the default rules ask for, to tell by how much a GPU is overloaded. */
  private static final double FEASIBLE_SHARE = 0.9;

  /** Candidates must do a little better than the rules, so that unseen requests keep them, too. */
  private static final double SHARE_MARGIN = 0.008;

  private static final double LATENCY_MARGIN = 0.93;

  /** Plans of one size that the verification may reject before one more GPU is taken. */
  private static final int REPAIRS = 3;

  private final PlacementOptions options;
  private final Workload workload;
  private final Workload stressed;
  private final ModelSpec model;
  private final List<GpuOffer> offers;
  private final List<SteadyState> kinds;
  private final Effort effort;
  private boolean outOfTime;
  private long judged;

  PlanSearch(
      PlacementOptions options,
      BiFunction<Workload, GpuSpec, SteadyState> models,
      Workload workload,
      ModelSpec model,
      List<GpuOffer> offers) {
    this.options = options;
    this.workload = workload;
    this.stressed = Stress.of(workload, options.headroom(), options.burstGapCv());
    this.model = model;
    this.offers =
        options.objective() == PlacementOptions.Objective.LOWEST_LATENCY
            ? offers.subList(0, 1)
            : offers;
    this.kinds =
        this.offers.stream()
            .map(o -> models.apply(stressed, o.gpu()))
            .collect(ImmutableList.toImmutableList());
    this.effort = new Effort(options.mostAssessments(), options.mostMoves(), this::heard);
  }

  private void heard() {
    if (!outOfTime && options.outOfTime().getAsBoolean()) {
      outOfTime = true;
      effort.end();
    }
    options.progress().done("candidates judged", ++judged, Progress.UNKNOWN);
  }

  PlacementResult plan() {
    int lowerBound = 1;
    int rejections = 0;
    double bias = sharesOnly() ? 1.04 : 0.97;
    for (int attempt = 0; ; attempt++) {
      PackResult result =
          new FleetSearch(stressed, setup(rejections, attempt, bias, lowerBound), effort)
              .pack(fleets());
      if (!(result instanceof PackResult.Packed packed)) {
        return Refusals.of(result, offers);
      }
      List<PlannedGpu> gpus = packed.gpus();
      if (options.objective() == PlacementOptions.Objective.LOWEST_LATENCY) {
        gpus =
            new LatencySearch(options, kinds.get(0), stressed, oracle(0, 0), effort).improve(gpus);
      }
      List<GpuVerdict> verdicts = verify(gpus, stressed, attempt);
      boolean feasible = verdicts.stream().allMatch(GpuVerdict::feasible);
      if (feasible && options.survivesLoss()) {
        List<PlannedGpu> withStandby = withStandby(gpus, attempt);
        if (withStandby != null) {
          return placement(withStandby, attempt);
        }
        feasible = false;
      }
      if (feasible) {
        return placement(gpus, attempt);
      }
      if (effort.spent()) {
        return Refusals.unverified(verdicts, offers);
      }
      if (++rejections >= REPAIRS) {
        lowerBound = gpus.size() + 1;
        rejections = 0;
      }
      bias *= 0.985;
    }
  }

  Evaluation evaluate(Placement placement) {
    if (!placement.baseModel().equals(workload.baseModel())) {
      throw new IllegalArgumentException(
          "the placement serves "
              + placement.baseModel()
              + ", the workload asks for "
              + workload.baseModel());
    }
    Set<String> held = new TreeSet<>();
    placement.gpus().forEach(g -> g.adapters().forEach(a -> held.add(a.id())));
    workload
        .adapters()
        .forEach(
            t -> {
              if (!held.contains(t.adapter().id())) {
                throw new IllegalArgumentException(
                    "the placement does not hold adapter '"
                        + t.adapter().id()
                        + "'; update it with replace");
              }
            });
    List<PlannedGpu> gpus = Stress.withTraffic(Loads.gpusOf(placement, workload), workload);
    List<GpuVerdict> verdicts = verify(gpus, workload, 0);
    List<String> complaints = new ArrayList<>();
    for (int g = 0; g < verdicts.size(); g++) {
      for (String complaint : verdicts.get(g).complaints()) {
        complaints.add("GPU " + g + ": " + complaint);
      }
    }
    return new Evaluation(
        new Placement(
            placement.baseModel(),
            Loads.of(gpus, verdicts),
            placement.bound(),
            verdicts.size(),
            placement.truncated(),
            placement.extrapolated()),
        complaints);
  }

  Optional<Placement> replace(Placement before) {
    double bias = sharesOnly() ? 1.04 : 0.97;
    List<PlannedGpu> inPlace = Loads.gpusOf(before, stressed);
    for (int attempt = 0; attempt < REPAIRS; attempt++) {
      PackResult result =
          new FleetSearch(stressed, setup(attempt, attempt, bias, 1), effort)
              .repack(inPlace, offers.get(0).count());
      if (!(result instanceof PackResult.Packed packed)) {
        return Optional.empty();
      }
      if (verify(packed.gpus(), stressed, attempt).stream().allMatch(GpuVerdict::feasible)) {
        return Optional.of(placement(packed.gpus(), attempt));
      }
      bias *= 0.985;
    }
    return Optional.empty();
  }

  private boolean sharesOnly() {
    return options.rules().stream().allMatch(r -> r instanceof FeasibilityRule.ThroughputShare);
  }

  private Fleets fleets() {
    int standby = options.survivesLoss() ? 1 : 0;
    List<Integer> counts = new ArrayList<>();
    for (int kind = 0; kind < offers.size(); kind++) {
      int count = offers.get(kind).count();
      counts.add(count == GpuOffer.UNLIMITED || kind > 0 ? count : count - standby);
    }
    return new Fleets(
        counts,
        offers.stream().map(GpuOffer::pricePerHour).toList(),
        switch (options.objective()) {
          case FEWEST_GPUS -> Fleets.Order.FEWEST;
          case LOWEST_LATENCY -> Fleets.Order.ALL;
          case CHEAPEST_MIX -> Fleets.Order.CHEAPEST;
        });
  }

  private FleetSearch.Setup setup(int rejections, int attempt, double bias, int lowerBound) {
    return new FleetSearch.Setup(
        kinds,
        options.engineVersion(),
        Arrays.stream(options.slotsGrid()).boxed().toList(),
        bias,
        oracle(rejections, attempt),
        FEASIBLE_SHARE,
        lowerBound,
        options.replication());
  }

  private @Nullable CapacityOracle oracle(int rejections, int attempt) {
    return switch (options.oracle()) {
      case STEADY_STATE -> null;
      case SURROGATE -> surrogate();
      case TWIN -> {
        List<CapacityOracle> runs = new ArrayList<>();
        long seed =
            new RandomStreams(options.seed()).stream("placement/planning", attempt).nextLong();
        int count = stressed.isRecorded() ? 1 : options.planningReplications() + rejections;
        for (int r = 0; r < count; r++) {
          runs.add(
              new TwinOracle(model, options.engineVersion(), planningRules(rejections), seed, r));
        }
        yield new StrictestOracle(runs);
      }
    };
  }

  private List<FeasibilityRule> planningRules(int rejections) {
    return options.rules().stream()
        .map(r -> stricter(r, rejections))
        .collect(ImmutableList.toImmutableList());
  }

  private static FeasibilityRule stricter(FeasibilityRule rule, int rejections) {
    if (rule instanceof FeasibilityRule.ThroughputShare share) {
      return new FeasibilityRule.ThroughputShare(
          Math.min(
              (1 + share.leastShare()) / 2, share.leastShare() + SHARE_MARGIN * (rejections + 1)));
    }
    double margin = StrictMath.pow(LATENCY_MARGIN, rejections + 1.0);
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
        stressed.adapters().stream().map(t -> t.adapter().rank()).distinct().sorted().toList();
    TrainingSpace space =
        TrainingSpace.builder(stressed.lengths(), kinds.get(0).common())
            .adapters(1, Math.max(8, Math.min(stressed.adapters().size(), 512)))
            .ranks(ranks)
            .build();
    ImmutableMap.Builder<GpuSpec, ServingSurrogate> surrogates = ImmutableMap.builder();
    for (GpuOffer offer : offers) {
      TrainingPlan plan =
          new TrainingPlan(
              TrainingDesign.SOBOL,
              options.trainingRuns(),
              options.seed(),
              space,
              List.of(offer.gpu().name()),
              List.of(model.name()),
              options.engineVersion(),
              stressed.horizonSeconds());
      surrogates.put(
          offer.gpu(),
          ServingSurrogate.train(plan.run(new ThreadRuns(options.threads()), options.progress())));
    }
    return new SurrogateOracle(model, surrogates.buildKeepingLast(), FEASIBLE_SHARE);
  }

  private List<GpuVerdict> verify(List<PlannedGpu> gpus, Workload traffic, int attempt) {
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
        .verify(Stress.withTraffic(gpus, traffic), seed, options.progress());
  }

  /**
   * Adds a GPU that stands by with flags with which it can take over any one of the others: every
   * one is served by it alone in the twin. Null if there are none.
   */
  private @Nullable List<PlannedGpu> withStandby(List<PlannedGpu> gpus, int attempt) {
    int rank = gpus.stream().mapToInt(g -> g.flags().maxLoraRank()).max().orElse(8);
    int adapters = gpus.stream().mapToInt(g -> g.traffic().adapters().size()).max().orElse(0);
    List<Integer> slots = new ArrayList<>();
    gpus.stream().map(g -> g.flags().maxLoras()).distinct().sorted().forEach(slots::add);
    for (int i = slots.size() - 1; i >= 0; i--) {
      int count = slots.get(i);
      List<PlannedGpu> takeovers = new ArrayList<>();
      PlannedGpu standby = null;
      for (PlannedGpu gpu : gpus) {
        standby =
            new PlannedGpu(
                gpus.get(0).gpu(),
                gpu.traffic(),
                gpus.get(0).flags().toBuilder()
                    .maxLoras(count)
                    .maxLoraRank(rank)
                    .maxCpuLoras(Math.max(count, adapters))
                    .build());
        takeovers.add(standby);
      }
      effort.assess();
      if (standby != null
          && verify(takeovers, stressed, attempt).stream().allMatch(GpuVerdict::feasible)) {
        List<PlannedGpu> all = new ArrayList<>(gpus);
        all.add(standby.idle());
        return all;
      }
    }
    return null;
  }

  private Placement placement(List<PlannedGpu> gpus, int attempt) {
    List<PlannedGpu> asAsked = Stress.withTraffic(gpus, workload);
    List<GpuVerdict> verdicts = verify(gpus, workload, attempt);
    List<String> extrapolated =
        gpus.stream()
            .flatMap(
                planned ->
                    ServingTwin.of(planned.gpu(), model, options.engineVersion())
                        .extrapolations(planned.flags())
                        .stream())
            .distinct()
            .collect(ImmutableList.toImmutableList());
    return new Placement(
        workload.baseModel(),
        Loads.of(asAsked, verdicts),
        bound(gpus.size()),
        effort.assessments(),
        effort.spent(),
        extrapolated);
  }

  private LowerBound bound(int planned) {
    int standby = options.survivesLoss() ? 1 : 0;
    if (!options.bounded()) {
      return new LowerBound(1 + standby, 1 + standby, "not computed");
    }
    List<Integer> slots = Arrays.stream(options.slotsGrid()).boxed().toList();
    double excess = sharesOnly() ? Bounds.MOST_EXCESS_BY_SHARE : Bounds.MOST_EXCESS;
    LowerBound least = null;
    for (SteadyState kind : kinds) {
      LowerBound next =
          Bounds.of(stressed, kind, options.engineVersion(), slots, excess, planned - standby);
      least = least == null || next.fractionalGpus() < least.fractionalGpus() ? next : least;
    }
    if (least == null) {
      throw new IllegalStateException("there is no kind of GPU");
    }
    LowerBound found = least;
    if (found.gpus() == 1 && planned - standby == 2 && oneGpuIsRefuted()) {
      found = new LowerBound(2, 2, "the twin refutes one GPU with every number of slots");
    }
    return new LowerBound(found.fractionalGpus() + standby, found.gpus() + standby, found.method());
  }

  /** Whether the whole workload on one GPU breaks a rule with every number of slots. */
  private boolean oneGpuIsRefuted() {
    if (options.oracle() != PlacementOptions.Oracle.TWIN || kinds.size() > 1) {
      return false;
    }
    long seed = new RandomStreams(options.seed()).stream("placement/refutation", 0).nextLong();
    return FleetSearch.refutesOne(
        stressed,
        kinds.get(0),
        options.engineVersion(),
        Arrays.stream(options.slotsGrid()).boxed().toList(),
        new TwinOracle(model, options.engineVersion(), options.rules(), seed, 0),
        effort);
  }
}
