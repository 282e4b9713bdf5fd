package io.github.adaptertwin.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PlacerTest {
  private static final GpuSpec H100 = Gpus.named("h100-80gb-sxm");

  private static List<AdapterTraffic> traffic(int count, double rate) {
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (int a = 0; a < count; a++) {
      adapters.add(new AdapterTraffic(new LoraAdapter("a" + a, 8 << a % 2), rate));
    }
    return adapters;
  }

  private static Workload workload(List<AdapterTraffic> adapters) {
    return Workload.poisson("llama-3.1-8b-instruct", adapters, new FixedLengths(250, 230), 120);
  }

  private static Placement plan(Workload workload, int threads) {
    return Placer.with(PlacementOptions.builder().threads(threads).build())
        .place(workload, H100)
        .orElseThrow();
  }

  @Test
  void everybody_is_placed_once_and_nobody_starves() {
    Workload workload = workload(traffic(24, 1.5));
    Placement plan = plan(workload, 1);
    assertTrue(plan.gpus().size() >= 2, "36 requests/s are too much for one GPU");
    List<String> placed = new ArrayList<>();
    for (GpuLoad gpu : plan.gpus()) {
      for (LoraAdapter adapter : gpu.adapters()) {
        placed.add(adapter.id());
        assertTrue(adapter.rank() <= gpu.flags().maxLoraRank());
      }
      assertTrue(gpu.flags().maxLoras() <= gpu.adapters().size());
    }
    Collections.sort(placed);
    List<String> all = workload.loraAdapters().stream().map(LoraAdapter::id).sorted().toList();
    assertEquals(all, placed);
    assertTrue(plan.throughputTokensPerSecond() >= 0.9 * plan.offeredTokensPerSecond());
  }

  @Test
  void a_plan_depends_neither_on_threads_nor_on_the_order_of_adapters() {
    List<AdapterTraffic> adapters = traffic(12, 0.5);
    Placement one = plan(workload(adapters), 1);
    assertEquals(one, plan(workload(adapters), 2));
    Collections.reverse(adapters);
    assertEquals(one.gpus().size(), plan(workload(adapters), 1).gpus().size());
  }

  /** Plans by a surrogate on a card, and says what work was told on the way. */
  private static Set<String> workOfSurrogate(GpuSpec gpu) {
    Set<String> stages = new TreeSet<>();
    Placement plan =
        Placer.with(
                PlacementOptions.builder()
                    .oracle(PlacementOptions.Oracle.SURROGATE)
                    .trainingRuns(60)
                    .progress((stage, done, expected) -> stages.add(stage))
                    .build())
            .place(workload(traffic(6, 0.5)), gpu)
            .orElseThrow();
    assertEquals(1, plan.gpus().size());
    return stages;
  }

  @Test
  void the_surrogate_may_pack_because_the_twin_verifies() {
    Set<String> shipped = workOfSurrogate(H100);
    assertTrue(
        workOfSurrogate(Gpus.named("a100-40gb-sxm")).size() > shipped.size(),
        "where none comes with the library, one is trained");
  }

  private static Infeasible infeasible(PlacementResult result) {
    assertThrows(IllegalStateException.class, result::orElseThrow);
    return assertInstanceOf(Infeasible.class, result);
  }

  @Test
  void what_cannot_be_served_is_named_with_the_reason() {
    Infeasible hot =
        infeasible(
            Placer.with(PlacementOptions.builder().replication(false).build())
                .place(workload(traffic(1, 90)), H100));
    assertEquals(Infeasible.Reason.ADAPTER_EXCEEDS_GPU, hot.reason());
    assertTrue(hot.message().contains("a0"), hot.message());
    Infeasible few = infeasible(Placer.place(workload(traffic(24, 1.5)), GpuPool.of(H100, 1)));
    assertEquals(Infeasible.Reason.POOL_EXHAUSTED, few.reason());
    Workload large =
        Workload.poisson("llama-3.1-70b", traffic(1, 0.1), new FixedLengths(250, 230), 60);
    Infeasible memory = infeasible(Placer.place(large, H100));
    assertTrue(
        memory.reason() == Infeasible.Reason.OUT_OF_MEMORY
            || memory.reason() == Infeasible.Reason.NO_CACHE_BLOCKS,
        memory.toString());
  }

  @Test
  void bad_input_is_refused_before_any_work() {
    Exception model =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Placer.place(
                    Workload.poisson("gpt-9", traffic(1, 1), new FixedLengths(1, 1), 10), H100));
    assertTrue(model.getMessage().contains("gpt-9"), model.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new GpuPool(List.of()));
    assertThrows(IllegalArgumentException.class, () -> GpuPool.of(H100, 0));
    PlacementOptions.Builder options = PlacementOptions.builder();
    assertThrows(IllegalArgumentException.class, () -> options.threads(0));
    assertThrows(IllegalArgumentException.class, () -> options.trainingRuns(0));
    assertThrows(IllegalArgumentException.class, () -> options.slotsGrid(0));
    Exception empty =
        assertThrows(IllegalArgumentException.class, () -> options.slotsGrid(new int[0]));
    assertTrue(empty.getMessage().contains("at least one number of slots"), empty.getMessage());
    assertThrows(IllegalArgumentException.class, () -> options.rules(List.of()));
  }

  @Test
  void rules_of_ones_own_are_kept() {
    Workload workload = workload(traffic(8, 1));
    Placement strict =
        Placer.with(
                PlacementOptions.builder()
                    .rules(List.of(new FeasibilityRule.ItlBound(95, 0.05)))
                    .build())
            .place(workload, H100)
            .orElseThrow();
    assertTrue(strict.gpus().size() >= plan(workload, 1).gpus().size());
  }
}
