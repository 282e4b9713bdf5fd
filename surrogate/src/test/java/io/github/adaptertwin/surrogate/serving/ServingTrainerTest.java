package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServingTrainerTest {
  private static final List<String> GPUS = List.of("h100-64gb-sxm", "h100-80gb-sxm");
  private static final List<String> MODELS = List.of("llama-3.1-8b", "qwen2.5-7b");

  private static double logistic(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static void assertRefused(String message, Runnable work) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, work::run).getMessage());
  }

  /** Loads of which those above the capacity starve. */
  private static List<TrainingRow> rows(int count) {
    List<TrainingRow> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double[] features = new double[ServingFeatures.names().size()];
      Arrays.setAll(features, f -> 1);
      double offered = 500 + 1000.0 * ((i * 37) % count) / count;
      features[ServingFeatures.index(ServingFeatures.OFFERED)] = offered;
      features[ServingFeatures.index(ServingFeatures.FLUID_CAPACITY)] = 1000;
      features[ServingFeatures.index(ServingFeatures.UTILISATION)] = offered / 1000;
      double[] figures = {1, offered, Math.min(offered, 1000), 2, 3, 4, 1};
      rows.add(
          new TrainingRow(
              i, GPUS.get(1), MODELS.get(0), EngineVersion.VLLM_0_8_5, features, figures));
    }
    return rows;
  }

  @Test
  void a_surrogate_is_learned_from_fifty_rows_and_tells_how() {
    ServingSurrogate surrogate = ServingTrainer.usual().train(rows(50), Map.of("plan", "by hand"));
    assertEquals("by hand", surrogate.provenance().get("plan"));
    assertEquals("50", surrogate.provenance().get("rows"));
    assertEquals(GPUS.get(1), surrogate.provenance().get("gpu"));
    assertEquals(MODELS.get(0), surrogate.provenance().get("model"));
    assertEquals("VLLM_0_8_5", surrogate.provenance().get("engine"));
    assertTrue(surrogate.provenance().get("heldOut").startsWith("10 rows: throughput MAPE "));
    assertTrue(surrogate.provenance().get("heldOutSmall").contains("ITL MAPE 0.00 %"));
    List<TrainingRow> rows = rows(50);
    for (TrainingRow row : rows) {
      assertEquals(List.of(), surrogate.warnings(row.features()));
    }
    double[] beyond = rows.get(0).features();
    beyond[ServingFeatures.index(ServingFeatures.UTILISATION)] = 0.499;
    assertEquals(
        List.of("fluid_utilisation is 0.499, the training loads lie in [0.5, 1.48]"),
        surrogate.warnings(beyond));
    // 2 s a token where the fluid's step is 1 s.
    assertEquals(2, surrogate.estimate(rows.get(7).features()).meanItlSeconds(), 1e-4);
    assertEquals(3, surrogate.estimate(rows.get(7).features()).meanTtftSeconds(), 1e-4);
  }

  @Test
  void rows_that_cannot_be_learned_from_are_refused() {
    assertRefused(
        "a surrogate needs at least 50 training runs that served, there are 49",
        () -> ServingTrainer.usual().train(rows(49), Map.of()));
    TrainingRow first = rows(1).get(0);
    double[][] others = {{1, 500, 500, 0, 3, 4, 1}, {1, 500, 500, 2, Double.NaN, 4, 1}, {}};
    for (double[] other : others) {
      List<TrainingRow> few = rows(50);
      double[] features = other.length == 0 ? other : first.features();
      few.set(49, new TrainingRow(49, first.gpu(), first.model(), first.engine(), features, other));
      assertRefused(
          "a surrogate needs at least 50 training runs that served, there are 49",
          () -> ServingTrainer.usual().train(few, Map.of()));
    }
    double[] figures = {1, 500, 500, 2, 3, 4, 1};
    for (String gpu : List.of(GPUS.get(0), GPUS.get(1))) {
      List<TrainingRow> mixed = rows(50);
      String model = gpu.equals(GPUS.get(0)) ? MODELS.get(0) : MODELS.get(1);
      mixed.add(new TrainingRow(50, gpu, model, first.engine(), first.features(), figures));
      assertRefused(
          "rows are of llama-3.1-8b on h100-80gb-sxm and of "
              + model
              + " on "
              + gpu
              + "; a surrogate knows one card and base model",
          () -> ServingTrainer.usual().train(mixed, Map.of()));
    }
  }

  @Test
  void threads_are_a_setting_like_any_other() {
    ServingTrainer three = ServingTrainer.usual().withThreads(3);
    assertEquals(3, three.threads());
    assertEquals(ServingTrainer.usual(), three.withThreads(1));
    assertEquals(64, three.smallLeaves());
  }

  @Test
  void log_odds_are_bounded_where_nothing_is_left_to_doubt() {
    assertEquals(0, ServingTrainer.boundedLogOdds(0.5));
    assertEquals(1.5, ServingTrainer.boundedLogOdds(logistic(1.5)), 1e-12);
    assertEquals(-3.5, ServingTrainer.boundedLogOdds(logistic(-3.5)), 1e-12);
    assertEquals(4, ServingTrainer.boundedLogOdds(logistic(4.5)));
    assertEquals(4, ServingTrainer.boundedLogOdds(1));
    assertEquals(-4, ServingTrainer.boundedLogOdds(0));
  }

  /** The same rows, of which latencies go up and down with the load. */
  private static List<TrainingRow> wavy() {
    List<TrainingRow> rows = new ArrayList<>();
    for (TrainingRow row : rows(120)) {
      double load = row.offeredTokensPerSecond() / 1000;
      double wave = 1 + 0.5 * Math.sin(20 * load);
      double[] figures = {
        1, row.offeredTokensPerSecond(), row.throughputTokensPerSecond(), wave, wave, 4, 1
      };
      rows.add(
          new TrainingRow(
              row.index(), row.gpu(), row.model(), row.engine(), row.features(), figures));
    }
    return rows;
  }

  @Test
  void more_load_never_shortens_the_wait() {
    List<TrainingRow> rows = wavy();
    ServingSurrogate surrogate = ServingTrainer.usual().train(rows, Map.of());
    double[] load = rows.get(0).features();
    double ttft = 0;
    boolean itlFalls = false;
    double itl = 0;
    for (int step = 0; step <= 100; step++) {
      load[ServingFeatures.index(ServingFeatures.UTILISATION)] = 0.5 + step / 100.0;
      ServingSurrogate.Estimate e = surrogate.estimate(load);
      assertTrue(e.meanTtftSeconds() >= ttft, "at step " + step);
      ttft = e.meanTtftSeconds();
      itlFalls |= e.meanItlSeconds() < itl;
      itl = e.meanItlSeconds();
    }
    assertTrue(itlFalls, "time between tokens is free to fall");
  }

  @Test
  void the_small_tree_says_what_starves() {
    List<TrainingRow> rows = rows(200);
    ServingSurrogate small = ServingTrainer.usual().train(rows, Map.of()).small();
    for (TrainingRow row : rows) {
      double load = row.offeredTokensPerSecond() / 1000;
      double p = small.estimate(row.features()).starvedProbability();
      if (load < 1) {
        assertTrue(p < 0.1, load + " starves with " + p);
      } else if (load > 1.25) {
        assertTrue(p > 0.9, load + " starves with " + p);
      }
    }
  }
}
