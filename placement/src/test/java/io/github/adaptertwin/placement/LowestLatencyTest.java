package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.randomTraffic;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.PlacementOptions.Objective;
import io.github.adaptertwin.placement.baseline.PlacementAlgorithm;
import io.github.adaptertwin.placement.baseline.Problem;
import io.github.adaptertwin.placement.baseline.SpreadOverAll;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.placement.verify.Verifier;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LowestLatencyTest {
  private static PlacementOptions.Builder options() {
    return PlacementOptions.builder().objective(Objective.LOWEST_LATENCY);
  }

  private static Placement plan(PlacementOptions.Builder options, Workload workload, int gpus) {
    return Placer.with(options.build()).place(workload, GpuPool.of(H100, gpus)).orElseThrow();
  }

  @Test
  void base_model_requests_are_not_lost() {
    Workload workload = workload(traffic(6, 1.0)).withBaseModelRequests(ArrivalLaw.poisson(10));
    Placement plan = plan(options(), workload, 2);
    assertEquals(1, plan.gpus().stream().mapToDouble(GpuLoad::baseShare).sum(), 1e-9);
    assertEquals(6, PlannerTest.shares(plan).size());
  }

  @Test
  void a_plan_does_not_depend_on_the_order_of_the_adapters() {
    List<AdapterTraffic> adapters = traffic(11, 1.5, 0.3, 0.7, 1.1);
    String one = plan(options(), workload(adapters), 2).toJson();
    Collections.reverse(adapters);
    assertEquals(one, plan(options(), workload(adapters), 2).toJson());
  }

  /** Judged on requests that the planner did not see, the same for both. */
  @Property(tries = 5, seed = "6")
  void no_plan_is_slower_than_that_of_a_balancer(@ForAll long seed) {
    Workload workload = workload(randomTraffic(seed));
    Planner planner = Placer.with(options().slotsGrid(1, 2, 4, 8, 16, 32, 64).build());
    Placement ours = planner.place(workload, GpuPool.of(H100, 4)).orElseThrow();
    PlacementAlgorithm.Outcome outcome =
        SpreadOverAll.leastLoaded()
            .place(
                new Problem(
                    workload,
                    planner.steadyState(workload, H100),
                    PlacementOptions.defaults().engineVersion(),
                    4,
                    1));
    List<PlannedGpu> theirs = ((PlacementAlgorithm.Outcome.Placed) outcome).gpus();
    double[] mine = figures(Loads.gpusOf(ours, workload));
    double[] peer = figures(theirs);
    assertTrue(mine[0] <= peer[0], "mean ITL " + mine[0] + " against " + peer[0]);
    assertTrue(mine[1] <= peer[1], "p95 TTFT " + mine[1] + " against " + peer[1]);
  }

  /** Mean inter-token latency by tokens, and the largest 95th percentile of the first token. */
  private static double[] figures(List<PlannedGpu> gpus) {
    double itl = 0;
    double tokens = 0;
    double ttft = 0;
    List<GpuVerdict> verdicts =
        new Verifier(
                Models.named(Workloads.LLAMA),
                PlacementOptions.defaults().calibration(),
                List.of(FeasibilityRule.THROUGHPUT_90),
                3,
                1)
            .verify(gpus, 4711, Progress.NONE);
    for (GpuVerdict verdict : verdicts) {
      for (Prediction run : verdict.runs()) {
        itl += run.meanItlSeconds() * run.throughputTokensPerSecond();
        tokens += run.throughputTokensPerSecond();
        ttft = Math.max(ttft, run.p95TtftSeconds());
      }
    }
    return new double[] {itl / tokens, ttft};
  }

  /** Adapters of one rank with prompts of 1,000 tokens. */
  private static Workload prompts(int outputTokens, double... rates) {
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (double rate : rates) {
      adapters.add(new AdapterTraffic(new LoraAdapter("a" + adapters.size(), 16), rate));
    }
    return Workload.of(Workloads.LLAMA, adapters, new FixedLengths(1000, outputTokens), 600);
  }

  private static Stream<Arguments> rates() {
    return Stream.of(
        Arguments.of(4, new double[] {6, 1, 1, 1, 1, 1}),
        Arguments.of(4, new double[] {10, .5, .5, .5}),
        Arguments.of(4, new double[] {5, 4, 1, 1}),
        Arguments.of(3, new double[] {8, 2, 2}),
        // GPUs to which no request comes in most replications.
        Arguments.of(4, new double[] {3, 1e-4, 5, 1e-4}));
  }

  /** A hot adapter, with which a split on two GPUs is as even as on more. */
  @ParameterizedTest
  @MethodSource("rates")
  void all_gpus_serve_beside_a_hot_adapter(int gpus, double[] rates) {
    Placement plan = plan(options().bounded(false), prompts(200, rates), gpus);
    assertEquals(gpus, plan.gpus().size());
    assertTrue(plan.gpus().stream().noneMatch(g -> g.parts().isEmpty()), plan.toString());
  }

  @Test
  void no_more_gpus_are_used_than_there_are_adapters() {
    assertEquals(2, plan(options().bounded(false), prompts(200, 2, 1), 4).gpus().size());
  }

  /** In the order of their ids the hottest adapter would share its GPU with two others. */
  @Test
  void outputs_of_one_token_are_levelled_by_the_time_to_it() {
    Workload workload = prompts(1, .5, .5, .5, .5, 4, 9);
    Placement plan = plan(options().bounded(false), workload, 2);
    List<List<String>> split =
        plan.gpus().stream().map(g -> g.adapters().stream().map(LoraAdapter::id).toList()).toList();
    assertEquals(List.of(List.of("a5"), List.of("a0", "a1", "a2", "a3", "a4")), split);
    assertTrue(Double.isNaN(plan.gpus().get(0).predicted().meanItlSeconds()));
  }

  @Test
  void a_pool_without_a_limit_is_refused_in_words() {
    Planner planner = Placer.with(options().build());
    Exception unlimited =
        assertThrows(
            IllegalArgumentException.class, () -> planner.place(workload(traffic(2, 1.0)), H100));
    assertTrue(unlimited.getMessage().contains("say how many"), unlimited.getMessage());
  }

  @Test
  void a_spent_effort_ends_the_search_for_slots() {
    Workload workload = workload(traffic(12, 0.5));
    long all = plan(options(), workload, 2).assessments();
    Placement few = plan(options().mostAssessments(3), workload, 2);
    assertTrue(few.truncated());
    // The last GPU that is judged may overrun by the candidate in hand.
    assertTrue(few.assessments() <= 4 && 4 < all, few.assessments() + " of " + all);
  }

  @Test
  void no_gpu_gets_more_than_its_host_memory_holds() {
    // By rates alone the hot adapter has a GPU of its own, and the cold ones share the other.
    List<AdapterTraffic> adapters = traffic(8, 8.0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1);
    long bytes = Models.named(Workloads.LLAMA).adapterBytes(16) * 9 / 2;
    Placement plan = plan(options().hostMemoryBytes(bytes), workload(adapters), 2);
    for (GpuLoad gpu : plan.gpus()) {
      long held =
          gpu.adapters().stream()
              .mapToLong(a -> Models.named(Workloads.LLAMA).adapterBytes(a.rank()))
              .sum();
      assertTrue(held <= bytes, held + " of " + bytes);
    }
  }

  @Test
  void a_plan_that_leaves_requests_out_is_a_defect() {
    Workload workload = workload(traffic(2, 1.0)).withBaseModelRequests(ArrivalLaw.poisson(1));
    List<PlannedGpu> gpus = Loads.gpusOf(plan(options(), workload, 1), workload);
    Loads.requireAllServed(gpus, workload);
    List<PlannedGpu> idle = gpus.stream().map(PlannedGpu::idle).toList();
    assertThrows(IllegalStateException.class, () -> Loads.requireAllServed(idle, workload));
  }
}
