package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.scaled;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.PlacementOptions.Oracle;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.List;
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
}
