package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.A100;
import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.LLAMA;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.PlacementOptions.Oracle;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.Candidate;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.HostMemory;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The parts of a planner one by one: grids, loads, changes, oracles and the bound of a plan. */
class PlanPartsTest {
  private static final ModelSpec MODEL = Models.named(LLAMA);

  private static SteadyState kind(String gpu, String model) {
    return new SteadyState(
        Gpus.named(gpu),
        Models.named(model),
        Calibration.shipped(EngineVersion.VLLM_0_8_5),
        EngineFlags.builder().maxModelLen(1024).build(),
        new FixedLengths(250, 230),
        120);
  }

  private static Workload ofRank(String model, int rank) {
    return Workload.of(
        model,
        List.of(new AdapterTraffic(new LoraAdapter("a", rank), 1)),
        new FixedLengths(250, 230),
        600);
  }

  /** Eight slots of rank 128 of a 14B model do not start on 40 GB; of a small model they do. */
  @Test
  void a_usual_grid_begins_at_one_slot_where_eight_take_too_much() {
    SteadyState small = kind("a100-40gb-sxm", "qwen2.5-14b");
    SteadyState large = kind("h100-80gb-sxm", "qwen2.5-14b");
    PlacementOptions usual = PlacementOptions.defaults();
    List<Integer> few = SlotsGrid.of(usual, List.of(small), ofRank("qwen2.5-14b", 128));
    assertEquals(List.of(1, 2, 4, 8, 16), few.subList(0, 5));
    assertEquals(SlotsGrid.usual().length + 3, few.size());
    assertEquals(
        8, SlotsGrid.of(usual, List.of(large), ofRank("qwen2.5-14b", 8)).get(0).intValue());
    assertEquals(
        1,
        SlotsGrid.of(usual, List.of(large, small), ofRank("qwen2.5-14b", 128)).get(0).intValue(),
        "one of the kinds is enough");
    assertEquals(
        List.of(8, 16),
        SlotsGrid.of(
            PlacementOptions.builder().slotsGrid(8, 16).build(),
            List.of(small),
            ofRank("qwen2.5-14b", 128)),
        "what is asked for is taken as it is");
    SlotsGrid.usual()[0] = 1;
    assertEquals(8, SlotsGrid.usual()[0], "a copy");
  }

  private static PlannedGpu planned(Workload workload, int adapter) {
    return new PlannedGpu(
        H100,
        GpuTraffic.of(workload, List.of(SharedAdapter.whole(workload.adapters().get(adapter)))),
        EngineFlags.builder().maxLoras(1).maxCpuLoras(1).maxModelLen(1024).build());
  }

  private static Prediction run(double share) {
    return new Prediction(9, 480, 480 * share, share, 0.01, 0.1, 0.2, 1, 0, 0, 0, 0, List.of());
  }

  @Test
  void loads_tell_the_first_run_and_all_of_them() {
    Workload workload = workload(traffic(2, 1.0));
    PlannedGpu gpu = planned(workload, 0);
    GpuLoad load =
        Loads.of(List.of(gpu), List.of(new GpuVerdict(List.of(run(0.9), run(1)), null))).get(0);
    assertEquals(run(0.9), load.predicted());
    assertEquals(2, load.verified().replications());
    assertEquals(0.95, load.verified().completedShare().mean(), 1e-12);
    assertEquals(0.95 * 480, load.verified().throughputTokensPerSecond().mean(), 1e-9);
    assertEquals(0.01, load.verified().meanItlSeconds().mean(), 1e-12);
    assertEquals(0.2, load.verified().p95TtftSeconds().mean(), 1e-12);
    assertEquals(gpu.flags(), load.flags());
    assertEquals(gpu.traffic().adapters(), load.parts());
    assertEquals(0, load.index());
    // Not verified: what is offered is known, what is done of it is not.
    GpuLoad open = Loads.of(List.of(gpu, gpu), List.of(none(), none())).get(1);
    assertEquals(1, open.index());
    assertEquals(480, open.predicted().offeredTokensPerSecond());
    assertTrue(Double.isNaN(open.predicted().completedShare()));
    assertTrue(Double.isNaN(open.predicted().throughputTokensPerSecond()));
    assertEquals(0, open.verified().replications());
    // Who stands by completes all of nothing.
    GpuLoad idle = Loads.of(List.of(gpu.idle()), List.of(none())).get(0);
    assertEquals(1, idle.predicted().completedShare());
    assertEquals(0, idle.predicted().throughputTokensPerSecond());
    assertEquals(0, idle.predicted().offeredTokensPerSecond());
  }

  private static GpuVerdict none() {
    return new GpuVerdict(List.of(), null);
  }

  @Test
  void a_plan_that_leaves_an_adapter_out_is_a_defect() {
    Workload workload = workload(traffic(2, 1.0));
    Exception defect =
        assertThrows(
            IllegalStateException.class,
            () -> Loads.requireAllServed(List.of(planned(workload, 0)), workload));
    assertEquals(
        "the plan leaves out a share of 1.00000 of the requests to adapter 'a1', the part [0.00000,"
            + " 1.00000), must be one GPU for each request",
        defect.getMessage());
    assertNull(Loads.fault(List.of(planned(workload, 0), planned(workload, 1)), workload));
  }

  private static Placement plan(int slots, List<List<Integer>> members) {
    Workload workload = workload(traffic(6, 1.0));
    List<PlannedGpu> gpus =
        members.stream()
            .map(
                here ->
                    new PlannedGpu(
                        H100,
                        GpuTraffic.of(
                            workload,
                            here.stream()
                                .map(i -> SharedAdapter.whole(workload.adapters().get(i)))
                                .toList()),
                        EngineFlags.builder().maxLoras(slots).maxCpuLoras(6).build()))
            .toList();
    return new Placement(
        LLAMA,
        Loads.of(gpus, members.stream().map(m -> none()).toList()),
        new LowerBound(1, 1, "test"),
        0,
        false,
        List.of());
  }

  /** a3 is new on GPU 0, a2 and a4 on the GPU that is added. */
  @Test
  void a_change_counts_loads_restarts_and_gpus() {
    Placement before = plan(2, List.of(List.of(0, 1), List.of(2)));
    Placement after = plan(2, List.of(List.of(0, 3), List.of(), List.of(2, 4)));
    PlacementChange change = PlacementChange.between(before, after);
    assertEquals(3, change.loads());
    assertEquals(List.of("a2", "a3", "a4"), change.movedAdapters());
    assertEquals(0, change.restarts());
    assertEquals(1, change.added());
    assertEquals(0, change.removed());
    assertEquals(0.18, change.loadSeconds(), 1e-12, "60 ms each");
    PlacementChange back = PlacementChange.between(after, before);
    assertEquals(1, back.removed());
    assertEquals(0, back.added());
    assertEquals(List.of("a1", "a2"), back.movedAdapters());
    assertEquals(
        2, PlacementChange.between(before, plan(3, List.of(List.of(0, 1), List.of(2)))).restarts());
  }

  private static PlanningOracles oracles(PlacementOptions options, Workload workload) {
    return new PlanningOracles(
        options,
        workload,
        MODEL,
        List.of(new GpuOffer(H100, 1, 0)),
        List.of(kind("h100-80gb-sxm", LLAMA)));
  }

  private static Workload recorded() {
    RequestTrace.Builder requests = RequestTrace.builder(1);
    for (int i = 0; i < 60; i++) {
      requests.add(i * 1_000_000_000_000L, 0, 250, 230);
    }
    return Workload.recorded(
        LLAMA, traffic(1, 1.0), new FixedLengths(250, 230), 600, requests.build());
  }

  @Test
  void latencies_are_compared_on_six_replications_more_than_planning_has() {
    Workload workload = workload(traffic(1, 1.0));
    PlacementOptions two = PlacementOptions.builder().planningReplications(2).build();
    List<CapacityOracle> runs = oracles(two, workload).replications(0);
    assertEquals(8, runs.size());
    Candidate candidate = planned(workload, 0).candidate();
    assertNotEquals(runs.get(0).assess(candidate), runs.get(1).assess(candidate));
    assertNotEquals(
        runs.get(0).assess(candidate),
        oracles(two, workload).replications(1).get(0).assess(candidate),
        "another attempt has other requests");
    assertEquals(1, oracles(two, recorded()).replications(0).size());
    PlacementOptions steady = PlacementOptions.builder().oracle(Oracle.STEADY_STATE).build();
    assertEquals(List.of(), oracles(steady, workload).replications(0));
    assertNull(oracles(steady, workload).of(0, 0));
    assertNotNull(oracles(two, workload).of(0, 0));
  }

  private static Assessment judged(
      PlacementOptions.Builder options, Workload workload, int rejections) {
    CapacityOracle oracle = oracles(options.build(), workload).of(rejections, 0);
    assertNotNull(oracle);
    return oracle.assess(planned(workload, 0).candidate());
  }

  private static Prediction seen(Assessment assessment) {
    return ((Assessment.Serves) assessment).prediction();
  }

  /**
   * Planning wants latencies at .93 of their bound, and at .93 squared once a plan was rejected; it
   * says so in terms of the bound that was asked for.
   */
  @Test
  void planning_is_stricter_than_the_rules_on_latencies() {
    Workload workload = recorded();
    double p95 =
        seen(judged(PlacementOptions.builder().rules(List.of(ttft(100))), workload, 0))
            .p95TtftSeconds();
    for (double[] row :
        new double[][] {
          {1 / 0.93 * 1.01, 0, 1},
          {1 / 0.93 * 0.99, 0, 0},
          {1 / 0.93 * 1.01, 1, 0},
          {1 / 0.8649 * 1.01, 1, 1}
        }) {
      Assessment word =
          judged(
              PlacementOptions.builder().rules(List.of(ttft(p95 * row[0]))),
              workload,
              (int) row[1]);
      assertEquals(row[2] == 1, word.feasible(), row[0] + " after " + row[1]);
      if (!word.feasible()) {
        assertTrue(
            seen(word)
                .complaints()
                .get(0)
                .endsWith("too near to it for requests that are not seen"));
      }
    }
    double itl =
        seen(judged(PlacementOptions.builder().rules(List.of(ttft(100))), workload, 0))
            .meanItlSeconds();
    FeasibilityRule near = new FeasibilityRule.ItlBound(50, itl);
    assertEquals(
        false, judged(PlacementOptions.builder().rules(List.of(near)), workload, 0).feasible());
    assertEquals(
        true,
        judged(
                PlacementOptions.builder()
                    .rules(List.of(new FeasibilityRule.ItlBound(50, 1.2 * itl))),
                workload,
                0)
            .feasible());
  }

  private static FeasibilityRule ttft(double seconds) {
    return new FeasibilityRule.TtftBound(95, seconds);
  }

  /** Of 60 seconds with a request each all but the last ones complete; .008 more is asked for. */
  @Test
  void planning_is_stricter_than_the_rules_on_shares() {
    RequestTrace.Builder requests = RequestTrace.builder(1);
    for (int i = 0; i < 600; i++) {
      requests.add(i * 1_000_000_000_000L, 0, 250, 230);
    }
    Workload workload =
        Workload.recorded(
            LLAMA, traffic(1, 1.0), new FixedLengths(250, 230), 600, requests.build());
    double share =
        seen(judged(PlacementOptions.builder().rules(List.of(atLeast(0.5))), workload, 0))
            .completedShare();
    assertTrue(share > 0.98 && share < 1, "share " + share);
    // Asked for s, half of what is missing to one at most: (1 + s) / 2, or s + .008.
    for (double below : new double[] {0.0005, 0.009}) {
      double asked = share - below;
      double wanted = Math.min((1 + asked) / 2, asked + 0.008);
      assertEquals(
          share >= wanted,
          judged(PlacementOptions.builder().rules(List.of(atLeast(asked))), workload, 0).feasible(),
          "asked for " + asked);
    }
    double asked = share - 0.012;
    assertEquals(
        true,
        judged(PlacementOptions.builder().rules(List.of(atLeast(asked))), workload, 0).feasible());
    assertEquals(
        share >= Math.min((1 + asked) / 2, asked + 0.016),
        judged(PlacementOptions.builder().rules(List.of(atLeast(asked))), workload, 1).feasible(),
        "after a rejection twice the margin");
  }

  private static FeasibilityRule atLeast(double share) {
    return new FeasibilityRule.ThroughputShare(share);
  }

  private static LowerBound bound(
      PlacementOptions.Builder options, Workload workload, int planned, Effort effort) {
    return new PlanBound(
            options.build(),
            workload,
            MODEL,
            List.of(kind("h100-80gb-sxm", LLAMA)),
            List.of(8, 16, 32),
            new HostMemory(MODEL, Long.MAX_VALUE),
            effort)
        .of(planned);
  }

  private static Effort effort() {
    return new Effort(1000, 10, () -> {});
  }

  @Test
  void a_bound_is_not_computed_where_it_is_not_asked_for_or_not_known() {
    Workload workload = workload(traffic(8, 1.0));
    assertEquals(
        new LowerBound(1, 1, "not computed"),
        bound(PlacementOptions.builder().bounded(false), workload, 3, effort()));
    assertEquals(
        new LowerBound(2, 2, "not computed"),
        bound(PlacementOptions.builder().bounded(false).survivesLoss(true), workload, 3, effort()),
        "with the GPU that stands by");
    assertEquals(
        new LowerBound(1, 1, "not computed"),
        bound(PlacementOptions.builder().rules(List.of(ttft(2))), workload, 3, effort()),
        "without a share nothing is known");
  }

  @Test
  void a_bound_counts_the_gpu_that_stands_by() {
    Workload busy = workload(traffic(96, 1.0));
    LowerBound alone = bound(PlacementOptions.builder(), busy, 9, effort());
    assertTrue(alone.gpus() >= 2, alone.toString());
    LowerBound standby = bound(PlacementOptions.builder().survivesLoss(true), busy, 10, effort());
    assertEquals(alone.gpus() + 1, standby.gpus());
    assertEquals(alone.fractionalGpus() + 1, standby.fractionalGpus(), 1e-9);
    assertEquals(alone.method(), standby.method());
  }

  /** The program says one GPU, the plan has two: with the twin one GPU is tried for good. */
  @Test
  void one_gpu_is_refuted_by_the_twin_alone() {
    PlacementOptions.Builder never =
        PlacementOptions.builder()
            .rules(List.of(FeasibilityRule.THROUGHPUT_90, new FeasibilityRule.ItlBound(50, 1e-3)));
    Workload light = workload(traffic(4, 0.5));
    Effort effort = effort();
    assertEquals(
        new LowerBound(2, 2, "the twin refutes one GPU with all slots of the grid"),
        bound(never, light, 2, effort));
    assertEquals(3, effort.assessments(), "eight slots hold all, on three replications");
    assertEquals(
        3, bound(never.survivesLoss(true), light, 3, effort()).gpus(), "and one that stands by");
    assertEquals(1, bound(never.survivesLoss(false), light, 3, effort()).gpus(), "not for three");
    assertEquals(
        1, bound(never.oracle(Oracle.STEADY_STATE), light, 2, effort()).gpus(), "not without it");
    assertEquals(1, bound(PlacementOptions.builder(), light, 2, effort()).gpus(), "one does");
  }

  @Test
  void a_hot_recording_is_run_once_to_refute() {
    PlacementOptions.Builder never =
        PlacementOptions.builder()
            .rules(List.of(FeasibilityRule.THROUGHPUT_90, new FeasibilityRule.ItlBound(50, 1e-3)));
    Effort effort = effort();
    assertEquals(2, bound(never, recorded(), 2, effort).gpus());
    assertEquals(1, effort.assessments());
  }

  @Test
  void prices_are_of_cards_and_sets_of_cards() {
    Workload workload = workload(traffic(2, 0.5));
    PlacementOptions options =
        PlacementOptions.builder()
            .objective(PlacementOptions.Objective.CHEAPEST_MIX)
            .bounded(false)
            .verificationReplications(1)
            .build();
    Placement cheap =
        Placer.with(options)
            .place(
                workload, new GpuPool(List.of(new GpuOffer(A100, 2, 3), new GpuOffer(H100, 2, 2))))
            .orElseThrow();
    assertEquals(List.of(H100), cheap.gpus().stream().map(GpuLoad::gpu).toList());
    Placement other =
        Placer.with(options)
            .place(
                workload, new GpuPool(List.of(new GpuOffer(A100, 2, 2), new GpuOffer(H100, 2, 3))))
            .orElseThrow();
    assertEquals(List.of(A100), other.gpus().stream().map(GpuLoad::gpu).toList());
  }

  @Test
  void cards_come_in_sets() {
    PlacementOptions four = PlacementOptions.builder().tensorParallel(4).bounded(false).build();
    Workload workload = workload(traffic(2, 0.5));
    Exception few =
        assertThrows(
            IllegalArgumentException.class,
            () -> Placer.with(four).place(workload, GpuPool.of(H100, 3)));
    assertEquals(
        "no offer of the pool has the 4 cards that share the model; offer more, or let fewer share"
            + " it",
        few.getMessage());
    Placement set = Placer.with(four).place(workload, GpuPool.of(H100, 4)).orElseThrow();
    assertEquals(1, set.gpus().size());
    assertEquals(4, set.gpus().get(0).flags().tensorParallel());
  }

  @Test
  void requests_longer_than_the_engine_admits_are_refused() {
    Workload workload = workload(traffic(2, 0.5));
    Exception late =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Placer.with(PlacementOptions.builder().maxModelLen(479).build())
                    .place(workload, H100));
    assertEquals(
        "max_model_len is 479, but the workload has requests of 480 tokens, which the engine would"
            + " refuse; raise it to that or leave it out",
        late.getMessage());
    Planner exact = Placer.with(PlacementOptions.builder().maxModelLen(480).build());
    assertEquals(480, exact.steadyState(workload, H100).common().maxModelLen());
    // Left out it is the next multiple of 1,024.
    Planner usual = Placer.with(PlacementOptions.defaults());
    assertEquals(1024, usual.steadyState(workload, H100).common().maxModelLen());
    Workload longer = Workload.of(LLAMA, traffic(1, 0.5), new FixedLengths(1000, 24), 600);
    assertEquals(1024, usual.steadyState(longer, H100).common().maxModelLen(), "1,024 tokens");
    Workload more = Workload.of(LLAMA, traffic(1, 0.5), new FixedLengths(1000, 25), 600);
    assertEquals(2048, usual.steadyState(more, H100).common().maxModelLen());
    assertEquals(
        usual.steadyState(workload, H100),
        usual.steadyState(workload, H100),
        "kept from plan to plan");
  }

  @Test
  void a_rank_that_the_engine_does_not_accept_is_named_with_its_adapter() {
    Workload workload = ofRank(LLAMA, 512);
    Exception rank =
        assertThrows(IllegalArgumentException.class, () -> Placer.place(workload, H100));
    assertTrue(rank.getMessage().startsWith("adapter 'a': "), rank.getMessage());
  }
}
