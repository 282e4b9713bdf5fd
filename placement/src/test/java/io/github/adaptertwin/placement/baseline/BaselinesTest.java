package io.github.adaptertwin.placement.baseline;

import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.Workloads;
import io.github.adaptertwin.placement.baseline.PlacementAlgorithm.Outcome;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BaselinesTest {
  private static final SteadyState MODEL =
      new SteadyState(
          Gpus.named("h100-64gb-sxm"),
          Models.named(Workloads.LLAMA),
          Calibration.shipped(EngineVersion.VLLM_0_8_5),
          EngineFlags.builder().build(),
          new FixedLengths(250, 230),
          700);

  private static Outcome place(PlacementAlgorithm algorithm, Workload workload, int gpus) {
    return algorithm.place(new Problem(workload, MODEL, EngineVersion.VLLM_0_8_5, gpus, 1));
  }

  private static List<PlannedGpu> placed(PlacementAlgorithm algorithm, Workload workload) {
    return assertInstanceOf(Outcome.Placed.class, place(algorithm, workload, 4)).gpus();
  }

  @Property(tries = 15)
  void every_algorithm_serves_every_adapter_with_shares_that_sum_to_one(
      @ForAll @IntRange(min = 1, max = 60) int adapters,
      @ForAll @IntRange(min = 1, max = 40) int tenths) {
    Workload workload = workload(traffic(adapters, tenths / 10.0, 0.05, 0.4));
    for (PlacementAlgorithm algorithm : Baselines.all()) {
      if (place(algorithm, workload, 4) instanceof Outcome.Placed plan) {
        Map<String, Double> shares = new TreeMap<>();
        for (PlannedGpu gpu : plan.gpus()) {
          for (SharedAdapter part : gpu.traffic().adapters()) {
            shares.merge(part.traffic().adapter().id(), part.share(), Double::sum);
          }
        }
        assertEquals(adapters, shares.size(), algorithm.name());
        shares.forEach((id, share) -> assertEquals(1, share, 1e-6, algorithm.name() + " " + id));
        assertTrue(plan.gpus().size() <= 4, algorithm.name());
      }
    }
  }

  @Test
  void max_base_fills_to_the_measured_maximum() {
    // 480 tokens a request: 17,814.5 tokens/s are 37.1 requests/s, 18 adapters of 2 requests/s.
    List<PlannedGpu> gpus = placed(PackToMaximum.maxBase(), workload(traffic(20, 2.0)));
    assertEquals(List.of(18, 2), gpus.stream().map(g -> g.traffic().adapters().size()).toList());
    assertEquals(18, gpus.get(0).flags().maxLoras());
    assertEquals(
        9,
        placed(PackToMaximum.maxBaseHalfSlots(), workload(traffic(20, 2.0)))
            .get(0)
            .flags()
            .maxLoras());
  }

  @Test
  void least_loaded_levels_rates_over_all_gpus() {
    List<PlannedGpu> gpus = placed(SpreadOverAll.leastLoaded(), workload(traffic(8, 1.0)));
    assertEquals(4, gpus.size());
    gpus.forEach(g -> assertEquals(2, g.traffic().ratePerSecond()));
  }

  @Test
  void lora_serve_cuts_adapters_to_the_average_use() {
    List<PlannedGpu> gpus = placed(LoraServe.published(), workload(traffic(2, 10.0)));
    assertEquals(4, gpus.size());
    gpus.forEach(g -> assertEquals(5, g.traffic().ratePerSecond(), 0.3));
  }

  @Test
  void dlora_replicates_while_the_poorest_gains() {
    List<PlannedGpu> gpus = placed(new DloraProactive(), workload(traffic(2, 10.0)));
    assertEquals(4, gpus.size());
    assertEquals(20, gpus.stream().mapToDouble(g -> g.traffic().ratePerSecond()).sum(), 1e-9);
  }

  @Test
  void papers_greedy_gives_up_where_its_first_batch_does_not_fit() {
    // Eight adapters of 15 requests/s exceed a GPU, and it never tries fewer.
    assertInstanceOf(
        Outcome.GaveUp.class, place(PaperGreedy.repaired(), workload(traffic(8, 15.0)), 4));
    assertEquals(1, placed(PaperGreedy.repaired(), workload(traffic(8, 1.0))).size());
  }

  @Test
  void papers_greedy_stops_at_576_adapters() {
    Workload cold = workload(traffic(600, 0.001));
    assertEquals(
        List.of(576, 24),
        placed(PaperGreedy.repaired(), cold).stream()
            .map(g -> g.traffic().adapters().size())
            .toList());
  }

  @Test
  void papers_defects_show_only_when_asked_for() {
    Workload exact = workload(traffic(576, 0.001));
    assertInstanceOf(Outcome.Placed.class, place(PaperGreedy.repaired(), exact, 1));
    assertInstanceOf(
        Outcome.GaveUp.class,
        place(PaperGreedy.with(Set.of(PaperGreedy.Quirk.FAILS_WHEN_EXACTLY_FULL)), exact, 1));
  }

  @Test
  void an_unknown_name_lists_the_known() {
    Exception unknown =
        assertThrows(IllegalArgumentException.class, () -> Baselines.named("nobody"));
    assertTrue(unknown.getMessage().contains("lora_serve"), unknown.getMessage());
  }
}
