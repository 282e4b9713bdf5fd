package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.engine.BatchShape;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/**
 * The fluid by hand, with laws that are easier than a GPU's: prompts of 100 tokens, answers of 50,
 * the adapters of {@link LoadSummaryTest}.
 */
class FluidEstimateTest {
  private static final long PICOS_PER_MS = 1_000_000_000L;
  private static final double MISSED = 1 - Math.sqrt(0.5);

  private record Costs(ToLongFunction<BatchShape> shape, long perContextToken, long load)
      implements BoundStepCosts {
    @Override
    public long computePicos(BatchShape step) {
      return shape.applyAsLong(step);
    }

    @Override
    public long picosPerContextToken() {
      return perContextToken;
    }

    @Override
    public long schedulingPicos(int running, int waiting, int skipped) {
      return 0;
    }

    @Override
    public long loadPicos(int adapterRank, AdapterTier from) {
      return from == AdapterTier.HOST_MEMORY ? load * adapterRank : Long.MAX_VALUE;
    }

    @Override
    public long frontEndPicos() {
      return 0;
    }
  }

  /** A step of 10 ms whatever it does. */
  private static Costs tenMilliseconds(long load) {
    return new Costs(shape -> 10 * PICOS_PER_MS, 0, load);
  }

  private static EngineFlags flags(int slots, int sequences) {
    return EngineFlags.builder()
        .maxLoras(slots)
        .maxLoraRank(32)
        .maxCpuLoras(8)
        .maxNumSeqs(sequences)
        .maxNumBatchedTokens(2048)
        .build();
  }

  private static FluidEstimate fluid(double factor, int slots, int sequences, Costs costs) {
    LoadSummary load = LoadSummary.scaled(LoadSummaryTest.workload(), factor);
    return new FluidEstimate(load, flags(slots, sequences), costs, 133_000);
  }

  @Test
  void the_largest_batch_is_what_cache_sequences_and_budget_allow() {
    FluidEstimate few = fluid(1, 3, 100, tenMilliseconds(0));
    // A request holds 100 + 50 / 2 tokens and half a block.
    assertEquals(1000, few.kvRequests, 1e-9);
    assertEquals(100, few.sequences);
    assertEquals(100, few.mostBatch);
    // With each output token come two of a prompt: 2048 / 3 a step.
    FluidEstimate many = fluid(1, 3, 1024, tenMilliseconds(0));
    assertEquals(2048 / 3.0, many.sequences, 1e-9);
    LoadSummary load = LoadSummary.of(LoadSummaryTest.workload());
    FluidEstimate small = new FluidEstimate(load, flags(3, 100), tenMilliseconds(0), 1330);
    assertEquals(10, small.mostBatch, 1e-9);
    FluidEstimate none = new FluidEstimate(load, flags(3, 100), tenMilliseconds(0), 13.3);
    assertEquals(1, none.mostBatch);
  }

  /** Each request takes 50 steps of 10 ms: 200 a second with 100 side by side. */
  @Test
  void steps_of_one_length_carry_batch_over_length() {
    FluidEstimate fluid = fluid(1, 3, 100, tenMilliseconds(0));
    assertEquals(200, fluid.capacity, 1e-9);
    assertEquals(2, fluid.batch, 1e-6);
    assertEquals(0.01, fluid.stepSeconds, 1e-15);
    assertEquals(0, fluid.missShare);
    assertEquals(0.01, fluid.heldStepSeconds, 1e-15);
    assertEquals(100, fluid(50, 3, 100, tenMilliseconds(0)).batch, "loaded to the limit");
    assertEquals(100, fluid(70, 3, 100, tenMilliseconds(0)).batch, "loaded beyond it");
    // A tenth of a request on average: one, now and then.
    assertEquals(0.1, fluid(0.05, 3, 100, tenMilliseconds(0)).batch, 1e-7);
  }

  /** Of the b / 50 requests that begin in a step, the missed bring an adapter of mean rank 16. */
  @Test
  void missed_adapters_make_steps_longer() {
    FluidEstimate fluid = fluid(1, 2, 100, tenMilliseconds(PICOS_PER_MS));
    assertEquals(MISSED, fluid.missShare, 1e-9);
    double fullStep = 0.01 + 2 * MISSED * 0.016;
    assertEquals(100 / (50 * fullStep), fluid.capacity, 1e-6);
    // 4 a second: b = 4 * 50 * (.01 + b / 50 * missed * .016).
    double batch = 2 / (1 - 4 * MISSED * 0.016);
    assertEquals(batch, fluid.batch, 1e-6);
    assertEquals(batch / 200, fluid.stepSeconds, 1e-9);
    double held = 4 * (1 - MISSED);
    double heldBatch = held * 50 * 0.01 / (1 - held * MISSED * 0.016);
    assertEquals(0.01 + heldBatch / 50 * MISSED * 0.016, fluid.heldStepSeconds, 1e-9);
    assertEquals(0, fluid(1, 0, 100, tenMilliseconds(PICOS_PER_MS)).missShare);
  }

  /** What a step computes, each count by a prime of its own, and 3 us for each context token. */
  private static final Costs EACH =
      new Costs(
          s ->
              1_000_000
                  * (2L * s.decodeRequests
                      + 3L * s.prefillTokens
                      + 5L * s.prefillChunks
                      + 7L * s.completedPrefills
                      + 11L * s.prefillPairs
                      + 13L * s.loraTokens
                      + 17L * s.distinctAdapters
                      + 1_000_000L * s.prefillHistoryTokens),
          3_000_000,
          0);

  /**
   * A batch of 100: 2 begin in a step, and in 1 - e^-2 = .8647 of the steps at least one does, with
   * 200 / .8647 = 231 tokens: 2.31 prompts of 100 each.
   */
  @Test
  void a_full_step_is_as_by_hand() {
    FluidEstimate fluid = fluid(1000, 2, 100, EACH);
    double decode = 2 * 100 + 13 * 100 + 17 * 2;
    double mixed = decode + 3 * 231 + 5 * 2 + 7 * 2 + 11 * 11_666 + 13 * 231;
    double prefills = 1 - Math.exp(-2);
    double micros = (1 - prefills) * decode + prefills * mixed + 3 * 100 * 125;
    assertEquals(100, fluid.batch);
    assertEquals(micros * 1e-6, fluid.stepSeconds, 1e-12);
    assertEquals(100 / (50 * micros * 1e-6), fluid.capacity, 1e-9);
    // An engine without adapters computes none.
    double plain = 2 * 100 + prefills * (3 * 231 + 5 * 2 + 7 * 2 + 11 * 11_666) + 3 * 100 * 125;
    assertEquals(plain * 1e-6, fluid(1000, 0, 100, EACH).stepSeconds, 1e-12);
  }

  /** Two requests are of 2 (1 - e^-.5) + (1 - e^-1) = 1.419 adapters: between one and two. */
  @Test
  void between_whole_adapters_the_law_is_a_line() {
    FluidEstimate fluid = fluid(1000, 3, 2, EACH);
    double prefills = 1 - Math.exp(-0.04);
    double distinct = 2 * (1 - Math.exp(-0.5)) + (1 - Math.exp(-1));
    double decode = 2 * 2 + 13 * 2 + 17 * distinct;
    // .04 prompts a step in 3.92 % of the steps: 102 tokens, a little more than one prompt.
    double mixed = decode + 3 * 102 + 5 + 7 + 11 * 5151 + 13 * 102;
    double micros = (1 - prefills) * decode + prefills * mixed + 3 * 2 * 125;
    assertEquals(micros * 1e-6, fluid.stepSeconds, 1e-12);
  }

  @Test
  void features_hold_the_load_and_its_fluid_by_name() {
    LoadSummary load = LoadSummary.of(LoadSummaryTest.workload());
    EngineFlags flags = flags(2, 100);
    Costs costs = tenMilliseconds(PICOS_PER_MS);
    double[] row = ServingFeatures.of(load, flags, costs, 133_000);
    FluidEstimate fluid = new FluidEstimate(load, flags, costs, 133_000);
    double held = load.heldShare(2, 50 * fluid.heldStepSeconds);
    double distinct = load.distinct(fluid.batch);
    Object[][] expected = {
      {"sum_rate", 4.0},
      {"std_rate", Math.sqrt(2) / 3},
      {"max_rank", 32.0},
      {"mean_rank", 16.0},
      {"std_rank", Math.sqrt(128)},
      {"served_adapters", 3.0},
      {"adapter_slots", 2.0},
      {"mean_input_tokens", 100.0},
      {"mean_output_tokens", 50.0},
      {"kv_tokens", 133_000.0},
      {"max_num_seqs", 100.0},
      {"dispersion", 1.0},
      {"largest_share", 0.5},
      {"slots_per_adapter", 2 / 3.0},
      {"offered_tokens_per_second", 600.0},
      {"fluid_capacity_tokens_per_second", 150 * fluid.capacity},
      {"fluid_utilisation", 4 / fluid.capacity},
      {"fluid_batch", fluid.batch},
      {"fluid_step_seconds", fluid.stepSeconds},
      {"fluid_adapters_per_slot", distinct / 2},
      {"fluid_miss_share", MISSED},
      {"fluid_batch_share", fluid.batch / 100},
      {"requests_per_step", 4 * fluid.stepSeconds},
      {"persistent_per_slot", load.persistent(50 * fluid.stepSeconds)[0] / 2},
      {"persistent_share", load.persistent(50 * fluid.stepSeconds)[1]},
      {"held_slots_share", held},
      {"held_utilisation", 4 * (1 - MISSED) / fluid.capacity},
      {"kv_requests", 1000.0},
      {"sequences_per_kv_request", 0.1},
      {"fluid_most_batch", 100.0},
      {"fluid_capacity_requests_per_second", fluid.capacity},
      {"fluid_adapters", distinct},
      {"fluid_adapters_per_request", distinct / fluid.batch},
      {"input_per_output", 2.0},
      {"fluid_budget_share", fluid.batch * 3 / 2048},
      {"unheld_utilisation", 4 / fluid.capacity * (1 - MISSED * held)},
    };
    assertEquals(expected.length, row.length);
    assertEquals(expected.length, ServingFeatures.names().size());
    for (int f = 0; f < expected.length; f++) {
      assertEquals(expected[f][0], ServingFeatures.names().get(f));
      double value = (double) expected[f][1];
      assertEquals(value, row[f], 1e-8 * Math.abs(value) + 1e-15, (String) expected[f][0]);
    }
    assertEquals(600, ServingFeatures.offered(row), 1e-9);
    assertEquals(600, ServingFeatures.fluidThroughput(row), 1e-9);
    double[] beyond =
        ServingFeatures.of(
            LoadSummary.scaled(LoadSummaryTest.workload(), 100), flags, costs, 133_000);
    assertEquals(150 * fluid.capacity, ServingFeatures.fluidThroughput(beyond), 1e-6);
  }

  @Test
  void without_slots_nothing_is_held_and_none_is_divided_by() {
    LoadSummary load = LoadSummary.of(LoadSummaryTest.workload());
    double[] row = ServingFeatures.of(load, flags(0, 100), tenMilliseconds(0), 133_000);
    assertEquals(0, row[ServingFeatures.index("held_slots_share")]);
    assertEquals(0, row[ServingFeatures.index("fluid_miss_share")]);
    assertEquals(load.distinct(2), row[ServingFeatures.index("fluid_adapters_per_slot")], 1e-6);
    double[] idle =
        ServingFeatures.of(
            LoadSummary.scaled(LoadSummaryTest.workload(), 0.05),
            flags(2, 100),
            tenMilliseconds(0),
            133_000);
    double adapters = idle[ServingFeatures.index("fluid_adapters")];
    assertEquals(adapters, idle[ServingFeatures.index("fluid_adapters_per_request")], 1e-12);
    String message =
        assertThrows(IllegalArgumentException.class, () -> ServingFeatures.index("colour"))
            .getMessage();
    assertEquals("there is no feature 'colour'", message);
  }
}
