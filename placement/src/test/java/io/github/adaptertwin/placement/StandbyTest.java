package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.A100;
import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.scaled;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StandbyTest {
  private static Planner planner() {
    return Placer.with(PlacementOptions.builder().survivesLoss(true).build());
  }

  private static GpuPool pool(GpuSpec first, int firsts, GpuSpec second, int seconds) {
    return new GpuPool(List.of(new GpuOffer(first, firsts, 0), new GpuOffer(second, seconds, 0)));
  }

  @Test
  void the_standby_is_of_the_kind_that_was_kept_back() {
    Placement plan =
        planner().place(workload(traffic(12, 1.0)), pool(A100, 1, H100, 2)).orElseThrow();
    assertEquals(List.of(H100, A100), plan.gpus().stream().map(GpuLoad::gpu).toList());
    assertTrue(plan.gpus().get(1).parts().isEmpty());
  }

  /** One GPU of the plan serves the base model alone, without slots; the standby needs one. */
  @Test
  void a_standby_takes_over_adapters_where_a_gpu_has_no_slots() {
    Workload workload = workload(traffic(1, 0.05)).withBaseModelRequests(ArrivalLaw.poisson(10));
    Placement plan =
        Placer.with(
                PlacementOptions.builder()
                    .survivesLoss(true)
                    .bounded(false)
                    .mostAssessments(60)
                    .build())
            .place(workload, Gpus.named("a10g-24gb-pcie"))
            .orElseThrow();
    int last = plan.gpus().size() - 1;
    List<Integer> slots = plan.gpus().stream().map(g -> g.flags().maxLoras()).toList();
    assertTrue(slots.subList(0, last).contains(0), slots.toString());
    assertEquals(1, slots.get(last), "slots of the standby");
  }

  @Test
  void an_update_keeps_a_standby() {
    Workload workload = workload(traffic(4, 1.0));
    Workload hotter = workload(scaled(traffic(4, 1.0), 1.1));
    Placement before = planner().place(workload, GpuPool.of(H100, 2)).orElseThrow();
    assertEquals(2, before.gpus().size());
    Placement after =
        planner().replace(before, hotter, GpuPool.of(H100, 2)).orElseThrow().placement();
    assertEquals(2, after.gpus().size());
    assertEquals(4, after.gpus().get(0).parts().size());
    assertTrue(after.gpus().get(1).parts().isEmpty());
    assertTrue(after.bound().gpus() <= after.gpus().size(), after.bound().toString());
    assertEquals(
        Optional.empty(), planner().replace(before, hotter, GpuPool.of(H100, 1)), "none is left");
  }

  @Test
  void a_standby_that_is_too_weak_is_the_reason_given() {
    Planner planner =
        Placer.with(PlacementOptions.builder().survivesLoss(true).mostAssessments(4).build());
    PlacementResult result =
        planner.place(workload(traffic(24, 1.0)), pool(Gpus.named("l4-24gb-pcie"), 1, H100, 4));
    Infeasible none = assertInstanceOf(Infeasible.class, result);
    assertEquals(Infeasible.Reason.EFFORT_SPENT, none.reason());
    assertEquals("standby", none.subject());
    assertTrue(none.message().contains("the standby for GPU 0: "), none.message());
  }
}
