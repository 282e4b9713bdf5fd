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
    assertEquals(9, shape.tokens());
    assertEquals(4, shape.sampledTokens());
    // 4 queries see 11, 12, 13 and 14 keys, 2 queries 1 and 2.
    assertEquals(50 + 3, shape.prefillPairs);
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
