package io.github.adaptertwin.placement.capacity;

import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.Workloads;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SteadyStateTest {
  private static final SteadyState MODEL =
      new SteadyState(
          Gpus.named("h100-80gb-sxm"),
          Models.named(Workloads.LLAMA),
          Calibration.shipped(EngineVersion.VLLM_0_8_5),
          EngineFlags.builder().build(),
          new FixedLengths(250, 230),
          120);

  private static GpuDemand demand(List<AdapterTraffic> adapters) {
    GpuDemand demand = new GpuDemand();
    adapters.forEach(t -> demand.add(MODEL.demandOf(t.ratePerSecond()), t.ratePerSecond()));
    return demand;
  }

  @Test
  void moments_of_fixed_lengths_are_exact() {
    LengthMoments moments = LengthMoments.of(new FixedLengths(250, 230));
    assertEquals(250, moments.inputTokens());
    assertEquals(365, moments.contextTokens(), 1e-9);
    assertEquals(250 * 251 / 2.0, moments.prefillPairs(), 1e-6);
  }

  @Test
  void the_demand_of_one_adapter_is_that_of_its_queue() {
    double rate = 0.5;
    double[] vector = new DemandGrid(100, 0).demandOf(rate);
    // The fifth point is 100 tokens at 4 ms times four: 1.6 s.
    assertEquals(1 - Math.exp(-0.5 * 1.6), vector[4], 1e-12);
    // Without a wait an adapter holds its slot exactly while a request of it runs.
    assertEquals(vector[4], vector[DemandGrid.POINTS + 4], 1e-6);
    assertEquals(rate * Math.exp(-0.8), vector[2 * DemandGrid.POINTS + 4], 1e-12);
  }

  @Test
  void a_broken_backlog_is_rounded_down() {
    // One request and 1.5 that gathered meanwhile: two count, T(2) + T(1) = (1/2 + 1) x.
    double held = DemandGrid.held(1e-3, 0.1, 1500);
    assertEquals(0.15 / (1000 + 1500 + 0.15), held, 1e-7 * 1e-3 * 60);
    assertEquals(held * 2500.15, DemandGrid.held(1e-3, 0.1, 1999) * 2999.15, 1e-5);
  }

  @Test
  void the_twin_agrees_where_slots_are_not_short() {
    for (double factor : new double[] {0.9, 1.25}) {
      List<AdapterTraffic> adapters = traffic(32, 1.0);
      GpuDemand demand = demand(adapters);
      double capacity = MODEL.setting(32, 16).capacityFactor(demand);
      List<AdapterTraffic> scaled = new ArrayList<>();
      adapters.forEach(
          t -> scaled.add(new AdapterTraffic(t.adapter(), t.ratePerSecond() * capacity * factor)));
      EngineFlags flags =
          EngineFlags.builder().maxLoras(32).maxLoraRank(16).maxCpuLoras(32).build();
      Assessment word =
          new TwinOracle(
                  Models.named(Workloads.LLAMA),
                  Calibration.shipped(EngineVersion.VLLM_0_8_5),
                  List.of(new FeasibilityRule.ThroughputShare(0.95)),
                  3,
                  0)
              .assess(
                  new Candidate(
                      Gpus.named("h100-80gb-sxm"),
                      GpuTraffic.of(
                          workload(scaled), scaled.stream().map(SharedAdapter::whole).toList()),
                      flags));
      assertEquals(factor < 1, word.feasible(), factor + ": " + word);
    }
  }

  @Property(tries = 40)
  void more_adapters_never_raise_the_capacity_and_taking_them_back_restores_it(
      @ForAll @IntRange(min = 1, max = 80) int adapters,
      @ForAll @IntRange(min = 1, max = 40) int twentieths) {
    List<AdapterTraffic> all = traffic(adapters + 1, twentieths / 20.0);
    GpuDemand demand = demand(all.subList(0, adapters));
    SlotSetting setting = MODEL.setting(96, 16);
    double before = setting.capacityFactor(demand);
    double[] vector = MODEL.demandOf(twentieths / 20.0);
    demand.add(vector, twentieths / 20.0);
    assertTrue(setting.capacityFactor(demand) <= before * 1.0001);
    demand.remove(vector, twentieths / 20.0);
    assertEquals(before, setting.capacityFactor(demand), 1e-9 * before);
  }

  @Property(tries = 60)
  void a_line_is_below_the_law_of_the_step_time(
      @ForAll @IntRange(min = 1, max = 64) int adapters,
      @ForAll @IntRange(min = 1, max = 40) int percents,
      @ForAll @IntRange(min = 0, max = 32) int distinct) {
    SlotSetting setting = MODEL.setting(64, 16);
    double rate = percents / 100.0;
    double step = setting.stepSeconds(demand(traffic(adapters, rate)));
    SlotSetting.Line line = setting.line(step / 1.06, step, distinct);
    assertNotNull(line);
    double run = step * MODEL.lengths().outputTokens();
    double running = adapters * rate * run;
    double active = adapters * (1 - Math.exp(-rate * run));
    double below =
        line.startSeconds()
            + line.secondsPerRunning() * running
            + line.secondsPerAdapter() * active;
    // The steady state interpolates active adapters between half octaves, from below.
    assertTrue(below <= 1.01 * step, below + " and " + step);
    assertTrue(running <= 1.01 * Math.max(1, line.mostRunning()), running + " requests");
    assertTrue(step <= setting.longestStepSeconds());
    assertNull(setting.line(0, 0.001, 0), "no step is so short");
  }

  @Test
  void what_does_not_start_has_no_capacity() {
    SlotSetting refused = MODEL.setting(4000, 256);
    assertFalse(refused.starts());
    assertEquals(0, refused.capacityFactor(demand(traffic(1, 1.0))));
    assertNull(refused.line(0, 1, 0));
    assertEquals(0, refused.longestStepSeconds());
  }

  @Test
  void step_time_in_equilibrium_grows_with_load() {
    SlotSetting setting = MODEL.setting(32, 16);
    double light = setting.stepSeconds(demand(traffic(16, 0.1)));
    double heavy = setting.stepSeconds(demand(traffic(16, 1.2)));
    assertTrue(light > 0.005 && light < heavy, light + " and " + heavy);
    assertEquals(Double.POSITIVE_INFINITY, setting.stepSeconds(demand(traffic(16, 20.0))));
  }

  @Test
  void gpus_that_share_an_adapter_split_its_requests_without_overlap() {
    RequestTrace.Builder requests = RequestTrace.builder(2);
    for (int i = 0; i < 400; i++) {
      requests.add(i * 1_000L, i % 4 == 3 ? -1 : i % 2, 10 + i, 5);
    }
    List<AdapterTraffic> adapters = traffic(2, 1.0);
    Workload whole =
        Workload.recorded(
            Workloads.LLAMA, adapters, new FixedLengths(10, 5), 600, requests.build());
    GpuTraffic first =
        GpuTraffic.of(whole, List.of(new SharedAdapter(adapters.get(1), 0, 0.3)), 0, 0.5);
    GpuTraffic second =
        GpuTraffic.of(
            whole,
            List.of(
                SharedAdapter.whole(adapters.get(0)), new SharedAdapter(adapters.get(1), 0.3, 1)),
            0.5,
            1);
    List<Integer> inputs = new ArrayList<>();
    for (GpuTraffic gpu : List.of(first, second)) {
      RequestCursor cursor = gpu.source(7, 0).open();
      for (; cursor.arrivalPicos() != RequestCursor.NO_MORE; cursor.advance()) {
        inputs.add(cursor.inputTokens());
      }
    }
    int[] sorted = inputs.stream().mapToInt(Integer::intValue).sorted().toArray();
    int[] all = new int[400];
    java.util.Arrays.setAll(all, i -> 10 + i);
    assertArrayEquals(all, sorted);
    assertTrue(first.isShared() && first.baseRatePerSecond() > 0);
  }
}
