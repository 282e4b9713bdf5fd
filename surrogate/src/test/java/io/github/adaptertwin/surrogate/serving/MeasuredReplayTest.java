package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.report.ObservedRun;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.workload.observed.MeasuredRun;
import io.github.adaptertwin.workload.observed.MeasuredRuns;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
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

  private static MeasuredReplay replay() {
    return MeasuredReplay.of(Gpus.named("h100-64gb-sxm"));
  }

  private static MeasuredReplay.Outcome.Served servedWith(long... seeds) throws IOException {
    MeasuredReplay few = replay().withSeeds(Arrays.stream(seeds).boxed().toList());
    return assertInstanceOf(
        MeasuredReplay.Outcome.Served.class, few.replay(run(LOW_RATES + "8_8_16")));
  }

  @Test
  void figures_are_means_over_the_seeds() throws IOException {
    MeasuredReplay.Outcome.Served one = servedWith(1);
    MeasuredReplay.Outcome.Served two = servedWith(2);
    MeasuredReplay.Outcome.Served both = servedWith(1, 2);
    double a = one.twin().throughputTokensPerSecond();
    double b = two.twin().throughputTokensPerSecond();
    assertEquals((a + b) / 2, both.twin().throughputTokensPerSecond(), 1e-9);
    assertEquals(
        (one.twin().meanItlSeconds() + two.twin().meanItlSeconds()) / 2,
        both.twin().meanItlSeconds(),
        1e-12);
    assertEquals(
        (one.twin().meanKvUse() + two.twin().meanKvUse()) / 2, both.twin().meanKvUse(), 1e-12);
    assertEquals(0, one.completedShareSd());
    // Of two values the standard deviation is half their distance, as a share of what was offered.
    double offered = run(LOW_RATES + "8_8_16").offeredTokensPerSecond();
    assertEquals(Math.abs(a - b) / 2 / offered, both.completedShareSd(), 1e-12);
    assertTrue(both.completedShareSd() > 0);
    assertEquals(a / offered, one.completedShare(), 1e-12);
    assertEquals(one.twin(), servedWith(1).twin());
    String message =
        assertThrows(IllegalArgumentException.class, () -> replay().withSeeds(List.of()))
            .getMessage();
    assertEquals("there are no seeds, give at least one", message);
  }

  @Test
  void requests_are_made_for_each_seed() throws IOException {
    MeasuredRun run = run(LOW_RATES + "8_8_16");
    assertEquals(3, replay().requests(run).size());
    assertEquals(1, replay().withSeeds(List.of(7L)).requests(run).size());
    assertEquals("h100-64gb-sxm", replay().gpu().name());
    RunOptions options = MeasuredReplay.options(run);
    assertEquals(3_600_000_000_000_000L, options.horizonPicos());
    assertEquals(RunOptions.AtHorizon.CUT, options.atHorizon());
    assertEquals(ReportDetail.SUMMARY, options.detail());
  }

  @Test
  void a_kv_cache_is_computed_or_as_it_was_measured() throws IOException {
    MeasuredRun run = run(LOW_RATES + "8_8_16");
    MeasuredReplay measured = replay().withKvCache(MeasuredReplay.KvCache.MEASURED);
    assertEquals(302_000 / 16, measured.engine(run).kvBlocks());
    int computed = replay().engine(run).kvBlocks();
    assertEquals(302_000 / 16.0, computed, 300);
    assertTrue(computed != 302_000 / 16);
    assertEquals(16L * computed, servedWith(1).kvTokens());
    EngineConfig engine = replay().engine(run);
    assertEquals(8, engine.maxLoras());
    assertEquals(16, engine.maxLoraRank());
    assertEquals(8, engine.maxCpuLoras());
    assertEquals(2048, engine.maxNumSeqs());
    assertEquals(2048, engine.maxNumBatchedTokens());
    // All that a request can use of the cache, which is less than a hundred thousand tokens more.
    assertEquals(131_072, engine.maxModelLen());
    // The one that did not start measured nothing: the memory model decides.
    MeasuredRun refused = run(LOW_RATES + "256_256_16");
    assertTrue(replay().starts(run));
    assertFalse(measured.starts(refused));
    String message =
        assertThrows(IllegalArgumentException.class, () -> measured.engine(refused)).getMessage();
    assertTrue(message.startsWith("run '" + LOW_RATES + "256_256_16': "), message);
    assertInstanceOf(MeasuredReplay.Outcome.Refused.class, measured.replay(refused));
  }

  private static MeasuredRun changed(String id, String from, String to) throws IOException {
    try (InputStream table = MeasuredReplayTest.class.getResourceAsStream("measured-runs.csv")) {
      assertNotNull(table);
      String text = new String(table.readAllBytes(), StandardCharsets.UTF_8).replace(from, to);
      return MeasuredRuns.read("changed.csv", new StringReader(text)).stream()
          .filter(run -> run.id().equals(id))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Really it did not, though the memory model says that it would have: no request was sent. */
  @Test
  void a_run_that_should_have_started_comes_out_as_nothing_served() throws IOException {
    MeasuredRun run = changed(LOW_RATES + "256_256_16", ",256,256,16,", ",256,16,16,");
    assertFalse(run.started());
    MeasuredReplay.Outcome.Served served =
        assertInstanceOf(MeasuredReplay.Outcome.Served.class, replay().replay(run));
    assertEquals(run.observed(), served.twin());
    assertTrue(served.kvTokens() > 131_072, "it would have had " + served.kvTokens());
    assertEquals(0, served.completedShareSd());
    assertTrue(replay().starts(run));
  }

  /** Qwen ends its answers earlier than Llama: 95.83 % of the tokens that are allowed. */
  @Test
  void the_share_of_output_tokens_is_the_models() throws IOException {
    MeasuredRun run =
        changed(LOW_RATES + "8_8_16", ",llama-3.1-8b-instruct,", ",qwen2.5-7b-instruct,");
    TrainingRow row = replay().row(run, 0);
    assertEquals("qwen2.5-7b-instruct", row.model());
    double requests = run.arrivals() / run.durationSeconds();
    assertEquals(
        requests * (run.meanInputTokens() + 0.9583 * run.meanOutputTokens()),
        ServingFeatures.offered(row.features()),
        1e-9 * row.offeredTokensPerSecond());
    assertEquals(run.ratePerSecond(), row.plannedRatePerSecond());
    assertEquals(0.01474, row.meanItlSeconds(), 1e-12);
    assertEquals(0.03496, row.meanTtftSeconds(), 1e-12);
    assertTrue(Double.isNaN(row.p95TtftSeconds()));
    assertTrue(Double.isNaN(row.figure(6)));
  }

  @Test
  void a_measured_cache_needs_two_blocks() throws IOException {
    MeasuredReplay measured = replay().withKvCache(MeasuredReplay.KvCache.MEASURED);
    String id = LOW_RATES + "8_8_16";
    assertEquals(2, measured.engine(changed(id, ",302000,", ",32,")).kvBlocks());
    int computed = replay().engine(run(id)).kvBlocks();
    assertEquals(computed, measured.engine(changed(id, ",302000,", ",31,")).kvBlocks());
    MeasuredReplay one = measured.withSeeds(List.of(1L));
    assertEquals(
        302_000,
        assertInstanceOf(MeasuredReplay.Outcome.Served.class, one.replay(run(id))).kvTokens());
    assertEquals(
        16L * computed,
        assertInstanceOf(
                MeasuredReplay.Outcome.Served.class, one.replay(changed(id, ",302000,", ",31,")))
            .kvTokens());
  }

  /** What the load client saw is later than what the engine did: by the front end's delay. */
  @Test
  void first_tokens_are_seen_about_as_late_as_by_the_load_client() throws IOException {
    ObservedRun twin = servedWith(1).twin();
    ObservedRun real = run(LOW_RATES + "8_8_16").observed();
    assertEquals(0.03289371674387931, twin.meanTtftSeconds(), 1e-9);
    // Two of 1,736 requests are not finished, and count as the hour.
    assertEquals(
        (1734 * twin.meanTtftSeconds() + 2 * 3600) / 1736, twin.ttftWithUnfinishedSeconds(), 1e-9);
    assertEquals(real.meanTtftSeconds(), twin.meanTtftSeconds(), 0.2 * real.meanTtftSeconds());
  }
}
