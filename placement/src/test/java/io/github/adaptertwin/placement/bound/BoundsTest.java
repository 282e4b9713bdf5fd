package io.github.adaptertwin.placement.bound;

import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.Workloads;
import io.github.adaptertwin.placement.capacity.Candidate;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.capacity.SlotSetting;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.capacity.TwinOracle;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BoundsTest {
  private static final List<Integer> SLOTS = List.of(8, 16, 32, 64, 96, 192);
  private static final SteadyState MODEL =
      new SteadyState(
          Gpus.named("h100-80gb-sxm"),
          Models.named(Workloads.LLAMA),
          Calibration.shipped(EngineVersion.VLLM_0_8_5),
          EngineFlags.builder().build(),
          new FixedLengths(250, 230),
          120);

  private static double bound(Workload workload) {
    return Bounds.of(workload, MODEL, EngineVersion.VLLM_0_8_5, SLOTS, 1.1, 1000).fractionalGpus();
  }

  @Property(tries = 12)
  void more_traffic_never_lowers_the_bound(
      @ForAll @IntRange(min = 1, max = 60) int adapters,
      @ForAll @IntRange(min = 1, max = 30) int tenths) {
    double rate = tenths / 10.0;
    double less = bound(workload(traffic(adapters, rate)));
    double more = bound(workload(traffic(adapters, rate * 1.3)));
    assertTrue(more >= less * 0.995, less + " and " + more);
    assertTrue(bound(workload(traffic(adapters + 5, rate))) >= less * 0.995);
  }

  /** Scales random traffic up to the edge of what one GPU sustains, with the best slots. */
  @Property(tries = 15)
  void no_load_that_the_twin_sustains_is_beyond_the_optimistic_capacity(@ForAll long seed) {
    List<AdapterTraffic> traffic = Workloads.randomTraffic(seed);
    double sum = traffic.stream().mapToDouble(AdapterTraffic::ratePerSecond).sum();
    double sustained = 1 / sum;
    double beyond = 80 / sum;
    while (beyond / sustained > 1.02) {
      double middle = Math.sqrt(sustained * beyond);
      if (sustains(workload(Workloads.scaled(traffic, middle)))) {
        sustained = middle;
      } else {
        beyond = middle;
      }
    }
    Workload edge = workload(Workloads.scaled(traffic, sustained));
    double use = Bounds.use(edge, MODEL, EngineVersion.VLLM_0_8_5, SLOTS, Bounds.MOST_EXCESS);
    assertTrue(use <= 1, "use " + use + " at " + sustained * sum + " requests/s");
    assertTrue(use > 0.6, "the capacity is far from what the twin sustains: " + use);
  }

  /** Traffic that the margin was not measured on: it holds, however loose it is. */
  @Property(tries = 6)
  void no_bursty_load_that_the_twin_sustains_is_beyond_the_optimistic_capacity(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 16) int gapCv) {
    assertHoldsAtTheEdge(
        factor ->
            workload(
                Workloads.scaled(Workloads.randomTraffic(seed), factor).stream()
                    .map(
                        t ->
                            new AdapterTraffic(
                                t.adapter(), ArrivalLaw.gamma(t.ratePerSecond(), gapCv)))
                    .toList()));
  }

  @Property(tries = 6)
  void no_load_with_base_requests_that_the_twin_sustains_is_beyond_it(@ForAll long seed) {
    List<AdapterTraffic> traffic = Workloads.randomTraffic(seed);
    double sum = traffic.stream().mapToDouble(AdapterTraffic::ratePerSecond).sum();
    assertHoldsAtTheEdge(
        factor ->
            workload(Workloads.scaled(traffic, factor))
                .withBaseModelRequests(ArrivalLaw.poisson(factor * sum / 2)));
  }

  @Property(tries = 6)
  void no_load_of_large_adapters_that_the_twin_sustains_is_beyond_it(@ForAll long seed) {
    assertHoldsAtTheEdge(
        factor ->
            workload(
                Workloads.scaled(Workloads.randomTraffic(seed), factor).stream()
                    .map(
                        t ->
                            new AdapterTraffic(
                                new LoraAdapter(t.adapter().id(), 128), t.ratePerSecond()))
                    .toList()));
  }

  private static void assertHoldsAtTheEdge(DoubleFunction<Workload> scaled) {
    double sum = scaled.apply(1).ratePerSecond();
    double sustained = 1 / sum;
    double beyond = 80 / sum;
    while (beyond / sustained > 1.1) {
      double middle = Math.sqrt(sustained * beyond);
      if (sustains(scaled.apply(middle))) {
        sustained = middle;
      } else {
        beyond = middle;
      }
    }
    double use = use(scaled.apply(sustained), Bounds.MOST_EXCESS);
    assertTrue(use <= 1, "use " + use + " at " + sustained * sum + " requests/s");
    assertTrue(use > 0, "some capacity is in use");
  }

  private static double use(Workload workload, double factor) {
    return Bounds.use(workload, MODEL, EngineVersion.VLLM_0_8_5, SLOTS, factor);
  }

  @Test
  void the_rules_say_by_how_much_a_load_may_exceed_the_steady_state() {
    FeasibilityRule half = new FeasibilityRule.ThroughputShare(0.5);
    FeasibilityRule latency = new FeasibilityRule.TtftBound(95, 2);
    assertEquals(
        Bounds.MOST_EXCESS,
        Bounds.excess(List.of(half, FeasibilityRule.THROUGHPUT_90, latency)).orElseThrow());
    assertEquals(1.026 / 0.5, Bounds.excess(List.of(half)).orElseThrow(), 1e-12);
    assertTrue(Bounds.excess(List.of(FeasibilityRule.QUEUE_STABLE, latency)).isEmpty());
    // One GPU completes .595 of these 60 requests/s.
    Workload workload = workload(traffic(8, 7.5));
    assertTrue(use(workload, Bounds.MOST_EXCESS) > 1);
    assertTrue(use(workload, Bounds.excess(List.of(half)).orElseThrow()) <= 1);
  }

  @Test
  void bursts_leave_time_and_memory_but_not_slots() {
    List<AdapterTraffic> regular = new ArrayList<>();
    List<AdapterTraffic> bursty = new ArrayList<>();
    for (int a = 0; a < 250; a++) {
      LoraAdapter adapter = new LoraAdapter("a" + a, 128);
      regular.add(new AdapterTraffic(adapter, 0.04));
      bursty.add(new AdapterTraffic(adapter, ArrivalLaw.gamma(0.04, 16)));
    }
    double poisson = use(workload(regular), Bounds.MOST_EXCESS);
    double bursts = use(workload(bursty), Bounds.MOST_EXCESS);
    assertTrue(bursts > 0 && bursts < poisson, bursts + " and " + poisson);
    // Much more traffic is still too much for one GPU.
    List<AdapterTraffic> much = new ArrayList<>();
    bursty.forEach(t -> much.add(new AdapterTraffic(t.adapter(), ArrivalLaw.gamma(1, 2))));
    assertTrue(use(workload(much), Bounds.MOST_EXCESS) > 1);
  }

  @Test
  void a_recording_counts_with_what_it_holds() {
    RequestTrace.Builder requests = RequestTrace.builder(1);
    for (int i = 0; i < 60; i++) {
      requests.add(i * 1_000_000_000_000L, 0, 250, 230);
    }
    List<AdapterTraffic> adapters = traffic(1, 100.0);
    Workload recorded =
        Workload.recorded(
            Workloads.LLAMA, adapters, new FixedLengths(250, 230), 600, requests.build());
    // 60 requests of the 60,000 that the rate speaks of.
    assertTrue(use(recorded, 1.1) < 0.01, "use " + use(recorded, 1.1));
    assertTrue(use(workload(adapters), 1.1) > 1);
  }

  @Test
  void the_bound_of_a_mixed_pool_is_below_that_of_each_kind() {
    SteadyState slower =
        new SteadyState(
            Workloads.A100,
            Models.named(Workloads.LLAMA),
            Calibration.shipped(EngineVersion.VLLM_0_8_5),
            EngineFlags.builder().build(),
            new FixedLengths(250, 230),
            120);
    Workload workload = workload(traffic(60, 2.0, 0.4));
    double fast = bound(workload);
    double slow =
        Bounds.of(workload, slower, EngineVersion.VLLM_0_8_5, SLOTS, 1.1, 1000).fractionalGpus();
    double mixed =
        Bounds.of(workload, List.of(slower, MODEL), EngineVersion.VLLM_0_8_5, SLOTS, 1.1, 1000)
            .fractionalGpus();
    assertTrue(slow > fast, slow + " and " + fast);
    assertTrue(mixed > 1 && mixed <= fast * 1.001, mixed + " and " + fast);
  }

  private static boolean sustains(Workload workload) {
    int adapters = workload.adapters().size();
    GpuTraffic all =
        GpuTraffic.of(
            workload,
            workload.adapters().stream().map(SharedAdapter::whole).toList(),
            0,
            workload.baseModelArrivals().isPresent() ? 1 : 0);
    TwinOracle twin =
        new TwinOracle(
            Models.named(Workloads.LLAMA),
            Calibration.shipped(EngineVersion.VLLM_0_8_5),
            List.of(FeasibilityRule.THROUGHPUT_90),
            7,
            0);
    for (int slots : SLOTS) {
      SlotSetting setting = MODEL.setting(slots, Math.max(8, all.largestRank()));
      if (setting.starts()) {
        EngineFlags flags =
            setting.flags().toBuilder()
                .maxLoras(Math.min(slots, adapters))
                .maxCpuLoras(adapters)
                .build();
        if (twin.assess(new Candidate(MODEL.gpu(), all, flags)).feasible()) {
          return true;
        }
      }
      if (slots >= adapters) {
        break;
      }
    }
    return false;
  }

  @Property(tries = 12)
  void the_bound_grows_with_the_rates(@ForAll long seed) {
    List<AdapterTraffic> traffic = Workloads.randomTraffic(seed);
    double before = 0;
    for (double factor : new double[] {0.5, 0.8, 1.1, 1.7, 2.6}) {
      double now = bound(workload(Workloads.scaled(traffic, factor)));
      assertTrue(now >= before * 0.99, factor + ": " + before + " and " + now);
      before = now;
    }
  }

  @Test
  void the_linear_program_is_at_least_the_bound_by_prices() {
    Workload workload = workload(traffic(120, 2.0, 0.2));
    List<TrafficClasses.TrafficClass> classes = TrafficClasses.of(workload.adapters(), 0);
    OptimisticCapacity capacity =
        new OptimisticCapacity(
            List.of(MODEL), EngineVersion.VLLM_0_8_5, SLOTS, classes, 600, 1.1, true);
    CombinatorialBound prices = new CombinatorialBound(capacity, classes);
    double program = new ConfigurationBound(capacity, classes).bound(prices.prices());
    assertTrue(prices.bound() > 1, "132 requests/s need several GPUs");
    assertTrue(program >= prices.bound() * 0.999, program + " and " + prices.bound());
  }

  @Test
  void a_plan_at_hand_caps_the_bound() {
    LowerBound bound =
        Bounds.of(workload(traffic(60, 2.0)), MODEL, EngineVersion.VLLM_0_8_5, SLOTS, 1.1, 2);
    assertEquals(2, bound.gpus());
    assertEquals(0.5, new LowerBound(1.7, 2, "test").gap(3));
    assertThrows(IllegalArgumentException.class, () -> new LowerBound(Double.NaN, 1, "test"));
  }
}
