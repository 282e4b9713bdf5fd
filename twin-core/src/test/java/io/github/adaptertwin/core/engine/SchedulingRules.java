package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.report.SeriesPoint;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The engine's rules on a few requests each, worked out by hand. Unless a case says otherwise a
 * step lasts 100 ps whatever it holds.
 */
abstract class SchedulingRules {
  private static final double PICO = 1e-12;

  final Journal journal = new Journal();

  private static EngineConfig.Builder engine(int adapters) {
    List<LoraAdapter> list = new ArrayList<>();
    for (int a = 0; a < adapters; a++) {
      list.add(new LoraAdapter("adapter-" + a, 8));
    }
    return EngineConfig.builder()
        .adapters(list)
        .maxLoras(adapters)
        .maxNumSeqs(8)
        .maxNumBatchedTokens(64)
        .maxModelLen(128)
        .kvBlocks(1000);
  }

  /** Runs the engine that is held to the rules. */
  abstract ReplicaReport run(
      EngineConfig config, UnitCosts costs, RequestTrace trace, RunOptions options);

  private ReplicaReport run(EngineConfig config, UnitCosts costs, RequestTrace trace) {
    return run(
        config,
        costs,
        trace,
        new RunOptions(1_000_000, RunOptions.AtHorizon.CUT, ReportDetail.PERCENTILES));
  }

  private ReplicaReport run(EngineConfig config, RequestTrace trace) {
    return run(config, UnitCosts.ofStep(100), trace);
  }

  @Test
  void the_step_that_completes_the_prefill_samples_the_first_token() {
    ReplicaReport report =
        run(engine(0).build(), RequestTrace.builder(0).add(50, -1, 20, 3).build());
    // Prefill from 50 to 150, decodes until 250 and 350.
    assertEquals(List.of("step 0 at 50: admit 0", "step 2 at 350: finish 0"), journal.lines());
    assertEquals(100 * PICO, report.ttft().mean(), 1e-24);
    assertEquals(100 * PICO, report.itl().mean(), 1e-24);
    assertEquals(2, report.itl().count());
    assertEquals(300 * PICO, report.endToEnd().mean(), 1e-24);
    assertEquals(100 * PICO, report.tpot().mean(), 1e-24);
    assertEquals(3, report.engine().steps());
    assertEquals(20, report.tokens().prefilled());
    assertEquals(3, report.tokens().generated());
  }

  @Test
  void a_prompt_longer_than_the_budget_is_prefilled_in_chunks() {
    ReplicaReport report =
        run(engine(0).build(), RequestTrace.builder(0).add(0, -1, 100, 1).build());
    // 64 and 36 tokens.
    assertEquals(List.of("step 0 at 0: admit 0", "step 1 at 200: finish 0"), journal.lines());
    assertEquals(100, report.tokens().prefilled());
  }

  @Test
  void a_budget_is_used_up_in_order_of_admission() {
    // Step 0: 40 of request 0 and 24 of request 1; step 1: one decode, 16 of request 1, all 30 of
    // request 2, and 17 of the 20 of request 3; step 2: its last 3.
    run(
        engine(0).build(),
        RequestTrace.builder(0)
            .add(0, -1, 40, 2)
            .add(0, -1, 40, 1)
            .add(0, -1, 30, 1)
            .add(0, -1, 20, 1)
            .build());
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 0 at 0: admit 1",
            "step 1 at 100: admit 2",
            "step 1 at 100: admit 3",
            "step 1 at 200: finish 0",
            "step 1 at 200: finish 1",
            "step 1 at 200: finish 2",
            "step 2 at 300: finish 3"),
        journal.lines());
  }

  @Test
  void no_more_than_max_num_seqs_run_at_once() {
    ReplicaReport report =
        run(
            engine(0).maxNumSeqs(1).build(),
            RequestTrace.builder(0).add(0, -1, 4, 2).add(0, -1, 4, 1).build());
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 1 at 200: finish 0",
            "step 2 at 200: admit 1",
            "step 2 at 300: finish 1"),
        journal.lines());
    assertEquals(1, report.running().max());
    assertEquals(2, report.waiting().max());
  }

  @Test
  void a_request_whose_adapter_finds_no_slot_is_passed_over_and_charged_to_the_scheduler() {
    // One slot. Request 1 (adapter 1) is passed over for requests 0 and 2 (adapter 0) and for 3
    // (base model), and comes in when adapter 0 has no request left.
    UnitCosts costs = new UnitCosts(100, 0, 0, 0, 0, 10, 0, 0, 0);
    ReplicaReport report =
        run(
            engine(2).maxLoras(1).maxCpuLoras(2).build(),
            costs,
            RequestTrace.builder(2)
                .add(0, 0, 4, 1)
                .add(0, 1, 4, 1)
                .add(0, 0, 4, 2)
                .add(0, -1, 4, 1)
                .build());
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 0 at 0: admit 2",
            "step 0 at 0: admit 3",
            "step 0 at 0: evict 1",
            "step 0 at 0: load 0 from HOST_MEMORY",
            "step 0 at 110: finish 0",
            "step 0 at 110: finish 3",
            "step 1 at 220: finish 2",
            "step 2 at 220: admit 1",
            "step 2 at 220: evict 0",
            "step 2 at 220: load 1 from HOST_MEMORY",
            "step 2 at 320: finish 1"),
        journal.lines());
    assertEquals(20 * PICO, report.time().scheduling(), 1e-24);
    assertEquals(220 * PICO, report.queue().firstSeconds() * 4, 1e-24);
  }

  @Test
  void a_shortage_of_kv_blocks_preempts_the_last_admitted_which_keeps_its_tokens() {
    // Four usable blocks of 16. Both hold two blocks until their 33rd token.
    ReplicaReport report =
        run(
            engine(0).kvBlocks(5).maxModelLen(64).build(),
            RequestTrace.builder(0).add(0, -1, 31, 10).add(0, -1, 31, 10).build());
    // Request 1 made 2 tokens; it needs 3 blocks for 33 tokens and gets them after request 0 is
    // done at the end of step 9; its third token comes with the recompute in step 10.
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 0 at 0: admit 1",
            "step 2 at 200: preempt 1",
            "step 9 at 1000: finish 0",
            "step 10 at 1000: admit 1",
            "step 17 at 1800: finish 1"),
        journal.lines());
    assertEquals(1, report.engine().preemptions());
    assertEquals(31 + 31 + 33, report.tokens().prefilled());
    assertEquals(20, report.tokens().generated());
    // The gap across the preemption counts: from 200 to 1100.
    assertEquals(900 * PICO, report.itl().max(), 1e-24);
  }

  @Test
  void a_request_that_is_itself_the_last_admitted_preempts_itself() {
    run(
        engine(0).kvBlocks(5).maxModelLen(64).build(),
        RequestTrace.builder(0).add(0, -1, 17, 4).add(0, -1, 31, 4).build());
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 0 at 0: admit 1",
            "step 2 at 200: preempt 1",
            "step 3 at 400: finish 0",
            "step 4 at 400: admit 1",
            "step 5 at 600: finish 1"),
        journal.lines());
  }

  @Test
  void nobody_is_admitted_in_a_step_that_preempted_nor_behind_a_request_that_finds_no_blocks() {
    // Request 2 would fit in the free block that the preemption in step 2 leaves, and request 1
    // does not; both wait until request 0 is done.
    run(
        engine(0).kvBlocks(5).maxModelLen(64).build(),
        RequestTrace.builder(0).add(0, -1, 31, 5).add(0, -1, 31, 5).add(150, -1, 5, 1).build());
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 0 at 0: admit 1",
            "step 2 at 200: preempt 1",
            "step 4 at 500: finish 0",
            "step 5 at 500: admit 1",
            "step 5 at 500: admit 2",
            "step 5 at 600: finish 2",
            "step 7 at 800: finish 1"),
        journal.lines());
  }

  private List<String> residency() {
    return journal.lines().stream()
        .filter(line -> line.contains(": load") || line.contains(": evict"))
        .toList();
  }

  @Test
  void adapters_are_cached_in_two_tiers_least_recently_used_first() {
    // Two slots in GPU memory, two in host memory, nothing loaded before: the third adapter drives
    // the first out of both, the return of the first drives out the second.
    ReplicaReport report =
        run(
            engine(3).maxLoras(2).maxCpuLoras(2).adaptersPreloaded(false).build(),
            UnitCosts.ofStep(100).withLoads(7, 30),
            RequestTrace.builder(3)
                .add(0, 0, 4, 1)
                .add(1000, 1, 4, 1)
                .add(2000, 1, 4, 1)
                .add(3000, 2, 4, 1)
                .add(4000, 0, 4, 1)
                .build());
    assertEquals(
        List.of(
            "step 0 at 0: load 0 from DISK",
            "step 0 at 0: load 0 from HOST_MEMORY",
            "step 1 at 1000: load 1 from DISK",
            "step 1 at 1000: load 1 from HOST_MEMORY",
            "step 3 at 3000: load 2 from DISK",
            "step 3 at 3000: evict 0",
            "step 3 at 3000: load 2 from HOST_MEMORY",
            "step 4 at 4000: load 0 from DISK",
            "step 4 at 4000: evict 1",
            "step 4 at 4000: load 0 from HOST_MEMORY"),
        residency());
    assertTrue(journal.lines().contains("step 0 at 137: finish 0"));
    assertTrue(journal.lines().contains("step 2 at 2100: finish 2"));
    assertEquals(4, report.engine().diskLoads());
    assertEquals(4, report.engine().hostLoads());
    assertEquals(4 * 37 * PICO, report.time().loading(), 1e-24);
  }

  @Test
  void registered_adapters_start_in_host_memory_and_the_last_ones_in_slots() {
    ReplicaReport report =
        run(
            engine(3).maxLoras(2).maxCpuLoras(3).build(),
            RequestTrace.builder(3).add(0, 1, 4, 1).add(0, 2, 4, 1).add(1000, 0, 4, 1).build());
    assertEquals(
        List.of("step 1 at 1000: evict 1", "step 1 at 1000: load 0 from HOST_MEMORY"), residency());
    assertEquals(0, report.engine().diskLoads());
  }

  @Test
  void an_adapter_that_was_never_used_goes_before_one_that_was() {
    // Slots hold adapters 1 and 2 at the start. Adapter 0 drives out 1 and is used up to step 5;
    // then 1 drives out 2, and 2 drives out 0.
    run(
        engine(3).maxLoras(2).maxCpuLoras(3).build(),
        RequestTrace.builder(3).add(0, 0, 4, 6).add(1000, 1, 4, 1).add(2000, 2, 4, 1).build());
    assertEquals(
        List.of(
            "step 0 at 0: evict 1",
            "step 0 at 0: load 0 from HOST_MEMORY",
            "step 6 at 1000: evict 2",
            "step 6 at 1000: load 1 from HOST_MEMORY",
            "step 7 at 2000: evict 0",
            "step 7 at 2000: load 2 from HOST_MEMORY"),
        residency());
  }

  @Test
  void a_preempted_request_used_its_adapter_up_to_the_step_before() {
    // Five usable blocks. Request 1 (adapter 1) is done with step 1; in step 2 requests 0 and 2
    // want a third block each, and request 2 (adapter 0) loses the two that it has. Both adapters
    // were last used in step 1, so the urgent request 3 drives out the one with the lower index.
    run(
        engine(4)
            .maxLoras(3)
            .maxCpuLoras(4)
            .kvBlocks(6)
            .maxModelLen(64)
            .schedulingPolicy(SchedulingPolicy.PRIORITY)
            .build(),
        RequestTrace.builder(4)
            .add(0, 2, 31, 10, 0)
            .add(0, 1, 2, 2, 0)
            .add(0, 0, 31, 10, 1)
            .add(250, 3, 4, 1, 0)
            .build());
    assertTrue(journal.lines().contains("step 2 at 200: preempt 2"), journal.lines().toString());
    assertEquals(
        List.of(
            "step 0 at 0: evict 3",
            "step 0 at 0: load 0 from HOST_MEMORY",
            "step 3 at 300: evict 0",
            "step 3 at 300: load 3 from HOST_MEMORY",
            "step 10 at 1000: evict 1",
            "step 10 at 1000: load 0 from HOST_MEMORY"),
        residency());
  }

  @Test
  void decoding_reads_the_whole_context() {
    // 100 for the prefill, then 100 + 5 and 100 + 6 context tokens at 1 ps each.
    run(
        engine(0).build(),
        new UnitCosts(100, 0, 1, 0, 0, 0, 0, 0, 0),
        RequestTrace.builder(0).add(0, -1, 4, 3).build());
    assertTrue(journal.lines().contains("step 2 at 311: finish 0"), journal.lines().toString());
  }

  @Test
  void requests_pass_the_front_end_before_they_queue() {
    ReplicaReport report =
        run(
            engine(0).build(),
            new UnitCosts(100, 0, 0, 0, 0, 0, 0, 0, 40),
            RequestTrace.builder(0).add(5, -1, 4, 1).build());
    assertEquals(List.of("step 0 at 45: admit 0", "step 0 at 145: finish 0"), journal.lines());
    assertEquals(140 * PICO, report.ttft().mean(), 1e-24);
  }

  @Test
  void arrivals_above_the_waiting_cap_are_dropped_and_prompts_that_fill_the_model_rejected() {
    ReplicaReport report =
        run(
            engine(0).maxNumSeqs(1).build(),
            RequestTrace.builder(0)
                .waitingCap(1)
                .add(0, -1, 128, 1)
                .add(0, -1, 4, 2)
                .add(0, -1, 4, 2)
                .add(150, -1, 120, 500)
                .build());
    assertEquals(4, report.requests().arrived());
    assertEquals(1, report.requests().rejected());
    assertEquals(1, report.requests().dropped());
    assertEquals(2, report.requests().completed());
    // The last request stops at max_model_len: 8 tokens.
    assertEquals(2 + 8, report.tokens().completedOutput());
  }

  @Test
  void a_run_is_cut_within_a_step_or_drained() {
    RequestTrace trace = RequestTrace.builder(0).add(0, -1, 4, 5).add(249, -1, 4, 1).build();
    RunOptions cut = new RunOptions(250, RunOptions.AtHorizon.CUT, ReportDetail.SUMMARY);
    ReplicaReport half = run(engine(0).build(), UnitCosts.ofStep(100), trace, cut);
    assertEquals(250 * PICO, half.durationSeconds(), 1e-24);
    assertEquals(2, half.tokens().generated());
    assertEquals(1, half.requests().running());
    assertEquals(1, half.requests().waiting());
    assertEquals(250 * PICO, half.time().compute(), 1e-24);
    ReplicaReport whole =
        run(
            engine(0).build(),
            UnitCosts.ofStep(100),
            trace,
            cut.withAtHorizon(RunOptions.AtHorizon.DRAIN));
    assertEquals(2, whole.requests().completed());
    assertEquals(500 * PICO, whole.durationSeconds(), 1e-24);
  }

  @Test
  void a_source_with_more_adapters_than_the_engine_is_refused() {
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () -> run(engine(1).build(), UnitCosts.ofStep(1), RequestTrace.builder(2).build()));
    assertTrue(e.getMessage().contains("names 2 adapters, the engine has 1"));
  }

  @Test
  void a_fair_engine_holds_up_the_others_for_a_request_that_has_waited_long() {
    // One slot; adapter 0 would keep it for ever. Request 1 (adapter 1) is 300 old in step 3, just
    // enough, so request 4 is not admitted any more, and request 1 comes in when request 3 is done.
    RequestTrace trace =
        RequestTrace.builder(2)
            .add(0, 0, 4, 2)
            .add(0, 1, 4, 1)
            .add(100, 0, 4, 2)
            .add(200, 0, 4, 2)
            .add(300, 0, 4, 2)
            .build();
    EngineConfig.Builder oneSlot = engine(2).maxLoras(1).maxCpuLoras(2);
    run(oneSlot.build(), trace);
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 1 at 100: admit 2",
            "step 2 at 200: admit 3",
            "step 3 at 300: admit 4",
            "step 5 at 500: admit 1"),
        journal.lines().stream().filter(line -> line.contains("admit")).toList());
    journal.lines().clear();
    run(oneSlot.schedulingPolicy(SchedulingPolicy.FAIR).agingPicos(300).build(), trace);
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 1 at 100: admit 2",
            "step 2 at 200: admit 3",
            "step 4 at 400: admit 1",
            "step 5 at 500: admit 4"),
        journal.lines().stream().filter(line -> line.contains("admit")).toList());
  }

  @Test
  void a_fair_engine_looks_no_further_than_an_old_request_without_a_slot() {
    // One slot, and everybody is old at once; who is passed over costs 10. Request 1 finds its
    // adapter running and comes in; request 3 does not, and is not passed over but waited for.
    run(
        engine(2)
            .maxLoras(1)
            .maxCpuLoras(2)
            .schedulingPolicy(SchedulingPolicy.FAIR)
            .agingPicos(0)
            .build(),
        new UnitCosts(100, 0, 0, 0, 0, 10, 0, 0, 0),
        RequestTrace.builder(2)
            .add(0, 0, 4, 3)
            .add(150, 0, 4, 1)
            .add(400, 0, 4, 3)
            .add(450, 1, 4, 1)
            .build());
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 2 at 200: admit 1",
            "step 2 at 300: finish 0",
            "step 2 at 300: finish 1",
            "step 3 at 400: admit 2",
            "step 5 at 700: finish 2",
            "step 6 at 700: admit 3",
            "step 6 at 800: finish 3"),
        journal.lines().stream()
            .filter(line -> line.contains("admit") || line.contains("finish"))
            .toList());
  }

  @Test
  void priorities_rule_admission_and_who_is_preempted() {
    // Two run at once. Request 1 is less urgent than 2, which overtakes it in the queue.
    EngineConfig.Builder byPriority = engine(0).schedulingPolicy(SchedulingPolicy.PRIORITY);
    run(
        byPriority.maxNumSeqs(1).build(),
        RequestTrace.builder(0)
            .add(0, -1, 4, 2, 1)
            .add(50, -1, 4, 1, 2)
            .add(60, -1, 4, 1, 0)
            .build());
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 1 at 200: finish 0",
            "step 2 at 200: admit 2",
            "step 2 at 300: finish 2",
            "step 3 at 300: admit 1",
            "step 3 at 400: finish 1"),
        journal.lines());
    journal.lines().clear();
    // Four blocks of 16: in step 2 both want a third one. Request 0 is admitted first but is less
    // urgent, so it is request 0 that goes, though request 1 was admitted last.
    run(
        byPriority.maxNumSeqs(8).kvBlocks(5).maxModelLen(64).build(),
        RequestTrace.builder(0).add(0, -1, 31, 4, 1).add(50, -1, 32, 4, 0).build());
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 1 at 100: admit 1",
            "step 2 at 200: preempt 0",
            "step 4 at 500: finish 1",
            "step 5 at 500: admit 0",
            "step 6 at 700: finish 0"),
        journal.lines());
  }

  @Test
  void a_whole_request_reserves_its_blocks_at_admission_and_is_never_preempted() {
    // Four usable blocks; a request of 31 + 10 tokens takes three for its whole life.
    ReplicaReport report =
        run(
            engine(0)
                .kvBlocks(5)
                .maxModelLen(64)
                .kvReservation(KvReservation.WHOLE_REQUEST)
                .build(),
            RequestTrace.builder(0).add(0, -1, 31, 10).add(0, -1, 31, 10).build());
    assertEquals(
        List.of(
            "step 0 at 0: admit 0",
            "step 9 at 1000: finish 0",
            "step 10 at 1000: admit 1",
            "step 19 at 2000: finish 1"),
        journal.lines());
    assertEquals(0, report.engine().preemptions());
    assertEquals(4 / 5.0, report.kvUse().max(), 1e-15);
  }

  @Test
  void overlapped_loads_cost_only_what_outlasts_the_computing() {
    ReplicaReport report =
        run(
            engine(2)
                .adaptersPreloaded(false)
                .maxCpuLoras(2)
                .adapterLoading(AdapterLoading.OVERLAPPED)
                .build(),
            UnitCosts.ofStep(100).withLoads(30, 90),
            RequestTrace.builder(2).add(0, 0, 4, 1).add(1000, 0, 4, 1).build());
    // Disk and slot take 120, 20 more than the step.
    assertTrue(journal.lines().contains("step 0 at 120: finish 0"), journal.lines().toString());
    assertTrue(journal.lines().contains("step 1 at 1100: finish 1"));
    assertEquals(20 * PICO, report.time().loading(), 1e-24);
  }

  @Test
  void after_a_warm_up_everything_is_counted_anew() {
    // Steps of 100: request 0 from 0 to 300, request 1 from 300 to 500 (it waits from 120 on). The
    // warm-up of 150 ends with the step that begins at 200.
    RunOptions options =
        new RunOptions(1000, RunOptions.AtHorizon.CUT, ReportDetail.SUMMARY, 150, 0, true);
    ReplicaReport report =
        run(
            engine(0).maxNumSeqs(1).build(),
            UnitCosts.ofStep(100),
            RequestTrace.builder(0).add(0, -1, 4, 3).add(120, -1, 4, 2).build(),
            options);
    assertEquals(800 * PICO, report.durationSeconds(), 1e-24);
    // Request 1 arrived while the second step ran, so it is seen after the warm-up.
    assertEquals(1, report.requests().carriedOver());
    assertEquals(1, report.requests().arrived());
    assertEquals(2, report.requests().completed());
    assertEquals(3, report.tokens().generated());
    assertEquals(3, report.engine().steps());
    assertEquals(300.0 / 800, report.running().mean(), 1e-12);
  }

  @Test
  void a_batch_that_only_decodes_after_the_warm_up_is_seen_and_steps_may_take_no_time() {
    RunOptions options =
        new RunOptions(10_000, RunOptions.AtHorizon.CUT, ReportDetail.SUMMARY, 150, 0, true);
    RequestTrace trace = RequestTrace.builder(1).add(0, 0, 4, 5).build();
    ReplicaReport report = run(engine(1).build(), UnitCosts.ofStep(100), trace, options);
    assertEquals(1, report.running().max());
    assertEquals(1, report.distinctAdapters().max());
    ReplicaReport free = run(engine(1).build(), UnitCosts.ofStep(0), trace, options);
    assertEquals(0, free.requests().carriedOver());
    assertEquals(9850 * PICO, free.time().idle(), 1e-20);
  }

  @Test
  void a_time_series_cuts_the_run_into_equal_intervals() {
    // Prefill 100 to 200, decode 200 to 300; intervals of 150.
    RunOptions options =
        new RunOptions(450, RunOptions.AtHorizon.CUT, ReportDetail.SUMMARY, 0, 150, false);
    ReplicaReport report =
        run(
            engine(1).build(),
            UnitCosts.ofStep(100),
            RequestTrace.builder(1).add(100, 0, 16, 2).build(),
            options);
    assertEquals(3, report.series().size());
    SeriesPoint first = report.series().get(0);
    assertEquals(150 * PICO, first.durationSeconds(), 1e-24);
    assertEquals(1, first.arrived());
    assertEquals(50.0 / 150, first.running(), 1e-12);
    // The null block all the time, another one from 100 on.
    assertEquals((150 + 50) / 150.0 / 1000, first.kvUse(), 1e-12);
    SeriesPoint second = report.series().get(1);
    assertEquals(1, second.running(), 1e-12);
    assertEquals(1, second.distinctAdapters(), 1e-12);
    assertEquals(1, second.generatedTokens());
    SeriesPoint third = report.series().get(2);
    assertEquals(0, third.running());
    assertEquals(1, third.generatedTokens());
    assertEquals(1, third.completed());
  }

  @Test
  void prompts_of_one_adapter_that_begin_alike_share_their_full_blocks() {
    // Blocks of 16, a step costs 100 and 1 a token. Request 1 finds 32 of its 40 tokens; request 2
    // has the same prompt for another adapter and finds none; request 3 ends with a known block,
    // which is computed again for the sake of its last token.
    ReplicaReport report =
        run(
            engine(2).prefixCaching(true).build(),
            new UnitCosts(100, 1, 0, 0, 0, 0, 0, 0, 0),
            RequestTrace.builder(2)
                .hashBlockTokens(16)
                .add(0, 0, 40, 1)
                .prefixHashes(11, 12, 13)
                .add(1000, 0, 40, 1)
                .prefixHashes(11, 12, 13)
                .add(2000, 1, 40, 1)
                .prefixHashes(11, 12, 13)
                .add(3000, 0, 32, 1)
                .prefixHashes(11, 12)
                .build());
    assertEquals(
        List.of(
            "step 0 at 140: finish 0",
            "step 1 at 1108: finish 1",
            "step 2 at 2140: finish 2",
            "step 3 at 3116: finish 3"),
        journal.lines().stream().filter(line -> line.contains("finish")).toList());
    assertEquals(32 + 16, report.engine().prefixHitTokens());
    assertEquals(40 + 8 + 40 + 16, report.tokens().prefilled());
  }

  @Test
  void a_free_block_is_known_until_it_is_taken_the_last_block_of_a_request_first() {
    // Four usable blocks. Request 0 fills two and a part of a third; freed, they queue behind the
    // untouched one as part, second, first. Request 1 takes the untouched one and the part, so
    // request 2 still finds both full blocks. Request 3 takes two others and the second, so
    // request 4 finds the first only.
    ReplicaReport report =
        run(
            engine(0).kvBlocks(5).maxModelLen(64).prefixCaching(true).build(),
            new UnitCosts(100, 1, 0, 0, 0, 0, 0, 0, 0),
            RequestTrace.builder(0)
                .hashBlockTokens(16)
                .add(0, -1, 40, 1)
                .prefixHashes(11, 12, 13)
                .add(1000, -1, 32, 1)
                .add(2000, -1, 40, 1)
                .prefixHashes(11, 12, 13)
                .add(3000, -1, 48, 1)
                .add(4000, -1, 40, 1)
                .prefixHashes(11, 12, 13)
                .build());
    assertEquals(
        List.of(
            "step 0 at 140: finish 0",
            "step 1 at 1132: finish 1",
            "step 2 at 2108: finish 2",
            "step 3 at 3148: finish 3",
            "step 4 at 4124: finish 4"),
        journal.lines().stream().filter(line -> line.contains("finish")).toList());
    assertEquals(32 + 16, report.engine().prefixHitTokens());
  }
}
