package io.github.adaptertwin.placement.bound;

import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.Workloads;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BoundsTest {
  private static final List<Integer> SLOTS = List.of(8, 32, 96, 192);
  private static final SteadyState MODEL =
      new SteadyState(
          Gpus.named("h100-80gb-sxm"),
          Models.named(Workloads.LLAMA),
          EngineVersion.VLLM_0_8_5,
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

  @Test
  void the_linear_program_is_at_least_the_bound_by_prices() {
    Workload workload = workload(traffic(120, 2.0, 0.2));
    List<TrafficClasses.TrafficClass> classes = TrafficClasses.of(workload.adapters(), 0);
    OptimisticCapacity capacity =
        new OptimisticCapacity(MODEL, EngineVersion.VLLM_0_8_5, SLOTS, classes, 600, 1.1);
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
