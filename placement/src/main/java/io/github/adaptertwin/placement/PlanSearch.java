package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.LoraModule;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.FleetSearch;
import io.github.adaptertwin.placement.pack.Fleets;
import io.github.adaptertwin.placement.pack.HostMemory;
import io.github.adaptertwin.placement.pack.PackResult;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.pack.Repacking;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.placement.verify.Verifier;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
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
  /** Plans of one size that the verification may reject before one more GPU is taken. */
  private static final int REPAIRS = 3;

  /** Searches that may end because few requests went badly by chance. */
  private static final int REDRAWS = 3;

  private final PlacementOptions options;
  private final Workload workload;
  private final Workload stressed;
  private final ModelSpec model;
  private final List<GpuOffer> offers;
  private final List<SteadyState> kinds;
  private final List<Integer> slots;
  private final HostMemory host;
  private final PlanningOracles oracles;
  private final Effort effort;
  private final PlanBound bound;
  private boolean outOfTime;

  PlanSearch(
      PlacementOptions options,
      BiFunction<Workload, GpuSpec, SteadyState> models,
      Workload workload,
      ModelSpec model,
      List<GpuOffer> offers) {
    this.options = options;
    this.workload = Stress.lengthened(workload);
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
    this.slots = SlotsGrid.of(options, kinds, stressed);
    this.host = new HostMemory(model, options.hostMemoryBytes());
    this.oracles = new PlanningOracles(options, stressed, model, this.offers, kinds);
    this.effort = new Effort(options.mostAssessments(), options.mostMoves(), this::heard);
    this.bound = new PlanBound(options, stressed, model, kinds, slots, host, effort);
  }

  private void heard() {
    if (!outOfTime && options.outOfTime().getAsBoolean()) {
      outOfTime = true;
      effort.end();
    }
    options.progress().done("candidates judged", effort.assessments(), Progress.UNKNOWN);
  }

  PlacementResult plan() {
    Infeasible tooLong = Refusals.ofContext(stressed, model);
    if (tooLong != null) {
      return tooLong;
    }
    Infeasible tooMuch = Refusals.ofHostMemory(stressed, host, offers);
    if (tooMuch != null) {
      return tooMuch;
    }
    int lowerBound = 1;
    int rejections = 0;
    int redraws = 0;
    double bias = sharesOnly() ? 1.04 : 0.97;
    for (int attempt = 0; ; attempt++) {
      long before = effort.assessments();
      FleetSearch search =
          new FleetSearch(stressed, setup(rejections, attempt, bias, lowerBound), effort);
      PackResult result = search.pack(fleets(), mayRedraw() && redraws < REDRAWS);
      if (search.endedByChance() && !effort.spent()) {
        redraws++;
        continue; // The next attempt has other requests.
      }
      if (!(result instanceof PackResult.Packed packed)) {
        return Refusals.of(result, offers, effort.spent(), options.survivesLoss());
      }
      List<PlannedGpu> gpus = improved(packed, rejections, attempt);
      Trial trial = trial(gpus, attempt);
      if (trial.plan() == null && mayGoBack(gpus, packed)) {
        gpus = packed.gpus();
        trial = trial(gpus, attempt);
      }
      if (trial.plan() != null) {
        return trial.plan();
      }
      // A round costs effort even where the steady state judges, so that rounds come to an end.
      if (effort.assessments() == before) {
        effort.assess();
      } else {
        effort.poll();
      }
      if (effort.spent()) {
        return trial.refusal();
      }
      if (++rejections >= REPAIRS) {
        lowerBound = gpus.size() + 1;
        rejections = 0;
      }
      bias *= 0.985;
    }
  }

  /** Whether the packing has fewer slots, and may pass where more did not. */
  private boolean mayGoBack(List<PlannedGpu> gpus, PackResult.Packed packed) {
    return options.objective() != PlacementOptions.Objective.LOWEST_LATENCY
        && !gpus.equals(packed.gpus());
  }

  /** A packing with latencies as low as its GPUs have to give. */
  private List<PlannedGpu> improved(PackResult.Packed packed, int rejections, int attempt) {
    if (options.objective() == PlacementOptions.Objective.LOWEST_LATENCY) {
      return new LatencySearch(
              options, slots, kinds.get(0), stressed, host, oracles.replications(attempt), effort)
          .improve(packed.gpus(), mostServing(0));
    }
    CapacityOracle oracle = oracles.of(rejections, attempt);
    return oracle == null
        ? packed.gpus()
        : new FirstTokenSearch(slots, stressed.lengths().meanOutputTokens(), oracle, effort)
            .improve(packed);
  }

  /**
   * What the verification says of GPUs.
   *
   * @param plan the plan with them, null if they do not keep the rules
   * @param refusal what is to be said if there is no more effort for others
   */
  private record Trial(@Nullable Placement plan, Infeasible refusal) {}

  private Trial trial(List<PlannedGpu> gpus, int attempt) {
    List<GpuVerdict> verdicts = verify(gpus, stressed, attempt);
    Infeasible refusal = Refusals.unverified(verdicts, offers);
    if (!verdicts.stream().allMatch(GpuVerdict::feasible)) {
      return new Trial(null, refusal);
    }
    if (!options.survivesLoss()) {
      return new Trial(placement(gpus, attempt), refusal);
    }
    StandbySearch standby =
        new StandbySearch(options, model, offers.get(0).gpu(), stressed, effort);
    List<PlannedGpu> all = standby.added(gpus, attempt);
    return all == null
        ? new Trial(null, Refusals.noStandby(standby.complaints(), offers))
        : new Trial(placement(all, attempt), refusal);
  }

  private void requireBaseModelOf(Placement placement) {
    if (!placement.baseModel().equals(workload.baseModel())) {
      throw new IllegalArgumentException(
          "the placement serves "
              + placement.baseModel()
              + ", the workload asks for "
              + workload.baseModel()
              + "; plan anew");
    }
  }

  /** What an update would change without a word: cards, and slots for some modules alone. */
  private void requireKept(Placement before) {
    for (GpuLoad load : before.gpus()) {
      if (!load.gpu().equals(offers.get(0).gpu())) {
        throw new IllegalArgumentException(
            "GPU "
                + load.index()
                + " of the placement is "
                + load.gpu().name()
                + ", and updates are for plans on "
                + offers.get(0).gpu().name()
                + " alone; plan anew");
      }
      if (!load.flags().loraTargets().equals(LoraModule.all())) {
        throw new IllegalArgumentException(
            "GPU "
                + load.index()
                + " of the placement has slots for some modules alone, which an update does not"
                + " keep; plan anew");
      }
    }
  }

  Evaluation evaluate(Placement placement) {
    requireBaseModelOf(placement);
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
    String fault = Loads.fault(gpus, workload);
    if (fault != null) {
      throw new IllegalArgumentException(
          "the placement " + fault + "; give every part to exactly one GPU, or plan anew");
    }
    List<GpuVerdict> verdicts = verify(gpus, workload, "placement/evaluation", 0);
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
    requireBaseModelOf(before);
    requireKept(before);
    double bias = sharesOnly() ? 1.04 : 0.97;
    List<PlannedGpu> inPlace = inPlace(before);
    int most = mostServing(0);
    for (int attempt = 0; attempt < REPAIRS; attempt++) {
      PackResult result =
          new Repacking(stressed, setup(attempt, attempt, bias, 1), effort).repack(inPlace, most);
      if (!(result instanceof PackResult.Packed packed)) {
        return Optional.empty();
      }
      Trial trial = trial(packed.gpus(), attempt);
      if (trial.plan() != null) {
        return Optional.of(trial.plan());
      }
      bias *= 0.985;
    }
    return Optional.empty();
  }

  /** The GPUs of a plan that are kept; one that stands by is chosen anew where one is asked for. */
  private List<PlannedGpu> inPlace(Placement before) {
    return Loads.gpusOf(before, stressed).stream()
        .filter(
            g ->
                !options.survivesLoss()
                    || !g.traffic().adapters().isEmpty()
                    || g.traffic().baseTo() > g.traffic().baseFrom())
        .collect(ImmutableList.toImmutableList());
  }

  /** GPUs of a kind that may serve: one of the first kind is kept back to stand by. */
  private int mostServing(int kind) {
    int count = offers.get(kind).count();
    boolean keptBack = options.survivesLoss() && kind == 0 && count != GpuOffer.UNLIMITED;
    return keptBack ? count - 1 : count;
  }

  /** Whether the oracle's requests differ from attempt to attempt. */
  private boolean mayRedraw() {
    return options.oracle() == PlacementOptions.Oracle.TWIN && !stressed.isRecorded();
  }

  private boolean sharesOnly() {
    return options.rules().stream().allMatch(r -> r instanceof FeasibilityRule.ThroughputShare);
  }

  private Fleets fleets() {
    List<Integer> counts = new ArrayList<>();
    for (int kind = 0; kind < offers.size(); kind++) {
      counts.add(mostServing(kind));
    }
    return new Fleets(
        counts,
        offers.stream().map(GpuOffer::pricePerHour).toList(),
        switch (options.objective()) {
          case FEWEST_GPUS -> Fleets.Order.FEWEST;
          case LOWEST_LATENCY -> Fleets.Order.ALL;
          case CHEAPEST_MIX -> offers.size() == 1 ? Fleets.Order.FEWEST : Fleets.Order.CHEAPEST;
        });
  }

  private FleetSearch.Setup setup(int rejections, int attempt, double bias, int lowerBound) {
    return new FleetSearch.Setup(
        kinds,
        options.engineVersion(),
        slots,
        bias,
        oracles.of(rejections, attempt),
        PlanningOracles.FEASIBLE_SHARE,
        lowerBound,
        options.replication(),
        host);
  }

  private List<GpuVerdict> verify(List<PlannedGpu> gpus, Workload traffic, int attempt) {
    return verify(gpus, traffic, "placement/verification", attempt);
  }

  /** Runs every GPU; streams of different names have requests that the others never saw. */
  private List<GpuVerdict> verify(
      List<PlannedGpu> gpus, Workload traffic, String stream, int attempt) {
    if (options.verificationReplications() == 0) {
      return gpus.stream().map(g -> new GpuVerdict(ImmutableList.of(), null)).toList();
    }
    long seed = new RandomStreams(options.seed()).stream(stream, attempt).nextLong();
    return new Verifier(
            model,
            options.calibration(),
            options.rules(),
            options.verificationReplications(),
            options.threads())
        .verify(Stress.withTraffic(gpus, traffic), seed, options.progress());
  }

  private Placement placement(List<PlannedGpu> gpus, int attempt) {
    List<PlannedGpu> asAsked = Stress.withTraffic(gpus, workload);
    Loads.requireAllServed(asAsked, workload);
    List<GpuVerdict> verdicts = verify(gpus, workload, attempt);
    List<String> extrapolated =
        gpus.stream()
            .flatMap(
                planned ->
                    ServingTwin.of(planned.gpu(), model, options.calibration())
                        .extrapolations(planned.flags())
                        .stream())
            .distinct()
            .collect(ImmutableList.toImmutableList());
    return new Placement(
        workload.baseModel(),
        Loads.of(asAsked, verdicts),
        bound.of(gpus.size()),
        effort.assessments(),
        effort.spent(),
        extrapolated);
  }

  /** A plan on GPUs of this search's offers that another one found, with the bound of this one. */
  Placement withItsBound(Placement plan) {
    return new Placement(
        plan.baseModel(),
        plan.gpus(),
        bound.of(plan.gpus().size()),
        effort.assessments() + plan.assessments(),
        effort.spent() || plan.truncated(),
        plan.extrapolated());
  }
}
