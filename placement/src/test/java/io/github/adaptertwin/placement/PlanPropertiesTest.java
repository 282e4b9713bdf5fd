package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.A100;
import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.randomTraffic;
import static io.github.adaptertwin.placement.Workloads.scaled;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.hash.Hashing;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.placement.bound.Bounds;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What holds for the plan of any workload. */
class PlanPropertiesTest {
  private static final PlacementOptions OPTIONS = PlacementOptions.defaults();

  private static Placement plan(Workload workload) {
    return Placer.place(workload, H100).orElseThrow();
  }

  @Property(tries = 12)
  void everybody_is_served_once_and_the_plan_is_not_below_the_bound(@ForAll long seed) {
    Workload workload = workload(randomTraffic(seed));
    Placement plan = plan(workload);
    PlannerTest.shares(plan).forEach((id, share) -> assertEquals(1, share, 1e-9, id));
    assertEquals(workload.adapters().size(), PlannerTest.shares(plan).size());
    plan.gpus().forEach(g -> assertTrue(g.predicted().feasible(), g.predicted().toString()));
    // The bound in the plan is cut off at the plan; this one is not.
    LowerBound free =
        Bounds.of(
            workload,
            Placer.with(OPTIONS).steadyState(workload, H100),
            OPTIONS.engineVersion(),
            Arrays.stream(OPTIONS.slotsGrid()).boxed().toList(),
            Bounds.MOST_EXCESS,
            1000);
    assertTrue(free.gpus() <= plan.gpus().size(), free + " and " + plan.gpus().size());
    assertTrue(plan.bound().gpus() <= plan.gpus().size());
  }

  @Property(tries = 6)
  void a_plan_depends_neither_on_threads_nor_on_the_order_of_the_adapters(@ForAll long seed) {
    List<AdapterTraffic> adapters = randomTraffic(seed);
    String one = plan(workload(adapters)).toJson();
    List<AdapterTraffic> shuffled = new ArrayList<>(adapters);
    Collections.shuffle(shuffled, new Random(seed));
    PlacementOptions two = PlacementOptions.builder().threads(2).build();
    assertEquals(one, Placer.with(two).place(workload(shuffled), H100).orElseThrow().toJson());
  }

  @Property(tries = 6)
  void a_larger_pool_never_needs_more_gpus(@ForAll long seed) {
    Workload workload = workload(randomTraffic(seed));
    int needed = plan(workload).gpus().size();
    for (int more = 0; more < 3; more++) {
      PlacementResult result = Placer.place(workload, GpuPool.of(H100, needed + more));
      assertEquals(needed, result.orElseThrow().gpus().size());
    }
  }

  @Property(tries = 5)
  void a_mix_is_never_dearer_than_the_best_single_kind(
      @ForAll long seed, @ForAll @DoubleRange(min = 0.3, max = 3) double price) {
    Workload workload = workload(randomTraffic(seed));
    GpuOffer a100 = new GpuOffer(A100, 6, 1);
    GpuOffer h100 = new GpuOffer(H100, 6, price);
    double best = Double.POSITIVE_INFINITY;
    for (GpuOffer offer : List.of(a100, h100)) {
      PlacementResult single = Placer.place(workload, new GpuPool(List.of(offer)));
      if (single instanceof Placement plan) {
        best = Math.min(best, plan.gpus().size() * offer.pricePerHour());
      }
    }
    PlacementOptions mixes =
        PlacementOptions.builder().objective(PlacementOptions.Objective.CHEAPEST_MIX).build();
    Placement mix =
        Placer.with(mixes).place(workload, new GpuPool(List.of(a100, h100))).orElseThrow();
    double cost = mix.gpus().stream().mapToDouble(g -> g.gpu().equals(A100) ? 1 : price).sum();
    assertTrue(cost <= best + 1e-9, cost + " against " + best);
  }

  /** The packer takes three GPUs of a mix here, where two of the dearer kind do for less. */
  @Test
  void a_mix_is_not_dearer_than_two_of_one_kind() {
    a_mix_is_never_dearer_than_the_best_single_kind(-3003, 1.13);
  }

  /** On bursts of the CV that was asked for, on requests of another seed. */
  @Property(tries = 4, seed = "4")
  void margins_for_bursts_keep_a_bound_on_ttft(@ForAll long seed) {
    List<FeasibilityRule> rules =
        List.of(FeasibilityRule.THROUGHPUT_90, new FeasibilityRule.TtftBound(95, 2));
    List<AdapterTraffic> adapters = randomTraffic(seed);
    Placement plan =
        Placer.with(PlacementOptions.builder().rules(rules).burstGapCv(3).build())
            .place(workload(adapters), H100)
            .orElseThrow();
    List<AdapterTraffic> bursty =
        adapters.stream()
            .map(t -> new AdapterTraffic(t.adapter(), ArrivalLaw.gamma(t.ratePerSecond(), 3)))
            .toList();
    Evaluation judged =
        Placer.with(PlacementOptions.builder().rules(rules).seed(4711).build())
            .evaluate(plan, workload(bursty));
    for (GpuLoad gpu : judged.placement().gpus()) {
      assertTrue(gpu.verified().p95TtftSeconds().mean() <= 2, judged.complaints().toString());
      assertTrue(gpu.verified().completedShare().mean() >= 0.9, judged.complaints().toString());
    }
  }

  @Property(tries = 5, seed = "5")
  void after_a_drift_few_adapters_move_and_the_plan_is_verified(@ForAll long seed) {
    List<AdapterTraffic> adapters = randomTraffic(seed);
    Placement before = plan(workload(adapters));
    Random draws = new Random(seed);
    Workload drifted =
        workload(
            adapters.stream()
                .map(
                    t ->
                        new AdapterTraffic(
                            t.adapter(), t.ratePerSecond() * (draws.nextBoolean() ? 1.1 : 0.9)))
                .toList());
    Replacement after =
        Placer.with(OPTIONS).replace(before, drifted, GpuPool.unlimited(H100)).orElseThrow();
    after
        .placement()
        .gpus()
        .forEach(g -> assertTrue(g.predicted().feasible(), g.predicted().toString()));
    int moved = after.change().movedAdapters().size();
    assertTrue(moved <= Math.max(1, 0.15 * adapters.size()), moved + " of " + adapters.size());
  }

  @Test
  void a_plan_stays_verified_at_nine_tenths_of_its_rates() {
    assertStaysVerified(20);
  }

  @Test
  @Tag("nightly")
  void hundreds_of_plans_stay_verified_at_nine_tenths_of_their_rates() {
    assertStaysVerified(400);
  }

  /** At least 99 % of the plans, judged on requests that neither planning nor verification saw. */
  private static void assertStaysVerified(int cases) {
    Planner judge = Placer.with(PlacementOptions.builder().seed(4711).build());
    List<String> exceptions = new ArrayList<>();
    for (long seed = 0; seed < cases; seed++) {
      List<AdapterTraffic> adapters = randomTraffic(seed);
      Evaluation cooler = judge.evaluate(plan(workload(adapters)), workload(scaled(adapters, 0.9)));
      if (!cooler.feasible()) {
        exceptions.add("workload " + seed + ": " + cooler.complaints());
      }
    }
    assertTrue(exceptions.size() <= cases / 100, exceptions.toString());
  }

  @Test
  void the_plan_of_an_embedded_workload_is_pinned() {
    Placement plan = plan(workload(randomTraffic(42)));
    assertEquals(
        "95a97003749ca7891e855dea2cdc5695a6f5f44cacd2738c16663514a9f0f4de",
        Hashing.sha256().hashString(plan.toJson(), StandardCharsets.UTF_8).toString());
  }
}
