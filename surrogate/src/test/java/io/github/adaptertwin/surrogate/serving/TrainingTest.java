package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.surrogate.RunMap;
import io.github.adaptertwin.surrogate.RunTask;
import io.github.adaptertwin.surrogate.ThreadRuns;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTest {
  private static final String GPU = "h100-80gb-sxm";
  private static final String MODEL = "llama-3.1-8b";
  private static final EngineFlags FLAGS = EngineFlags.builder().maxModelLen(2048).build();

  private static TrainingPlan plan(TrainingDesign design, int runs, long seed) {
    TrainingSpace space =
        TrainingSpace.builder(new FixedLengths(250, 230), FLAGS)
            .adapters(4, 64)
            .ranks(List.of(8, 16))
            .dispersion(4)
            .outputScale(0.5, 2)
            .leastSlots(4)
            .build();
    return new TrainingPlan(
        design, runs, seed, space, List.of(GPU), List.of(MODEL), EngineVersion.VLLM_0_8_5, 30);
  }

  private static List<TrainingRow> rows(int runs, int threads) {
    return plan(TrainingDesign.SOBOL, runs, 3).run(new ThreadRuns(threads), Progress.NONE);
  }

  private static void requireEqual(TrainingRow a, TrainingRow b) {
    assertEquals(a.index(), b.index());
    assertArrayEquals(a.features(), b.features(), 0);
    assertEquals(a.throughputTokensPerSecond(), b.throughputTokensPerSecond(), 0);
    assertEquals(a.meanItlSeconds(), b.meanItlSeconds(), 0);
    assertEquals(a.meanTtftSeconds(), b.meanTtftSeconds(), 0);
  }

  @Test
  void rows_depend_neither_on_threads_nor_on_the_size_of_the_plan() {
    List<TrainingRow> one = rows(12, 1);
    List<TrainingRow> two = rows(16, 3);
    for (int i = 0; i < one.size(); i++) {
      requireEqual(one.get(i), two.get(i));
      assertEquals(ServingFeatures.names().size(), one.get(i).features().length);
    }
  }

  @Test
  void a_row_describes_the_load_that_came() {
    TrainingRow row = rows(4, 1).get(2);
    double[] features = row.features();
    int offered = ServingFeatures.index(ServingFeatures.OFFERED);
    assertEquals(row.offeredTokensPerSecond(), features[offered], 1e-9 * features[offered]);
    assertTrue(row.throughputTokensPerSecond() <= row.offeredTokensPerSecond());
    assertEquals(MODEL, row.model());
    assertEquals(GPU, row.gpu());
    assertTrue(row.plannedRatePerSecond() > 0);
    assertTrue(row.p95TtftSeconds() >= row.meanTtftSeconds() * 0.5);
  }

  @Test
  void a_surrogate_sees_that_more_load_is_slower_and_less_is_carried() {
    List<TrainingRow> rows = rows(160, 2);
    ServingSurrogate surrogate = ServingSurrogate.train(rows);
    int offered = ServingFeatures.index(ServingFeatures.UTILISATION);
    TrainingRow light = rows.get(0);
    TrainingRow heavy = rows.get(0);
    for (TrainingRow row : rows) {
      light = row.feature(offered) < light.feature(offered) ? row : light;
      heavy = row.feature(offered) > heavy.feature(offered) ? row : heavy;
    }
    for (ServingSurrogate s : List.of(surrogate, surrogate.small())) {
      ServingSurrogate.Estimate little = s.estimate(light.features());
      ServingSurrogate.Estimate much = s.estimate(heavy.features());
      assertTrue(little.completedShare() > much.completedShare(), little + " " + much);
      assertTrue(little.starvedProbability() < much.starvedProbability(), little + " " + much);
      assertTrue(little.meanTtftSeconds() < much.meanTtftSeconds(), little + " " + much);
      assertTrue(much.starved() && much.insideTraining());
      assertTrue(much.throughputLow() <= much.throughputTokensPerSecond());
      assertTrue(much.throughputHigh() >= much.throughputTokensPerSecond());
      assertTrue(much.throughputTokensPerSecond() <= heavy.offeredTokensPerSecond() * 1.000001);
    }
    assertEquals(
        surrogate.estimate(heavy.features()),
        ServingSurrogate.train(rows).estimate(heavy.features()));
    double[] outside = light.features();
    outside[0] = 1e6;
    assertFalse(surrogate.estimate(outside).insideTraining());
    assertEquals(1, surrogate.warnings(outside).size());
    assertTrue(surrogate.warnings(outside).get(0).contains("sum_rate is 1000000"));
    assertTrue(surrogate.warnings(light.features()).isEmpty());
    assertThrows(IllegalArgumentException.class, () -> surrogate.estimate(new double[3]));
    ServingErrors errors = ServingErrors.of(surrogate, rows);
    assertTrue(errors.throughputMape() < 5, errors.toString());
    assertTrue(errors.starved().accuracy() > 0.95, errors.toString());
    capacity(surrogate);
  }

  /** What is called the capacity carries no more: just below it sustains, just above it starves. */
  private static void capacity(ServingSurrogate surrogate) {
    ServingTwin twin =
        ServingTwin.of(Gpus.named(GPU), Models.named(MODEL), EngineVersion.VLLM_0_8_5);
    EngineFlags flags = FLAGS.toBuilder().maxLoras(16).maxLoraRank(16).maxCpuLoras(16).build();
    MemoryPlan.Fits memory = (MemoryPlan.Fits) twin.memory().plan(flags);
    double capacity = surrogate.capacityRequestsPerSecond(workload(1), flags, memory);
    assertTrue(capacity > 5 && capacity < 60, "capacity " + capacity);
    assertEquals(
        capacity, surrogate.capacityRequestsPerSecond(workload(7), flags, memory), 3e-4 * capacity);
    assertFalse(surrogate.estimate(workload(capacity * 0.999), flags, memory).starved());
    assertTrue(surrogate.estimate(workload(capacity * 1.001), flags, memory).starved());
  }

  private static Workload workload(double ratePerSecond) {
    List<AdapterTraffic> traffic =
        DealtAdapters.of("a", 16, List.of(16), List.of(ratePerSecond / 16));
    return Workload.poisson(MODEL, traffic, new FixedLengths(250, 230), 30);
  }

  @Test
  void a_surrogate_says_after_reading_what_it_said_before_writing(@TempDir Path folder)
      throws IOException {
    List<TrainingRow> rows = rows(60, 2);
    ServingSurrogate surrogate = ServingSurrogate.train(rows);
    Path file = folder.resolve("s.json.gz");
    surrogate.write(file);
    ServingSurrogate read = ServingSurrogate.read(file);
    for (TrainingRow row : rows) {
      assertEquals(surrogate.estimate(row.features()), read.estimate(row.features()));
      assertEquals(
          surrogate.small().estimate(row.features()), read.small().estimate(row.features()));
    }
    assertEquals(surrogate.provenance(), read.provenance());
    assertTrue(read.provenance().get("heldOut").contains("throughput MAPE"));
    assertTrue(read.tree("throughput").leaves() <= 64);
    assertTrue(read.figures().contains("itl"));
  }

  @Test
  void progress_counts_every_run_and_may_cancel() {
    AtomicLong last = new AtomicLong();
    TrainingPlan plan = plan(TrainingDesign.SOBOL, 5, 3);
    plan.run(
        new ThreadRuns(1),
        (stage, done, expected) -> {
          last.set(Math.max(last.get(), done));
          assertEquals(5, expected);
        });
    assertEquals(5, last.get());
    assertThrows(
        CancellationException.class,
        () ->
            plan.run(
                new ThreadRuns(2),
                (stage, done, expected) -> {
                  throw new CancellationException();
                }));
  }

  /** Gives up after some tasks, as a kill does, and counts what is computed. */
  private record Killed(int after, AtomicInteger computed) implements RunMap {
    @Override
    public <R> void run(List<? extends RunTask<R>> tasks, Sink<R> sink) {
      for (int i = 0; i < tasks.size(); i++) {
        if (i == after) {
          throw new IllegalStateException("killed");
        }
        computed.incrementAndGet();
        // Backwards, to show that the order does not matter.
        int task = tasks.size() - 1 - i;
        sink.done(task, tasks.get(task).run());
      }
    }
  }

  @Test
  void a_plan_goes_on_after_a_kill_without_losing_or_repeating_a_run(@TempDir Path folder)
      throws IOException {
    TrainingPlan plan = plan(TrainingDesign.SOBOL, 9, 4);
    Path whole = folder.resolve("whole.csv");
    List<TrainingRow> expected =
        new TrainingFile(whole).complete(plan, new ThreadRuns(2), Progress.NONE);
    Path csv = folder.resolve("killed.csv");
    TrainingFile file = new TrainingFile(csv);
    AtomicInteger computed = new AtomicInteger();
    assertThrows(
        IllegalStateException.class,
        () -> file.complete(plan, new Killed(4, computed), Progress.NONE));
    // A kill in the middle of a line.
    Path part = folder.resolve("killed.csv.part");
    Files.writeString(part, Files.readString(part) + "8,ok,h100");
    List<TrainingRow> rows = file.complete(plan, new Killed(99, computed), Progress.NONE);
    assertEquals(9, computed.get());
    assertEquals(expected.size(), rows.size());
    for (int i = 0; i < rows.size(); i++) {
      requireEqual(expected.get(i), rows.get(i));
    }
    assertEquals(Files.readString(whole), Files.readString(csv));
    assertFalse(Files.exists(part));
    // Complete: nothing is computed again.
    List<TrainingRow> again = file.complete(plan, new Killed(0, computed), Progress.NONE);
    for (int i = 0; i < again.size(); i++) {
      requireEqual(expected.get(i), again.get(i));
    }
    assertEquals(9, computed.get());
  }

  @Test
  void files_of_another_plan_or_changed_ones_are_refused(@TempDir Path folder) throws IOException {
    Path csv = folder.resolve("rows.csv");
    TrainingFile file = new TrainingFile(csv);
    TrainingPlan plan = plan(TrainingDesign.GRID, 3, 4);
    RunMap map = new ThreadRuns(1);
    file.complete(plan, map, Progress.NONE);
    assertThrows(
        IllegalArgumentException.class,
        () -> file.complete(plan(TrainingDesign.GRID, 3, 5), map, Progress.NONE));
    String text = Files.readString(csv);
    Files.writeString(csv, text.replaceFirst("ok", "OK"));
    MalformedInputException changed =
        assertThrows(MalformedInputException.class, () -> file.complete(plan, map, Progress.NONE));
    assertTrue(changed.getMessage().contains("rows.csv"), changed.getMessage());
    Files.delete(csv.resolveSibling("rows.csv.json"));
    assertThrows(IllegalArgumentException.class, () -> file.complete(plan, map, Progress.NONE));
  }

  @Test
  void a_latin_hypercube_has_one_point_in_every_stratum() {
    int n = 37;
    for (int d = 0; d < TrainingSpace.DIMENSIONS; d++) {
      boolean[] taken = new boolean[n];
      for (int i = 0; i < n; i++) {
        double x = TrainingDesign.LATIN_HYPERCUBE.point(i, n, TrainingSpace.DIMENSIONS, 5)[d];
        int stratum = (int) (x * n);
        assertFalse(taken[stratum], "dimension " + d + ", stratum " + stratum);
        taken[stratum] = true;
      }
    }
  }

  @Test
  void a_grid_has_every_combination_once_and_sobol_fills_evenly() {
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < 27; i++) {
      double[] p = TrainingDesign.GRID.point(i, 27, 3, 1);
      String name = p[0] + " " + p[1] + " " + p[2];
      assertFalse(seen.contains(name), name);
      seen.add(name);
      for (double x : p) {
        assertTrue(x == 0.5 / 3 || x == 0.5 || x == 2.5 / 3, name);
      }
    }
    double sum = 0;
    for (int i = 0; i < 1024; i++) {
      double[] p = TrainingDesign.SOBOL.point(i, 1024, 5, 9);
      sum += p[0] * p[4] / 1024;
      assertArrayEquals(p, TrainingDesign.SOBOL.point(i, 4096, 5, 9), 0);
    }
    assertEquals(0.25, sum, 0.003);
  }

  @Test
  void a_replica_task_gives_the_report_of_its_twin() {
    ServingTwin twin =
        ServingTwin.of(Gpus.named(GPU), Models.named(MODEL), EngineVersion.VLLM_0_8_5);
    EngineFlags flags = FLAGS.toBuilder().maxLoras(16).maxLoraRank(16).maxCpuLoras(16).build();
    MemoryPlan.Fits memory = (MemoryPlan.Fits) twin.memory().plan(flags);
    Workload workload = workload(5);
    RunOptions options = RunOptions.ofSeconds(30);
    ReplicaTask task =
        twin.task(workload.loraAdapters(), workload.source(1, 0), flags, memory, options);
    ServingTwin.Outcome.Served served =
        (ServingTwin.Outcome.Served)
            twin.run(workload.loraAdapters(), workload.source(1, 0), flags, options);
    assertEquals(
        List.of(served.report(), served.report()),
        new ThreadRuns(2).map(List.of(task, task), "runs", Progress.NONE));
  }

  @Test
  void plans_with_impossible_figures_are_refused() {
    FixedLengths lengths = new FixedLengths(1, 1);
    TrainingSpace.Builder space = TrainingSpace.builder(lengths, FLAGS);
    assertThrows(IllegalArgumentException.class, () -> plan(TrainingDesign.SOBOL, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> space.adapters(0, 4));
    assertThrows(IllegalArgumentException.class, () -> space.adapters(5, 4));
    assertThrows(IllegalArgumentException.class, () -> space.utilisation(Double.NaN, 4));
    assertThrows(IllegalArgumentException.class, () -> space.ranks(List.of()).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> TrainingSpace.builder(lengths, FLAGS).spread(0.5, 2).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> TrainingSpace.builder(lengths, FLAGS).leastSlots(0).build());
    TrainingPlan good = plan(TrainingDesign.SOBOL, 1, 1);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new TrainingPlan(
                good.design(),
                1,
                1,
                good.space(),
                List.of("no-such-card"),
                good.models(),
                good.version(),
                30));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new TrainingPlan(
                good.design(),
                1,
                1,
                good.space(),
                good.gpus(),
                good.models(),
                good.version(),
                Double.NaN));
  }

  @Test
  void training_needs_rows_of_one_card_and_model() {
    assertThrows(IllegalArgumentException.class, () -> ServingSurrogate.train(List.of()));
    List<TrainingRow> mixed = new ArrayList<>(rows(60, 2));
    TrainingRow one = mixed.get(0);
    double[] figures = {
      1, 1, 1, one.meanItlSeconds(), one.meanTtftSeconds(), one.p95TtftSeconds(), 1
    };
    mixed.add(new TrainingRow(60, GPU, "qwen2.5-7b", one.engine(), one.features(), figures));
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> ServingSurrogate.train(mixed));
    assertTrue(refused.getMessage().contains("qwen2.5-7b"), refused.getMessage());
  }
}
