package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.PackResult;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FirstTokenSearchTest {
  private static final List<Integer> GRID = List.of(8, 16, 24, 32, 48, 64);
  private static final double OUTPUT_TOKENS = 101;

  private final List<Integer> asked = new ArrayList<>();

  private static Prediction latencies(double itlSeconds, double p95TtftSeconds, boolean kept) {
    double none = Double.NaN;
    return new Prediction(
        1,
        1,
        1,
        1,
        itlSeconds,
        none,
        p95TtftSeconds,
        none,
        none,
        none,
        none,
        none,
        List.of(new Verdict("TEST", kept, "")));
  }

  private static PackResult.Packed packed(int slots, Prediction now) {
    Workload workload = workload(traffic(30, 1));
    List<SharedAdapter> all = workload.adapters().stream().map(SharedAdapter::whole).toList();
    EngineFlags flags =
        EngineFlags.builder().maxLoras(slots).maxLoraRank(16).maxCpuLoras(30).build();
    PlannedGpu gpu = new PlannedGpu(H100, GpuTraffic.of(workload, all), flags);
    return new PackResult.Packed(List.of(gpu), List.of(now), 1);
  }

  private int slots(PackResult.Packed packed, Map<Integer, Prediction> bySlots, int effort) {
    CapacityOracle oracle =
        candidate -> {
          asked.add(candidate.flags().maxLoras());
          return new Assessment.Serves(bySlots.get(candidate.flags().maxLoras()));
        };
    Effort budget = new Effort(effort, 1, () -> {});
    List<PlannedGpu> gpus =
        new FirstTokenSearch(GRID, OUTPUT_TOKENS, oracle, budget).improve(packed);
    assertEquals(asked.size(), budget.assessments());
    assertEquals(1, gpus.size());
    assertSame(packed.gpus().get(0).traffic(), gpus.get(0).traffic());
    return gpus.get(0).flags().maxLoras();
  }

  @Test
  void late_first_tokens_get_the_slots_with_which_answers_come_soonest() {
    // 20 + 100 * .05 = 25 s for an answer; with more slots 3 + 8, 1 + 9, and 1 + 12 s.
    int found =
        slots(
            packed(8, latencies(0.05, 20, true)),
            Map.of(
                16, latencies(0.08, 3, true),
                24, latencies(0.09, 1, true),
                30, latencies(0.12, 1, true)),
            99);
    assertEquals(24, found);
    assertEquals(List.of(16, 24, 30), asked, "no more slots than adapters");
  }

  @Test
  void first_tokens_that_are_not_late_are_left_alone() {
    assertEquals(8, slots(packed(8, latencies(0.05, 5, true)), Map.of(), 99));
    assertEquals(8, slots(packed(8, latencies(Double.NaN, Double.NaN, true)), Map.of(), 99));
    assertEquals(30, slots(packed(30, latencies(0.05, 20, true)), Map.of(), 99));
    assertTrue(asked.isEmpty());
  }

  @Test
  void what_breaks_a_rule_or_gains_little_is_not_taken() {
    Map<Integer, Prediction> breaks =
        Map.of(16, latencies(0.05, 1, false), 24, latencies(0.05, 1, true));
    assertEquals(8, slots(packed(8, latencies(0.05, 20, true)), breaks, 99));
    assertEquals(List.of(16), asked, "more slots take more memory and time");
    asked.clear();
    // 22.6 s instead of 25 are less than a tenth.
    Map<Integer, Prediction> little =
        Map.of(
            16, latencies(0.05, 17.6, true),
            24, latencies(0.05, 17.6, true),
            30, latencies(0.05, 17.6, true));
    assertEquals(8, slots(packed(8, latencies(0.05, 20, true)), little, 99));
  }

  @Test
  void the_search_ends_with_the_effort() {
    Map<Integer, Prediction> better =
        Map.of(16, latencies(0.05, 9, true), 24, latencies(0.05, 1, true));
    assertEquals(16, slots(packed(8, latencies(0.05, 20, true)), better, 1));
    assertEquals(List.of(16), asked);
  }
}
