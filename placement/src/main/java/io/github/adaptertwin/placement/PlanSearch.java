package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.placement.bound.Bounds;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.capacity.TwinOracle;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.FleetSearch;
import io.github.adaptertwin.placement.pack.Fleets;
import io.github.adaptertwin.placement.pack.HostMemory;
import io.github.adaptertwin.placement.pack.OneGpu;
import io.github.adaptertwin.placement.pack.PackResult;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.pack.Repacking;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.placement.verify.LossTrial;
import io.github.adaptertwin.placement.verify.Verifier;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
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

  /** Replications on each of which one GPU has to fail before it is called too few. */
  private static final int REFUTATIONS = 3;

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
  private List<String> standbyComplaints = ImmutableList.of();
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
  }

  private void heard() {
    if (!outOfTime && options.outOfTime().getAsBoolean()) {
      outOfTime = true;
      effort.end();
    }
    options.progress().done("candidates judged", effort.assessments(), Progress.UNKNOWN);
  }

  PlacementResult plan() {
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
        return Refusals.of(result, offers, effort.spent());
      }
      List<PlannedGpu> gpus = packed.gpus();
      if (options.objective() == PlacementOptions.Objective.LOWEST_LATENCY) {
        gpus =
            new LatencySearch(
                    options,
                    slots,
                    kinds.get(0),
                    stressed,
                    host,
                    oracles.replications(attempt),
                    effort)
                .improve(gpus, mostServing(0));
      }
      List<GpuVerdict> verdicts = verify(gpus, stressed, attempt);
      boolean feasible = verdicts.stream().allMatch(GpuVerdict::feasible);
      standbyComplaints = ImmutableList.of();
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
      // A round costs effort even where the steady state judges, so that rounds come to an end.
      if (effort.assessments() == before) {
        effort.assess();
      } else {
        effort.poll();
      }
      if (effort.spent()) {
        return standbyComplaints.isEmpty()
            ? Refusals.unverified(verdicts, offers)
            : Refusals.noStandby(standbyComplaints, offers);
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
    double bias = sharesOnly() ? 1.04 : 0.97;
    List<PlannedGpu> inPlace = inPlace(before);
    int most = mostServing(0);
    for (int attempt = 0; attempt < REPAIRS; attempt++) {
      PackResult result =
          new Repacking(stressed, setup(attempt, attempt, bias, 1), effort).repack(inPlace, most);
      if (!(result instanceof PackResult.Packed packed)) {
        return Optional.empty();
      }
      List<PlannedGpu> gpus = packed.gpus();
      if (verify(gpus, stressed, attempt).stream().allMatch(GpuVerdict::feasible)) {
        List<PlannedGpu> all = options.survivesLoss() ? withStandby(gpus, attempt) : gpus;
        if (all != null) {
          return Optional.of(placement(all, attempt));
        }
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
            options.engineVersion(),
            options.rules(),
            options.verificationReplications(),
            options.threads())
        .verify(Stress.withTraffic(gpus, traffic), seed, options.progress());
  }

  /**
   * Adds a GPU that stands by with flags with which it can take over any one of the others: in the
   * twin, on all replications, the cluster that is left after each loss keeps the rules. It is of
   * the first kind of the pool, of which one is kept back for it. Null if there are no such flags;
   * then the complaints about the last ones tried are kept.
   */
  private @Nullable List<PlannedGpu> withStandby(List<PlannedGpu> gpus, int attempt) {
    int rank = gpus.stream().mapToInt(g -> g.flags().maxLoraRank()).max().orElse(8);
    int adapters = gpus.stream().mapToInt(g -> g.traffic().adapters().size()).max().orElse(0);
    List<Integer> counts = new ArrayList<>();
    gpus.stream()
        .map(g -> g.flags().maxLoras())
        .filter(count -> count > 0) // Without slots it cannot take over adapters.
        .distinct()
        .sorted()
        .forEach(counts::add);
    for (int i = counts.size() - 1; i >= 0; i--) {
      int count = counts.get(i);
      PlannedGpu standby =
          new PlannedGpu(
              offers.get(0).gpu(),
              gpus.get(0).traffic(),
              gpus.get(0).flags().toBuilder()
                  .maxLoras(count)
                  .maxLoraRank(rank)
                  .maxCpuLoras(Math.max(count, adapters))
                  .build());
      effort.assess();
      standbyComplaints = lossComplaints(gpus, standby, attempt);
      if (standbyComplaints.isEmpty()) {
        List<PlannedGpu> all = new ArrayList<>(gpus);
        all.add(standby.idle());
        return all;
      }
    }
    return null;
  }

  /** What is wrong with the cluster after a loss that it does not stand. */
  private List<String> lossComplaints(List<PlannedGpu> gpus, PlannedGpu standby, int attempt) {
    if (options.verificationReplications() == 0) {
      return ImmutableList.of();
    }
    long seed = new RandomStreams(options.seed()).stream("placement/loss", attempt).nextLong();
    return new LossTrial(model, options.engineVersion(), options.rules(), options.threads())
        .complaints(
            Stress.withTraffic(gpus, stressed), standby, seed, options.verificationReplications());
  }

  private Placement placement(List<PlannedGpu> gpus, int attempt) {
    List<PlannedGpu> asAsked = Stress.withTraffic(gpus, workload);
    Loads.requireAllServed(asAsked, workload);
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

  /** A plan on GPUs of this search's offers that another one found, with the bound of this one. */
  Placement withItsBound(Placement plan) {
    return new Placement(
        plan.baseModel(),
        plan.gpus(),
        bound(plan.gpus().size()),
        effort.assessments() + plan.assessments(),
        effort.spent() || plan.truncated(),
        plan.extrapolated());
  }

  private LowerBound bound(int planned) {
    int standby = options.survivesLoss() ? 1 : 0;
    if (!options.bounded()) {
      return new LowerBound(1 + standby, 1 + standby, "not computed");
    }
    OptionalDouble excess = Bounds.excess(options.rules());
    LowerBound found =
        excess.isEmpty()
            ? new LowerBound(1, 1, "not computed")
            : Bounds.of(
                stressed,
                kinds,
                options.engineVersion(),
                slots,
                excess.getAsDouble(),
                planned - standby);
    if (found.gpus() == 1 && planned - standby == 2 && oneGpuIsRefuted()) {
      found = new LowerBound(2, 2, "the twin refutes one GPU with all slots of the grid");
    }
    return new LowerBound(found.fractionalGpus() + standby, found.gpus() + standby, found.method());
  }

  /** Whether the whole workload on one GPU breaks a rule with every number of slots of the grid. */
  private boolean oneGpuIsRefuted() {
    if (options.oracle() != PlacementOptions.Oracle.TWIN || kinds.size() > 1) {
      return false;
    }
    long seed = new RandomStreams(options.seed()).stream("placement/refutation", 0).nextLong();
    List<CapacityOracle> refuters = new ArrayList<>();
    for (int r = 0; r < (stressed.isRecorded() ? 1 : REFUTATIONS); r++) {
      refuters.add(new TwinOracle(model, options.engineVersion(), options.rules(), seed, r));
    }
    return OneGpu.refutes(
        stressed, kinds.get(0), options.engineVersion(), slots, host, refuters, effort);
  }
}
