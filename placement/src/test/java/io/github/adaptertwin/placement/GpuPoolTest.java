package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.A100;
import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class GpuPoolTest {
  private static Placement plan(int cards, int gpus) {
    PlacementOptions options =
        PlacementOptions.builder()
            .tensorParallel(cards)
            .objective(PlacementOptions.Objective.LOWEST_LATENCY)
            .bounded(false)
            .build();
    return Placer.with(options)
        .place(workload(traffic(4, 0.5)), GpuPool.of(H100, gpus * cards))
        .orElseThrow();
  }

  @Test
  void a_plan_costs_what_its_cards_cost() {
    Placement two = plan(1, 2);
    assertEquals(2, two.gpus().size());
    GpuPool pool = new GpuPool(List.of(new GpuOffer(A100, 9, 1), new GpuOffer(H100, 9, 2.5)));
    assertEquals(5, pool.pricePerHour(two));
    GpuPool reserved =
        new GpuPool(List.of(new GpuOffer(H100, 1, 2), new GpuOffer(H100, GpuOffer.UNLIMITED, 3)));
    assertEquals(5, reserved.pricePerHour(two));
    assertEquals(4 * 3, reserved.pricePerHour(plan(2, 2)), "no set out of two offers");
    GpuPool reversed =
        new GpuPool(List.of(new GpuOffer(H100, GpuOffer.UNLIMITED, 3), new GpuOffer(H100, 1, 2)));
    assertEquals(5, reversed.pricePerHour(two), "the cheapest first");
  }

  @Test
  void cards_that_the_pool_does_not_have_have_no_price() {
    Placement two = plan(1, 2);
    for (GpuPool pool : List.of(GpuPool.of(A100, 2), GpuPool.of(H100, 1))) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> pool.pricePerHour(two));
      assertEquals(
          "the plan has more cards of " + H100.name() + " than the pool offers", e.getMessage());
    }
  }
}
