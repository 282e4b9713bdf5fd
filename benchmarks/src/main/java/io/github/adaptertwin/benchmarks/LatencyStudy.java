package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.placement.Infeasible;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions.Objective;
import io.github.adaptertwin.placement.PlacementResult;
import io.github.adaptertwin.placement.baseline.Baselines;
import io.github.adaptertwin.placement.baseline.PlacementAlgorithm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Uses all GPUs of each scenario for the lowest latency, ours and the published balancers, and
 * compares mean inter-token latency and the 95th percentile of the time to first token on requests
 * that no planner saw.
 */
final class LatencyStudy {
  /** Balancers that use every GPU they get. */
  private static final List<String> PEERS = List.of("paper_latency", "least_loaded");

  /** Within so much two figures are called equal: replications differ by more. */
  private static final double EQUAL = 0.01;

  private final PlacementStudy study;

  LatencyStudy(PlacementStudy study) {
    this.study = study;
  }

  private record Compared(PlacementScenario scenario, Map<String, JudgedPlan> rows) {}

  void run(List<PlacementScenario> scenarios, int threads, @Nullable String csv)
      throws IOException, InterruptedException, ExecutionException {
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    List<Compared> results = new ArrayList<>();
    try {
      List<Future<Compared>> pending = new ArrayList<>();
      for (PlacementScenario scenario : scenarios) {
        pending.add(workers.submit(() -> compare(scenario)));
      }
      for (Future<Compared> future : pending) {
        results.add(future.get());
      }
    } finally {
      workers.shutdown();
    }
    if (csv != null) {
      WholeFile.writeText(Path.of(csv), csvOf(results));
    }
    for (String peer : PEERS) {
      System.out.println(summary(peer, results));
    }
  }

  private Compared compare(PlacementScenario scenario) {
    Map<String, JudgedPlan> rows = new LinkedHashMap<>();
    for (String peer : PEERS) {
      PlacementAlgorithm algorithm = Baselines.named(peer);
      rows.put(peer, study.baseline(scenario, algorithm));
    }
    long before = System.nanoTime();
    PlacementResult result =
        study
            .planner(scenario, Objective.LOWEST_LATENCY, PlacementStudy.PAPER_RULE)
            .place(scenario.planned, PlacementStudy.pool(scenario));
    double millis = (System.nanoTime() - before) * 1e-6;
    rows.put(
        PlacementStudy.OURS,
        result instanceof Placement plan
            ? JudgedPlan.of(
                scenario, PlacementStudy.OURS, PlacementStudy.gpusOf(scenario, plan), millis)
            : JudgedPlan.none(PlacementStudy.OURS, "X", ((Infeasible) result).message(), millis));
    return new Compared(scenario, rows);
  }

  private static String csvOf(List<Compared> results) {
    StringBuilder csv =
        new StringBuilder(
            "id,algorithm,outcome,gpus,least_share,mean_itl_ms,p95_ttft_ms,place_ms,plan\n");
    for (Compared result : results) {
      for (JudgedPlan row : result.rows().values()) {
        csv.append(
            String.format(
                Locale.ROOT,
                "%s,%s,%s,%d,%.4f,%.4f,%.2f,%.1f,\"%s\"\n",
                result.scenario().id,
                row.algorithm(),
                row.outcome(),
                row.gpus(),
                row.leastShare(),
                1e3 * row.meanItlSeconds(),
                1e3 * row.p95TtftSeconds(),
                row.placeMillis(),
                row.word().replace('"', '\'')));
      }
    }
    return csv.toString();
  }

  private static String summary(String peer, List<Compared> results) {
    int peerSolved = 0;
    int solved = 0;
    int noWorse = 0;
    int strictlyNoWorse = 0;
    int better = 0;
    int betterByOnePercent = 0;
    double itl = 0;
    double ttft = 0;
    for (Compared result : results) {
      JudgedPlan theirs = result.rows().get(peer);
      JudgedPlan ours = result.rows().get(PlacementStudy.OURS);
      if (theirs == null || ours == null || !theirs.solved()) {
        continue;
      }
      peerSolved++;
      if (!ours.solved()) {
        continue;
      }
      solved++;
      double itlRatio = ours.meanItlSeconds() / theirs.meanItlSeconds();
      double ttftRatio = ours.p95TtftSeconds() / theirs.p95TtftSeconds();
      boolean none = itlRatio <= 1 && ttftRatio <= 1;
      strictlyNoWorse += none ? 1 : 0;
      better += none && (itlRatio < 1 || ttftRatio < 1) ? 1 : 0;
      boolean equalOrBetter = itlRatio <= 1 + EQUAL && ttftRatio <= 1 + EQUAL;
      noWorse += equalOrBetter ? 1 : 0;
      betterByOnePercent +=
          equalOrBetter && (itlRatio < 1 - EQUAL || ttftRatio < 1 - EQUAL) ? 1 : 0;
      itl += Math.log(itlRatio);
      ttft += Math.log(ttftRatio);
    }
    return String.format(
        Locale.ROOT,
        "against=%s solved_by_it=%d solved_by_us_too=%d no_worse=%d better=%d"
            + " no_worse_within_1_percent=%d better_by_1_percent=%d itl_ratio=%.4f"
            + " p95_ttft_ratio=%.4f",
        peer,
        peerSolved,
        solved,
        strictlyNoWorse,
        better,
        noWorse,
        betterByOnePercent,
        Math.exp(itl / solved),
        Math.exp(ttft / solved));
  }
}
