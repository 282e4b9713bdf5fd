package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TrainingTest {
  private static final ServingTwin TWIN =
      ServingTwin.of(
          Gpus.named("h100-80gb-sxm"),
          Models.named("llama-3.1-8b-instruct"),
          EngineVersion.VLLM_0_8_5);

  private static TrainingPlan plan(int runs) {
    return new TrainingPlan(
        runs,
        3,
        new FixedLengths(250, 230),
        64,
        0.2,
        40,
        List.of(8, 16),
        EngineFlags.builder().maxModelLen(2048).build(),
        30);
  }

  private static List<TrainingPlan.Row> rows(int runs, int threads) {
    return plan(runs).run(TWIN, EngineVersion.VLLM_0_8_5, threads, Progress.NONE);
  }

  @Test
  void rows_depend_neither_on_threads_nor_on_the_size_of_the_plan() {
    List<TrainingPlan.Row> one = rows(12, 1);
    List<TrainingPlan.Row> two = rows(16, 2);
    for (int i = 0; i < one.size(); i++) {
      assertArrayEquals(one.get(i).features(), two.get(i).features());
      assertEquals(one.get(i).report(), two.get(i).report());
      assertEquals(ServingFeatures.names().size(), one.get(i).features().length);
    }
  }

  @Test
  void a_surrogate_sees_that_more_load_is_slower() {
    List<TrainingPlan.Row> rows = rows(120, 2);
    ServingSurrogate surrogate = ServingSurrogate.train(rows);
    assertTrue(surrogate.fits().size() >= 3);
    TrainingPlan.Row light = rows.get(0);
    TrainingPlan.Row heavy = rows.get(0);
    for (TrainingPlan.Row row : rows) {
      if (row.features()[0] < light.features()[0]) {
        light = row;
      }
      if (row.features()[0] > heavy.features()[0]) {
        heavy = row;
      }
    }
    ServingSurrogate.Estimate little = surrogate.estimate(light.features());
    ServingSurrogate.Estimate much = surrogate.estimate(heavy.features());
    assertTrue(little.completedShare() >= much.completedShare());
    assertTrue(little.meanItlSeconds() < much.meanItlSeconds(), little + " " + much);
    assertTrue(much.insideTraining());
    assertEquals(
        surrogate.estimate(heavy.features()),
        ServingSurrogate.train(rows).estimate(heavy.features()));
  }

  @Test
  void progress_counts_every_run_and_may_cancel() {
    AtomicLong last = new AtomicLong();
    plan(5)
        .run(
            TWIN,
            EngineVersion.VLLM_0_8_5,
            1,
            (stage, done, expected) -> {
              last.set(Math.max(last.get(), done));
              assertEquals(5, expected);
            });
    assertEquals(5, last.get());
    assertThrows(
        CancellationException.class,
        () ->
            plan(5)
                .run(
                    TWIN,
                    EngineVersion.VLLM_0_8_5,
                    1,
                    (stage, done, expected) -> {
                      throw new CancellationException();
                    }));
  }

  @Test
  void plans_with_impossible_figures_are_refused() {
    FixedLengths lengths = new FixedLengths(1, 1);
    EngineFlags flags = EngineFlags.builder().build();
    for (TrainingPlan good : List.of(plan(1))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new TrainingPlan(0, 1, lengths, 8, 1, 2, good.ranks(), flags, 10));
      assertThrows(
          IllegalArgumentException.class,
          () -> new TrainingPlan(1, 1, lengths, 3, 1, 2, good.ranks(), flags, 10));
      assertThrows(
          IllegalArgumentException.class,
          () -> new TrainingPlan(1, 1, lengths, 8, 1, 2, List.of(), flags, 10));
      assertThrows(
          IllegalArgumentException.class,
          () -> new TrainingPlan(1, 1, lengths, 8, 2, 2, good.ranks(), flags, 10));
    }
  }

  @Test
  void training_needs_rows() {
    assertThrows(IllegalArgumentException.class, () -> ServingSurrogate.train(List.of()));
  }
}
