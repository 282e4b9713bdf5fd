package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.A100;
import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.LLAMA;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.PlacementOptions.Objective;
import io.github.adaptertwin.placement.PlacementOptions.Oracle;
import io.github.adaptertwin.placement.bound.LowerBound;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Plans of light loads, of which all that a plan says can be told. */
class PlanSearchTest {
  private static PlacementOptions.Builder steady() {
    return PlacementOptions.builder().oracle(Oracle.STEADY_STATE).verificationReplications(1);
  }

  private static Placement plan(PlacementOptions.Builder options, Workload workload) {
    return Placer.with(options.build()).place(workload, H100).orElseThrow();
  }

  @Test
  void a_light_load_takes_one_gpu_that_is_bounded_by_one() {
    Workload workload = workload(traffic(3, 0.5));
    Placement plan = plan(steady(), workload);
    assertEquals(1, plan.gpus().size());
    assertEquals(LLAMA, plan.baseModel());
    assertEquals(new LowerBound(1, 1, "one GPU is needed"), plan.bound());
    assertEquals(0, plan.gap());
    assertEquals(0, plan.assessments(), "the steady state is asked, nobody else");
    assertFalse(plan.truncated());
    assertEquals(1, plan.gpus().get(0).verified().replications());
    assertEquals(workload.offeredTokensPerSecond(), plan.offeredTokensPerSecond(), 100);
    assertEquals(
        new LowerBound(1, 1, "not computed"), plan(steady().bounded(false), workload).bound());
  }

  @Test
  void a_plan_that_is_not_verified_has_no_figures() {
    Placement plan = plan(steady().verificationReplications(0), workload(traffic(3, 0.5)));
    assertEquals(0, plan.gpus().get(0).verified().replications());
    assertTrue(Double.isNaN(plan.throughputTokensPerSecond()));
    assertEquals(1.5 * 480, plan.offeredTokensPerSecond(), 1e-9);
  }

  @Test
  void what_was_never_measured_is_told_once() {
    List<String> told =
        Placer.with(steady().build())
            .place(workload(traffic(80, 1.0)), Gpus.named("l40s-48gb-pcie"))
            .orElseThrow()
            .extrapolated();
    assertEquals(told.stream().distinct().toList(), told);
    assertFalse(told.isEmpty());
  }

  @Test
  void an_evaluation_is_of_the_same_model_and_adapters() {
    Placement plan = plan(steady(), workload(traffic(3, 0.5)));
    Planner planner = Placer.with(steady().build());
    Exception model =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                planner.evaluate(
                    plan,
                    Workload.of("qwen2.5-7b", traffic(3, 0.5), new FixedLengths(250, 230), 600)));
    assertEquals(
        "the placement serves llama-3.1-8b-instruct, the workload asks for qwen2.5-7b; plan anew",
        model.getMessage());
    Exception more =
        assertThrows(
            IllegalArgumentException.class,
            () -> planner.evaluate(plan, workload(traffic(4, 0.5))));
    assertEquals(
        "the placement does not hold adapter 'a3'; update it with replace", more.getMessage());
    Evaluation same = planner.evaluate(plan, workload(traffic(3, 0.5)));
    assertTrue(same.feasible());
    assertEquals(List.of(), same.complaints());
    assertEquals(plan.bound(), same.placement().bound());
    assertEquals(plan.gpus().get(0).flags(), same.placement().gpus().get(0).flags());
  }

  @Test
  void complaints_of_an_evaluation_name_their_gpu() {
    Placement plan = plan(steady(), workload(traffic(3, 0.5)));
    Evaluation late =
        Placer.with(steady().rules(List.of(new FeasibilityRule.ItlBound(50, 1e-4))).build())
            .evaluate(plan, workload(traffic(3, 0.5)));
    assertFalse(late.feasible());
    assertEquals(1, late.complaints().size());
    assertTrue(late.complaints().get(0).startsWith("GPU 0: ITL_BOUND: "), late.toString());
  }

  @Test
  void work_is_told_as_it_goes_on() {
    List<String> told = new ArrayList<>();
    plan(
        PlacementOptions.builder()
            .progress((stage, done, of) -> told.add(stage + " " + done + "/" + of)),
        workload(traffic(3, 0.5)));
    assertEquals("candidates judged 1/-1", told.get(0));
    assertTrue(told.contains("GPUs verified 1/1"), told.toString());
  }

  /** A plan of one kind is told with the bound of both kinds and with the work on both. */
  @Test
  void a_plan_of_one_kind_among_several_counts_the_work_of_all() {
    GpuPool both = new GpuPool(List.of(new GpuOffer(A100, 4, 1.0), new GpuOffer(H100, 4, 2.5)));
    Placement cheapest =
        Placer.with(PlacementOptions.builder().objective(Objective.CHEAPEST_MIX).build())
            .place(workload(traffic(3, 0.5)), both)
            .orElseThrow();
    assertEquals(List.of(A100), cheapest.gpus().stream().map(GpuLoad::gpu).toList());
    assertTrue(cheapest.assessments() >= 1);
    assertEquals(1, cheapest.bound().gpus());
  }

  /** The standby is kept back of a limited offer: of one GPU none is left to serve. */
  @Test
  void a_standby_is_kept_back() {
    PlacementOptions.Builder survives = steady().survivesLoss(true);
    Workload workload = workload(traffic(3, 0.5));
    PlacementResult one = Placer.with(survives.build()).place(workload, GpuPool.of(H100, 1));
    Infeasible none = assertInstanceOf(Infeasible.class, one);
    assertTrue(
        none.message().contains("(1 x h100-80gb-sxm, one of them kept back to stand by)"),
        none.message());
    Placement two =
        Placer.with(survives.build()).place(workload, GpuPool.of(H100, 2)).orElseThrow();
    assertEquals(2, two.gpus().size());
    assertEquals(2, two.bound().gpus());
    assertEquals(1, two.gpus().get(1).predicted().completedShare());
    assertEquals(0, two.gpus().get(1).verified().replications());
    assertEquals(two.gpus().get(0).flags().maxLoras(), two.gpus().get(1).flags().maxLoras());
    assertEquals(2, plan(survives, workload).gpus().size(), "and of any number one more");
  }

  @Test
  void an_update_of_a_light_plan_changes_nothing() {
    Workload workload = workload(traffic(3, 0.5));
    Placement plan = plan(steady(), workload);
    Replacement same =
        Placer.with(steady().build()).replace(plan, workload, GpuPool.of(H100, 1)).orElseThrow();
    assertEquals(0, same.change().loads());
    assertEquals(0, same.change().added() + same.change().removed() + same.change().restarts());
    assertEquals(plan.gpus().get(0).parts(), same.placement().gpus().get(0).parts());
  }

  /** Where no plan passes, three of each size are rejected before one more GPU is taken. */
  @Test
  void rejected_plans_cost_a_candidate_each() {
    Infeasible none =
        assertInstanceOf(
            Infeasible.class,
            Placer.with(
                    steady()
                        .rules(List.of(new FeasibilityRule.ItlBound(50, 1e-4)))
                        .mostAssessments(7)
                        .build())
                .place(workload(traffic(3, 0.5)), H100));
    assertEquals(Infeasible.Reason.EFFORT_SPENT, none.reason());
    assertTrue(none.message().contains("ITL_BOUND"), none.message());
  }
}
