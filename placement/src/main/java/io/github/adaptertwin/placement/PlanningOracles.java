package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.ReassuredOracle;
import io.github.adaptertwin.placement.capacity.RuleWithMargin;
import io.github.adaptertwin.placement.capacity.SecondOpinion;
import io.github.adaptertwin.placement.capacity.SpreadOracle;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.capacity.StrictestOracle;
import io.github.adaptertwin.placement.capacity.SurrogateOracle;
import io.github.adaptertwin.placement.capacity.TwinOracle;
import io.github.adaptertwin.surrogate.ThreadRuns;
import io.github.adaptertwin.surrogate.serving.ServingSurrogate;
import io.github.adaptertwin.surrogate.serving.TrainingDesign;
import io.github.adaptertwin.surrogate.serving.TrainingPlan;
import io.github.adaptertwin.surrogate.serving.TrainingSpace;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who judges candidates while packing: stricter than the rules, so that unseen requests keep them,
 * too. Not thread-safe.
 */
final class PlanningOracles {
  /** Completed share that the default rules ask for, to tell by how much a GPU is overloaded. */
  static final double FEASIBLE_SHARE = 0.9;

  /** By how much more of the tokens a candidate must complete than the rules say. */
  private static final double SHARE_MARGIN = 0.008;

  /** A candidate that completes so much more is far enough from the edge for a quick look. */
  private static final double COMFORTABLE_MARGIN = 0.03;

  /** Runs of a candidate near the edge, and how far the share must be above the rule in them. */
  private static final int CAREFUL_REPLICATIONS = 8;

  private static final double CAREFUL_DEVIATIONS = 2.5;

  /** Replications beside those of planning on which latencies are compared. */
  private static final int COMPARED = 6;

  private static final double LATENCY_MARGIN = 0.93;

  /** A candidate whose latencies are below this part of their bounds needs no careful look. */
  private static final double COMFORTABLE_LATENCY = 0.7;

  private final PlacementOptions options;
  private final Workload workload;
  private final ModelSpec model;
  private final List<GpuOffer> offers;
  private final List<SteadyState> kinds;
  private @Nullable CapacityOracle surrogate;

  PlanningOracles(
      PlacementOptions options,
      Workload workload,
      ModelSpec model,
      List<GpuOffer> offers,
      List<SteadyState> kinds) {
    this.options = options;
    this.workload = workload;
    this.model = model;
    this.offers = offers;
    this.kinds = kinds;
  }

  /**
   * Gives an oracle.
   *
   * @param rejections plans of the same size that the verification has rejected, at least 0
   * @param attempt which plan this is, at least 0; each has requests of its own
   * @return the oracle; null where the steady state is trusted
   */
  @Nullable CapacityOracle of(int rejections, int attempt) {
    return switch (options.oracle()) {
      case STEADY_STATE -> null;
      case SURROGATE -> {
        surrogate = surrogate == null ? surrogate() : surrogate;
        yield surrogate;
      }
      case TWIN -> twin(rejections, attempt);
    };
  }

  private CapacityOracle twin(int rejections, int attempt) {
    long seed = new RandomStreams(options.seed()).stream("placement/planning", attempt).nextLong();
    int count = workload.isRecorded() ? 1 : options.planningReplications() + rejections;
    List<RuleWithMargin> strict = rules(SHARE_MARGIN, rejections);
    CapacityOracle quick = new StrictestOracle(runs(count, strict, seed));
    if (!workload.isRecorded() && boundsLatency()) {
      // Percentiles of bursts differ from run to run: near the bound more runs are asked.
      quick =
          new ReassuredOracle(
              new StrictestOracle(runs(count, comfortable(strict), seed)),
              quick,
              new StrictestOracle(runs(count + CAREFUL_REPLICATIONS, strict, seed)));
    }
    Optional<Double> rule = leastShare();
    if (workload.isRecorded() || rule.isEmpty()) {
      return quick;
    }
    double share = rule.get();
    CapacityOracle careful =
        new SpreadOracle(
            runs(count + CAREFUL_REPLICATIONS, rules(0, rejections), seed),
            share,
            CAREFUL_DEVIATIONS + rejections);
    return new SecondOpinion(
        quick, careful, share, Math.max(share, Math.min(1, share + COMFORTABLE_MARGIN)));
  }

  /**
   * Gives the twin on several replications one by one, to compare candidates on the same requests.
   *
   * @param attempt which plan this is, at least 0
   * @return the oracles; empty where the twin does not judge candidates
   */
  List<CapacityOracle> replications(int attempt) {
    if (options.oracle() != PlacementOptions.Oracle.TWIN) {
      return List.of();
    }
    long seed = new RandomStreams(options.seed()).stream("placement/planning", attempt).nextLong();
    int count = workload.isRecorded() ? 1 : options.planningReplications() + COMPARED;
    return runs(count, rules(SHARE_MARGIN, 0), seed);
  }

  private List<CapacityOracle> runs(int count, List<RuleWithMargin> rules, long seed) {
    List<CapacityOracle> runs = new ArrayList<>();
    for (int r = 0; r < count; r++) {
      runs.add(TwinOracle.withMargins(model, options.calibration(), rules, seed, r));
    }
    return runs;
  }

  private Optional<Double> leastShare() {
    return options.rules().stream()
        .filter(FeasibilityRule.ThroughputShare.class::isInstance)
        .map(r -> ((FeasibilityRule.ThroughputShare) r).leastShare())
        .max(Double::compare);
  }

  private List<RuleWithMargin> rules(double shareMargin, int rejections) {
    return options.rules().stream()
        .map(r -> new RuleWithMargin(r, stricter(r, shareMargin, rejections)))
        .collect(ImmutableList.toImmutableList());
  }

  private boolean boundsLatency() {
    return options.rules().stream()
        .anyMatch(
            r -> r instanceof FeasibilityRule.TtftBound || r instanceof FeasibilityRule.ItlBound);
  }

  /** The same rules with latencies so far below their bounds that a quick look does. */
  private static List<RuleWithMargin> comfortable(List<RuleWithMargin> rules) {
    return rules.stream()
        .map(rule -> new RuleWithMargin(rule.asked(), comfortable(rule.stricter())))
        .collect(ImmutableList.toImmutableList());
  }

  private static FeasibilityRule comfortable(FeasibilityRule rule) {
    if (rule instanceof FeasibilityRule.TtftBound bound) {
      return new FeasibilityRule.TtftBound(
          bound.percentile(), bound.mostSeconds() * COMFORTABLE_LATENCY);
    }
    if (rule instanceof FeasibilityRule.ItlBound bound) {
      return new FeasibilityRule.ItlBound(
          bound.percentile(), bound.mostSeconds() * COMFORTABLE_LATENCY);
    }
    return rule;
  }

  private static double stricter(double share, double margin, int rejections) {
    return Math.min((1 + share) / 2, share + margin * (rejections + 1));
  }

  private static FeasibilityRule stricter(
      FeasibilityRule rule, double shareMargin, int rejections) {
    if (rule instanceof FeasibilityRule.ThroughputShare share) {
      return new FeasibilityRule.ThroughputShare(
          stricter(share.leastShare(), shareMargin, rejections));
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
    ImmutableMap.Builder<GpuSpec, ServingSurrogate> surrogates = ImmutableMap.builder();
    for (GpuOffer offer : offers) {
      surrogates.put(offer.gpu(), shipped(offer.gpu()).orElseGet(() -> trained(offer.gpu())));
    }
    return new SurrogateOracle(model, surrogates.buildKeepingLast(), FEASIBLE_SHARE);
  }

  /**
   * The surrogate that comes with the library, if it is of this very card and engine, and of this
   * model or one of the same dimensions.
   */
  private Optional<ServingSurrogate> shipped(GpuSpec gpu) {
    if (!Gpus.all().contains(gpu)) {
      return Optional.empty();
    }
    return Stream.concat(Stream.of(model), Models.all().stream().filter(model::sameArchitecture))
        .flatMap(m -> ServingSurrogate.shipped(gpu, m).stream())
        .filter(s -> options.engineVersion().name().equals(s.provenance().get("engine")))
        .findFirst();
  }

  private ServingSurrogate trained(GpuSpec gpu) {
    List<Integer> ranks =
        workload.adapters().stream().map(t -> t.adapter().rank()).distinct().sorted().toList();
    TrainingSpace space =
        TrainingSpace.builder(workload.lengths(), kinds.get(0).common())
            .adapters(1, Math.max(8, Math.min(workload.adapters().size(), 512)))
            .ranks(ranks)
            .build();
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
    return ServingSurrogate.train(plan.run(new ThreadRuns(options.threads()), options.progress()));
  }
}
