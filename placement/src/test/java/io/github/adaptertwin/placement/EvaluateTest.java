package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Plans that were changed by hand are judged as they are, or refused if they leave requests. */
class EvaluateTest {
  private static final List<AdapterTraffic> TRAFFIC = traffic(2, 0.5);
  private static final AdapterTraffic FIRST = TRAFFIC.get(0);
  private static final AdapterTraffic SECOND = TRAFFIC.get(1);
  private static final Planner PLANNER =
      Placer.with(PlacementOptions.builder().bounded(false).build());
  private static final Placement PLAN = PLANNER.place(workload(TRAFFIC), H100).orElseThrow();

  /** A GPU like that of the plan with other parts. */
  private static GpuLoad gpu(double baseFrom, double baseTo, SharedAdapter... parts) {
    GpuLoad like = PLAN.gpus().get(0);
    return new GpuLoad(
        0,
        like.gpu(),
        List.of(parts),
        baseFrom,
        baseTo,
        like.flags(),
        like.predicted(),
        like.verified());
  }

  private static SharedAdapter part(AdapterTraffic adapter, double from, double to) {
    return new SharedAdapter(adapter, from, to);
  }

  private static Placement plan(GpuLoad... gpus) {
    return new Placement(
        PLAN.baseModel(), new ArrayList<>(List.of(gpus)), PLAN.bound(), 1, false, List.of());
  }

  private static void assertRefused(String words, Workload workload, GpuLoad... gpus) {
    Exception refused =
        assertThrows(IllegalArgumentException.class, () -> PLANNER.evaluate(plan(gpus), workload));
    assertEquals(
        "the placement " + words + "; give every part to exactly one GPU, or plan anew",
        refused.getMessage());
  }

  @Test
  void a_part_that_no_gpu_serves_is_refused() {
    Workload both = workload(TRAFFIC);
    assertRefused(
        "leaves out a share of 0.500000 of the requests to adapter 'a0', the part"
            + " [0.500000, 1.00000)",
        both,
        gpu(0, 0, part(FIRST, 0, 0.5), part(SECOND, 0, 1)));
    assertRefused(
        "leaves out a share of 0.250000 of the requests to adapter 'a1', the part"
            + " [0.00000, 0.250000)",
        both,
        gpu(0, 0, part(FIRST, 0, 1), part(SECOND, 0.25, 1)));
    assertRefused(
        "leaves out a share of 0.100000 of the requests to adapter 'a0', the part"
            + " [0.400000, 0.500000)",
        both,
        gpu(0, 0, part(FIRST, 0.5, 1), part(SECOND, 0, 1)),
        gpu(0, 0, part(FIRST, 0, 0.4)));
  }

  @Test
  void a_part_that_two_gpus_serve_is_refused() {
    Workload both = workload(TRAFFIC);
    assertRefused(
        "serves more than once a share of 1.00000 of the requests to adapter 'a0', the part"
            + " [0.00000, 1.00000)",
        both,
        gpu(0, 0, part(FIRST, 0, 1), part(SECOND, 0, 1)),
        gpu(0, 0, part(FIRST, 0, 1)));
    // The shares are one in sum, and still a quarter is served twice and another not at all.
    assertRefused(
        "serves more than once a share of 0.250000 of the requests to adapter 'a1', the part"
            + " [0.250000, 0.500000)",
        both,
        gpu(0, 0, part(FIRST, 0, 1), part(SECOND, 0, 0.5)),
        gpu(0, 0, part(SECOND, 0.25, 0.75)));
  }

  @Test
  void two_parts_of_an_adapter_on_one_gpu_are_refused() {
    assertRefused(
        "names adapter 'a0' more than once on GPU 1",
        workload(TRAFFIC),
        gpu(0, 0, part(SECOND, 0, 1)),
        gpu(0, 0, part(FIRST, 0, 0.5), part(FIRST, 0.5, 1)));
  }

  @Test
  void requests_to_the_base_model_that_no_gpu_serves_are_refused() {
    Workload withBase = workload(TRAFFIC).withBaseModelRequests(ArrivalLaw.poisson(1));
    SharedAdapter first = part(FIRST, 0, 1);
    SharedAdapter second = part(SECOND, 0, 1);
    assertRefused(
        "leaves out a share of 1.00000 of the requests to the base model, the part"
            + " [0.00000, 1.00000)",
        withBase,
        gpu(0, 0, first, second));
    assertRefused(
        "serves more than once a share of 0.500000 of the requests to the base model, the part"
            + " [0.500000, 1.00000)",
        withBase,
        gpu(0, 1, first, second),
        gpu(0.5, 1));
    assertTrue(PLANNER.evaluate(plan(gpu(0, 1, first, second)), withBase).feasible());
    assertTrue(
        PLANNER.evaluate(plan(gpu(0, 0.4, first, second), gpu(0.4, 1)), withBase).feasible());
  }

  @Test
  void parts_with_rounded_ends_and_parts_that_nobody_asks_for_are_judged() {
    SharedAdapter second = part(SECOND, 0, 1);
    Placement thirds =
        plan(
            gpu(0, 0, part(FIRST, 0, 1.0 / 3), second),
            gpu(0, 0, part(FIRST, 0.3333333, 0.6666667)),
            gpu(0, 0, part(FIRST, 2.0 / 3, 1)));
    assertTrue(PLANNER.evaluate(thirds, workload(TRAFFIC)).feasible());
    Workload one = workload(List.of(SECOND));
    assertTrue(PLANNER.evaluate(plan(gpu(0, 0.5, part(FIRST, 0, 0.5), second)), one).feasible());
  }
}
