package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestTrace;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class EngineSettingsTest {
  private static void refused(String words, UnaryOperator<EngineConfig.Builder> change) {
    EngineConfig.Builder good =
        EngineConfig.builder()
            .kvBlocks(200)
            .maxLoras(2)
            .maxCpuLoras(4)
            .adapters(List.of(new LoraAdapter("a", 16)));
    good.build();
    Exception e = assertThrows(IllegalArgumentException.class, () -> change.apply(good).build());
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  @Test
  void every_setting_has_a_bound_that_its_error_names() {
    refused("max_num_seqs is 0, must be at least 1", b -> b.maxNumSeqs(0));
    refused("must be at least max_num_seqs = 256", b -> b.maxNumBatchedTokens(255));
    refused("max_model_len is 0", b -> b.maxModelLen(0));
    refused("block_size is 0", b -> b.blockTokens(0));
    refused("KV blocks is 1, must be at least 2", b -> b.kvBlocks(1));
    refused("KV tokens is 2032, must be at least max_model_len = 2048", b -> b.kvBlocks(128));
    refused("max_loras is -1", b -> b.maxLoras(-1));
    refused("max_cpu_loras is 1, must be at least max_loras = 2", b -> b.maxCpuLoras(1));
    refused("max_cpu_loras is -1", b -> b.maxCpuLoras(-1));
    refused("adapters is 1, must be 0 when LoRA is disabled", b -> b.maxLoras(0));
    refused("rank of adapter 'a' is 16, must be at most max_lora_rank = 8", b -> b.maxLoraRank(8));
  }

  @Test
  void a_configuration_becomes_a_builder_and_back() {
    EngineConfig config =
        EngineConfig.builder()
            .kvBlocks(300)
            .maxLoras(2)
            .maxLoraRank(32)
            .maxNumSeqs(7)
            .maxNumBatchedTokens(99)
            .maxModelLen(77)
            .blockTokens(8)
            .adaptersPreloaded(false)
            .adapters(List.of(new LoraAdapter("a", 32)))
            .build();
    EngineConfig copy = config.toBuilder().build();
    assertEquals(2, copy.maxCpuLoras());
    assertEquals(32, copy.maxLoraRank());
    assertEquals(7, copy.maxNumSeqs());
    assertEquals(99, copy.maxNumBatchedTokens());
    assertEquals(77, copy.maxModelLen());
    assertEquals(8, copy.blockTokens());
    assertEquals(300, copy.kvBlocks());
    assertEquals(config.adapters(), copy.adapters());
    assertEquals(false, copy.adaptersPreloaded());
  }

  @Test
  void a_run_needs_a_horizon() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new RunOptions(0, RunOptions.AtHorizon.CUT, ReportDetail.SUMMARY));
    RunOptions hour = RunOptions.ofSeconds(3600).withDetail(ReportDetail.SUMMARY);
    assertEquals(3_600_000_000_000_000L, hour.horizonPicos());
    assertEquals(ReportDetail.SUMMARY, hour.detail());
  }

  private static void refused(String words, Executable call) {
    Exception e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  @Test
  void every_option_of_a_run_has_a_bound_that_its_error_names() {
    RunOptions hour = RunOptions.ofSeconds(3600);
    assertEquals(RunOptions.AtHorizon.CUT, hour.atHorizon());
    assertEquals(
        RunOptions.AtHorizon.DRAIN, hour.withAtHorizon(RunOptions.AtHorizon.DRAIN).atHorizon());
    assertTrue(hour.withChecks(true).checked());
    long picos = 3_600_000_000_000_000L;
    refused("horizon is 0 ps, must be in [1, 9200000000000000000]", () -> horizon(0));
    refused("horizon is 9200000000000000001 ps", () -> horizon(9_200_000_000_000_000_001L));
    assertEquals(1, horizon(1).horizonPicos());
    assertEquals(9_200_000_000_000_000_000L, horizon(9_200_000_000_000_000_000L).horizonPicos());
    refused(
        "warm-up is " + picos + " ps, must be in [0, horizon = " + picos + " ps)",
        () -> hour.withWarmUpSeconds(3600));
    assertEquals(picos - 1_000_000_000L, hour.withWarmUpSeconds(3599.999).warmUpPicos());
    assertEquals(0, hour.withWarmUpSeconds(0).warmUpPicos());
    refused("warm-up is -1", () -> with(-1, 0));
    refused("interval of the time series is -1", () -> with(0, -1));
    refused("a millionth of the horizon", () -> with(0, 3_599_990_000L));
    assertEquals(3_600_000_000L, with(0, 3_600_000_000L).seriesIntervalPicos());
    assertEquals(60_000_000_000_000L, hour.withSeries(60).seriesIntervalPicos());
  }

  private static RunOptions horizon(long picos) {
    return new RunOptions(picos, RunOptions.AtHorizon.CUT, ReportDetail.SUMMARY);
  }

  private static RunOptions with(long warmUpPicos, long seriesPicos) {
    return new RunOptions(
        3_600_000_000_000_000L,
        RunOptions.AtHorizon.CUT,
        ReportDetail.SUMMARY,
        warmUpPicos,
        seriesPicos,
        false);
  }

  @Test
  void settings_at_their_bounds_are_taken() {
    EngineConfig least =
        EngineConfig.builder()
            .maxNumSeqs(1)
            .maxNumBatchedTokens(1)
            .maxModelLen(1)
            .blockTokens(1)
            .kvBlocks(2)
            .maxLoras(0)
            .maxCpuLoras(0)
            .build();
    assertEquals(2, least.kvBlocks());
    EngineConfig exact =
        EngineConfig.builder()
            .kvBlocks(129)
            .maxLoras(2)
            .maxCpuLoras(2)
            .maxLoraRank(16)
            .adapters(List.of(new LoraAdapter("a", 16)))
            .build();
    assertEquals(2, exact.maxCpuLoras());
    assertEquals(0, EngineConfig.builder().kvBlocks(1000).agingPicos(0).build().agingPicos());
  }

  @Test
  void what_happens_in_a_warm_up_is_left_out_of_the_figures() {
    long second = 1_000_000_000_000L;
    EngineConfig config = EngineConfig.builder().maxLoras(0).kvBlocks(1000).build();
    RequestTrace trace =
        RequestTrace.builder(0)
            .add(0, RequestCursor.BASE_MODEL, 1, 3)
            .add(5 * second, RequestCursor.BASE_MODEL, 1, 2)
            .build();
    Replica replica = Replica.of(config, UnitCosts.ofStep(second));
    ReplicaReport whole = replica.run(trace, RunOptions.ofSeconds(10));
    assertEquals(10, whole.durationSeconds());
    assertEquals(2, whole.requests().arrived());
    assertEquals(7 / 10.0, whole.throughputTokensPerSecond());
    RunOptions warm = RunOptions.ofSeconds(10).withWarmUpSeconds(4);
    assertEquals(4 * second, warm.warmUpPicos());
    ReplicaReport report = replica.run(trace, warm);
    // Six seconds are left, in which one request of three tokens comes and is completed.
    assertEquals(6, report.durationSeconds());
    assertEquals(1, report.requests().arrived());
    assertEquals(1, report.requests().completed());
    assertEquals(3 / 6.0, report.throughputTokensPerSecond());
    assertThrows(
        IllegalArgumentException.class, () -> RunOptions.ofSeconds(10).withWarmUpSeconds(10));
  }

  @Test
  void a_shape_counts_tokens_pairs_and_history_of_its_chunks() {
    BatchShape shape = new BatchShape();
    shape.decodeRequests = 3;
    shape.addChunk(4, 10, true);
    shape.addChunk(2, 0, false);
    shape.addChunk(1, 0, false);
    assertEquals(3, shape.prefillChunks);
    assertEquals(1, shape.completedPrefills);
    assertEquals(10, shape.tokens());
    assertEquals(4, shape.sampledTokens());
    // 4 queries see 11, 12, 13 and 14 keys, 2 queries 1 and 2, the last one itself.
    assertEquals(50 + 3 + 1, shape.prefillPairs);
    assertEquals(10, shape.prefillHistoryTokens);
    shape.clear();
    assertEquals(0, shape.tokens() + shape.sampledTokens() + shape.prefillPairs);
  }

  @Test
  void prefix_caching_does_not_go_with_priorities_or_reservation() {
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                EngineConfig.builder()
                    .kvBlocks(1000)
                    .prefixCaching(true)
                    .schedulingPolicy(SchedulingPolicy.PRIORITY)
                    .build());
    assertTrue(e.getMessage().contains("goes with FCFS or FAIR"));
    refused(
        "prefix caching is on with FCFS and WHOLE_REQUEST",
        b -> b.prefixCaching(true).kvReservation(KvReservation.WHOLE_REQUEST));
    EngineConfig config =
        EngineConfig.builder()
            .kvBlocks(1000)
            .schedulingPolicy(SchedulingPolicy.FAIR)
            .agingPicos(7)
            .adapterLoading(AdapterLoading.OVERLAPPED)
            .prefixCaching(true)
            .build()
            .toBuilder()
            .build();
    assertEquals(SchedulingPolicy.FAIR, config.schedulingPolicy());
    assertEquals(7, config.agingPicos());
    assertEquals(KvReservation.ON_DEMAND, config.kvReservation());
    assertEquals(AdapterLoading.OVERLAPPED, config.adapterLoading());
    assertTrue(config.prefixCaching());
    assertThrows(
        IllegalArgumentException.class,
        () -> EngineConfig.builder().kvBlocks(1000).agingPicos(-1).build());
  }
}
