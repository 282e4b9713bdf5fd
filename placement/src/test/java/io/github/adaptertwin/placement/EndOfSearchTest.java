package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.placement.PlacementOptions.Oracle;
import io.github.adaptertwin.workload.Workload;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a pool without a limit every search ends: the guards are far above what they take. */
@Timeout(120)
class EndOfSearchTest {
  private static PlacementOptions.Builder steady() {
    return PlacementOptions.builder().oracle(Oracle.STEADY_STATE);
  }

  private static Infeasible refusal(PlacementOptions.Builder options, Workload workload) {
    PlacementResult result = Placer.with(options.build()).place(workload, H100);
    return assertInstanceOf(Infeasible.class, result);
  }

  @Test
  void an_adapter_above_one_gpu_that_may_not_be_cut_is_named() {
    // Alone on a GPU, such an adapter reaches about 42 requests per second.
    Infeasible none =
        refusal(steady().replication(false), workload(List.of(traffic(1, 60.0).get(0))));
    assertEquals(Infeasible.Reason.ADAPTER_EXCEEDS_GPU, none.reason());
    assertEquals("a0", none.subject());
    assertTrue(none.message().contains("times what the GPU can do"), none.message());
  }

  @Test
  void rejections_cost_effort_where_no_oracle_is_asked() {
    FeasibilityRule never = new FeasibilityRule.ItlBound(50, 0.001);
    Infeasible none =
        refusal(
            steady().rules(List.of(never)).mostAssessments(4).verificationReplications(1),
            workload(traffic(4, 1.0)));
    assertEquals(Infeasible.Reason.EFFORT_SPENT, none.reason());
  }

  @Test
  void a_deadline_is_heard_where_no_oracle_is_asked() {
    FeasibilityRule never = new FeasibilityRule.ItlBound(50, 0.001);
    AtomicInteger asked = new AtomicInteger();
    refusal(
        steady()
            .rules(List.of(never))
            .verificationReplications(1)
            .stopWhen(() -> asked.incrementAndGet() > 5),
        workload(traffic(4, 1.0)));
    assertEquals(6, asked.get());
  }

  /** No split passes, and each costs candidates: the effort ends before the pool does. */
  private static Infeasible hopeless(int mostAssessments) {
    PlacementOptions options =
        PlacementOptions.builder()
            .rules(List.of(new FeasibilityRule.ItlBound(50, 0.001)))
            .mostAssessments(mostAssessments)
            .build();
    PlacementResult result =
        Placer.with(options).place(workload(traffic(4, 1.0)), GpuPool.of(H100, 2));
    return assertInstanceOf(Infeasible.class, result);
  }

  @Test
  void what_ended_a_search_is_told_as_it_was() {
    Infeasible spent = hopeless(1);
    assertEquals(Infeasible.Reason.EFFORT_SPENT, spent.reason());
    assertTrue(spent.message().contains("allow more assessments"), spent.message());
    assertTrue(spent.message().contains("at most 0.001 s wanted"), spent.message());
    Infeasible exhausted = hopeless(2_000);
    assertEquals(Infeasible.Reason.POOL_EXHAUSTED, exhausted.reason());
    assertTrue(exhausted.message().contains("add GPUs"), exhausted.message());
  }

  @Test
  void an_overload_is_told_by_its_size_where_no_run_was_worth_it() {
    PlacementResult result = Placer.place(workload(traffic(24, 6.0)), GpuPool.of(H100, 1));
    Infeasible none = assertInstanceOf(Infeasible.class, result);
    assertTrue(
        none.message().matches(".* has \\d+\\.\\d times the load that it can serve; .*"),
        none.message());
  }
}
