package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.surrogate.ThreadRuns;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingPlanTest {
  private static final List<String> GPUS = List.of("h100-64gb-sxm", "h100-80gb-sxm");
  private static final List<String> MODELS = List.of("llama-3.1-8b", "qwen2.5-7b");
  private static final EngineFlags FLAGS = EngineFlags.builder().maxModelLen(2048).build();

  private static TrainingSpace.Builder space(FixedLengths lengths) {
    return TrainingSpace.builder(lengths, FLAGS)
        .adapters(4, 4)
        .ranks(List.of(8, 16))
        .spread(16, 16)
        .utilisation(0.5, 0.5)
        .dispersion(4);
  }

  private static TrainingPlan plan(int runs, double horizonSeconds) {
    return new TrainingPlan(
        TrainingDesign.SOBOL,
        runs,
        3,
        space(new FixedLengths(250, 230)).build(),
        GPUS,
        MODELS,
        EngineVersion.VLLM_0_8_5,
        horizonSeconds);
  }

  /** A slot for each adapter, both ranks, and bursts of a dispersion of 4. */
  private static TrainingRow run(TrainingSpace space, double dispersion, long seed, int index) {
    double[] point = new double[TrainingSpace.DIMENSIONS];
    point[1] = 0.99;
    point[3] = 0.99;
    point[6] = dispersion;
    return new TrainingRun(
            index,
            "h100-80gb-sxm",
            "llama-3.1-8b",
            EngineVersion.VLLM_0_8_5,
            space,
            point,
            seed,
            60)
        .run();
  }

  private static double of(TrainingRow row, String feature) {
    return row.feature(ServingFeatures.index(feature));
  }

  /** Rates 1, 4, 16, 1 of 22; ranks 8, 8, 8, 16, for they go round at another pace. */
  @Test
  void a_run_is_made_of_its_point_as_by_hand() {
    TrainingRow row = run(space(new FixedLengths(250, 230)).build(), 1, 3, 5);
    assertEquals(5, row.index());
    assertEquals("h100-80gb-sxm", row.gpu());
    assertEquals("llama-3.1-8b", row.model());
    assertEquals(4, of(row, "served_adapters"));
    assertEquals(4, of(row, "adapter_slots"));
    assertEquals(16, of(row, "max_rank"));
    assertEquals(10, of(row, "mean_rank"), 1e-12);
    assertEquals(16 / 22.0, of(row, "largest_share"), 1e-9);
    assertEquals(4, of(row, "dispersion"), 1e-9);
    assertEquals(250, of(row, "mean_input_tokens"), 1e-9);
    // Half of what a fluid could carry, which does not depend on the rate.
    assertEquals(
        0.5 * of(row, "fluid_capacity_requests_per_second"),
        row.plannedRatePerSecond(),
        1e-6 * row.plannedRatePerSecond());
    // A number of requests in 60 s, each of 480 tokens.
    double requests = row.offeredTokensPerSecond() * 60 / 480;
    assertEquals(Math.rint(requests), requests, 1e-6);
    assertEquals(requests / 60, of(row, "sum_rate"), 1e-9);
    assertEquals(row.plannedRatePerSecond(), requests / 60, 0.5 * row.plannedRatePerSecond());
    assertTrue(row.throughputTokensPerSecond() > 0.5 * row.offeredTokensPerSecond());
    assertEquals(1, row.figure(6), "half of the capacity leaves a stable queue");
    assertEquals(1, of(run(space(new FixedLengths(250, 230)).build(), 0, 3, 5), "dispersion"));
  }

  @Test
  void requests_depend_on_seed_and_number() {
    TrainingSpace space = space(new FixedLengths(250, 230)).build();
    double own = run(space, 1, 3, 5).throughputTokensPerSecond();
    assertEquals(own, run(space, 1, 3, 5).throughputTokensPerSecond());
    assertNotEquals(own, run(space, 1, 4, 5).throughputTokensPerSecond());
    assertNotEquals(own, run(space, 1, 3, 6).throughputTokensPerSecond());
  }

  /** Requests of 2,100 tokens would be turned away by an engine of 2,048. */
  @Test
  void the_engine_takes_the_longest_request() {
    TrainingRow row = run(space(new FixedLengths(1500, 600)).build(), 0, 3, 0);
    assertTrue(row.throughputTokensPerSecond() > 0, "requests are served");
    assertTrue(row.meanItlSeconds() > 0);
  }

  @Test
  void an_engine_that_does_not_start_makes_a_row_without_figures() {
    TrainingSpace space =
        TrainingSpace.builder(new FixedLengths(250, 230), FLAGS)
            .adapters(2000, 2000)
            .ranks(List.of(64))
            .build();
    TrainingRow row = run(space, 0, 3, 0);
    assertFalse(row.started());
    assertEquals(0, row.features().length);
  }

  @Test
  void runs_go_round_cards_first_then_models() {
    List<TrainingRow> rows = plan(2, 1).run(new ThreadRuns(1), Progress.NONE);
    List<String> seen = new ArrayList<>();
    for (TrainingRow row : rows) {
      seen.add(row.index() + " " + row.gpu() + " " + row.model());
    }
    assertEquals(
        List.of(
            "0 h100-64gb-sxm llama-3.1-8b",
            "1 h100-80gb-sxm llama-3.1-8b",
            "2 h100-64gb-sxm qwen2.5-7b",
            "3 h100-80gb-sxm qwen2.5-7b",
            "4 h100-64gb-sxm llama-3.1-8b",
            "5 h100-80gb-sxm llama-3.1-8b",
            "6 h100-64gb-sxm qwen2.5-7b",
            "7 h100-80gb-sxm qwen2.5-7b"),
        seen);
    assertEquals(8, plan(2, 1).size());
    // The four of a point have the same load, the next four another.
    assertEquals(rows.get(0).feature(6), rows.get(3).feature(6));
  }

  @Test
  void a_plan_is_told_in_words() {
    String words = plan(2, 30).describe();
    assertTrue(
        words.startsWith(
            "SOBOL of 2 runs, seed 3, cards [h100-64gb-sxm, h100-80gb-sxm], models [llama-3.1-8b,"
                + " qwen2.5-7b], engine VLLM_0_8_5, horizon 30.0 s, adapters Range[least=4.0"),
        words);
  }

  private static void assertRefused(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  private static TrainingPlan plan(int runs, List<String> gpus, List<String> models) {
    return new TrainingPlan(
        TrainingDesign.SOBOL,
        runs,
        3,
        space(new FixedLengths(250, 230)).build(),
        gpus,
        models,
        EngineVersion.VLLM_0_8_5,
        30);
  }

  @Test
  void plans_without_runs_are_refused() {
    String none = "; at least one of each is needed";
    assertRefused("plan has 0 runs, 2 cards and 2 base models" + none, () -> plan(0, GPUS, MODELS));
    assertRefused(
        "plan has 1 runs, 0 cards and 2 base models" + none, () -> plan(1, List.of(), MODELS));
    assertRefused(
        "plan has 1 runs, 2 cards and 0 base models" + none, () -> plan(1, GPUS, List.of()));
    for (double horizon : new double[] {0, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertRefused(
          "horizon is " + horizon + " s, must be above 0; 3600 is usual", () -> plan(1, horizon));
    }
    assertThrows(IllegalArgumentException.class, () -> plan(1, List.of("abacus"), MODELS));
    assertThrows(IllegalArgumentException.class, () -> plan(1, GPUS, List.of("parrot")));
  }
}
