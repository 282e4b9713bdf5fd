package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.A100;
import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.PlacementOptions.Objective;
import io.github.adaptertwin.placement.PlacementOptions.Oracle;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.verify.LossTrial;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlannerTest {
  private static PlacementOptions.Builder options() {
    return PlacementOptions.builder();
  }

  private static Placement plan(PlacementOptions.Builder options, Workload workload) {
    return Placer.with(options.build()).place(workload, H100).orElseThrow();
  }

  static Map<String, Double> shares(Placement plan) {
    Map<String, Double> shares = new TreeMap<>();
    for (GpuLoad gpu : plan.gpus()) {
      for (SharedAdapter part : gpu.parts()) {
        shares.merge(part.traffic().adapter().id(), part.share(), Double::sum);
        assertTrue(part.traffic().adapter().rank() <= gpu.flags().maxLoraRank());
      }
      assertTrue(gpu.flags().maxCpuLoras() >= gpu.parts().size());
    }
    return shares;
  }

  private static void assertEverybodyIsServedOnce(Workload workload, Placement plan) {
    Map<String, Double> shares = shares(plan);
    assertEquals(workload.adapters().size(), shares.size());
    shares.forEach((id, share) -> assertEquals(1, share, 1e-9, id));
  }

  @Test
  void an_adapter_above_one_gpu_is_split_and_verified() {
    // Alone on a GPU, such an adapter reaches about 42 requests per second.
    Workload workload = workload(List.of(traffic(1, 60.0).get(0)));
    Placement plan = plan(options(), workload);
    assertEquals(2, plan.gpus().size());
    assertEverybodyIsServedOnce(workload, plan);
    plan.gpus().forEach(g -> assertTrue(g.predicted().feasible(), g.predicted().toString()));
    assertEquals(3, plan.gpus().get(0).verified().replications());
  }

  @Test
  void base_model_requests_are_placed_too() {
    Workload workload = workload(traffic(6, 1.0)).withBaseModelRequests(ArrivalLaw.poisson(40));
    Placement plan = plan(options(), workload);
    assertTrue(plan.gpus().size() >= 2, "46 requests/s are too much for one GPU");
    assertEverybodyIsServedOnce(workload, plan);
    assertEquals(1, plan.gpus().stream().mapToDouble(GpuLoad::baseShare).sum(), 1e-9);
    assertEquals(
        workload.offeredTokensPerSecond(),
        plan.offeredTokensPerSecond(),
        0.05 * workload.offeredTokensPerSecond());
  }

  @Test
  void base_model_requests_of_a_recording_are_placed_too() {
    RequestTrace.Builder requests = RequestTrace.builder(2);
    for (int i = 0; i < 600; i++) {
      requests.add(i * 1_000_000_000_000L, i % 3 == 2 ? -1 : i % 3, 200, 100);
    }
    Workload workload =
        Workload.recorded(
            Workloads.LLAMA,
            traffic(2, 1 / 3.0),
            new FixedLengths(200, 100),
            600,
            requests.build());
    Placement plan = plan(options(), workload);
    assertEquals(1, plan.gpus().size());
    assertEquals(1, plan.gpus().get(0).baseShare());
    assertEquals(300, plan.offeredTokensPerSecond(), 1);
  }

  @Test
  void a_plan_is_the_same_for_any_threads_and_any_order() {
    List<AdapterTraffic> adapters = traffic(40, 1.5, 0.3, 0.7);
    Placement one = plan(options().threads(1), workload(adapters));
    Collections.reverse(adapters);
    assertEquals(one, plan(options().threads(2), workload(adapters)));
    assertTrue(one.gpus().size() >= 2);
  }

  @Test
  void a_larger_pool_never_needs_more() {
    Workload workload = workload(traffic(30, 1.5));
    int unlimited = plan(options(), workload).gpus().size();
    for (int more = 0; more < 3; more++) {
      Placement plan = Placer.place(workload, GpuPool.of(H100, unlimited + more)).orElseThrow();
      assertEquals(unlimited, plan.gpus().size());
    }
  }

  @Test
  void a_placement_survives_json() throws java.io.IOException {
    Workload workload = workload(traffic(3, 20.0)).withBaseModelRequests(ArrivalLaw.poisson(5));
    Placement plan = plan(options().verificationReplications(2), workload);
    String json = plan.toJson();
    Placement again = Placement.read("plan.json", new java.io.StringReader(json));
    assertEquals(plan, again);
    assertEquals(json, again.toJson());
    Exception wrong =
        assertThrows(
            io.github.adaptertwin.core.input.MalformedInputException.class,
            () ->
                Placement.read(
                    "plan.json", new java.io.StringReader(json.replace("maxLoras", "maxLora"))));
    assertTrue(wrong.getMessage().contains("maxLora"), wrong.getMessage());
  }

  @Test
  void a_placement_is_evaluated_on_other_traffic() {
    Placement plan = plan(options(), workload(traffic(12, 1.0)));
    Planner planner = Placer.with(options().build());
    assertTrue(planner.evaluate(plan, workload(traffic(12, 0.9))).feasible());
    Evaluation hot = planner.evaluate(plan, workload(traffic(12, 9.0)));
    assertFalse(hot.feasible());
    assertTrue(hot.complaints().get(0).startsWith("GPU 0: "), hot.complaints().toString());
    Exception unknown =
        assertThrows(
            IllegalArgumentException.class,
            () -> planner.evaluate(plan, workload(traffic(13, 1.0))));
    assertTrue(unknown.getMessage().contains("'a12'"), unknown.getMessage());
  }

  /**
   * Of the thirty requests of an adapter three are unfinished at the end of the horizon with the
   * seeds 1 and 14, less than nine tenths done. It is alone on its GPU then, so more GPUs are of no
   * use; other requests are.
   */
  @Test
  void a_light_load_that_fails_by_chance_takes_no_large_fleet() {
    List<AdapterTraffic> cold =
        List.of(
            new AdapterTraffic(new LoraAdapter("a0", 256), 0.05),
            new AdapterTraffic(new LoraAdapter("a1", 256), 0.05));
    Workload workload = workload(cold).withBaseModelRequests(ArrivalLaw.poisson(3));
    for (long seed : new long[] {1, 2, 14}) {
      Placement plan =
          Placer.with(options().seed(seed).bounded(false).build())
              .place(workload, Gpus.named("l4-24gb-pcie"))
              .orElseThrow();
      assertTrue(plan.gpus().size() <= 4, "seed " + seed + ": " + plan.gpus().size() + " GPUs");
      assertEverybodyIsServedOnce(workload, plan);
      plan.gpus().forEach(g -> assertTrue(g.predicted().feasible()));
    }
  }

  @Test
  void after_a_drift_few_adapters_move() {
    List<AdapterTraffic> adapters = traffic(60, 1.5, 0.4, 0.9);
    Placement before = plan(options(), workload(adapters));
    List<AdapterTraffic> drifted = new ArrayList<>();
    for (int a = 0; a < adapters.size(); a++) {
      double factor = a % 2 == 0 ? 1.1 : 0.9;
      drifted.add(
          new AdapterTraffic(adapters.get(a).adapter(), adapters.get(a).ratePerSecond() * factor));
    }
    Replacement after =
        Placer.with(options().build())
            .replace(before, workload(drifted), GpuPool.unlimited(H100))
            .orElseThrow();
    assertEverybodyIsServedOnce(workload(drifted), after.placement());
    assertTrue(
        after.change().movedAdapters().size() <= 0.15 * adapters.size(), after.change().toString());
    after.placement().gpus().forEach(g -> assertTrue(g.predicted().feasible()));
    assertEquals(0, PlacementChange.between(after.placement(), after.placement()).loads());
  }

  @Test
  void new_adapters_find_a_place_and_others_leave() {
    Placement before = plan(options(), workload(traffic(10, 0.5)));
    Replacement after =
        Placer.with(options().build())
            .replace(before, workload(traffic(12, 0.5).subList(2, 12)), GpuPool.unlimited(H100))
            .orElseThrow();
    assertEquals(List.of("a10", "a11"), after.change().movedAdapters());
    assertEquals(10, shares(after.placement()).size());
  }

  @Test
  void a_plan_with_a_standby_survives_the_loss_of_each_gpu() {
    Workload workload = workload(traffic(30, 1.5));
    Placement plan = plan(options().survivesLoss(true), workload);
    GpuLoad standby = plan.gpus().get(plan.gpus().size() - 1);
    assertTrue(standby.parts().isEmpty());
    assertTrue(plan.bound().gpus() >= 2);
    List<PlannedGpu> gpus = Loads.gpusOf(plan, workload);
    List<PlannedGpu> serving = gpus.subList(0, gpus.size() - 1);
    LossTrial trial =
        new LossTrial(
            Models.named(Workloads.LLAMA),
            options().build().calibration(),
            options().build().rules(),
            2);
    assertEquals(List.of(), trial.complaints(serving, gpus.get(gpus.size() - 1), 99, 3));
    for (int lost = 0; lost < serving.size(); lost++) {
      assertEquals(List.of(), trial.complaints(serving, lost, gpus.get(gpus.size() - 1), 99, 0));
    }
    // A standby with one slot cannot take over.
    PlannedGpu weak =
        new PlannedGpu(
            standby.gpu(),
            serving.get(0).traffic(),
            standby.flags().toBuilder().maxLoras(1).build());
    List<String> complaints = trial.complaints(serving, 0, weak, 99, 0);
    assertTrue(complaints.get(0).startsWith("the standby for GPU 0"), complaints.toString());
  }

  @Test
  void the_cheapest_mix_is_never_dearer_than_one_kind() {
    Workload workload = workload(traffic(40, 1.5));
    GpuOffer a100 = new GpuOffer(A100, 8, 1.2);
    GpuOffer h100 = new GpuOffer(H100, 8, 2.5);
    Placement mix =
        Placer.with(options().objective(Objective.CHEAPEST_MIX).build())
            .place(workload, new GpuPool(List.of(a100, h100)))
            .orElseThrow();
    double best = Double.POSITIVE_INFINITY;
    for (GpuOffer offer : List.of(a100, h100)) {
      PlacementResult single = Placer.place(workload, new GpuPool(List.of(offer)));
      if (single instanceof Placement plan) {
        best = Math.min(best, plan.gpus().size() * offer.pricePerHour());
      }
    }
    double price = mix.gpus().stream().mapToDouble(g -> g.gpu().equals(A100) ? 1.2 : 2.5).sum();
    assertTrue(price <= best + 1e-9, price + " against " + best);
    assertEverybodyIsServedOnce(workload, mix);
  }

  @Test
  void lowest_latency_uses_all_gpus_and_is_faster_than_fewest() {
    Workload workload = workload(traffic(24, 1.0));
    Placement fewest = plan(options(), workload);
    Placement fastest =
        Placer.with(options().objective(Objective.LOWEST_LATENCY).build())
            .place(workload, GpuPool.of(H100, 4))
            .orElseThrow();
    assertEquals(4, fastest.gpus().size());
    assertTrue(
        fastest.gpus().get(0).predicted().meanItlSeconds()
            < fewest.gpus().get(0).predicted().meanItlSeconds());
  }

  @Test
  void a_bound_on_ttft_is_kept_on_bursts() {
    FeasibilityRule bound = new FeasibilityRule.TtftBound(95, 2);
    Workload workload = workload(traffic(24, 1.0));
    Placement plan =
        plan(
            options().rules(List.of(FeasibilityRule.THROUGHPUT_90, bound)).burstGapCv(3), workload);
    List<AdapterTraffic> bursty =
        workload.adapters().stream()
            .map(t -> new AdapterTraffic(t.adapter(), ArrivalLaw.gamma(t.ratePerSecond(), 3)))
            .toList();
    Planner judge =
        Placer.with(
            options().rules(List.of(FeasibilityRule.THROUGHPUT_90, bound)).seed(4711).build());
    Evaluation evaluation = judge.evaluate(plan, workload(bursty));
    assertTrue(evaluation.feasible(), evaluation.complaints().toString());
  }

  @Test
  void headroom_takes_more_gpus_not_other_traffic() {
    Workload workload = workload(traffic(30, 1.0));
    Placement tight = plan(options(), workload);
    Placement roomy = plan(options().headroom(0.6), workload);
    assertTrue(roomy.gpus().size() > tight.gpus().size());
    assertEquals(1.0, roomy.gpus().get(0).parts().get(0).traffic().ratePerSecond());
  }

  @Test
  void effort_and_deadline_are_told_and_a_listener_may_cancel() {
    Workload workload = workload(traffic(30, 1.5));
    PlacementResult none =
        Placer.with(options().stopWhen(() -> true).build()).place(workload, H100);
    if (none instanceof Placement plan) {
      assertTrue(plan.truncated());
    } else {
      assertInstanceOf(Infeasible.class, none);
    }
    assertThrows(
        CancellationException.class,
        () ->
            plan(
                options()
                    .progress(
                        (stage, done, expected) -> {
                          throw new CancellationException(stage);
                        }),
                workload));
  }

  @Test
  void the_steady_state_alone_plans_without_the_twin() {
    Workload workload = workload(traffic(300, 0.2, 0.05, 0.4));
    Placement plan =
        plan(options().oracle(Oracle.STEADY_STATE).verificationReplications(0), workload);
    assertEverybodyIsServedOnce(workload, plan);
    assertEquals(0, plan.assessments());
    int verified = plan(options(), workload).gpus().size();
    assertTrue(Math.abs(plan.gpus().size() - verified) <= 1);
  }

  @Test
  void host_memory_spreads_adapters_and_is_named_where_it_is_not_enough() {
    Workload workload = workload(traffic(12, 0.1));
    long gib = 1L << 30;
    // Six adapters of rank 8 and six of rank 16 of an 8B model: .7 GiB of pinned memory.
    assertEquals(1, plan(options().hostMemoryBytes(gib), workload).gpus().size());
    Placement spread = plan(options().hostMemoryBytes(gib / 4), workload);
    assertTrue(spread.gpus().size() >= 3, "a quarter of .7 GiB on each");
    for (GpuLoad gpu : spread.gpus()) {
      long bytes =
          gpu.adapters().stream()
              .mapToLong(a -> Models.named(Workloads.LLAMA).adapterBytes(a.rank()))
              .sum();
      assertTrue(bytes <= gib / 4, bytes + " bytes");
    }
    Planner tight = Placer.with(options().hostMemoryBytes(gib / 4).build());
    Infeasible pool =
        assertInstanceOf(Infeasible.class, tight.place(workload, GpuPool.of(H100, 2)));
    assertEquals(Infeasible.Reason.HOST_MEMORY, pool.reason());
    assertTrue(pool.message().contains("2 GPUs have 0.5"), pool.message());
    Planner tighter = Placer.with(options().hostMemoryBytes(gib / 16).build());
    Infeasible adapter = assertInstanceOf(Infeasible.class, tighter.place(workload, H100));
    assertEquals("a1", adapter.subject());
    assertThrows(IllegalArgumentException.class, () -> options().hostMemoryBytes(0));
  }

  @Test
  void a_short_horizon_is_judged_alike_by_place_and_evaluate() {
    Workload brief = Workload.of(Workloads.LLAMA, traffic(12, 1.0), new FixedLengths(250, 230), 30);
    Placement plan = plan(options(), brief);
    Evaluation again = Placer.with(options().build()).evaluate(plan, brief);
    // Of half a minute a tenth is unfinished at its end, whatever the GPU does.
    assertTrue(again.feasible(), again.complaints().toString());
    assertEquals(
        plan.gpus().get(0).predicted().completedShare(),
        again.placement().gpus().get(0).predicted().completedShare(),
        0.02);
  }

  /** Eight slots of rank 128 of a 14B model do not start on 40 GB, four leave little cache. */
  @Test
  void large_ranks_on_a_small_gpu_get_few_slots() {
    List<AdapterTraffic> adapters =
        IntStream.range(0, 40)
            .mapToObj(i -> new AdapterTraffic(new LoraAdapter("a" + i, 128), 0.05))
            .toList();
    Workload workload = Workload.of("qwen2.5-14b", adapters, new FixedLengths(250, 230), 600);
    GpuPool pool = GpuPool.of(Gpus.named("a100-40gb-sxm"), 8);
    Placement plan = Placer.with(options().build()).place(workload, pool).orElseThrow();
    assertEverybodyIsServedOnce(workload, plan);
    assertTrue(plan.gpus().size() <= 3, plan.gpus().size() + " GPUs");
    plan.gpus().forEach(g -> assertTrue(g.flags().maxLoras() <= 4, g.flags().toString()));
    // Who asks for eight and no other number gets eight or nothing.
    assertInstanceOf(
        Infeasible.class, Placer.with(options().slotsGrid(8).build()).place(workload, pool));
    // The usual numbers are no others where they are asked for.
    int[] usual = PlacementOptions.defaults().slotsGrid();
    assertInstanceOf(
        Infeasible.class, Placer.with(options().slotsGrid(usual).build()).place(workload, pool));
  }

  @Test
  void an_evaluation_has_requests_of_its_own() {
    Workload workload = workload(traffic(12, 1.0));
    Placement plan = plan(options(), workload);
    Planner planner = Placer.with(options().build());
    Placement evaluated = planner.evaluate(plan, workload).placement();
    assertEquals(evaluated, planner.evaluate(plan, workload).placement());
    assertNotEquals(plan.gpus().get(0).predicted(), evaluated.gpus().get(0).predicted());
    assertEquals(
        plan.gpus().get(0).verified().throughputTokensPerSecond().mean(),
        evaluated.gpus().get(0).verified().throughputTokensPerSecond().mean(),
        0.02 * plan.offeredTokensPerSecond());
  }

  @Test
  void an_unlimited_pool_is_not_told_in_figures() {
    PlacementResult result =
        Placer.with(
                options()
                    .rules(List.of(new FeasibilityRule.ItlBound(50, 0.001)))
                    .mostAssessments(20)
                    .build())
            .place(workload(traffic(4, 1.0)), H100);
    Infeasible none = assertInstanceOf(Infeasible.class, result);
    assertFalse(none.message().contains("2147483647"), none.message());
  }

  @Test
  void a_recording_has_no_margins() {
    Workload workload =
        Workload.recorded(
            Workloads.LLAMA,
            traffic(1, 1.0),
            new FixedLengths(10, 10),
            600,
            RequestTrace.builder(1).build());
    assertThrows(IllegalArgumentException.class, () -> plan(options().headroom(0.1), workload));
  }
}
