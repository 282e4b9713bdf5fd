package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.A100;
import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.scaled;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.PlacementOptions.Oracle;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReplaceTest {
  private static Placement replaced(PlacementOptions options, Placement before, double factor) {
    List<AdapterTraffic> now = scaled(adaptersOf(before), factor);
    return Placer.with(options)
        .replace(before, workload(now), GpuPool.unlimited(H100))
        .orElseThrow()
        .placement();
  }

  private static List<AdapterTraffic> adaptersOf(Placement plan) {
    return plan.gpus().stream()
        .flatMap(g -> g.parts().stream())
        .map(SharedAdapter::traffic)
        .distinct()
        .toList();
  }

  @Test
  void adapters_move_off_a_gpu_whose_host_memory_shrank() {
    Placement before = Placer.place(workload(traffic(8, 0.5)), H100).orElseThrow();
    assertEquals(1, before.gpus().size());
    long bytes = Models.named(Workloads.LLAMA).adapterBytes(16) * 7 / 2;
    Placement after =
        replaced(PlacementOptions.builder().hostMemoryBytes(bytes).build(), before, 1);
    assertEquals(8, PlannerTest.shares(after).size());
    assertTrue(after.gpus().size() >= 2, "the adapters take six times that of one of rank 16");
    for (GpuLoad gpu : after.gpus()) {
      long held =
          gpu.adapters().stream()
              .mapToLong(a -> Models.named(Workloads.LLAMA).adapterBytes(a.rank()))
              .sum();
      assertTrue(held <= bytes, held + " of " + bytes);
    }
  }

  @Test
  void the_steady_state_alone_does_not_accept_an_overloaded_gpu() {
    PlacementOptions steady =
        PlacementOptions.builder().oracle(Oracle.STEADY_STATE).verificationReplications(0).build();
    Placement before = Placer.with(steady).place(workload(traffic(10, 1.0)), H100).orElseThrow();
    assertEquals(1, before.gpus().size());
    assertTrue(replaced(steady, before, 8).gpus().size() >= 2, "80 requests/s are too much");
  }

  private static PlacementOptions.Builder unbounded() {
    return PlacementOptions.builder().bounded(false);
  }

  @Test
  void no_more_gpus_are_used_than_the_pool_has() {
    Workload busy = workload(traffic(96, 1.0));
    Planner planner = Placer.with(unbounded().build());
    Placement before = planner.place(busy, H100).orElseThrow();
    int gpus = before.gpus().size();
    assertTrue(gpus >= 3, gpus + " GPUs");
    assertEquals(Optional.empty(), planner.replace(before, busy, GpuPool.of(H100, 1)));
    // A quarter of the traffic leaves room: the last GPUs are given up and their adapters move.
    Workload calm = workload(traffic(96, 0.25));
    Replacement fewer = planner.replace(before, calm, GpuPool.of(H100, gpus - 1)).orElseThrow();
    assertEquals(gpus - 1, fewer.placement().gpus().size());
    assertEquals(1, fewer.change().removed());
    Loads.requireAllServed(Loads.gpusOf(fewer.placement(), calm), calm);
    assertEquals(
        gpus,
        planner
            .replace(before, calm, GpuPool.of(H100, gpus))
            .orElseThrow()
            .placement()
            .gpus()
            .size(),
        "what fits stays");
  }

  @Test
  void the_requests_to_the_base_model_leave_a_gpu_that_is_given_up() {
    Workload busy = workload(traffic(4, 1.0)).withBaseModelRequests(ArrivalLaw.poisson(70));
    Planner planner = Placer.with(unbounded().build());
    Placement before = planner.place(busy, H100).orElseThrow();
    assertTrue(before.gpus().size() >= 2, before.gpus().size() + " GPUs");
    Workload calm = workload(traffic(4, 1.0)).withBaseModelRequests(ArrivalLaw.poisson(5));
    Placement after = planner.replace(before, calm, GpuPool.of(H100, 1)).orElseThrow().placement();
    assertEquals(1, after.gpus().size());
    Loads.requireAllServed(Loads.gpusOf(after, calm), calm);
  }

  @Test
  void a_pool_of_fewer_cards_than_share_the_model_is_refused_as_by_place() {
    Workload workload = workload(traffic(4, 1.0));
    Planner planner = Placer.with(unbounded().tensorParallel(2).build());
    Placement before = planner.place(workload, H100).orElseThrow();
    GpuPool one = GpuPool.of(H100, 1);
    Exception placing =
        assertThrows(IllegalArgumentException.class, () -> planner.place(workload, one));
    Exception replacing =
        assertThrows(IllegalArgumentException.class, () -> planner.replace(before, workload, one));
    assertEquals(placing.getMessage(), replacing.getMessage());
    GpuPool second = new GpuPool(List.of(new GpuOffer(A100, 1, 0), new GpuOffer(H100, 3, 0)));
    Placement after = planner.replace(before, workload, second).orElseThrow().placement();
    assertEquals(List.of(H100), after.gpus().stream().map(GpuLoad::gpu).toList());
  }

  @Test
  void a_plan_of_nothing_but_a_standby_takes_up_traffic() {
    Planner planner = Placer.with(unbounded().survivesLoss(true).build());
    Workload workload = workload(traffic(4, 1.0));
    Placement plan = planner.place(workload, H100).orElseThrow();
    Placement idle =
        new Placement(
            plan.baseModel(), plan.gpus().subList(1, 2), plan.bound(), 1, false, List.of());
    Placement after =
        planner.replace(idle, workload, GpuPool.of(H100, 2)).orElseThrow().placement();
    assertEquals(2, after.gpus().size());
    assertEquals(4, after.gpus().get(0).parts().size());
  }
}
