package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.placement.verify.Verifier;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an algorithm made of a scenario.
 *
 * @param algorithm its name
 * @param outcome as in the published table: GPUs if solved, S = starved in sum, w = one GPU
 *     starved, M = memory error, X = no plan, T = does not terminate
 * @param gpus GPUs of the plan, 0 without one
 * @param starvedGpus GPUs below 90 % of their offered tokens in some replication
 * @param memoryErrors GPUs that do not start
 * @param leastShare smallest completed share of a GPU in a replication
 * @param meanItlSeconds mean inter-token latency over the GPUs, weighted by tokens
 * @param p95TtftSeconds largest 95th percentile of the time to first token of a GPU
 * @param placeMillis time of planning
 * @param word why there is no plan, or what the plan is
 */
record JudgedPlan(
    String algorithm,
    String outcome,
    int gpus,
    int starvedGpus,
    int memoryErrors,
    double leastShare,
    double meanItlSeconds,
    double p95TtftSeconds,
    double placeMillis,
    String word) {
  private static final long JUDGING_SEED = 20_250_807;
  private static final int JUDGING_REPLICATIONS = 3;
  private static final double LEAST_SHARE = 0.9;

  boolean solved() {
    return gpus > 0 && outcome.equals("" + gpus);
  }

  /** No plan, and why. */
  static JudgedPlan none(String name, String code, String reason, double millis) {
    double unknown = Double.NaN;
    return new JudgedPlan(name, code, 0, 0, 0, unknown, unknown, unknown, millis, reason);
  }

  /** Lets the twin judge a plan on the served rates. */
  static JudgedPlan of(
      PlacementScenario scenario, String name, List<PlannedGpu> gpus, double millis) {
    Map<String, AdapterTraffic> served = new LinkedHashMap<>();
    for (AdapterTraffic traffic : scenario.served.adapters()) {
      served.put(traffic.adapter().id(), traffic);
    }
    List<PlannedGpu> asServed = new ArrayList<>();
    for (PlannedGpu gpu : gpus) {
      List<SharedAdapter> parts = new ArrayList<>();
      for (SharedAdapter part : gpu.traffic().adapters()) {
        AdapterTraffic traffic = served.get(part.traffic().adapter().id());
        if (traffic == null) {
          throw new IllegalStateException("a plan names an unknown adapter");
        }
        parts.add(new SharedAdapter(traffic, part.from(), part.to()));
      }
      asServed.add(new PlannedGpu(gpu.gpu(), GpuTraffic.of(scenario.served, parts), gpu.flags()));
    }
    List<GpuVerdict> verdicts =
        new Verifier(
                Models.named(scenario.served.baseModel()),
                Calibration.shipped(PlacementStudy.VERSION),
                PlacementStudy.PAPER_RULE,
                JUDGING_REPLICATIONS,
                1)
            .verify(asServed, JUDGING_SEED, Progress.NONE);
    return of(name, gpus, verdicts, millis);
  }

  private static JudgedPlan of(
      String name, List<PlannedGpu> gpus, List<GpuVerdict> verdicts, double millis) {
    int starved = 0;
    int memory = 0;
    double least = 1;
    double[] offered = new double[JUDGING_REPLICATIONS];
    double[] completed = new double[JUDGING_REPLICATIONS];
    double itl = 0;
    double tokens = 0;
    double ttft = 0;
    for (GpuVerdict verdict : verdicts) {
      least = Math.min(least, verdict.leastShare());
      if (verdict.refusal() != null) {
        memory++;
        continue;
      }
      starved += verdict.feasible() ? 0 : 1;
      for (int r = 0; r < verdict.runs().size(); r++) {
        Prediction run = verdict.runs().get(r);
        offered[r] += run.offeredTokensPerSecond();
        completed[r] += run.throughputTokensPerSecond();
        if (run.throughputTokensPerSecond() > 0) {
          itl += run.meanItlSeconds() * run.throughputTokensPerSecond();
          tokens += run.throughputTokensPerSecond();
          ttft = Math.max(ttft, run.p95TtftSeconds());
        }
      }
    }
    boolean inSum = false;
    for (int r = 0; r < offered.length; r++) {
      inSum |= completed[r] < LEAST_SHARE * offered[r];
    }
    String outcome = memory > 0 ? "M" : inSum ? "S" : starved > 0 ? "w" : "" + gpus.size();
    return new JudgedPlan(
        name,
        outcome,
        gpus.size(),
        starved,
        memory,
        least,
        itl / tokens,
        ttft,
        millis,
        StudyTable.planOf(gpus));
  }
}
