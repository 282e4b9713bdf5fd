package io.github.adaptertwin.placement.capacity;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import java.util.List;

/** Judges a candidate by simulating it over the workload's whole horizon. */
public final class TwinOracle implements CapacityOracle {
  private final ModelSpec model;
  private final Calibration calibration;
  private final ImmutableList<RuleWithMargin> rules;
  private final long seed;
  private final int replication;

  /**
   * Makes an oracle.
   *
   * @param model the base model
   * @param calibration the engine version, and what is known of its step times
   * @param rules what a run must keep, at least one
   * @param seed of the generated requests
   * @param replication which replication of them; planning and verification use different ones
   */
  public TwinOracle(
      ModelSpec model,
      Calibration calibration,
      List<FeasibilityRule> rules,
      long seed,
      int replication) {
    this(
        rules.stream()
            .map(rule -> new RuleWithMargin(rule, rule))
            .collect(ImmutableList.toImmutableList()),
        model,
        calibration,
        seed,
        replication);
  }

  private TwinOracle(
      ImmutableList<RuleWithMargin> rules,
      ModelSpec model,
      Calibration calibration,
      long seed,
      int replication) {
    this.model = model;
    this.calibration = calibration;
    this.rules = rules;
    this.seed = seed;
    this.replication = replication;
  }

  /**
   * Makes an oracle that is stricter than the rules.
   *
   * @param model the base model
   * @param calibration the engine version, and what is known of its step times
   * @param rules what a run must keep, and by which margin, at least one
   * @param seed of the generated requests
   * @param replication which replication of them
   * @return the oracle; its complaints speak of the rules that were asked for
   */
  public static TwinOracle withMargins(
      ModelSpec model,
      Calibration calibration,
      List<RuleWithMargin> rules,
      long seed,
      int replication) {
    return new TwinOracle(ImmutableList.copyOf(rules), model, calibration, seed, replication);
  }

  private ServingTwin twinOf(GpuSpec gpu) {
    return ServingTwin.of(gpu, model, calibration);
  }

  @Override
  public Assessment assess(Candidate candidate) {
    ServingTwin.Outcome outcome =
        twinOf(candidate.gpu())
            .run(
                candidate.traffic().loraAdapters(),
                candidate.traffic().source(seed, replication),
                candidate.flags(),
                RunOptions.ofSeconds(candidate.traffic().whole().horizonSeconds()));
    if (outcome instanceof ServingTwin.Outcome.Refused refused) {
      return new Assessment.Refuses(refused.refusal());
    }
    ServingTwin.Outcome.Served served = (ServingTwin.Outcome.Served) outcome;
    return new Assessment.Serves(predictionOf(served.memory(), served.report()));
  }

  private Prediction predictionOf(MemoryPlan.Fits memory, ReplicaReport report) {
    List<Verdict> verdicts = rules.stream().map(rule -> rule.judge(report)).toList();
    return new Prediction(
        memory.kvTokens(),
        report.idealThroughputTokensPerSecond(),
        report.throughputTokensPerSecond(),
        report.completedShare(),
        report.itl().mean(),
        report.ttft().mean(),
        report.ttft().p95(),
        report.running().mean(),
        report.waiting().mean(),
        report.kvUse().mean(),
        report.engine().preemptions(),
        report.engine().hostLoads(),
        verdicts);
  }
}
