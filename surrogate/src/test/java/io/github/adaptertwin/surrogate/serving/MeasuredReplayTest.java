package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.workload.observed.MeasuredRun;
import io.github.adaptertwin.workload.observed.MeasuredRuns;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * Real hours of vLLM 0.8.5 on one H100 64 GB with Llama-3.1-8B-Instruct, from the experiments
 * published with arXiv 2602.24044 (Apache-2.0): two sustained runs, one starved, one that did not
 * start. docs/benchmarks.md tells how far other starved runs are off.
 */
class MeasuredReplayTest {
  private static final String MODEL = "dt-real/llama-3.1-8b-instruct/";
  private static final String LOW_RATES = MODEL + "rank_16_rates_0.1_0.05_0.025/";
  private static final String HIGH_RATES = MODEL + "rank_32_rates_1.6_0.8_0.4/";

  private static MeasuredRun run(String id) throws IOException {
    try (InputStream table = MeasuredReplayTest.class.getResourceAsStream("measured-runs.csv")) {
      assertNotNull(table);
      return MeasuredRuns.read(
              "measured-runs.csv", new InputStreamReader(table, StandardCharsets.UTF_8))
          .stream()
          .filter(run -> run.id().equals(id))
          .findFirst()
          .orElseThrow();
    }
  }

  private static ReplicaReport served(MeasuredRun run) {
    ServingTwin.Outcome outcome = MeasuredReplay.replay(run, Gpus.named("h100-64gb-sxm"), 1);
    ReplicaReport report = assertInstanceOf(ServingTwin.Outcome.Served.class, outcome).report();
    assertEquals(
        run.throughputTokensPerSecond(),
        report.throughputTokensPerSecond(),
        0.03 * run.throughputTokensPerSecond(),
        "throughput");
    assertEquals(run.meanItlMillis(), report.itl().mean() * 1e3, 0.15 * run.meanItlMillis(), "ITL");
    return report;
  }

  @Test
  void sustained_runs_come_out_as_measured() throws IOException {
    assertFalse(served(run(LOW_RATES + "8_8_16")).starved());
    assertFalse(served(run(LOW_RATES + "32_32_16")).starved());
  }

  @Test
  void a_starved_run_comes_out_as_measured() throws IOException {
    assertTrue(served(run(HIGH_RATES + "16_64_32")).starved());
  }

  @Test
  void a_run_that_did_not_start_is_refused_for_the_logged_reason() throws IOException {
    ServingTwin.Outcome outcome =
        MeasuredReplay.replay(run(LOW_RATES + "256_256_16"), Gpus.named("h100-64gb-sxm"), 1);
    MemoryPlan.Refused refusal =
        assertInstanceOf(ServingTwin.Outcome.Refused.class, outcome).refusal();
    // The engine logged 14.01 GiB of KV cache, 16 GiB are needed for 131,072 tokens.
    assertEquals(MemoryPlan.Reason.KV_BELOW_MAX_MODEL_LEN, refusal.reason());
    assertEquals(14.01, refusal.kvBytes() / (double) (1L << 30), 0.1);
  }
}
