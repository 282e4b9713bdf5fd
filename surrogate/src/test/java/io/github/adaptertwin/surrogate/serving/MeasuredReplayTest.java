package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.ObservedRun;
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
 * start. docs/fidelity.md tells how far all published runs are off.
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

  private static ObservedRun served(MeasuredRun run, double throughput, double itl) {
    MeasuredReplay.Outcome outcome = MeasuredReplay.of(Gpus.named("h100-64gb-sxm")).replay(run);
    ObservedRun twin = assertInstanceOf(MeasuredReplay.Outcome.Served.class, outcome).twin();
    ObservedRun real = run.observed();
    assertEquals(
        real.throughputTokensPerSecond(),
        twin.throughputTokensPerSecond(),
        throughput * real.throughputTokensPerSecond(),
        "throughput");
    assertEquals(real.meanItlSeconds(), twin.meanItlSeconds(), itl * real.meanItlSeconds(), "ITL");
    return twin;
  }

  @Test
  void sustained_runs_come_out_as_measured() throws IOException {
    assertFalse(served(run(LOW_RATES + "8_8_16"), 0.01, 0.05).starved());
    assertFalse(served(run(LOW_RATES + "32_32_16"), 0.01, 0.05).starved());
  }

  @Test
  void a_starved_run_comes_out_as_measured() throws IOException {
    assertTrue(served(run(HIGH_RATES + "16_64_32"), 0.03, 0.06).starved());
  }

  @Test
  void a_run_that_did_not_start_is_refused_for_the_logged_reason() throws IOException {
    MeasuredReplay.Outcome outcome =
        MeasuredReplay.of(Gpus.named("h100-64gb-sxm")).replay(run(LOW_RATES + "256_256_16"));
    MemoryPlan.Refused refusal =
        assertInstanceOf(MeasuredReplay.Outcome.Refused.class, outcome).refusal();
    // The engine logged 14.01 GiB of KV cache, 16 GiB are needed for 131,072 tokens.
    assertEquals(MemoryPlan.Reason.KV_BELOW_MAX_MODEL_LEN, refusal.reason());
    assertEquals(14.01, refusal.kvBytes() / (double) (1L << 30), 0.1);
  }

  @Test
  void a_row_tells_what_was_asked_and_what_was_measured() throws IOException {
    MeasuredReplay replay = MeasuredReplay.of(Gpus.named("h100-64gb-sxm"));
    MeasuredRun run = run(HIGH_RATES + "16_64_32");
    TrainingRow row = replay.row(run, 3);
    double[] features = row.features();
    assertEquals(3, row.index());
    assertEquals(64, features[ServingFeatures.names().indexOf("served_adapters")]);
    assertEquals(16, features[ServingFeatures.names().indexOf("adapter_slots")]);
    // Early ends of sequence are known beforehand: .85 % of the output tokens.
    double requests = run.arrivals() / run.durationSeconds();
    assertEquals(
        requests * (run.meanInputTokens() + 0.9915 * run.meanOutputTokens()),
        ServingFeatures.offered(features),
        1e-9 * row.offeredTokensPerSecond());
    assertEquals(run.offeredTokensPerSecond(), row.offeredTokensPerSecond());
    assertEquals(run.observed().throughputTokensPerSecond(), row.throughputTokensPerSecond());
    assertTrue(row.starved());
    // The fluid alone, without queues and chance, is within a tenth.
    assertEquals(
        1, ServingFeatures.fluidThroughput(features) / row.throughputTokensPerSecond(), 0.1);
    assertFalse(replay.row(run(LOW_RATES + "256_256_16"), 0).started());
  }
}
