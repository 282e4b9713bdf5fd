package io.github.adaptertwin.placement.verify;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.LLAMA;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class VerifierTest {
  private static final long SEED = 11;
  private static final Workload TWO = workload(traffic(2, 0.5, 1.0));

  private static Verifier verifier(int replications, int threads, FeasibilityRule... rules) {
    return new Verifier(
        Models.named(LLAMA),
        Calibration.shipped(EngineVersion.VLLM_0_8_5),
        List.of(rules),
        replications,
        threads);
  }

  private static PlannedGpu gpu(Workload workload, SharedAdapter... parts) {
    EngineFlags flags =
        EngineFlags.builder().maxLoras(2).maxCpuLoras(2).maxLoraRank(16).maxModelLen(1024).build();
    return new PlannedGpu(H100, GpuTraffic.of(workload, List.of(parts)), flags);
  }

  private static SharedAdapter part(int adapter, double from, double to) {
    return new SharedAdapter(TWO.adapters().get(adapter), from, to);
  }

  @Test
  void verdicts_are_in_the_order_of_the_gpus_and_do_not_depend_on_threads() {
    List<PlannedGpu> gpus = List.of(gpu(TWO, part(0, 0, 1)), gpu(TWO, part(1, 0, 1)));
    for (int threads : new int[] {1, 2}) {
      List<String> told = new ArrayList<>();
      List<GpuVerdict> verdicts =
          verifier(3, threads, FeasibilityRule.THROUGHPUT_90)
              .verify(gpus, SEED, (stage, done, of) -> told.add(stage + " " + done + "/" + of));
      assertEquals(List.of("GPUs verified 1/2", "GPUs verified 2/2"), told);
      assertEquals(
          verifier(3, 1, FeasibilityRule.THROUGHPUT_90).verify(gpus, SEED, Progress.NONE),
          verdicts);
      // Half a request and one request of 480 tokens a second.
      assertEquals(240, offered(verdicts.get(0)), 30);
      assertEquals(480, offered(verdicts.get(1)), 45);
      verdicts.forEach(v -> assertEquals(3, v.runs().size()));
      verdicts.forEach(v -> assertTrue(v.feasible()));
      assertNotEquals(verdicts.get(0).runs().get(0), verdicts.get(0).runs().get(1));
    }
  }

  private static double offered(GpuVerdict verdict) {
    return verdict.estimate(Prediction::offeredTokensPerSecond).mean();
  }

  /** Two GPUs with the same adapter: each has requests of its own, unless they share it. */
  @Test
  void gpus_draw_independently_unless_they_share_an_adapter() {
    Verifier verifier = verifier(1, 1, FeasibilityRule.THROUGHPUT_90);
    List<GpuVerdict> apart =
        verifier.verify(
            List.of(gpu(TWO, part(1, 0, 1)), gpu(TWO, part(1, 0, 1))), SEED, Progress.NONE);
    assertNotEquals(apart.get(0), apart.get(1));
    List<GpuVerdict> shared =
        verifier.verify(
            List.of(gpu(TWO, part(1, 0, 0.5)), gpu(TWO, part(1, 0, 0.5))), SEED, Progress.NONE);
    assertEquals(shared.get(0), shared.get(1));
    assertNotEquals(
        shared,
        verifier.verify(
            List.of(gpu(TWO, part(1, 0, 0.5)), gpu(TWO, part(1, 0, 0.5))),
            SEED + 1,
            Progress.NONE));
  }

  @Test
  void a_gpu_that_stands_by_is_not_run() {
    GpuVerdict verdict =
        verifier(3, 1, FeasibilityRule.THROUGHPUT_90)
            .verify(List.of(gpu(TWO)), SEED, Progress.NONE)
            .get(0);
    assertEquals(new GpuVerdict(List.of(), null), verdict);
    assertTrue(verdict.feasible());
    assertEquals(1, verdict.leastShare());
  }

  @Test
  void an_engine_that_does_not_start_is_a_refusal() {
    PlannedGpu gpu = gpu(TWO, part(0, 0, 1));
    PlannedGpu large =
        new PlannedGpu(
            gpu.gpu(),
            gpu.traffic(),
            gpu.flags().toBuilder().maxLoras(4000).maxCpuLoras(4000).build());
    GpuVerdict verdict =
        verifier(3, 1, FeasibilityRule.THROUGHPUT_90)
            .verify(List.of(large), SEED, Progress.NONE)
            .get(0);
    assertFalse(verdict.feasible());
    assertEquals(0, verdict.leastShare());
    assertEquals(List.of(), verdict.runs());
    assertEquals(List.of(verdict.refusal().message()), verdict.complaints());
  }

  @Test
  void a_recording_is_run_once() {
    RequestTrace.Builder requests = RequestTrace.builder(1);
    for (int i = 0; i < 60; i++) {
      requests.add(i * 1_000_000_000_000L, 0, 100, 20);
    }
    Workload recorded =
        Workload.recorded(LLAMA, traffic(1, 1.0), new FixedLengths(100, 20), 60, requests.build());
    GpuVerdict verdict =
        verifier(3, 1, FeasibilityRule.THROUGHPUT_90)
            .verify(
                List.of(gpu(recorded, SharedAdapter.whole(recorded.adapters().get(0)))),
                SEED,
                Progress.NONE)
            .get(0);
    assertEquals(1, verdict.runs().size());
    assertNull(verdict.refusal());
  }

  @Test
  void broken_rules_are_told_once() {
    GpuVerdict verdict =
        verifier(2, 1, new FeasibilityRule.ItlBound(50, 0.001))
            .verify(List.of(gpu(TWO, part(1, 0, 1))), SEED, Progress.NONE)
            .get(0);
    assertFalse(verdict.feasible());
    assertTrue(verdict.complaints().get(0).startsWith("ITL_BOUND: "), verdict.complaints().get(0));
  }

  @Test
  void a_listener_may_cancel_and_an_interrupt_does() {
    List<PlannedGpu> gpus = List.of(gpu(TWO, part(0, 0, 1)), gpu(TWO, part(1, 0, 1)));
    for (int threads : new int[] {1, 2}) {
      assertThrows(
          CancellationException.class,
          () ->
              verifier(1, threads, FeasibilityRule.THROUGHPUT_90)
                  .verify(
                      gpus,
                      SEED,
                      (stage, done, of) -> {
                        throw new CancellationException();
                      }));
    }
    Thread.currentThread().interrupt();
    Exception cancelled =
        assertThrows(
            CancellationException.class,
            () -> verifier(1, 2, FeasibilityRule.THROUGHPUT_90).verify(gpus, SEED, Progress.NONE));
    assertEquals("interrupted while verifying", cancelled.getMessage());
    assertTrue(Thread.interrupted(), "the interrupt is kept");
  }

  /** An adapter of rank 16 in slots of rank 8 is the caller's mistake, not a verdict. */
  @Test
  void a_run_that_fails_is_told_with_its_cause() {
    PlannedGpu gpu = gpu(TWO, part(1, 0, 1));
    PlannedGpu wrong =
        new PlannedGpu(gpu.gpu(), gpu.traffic(), gpu.flags().toBuilder().maxLoraRank(8).build());
    Exception failed =
        assertThrows(
            IllegalStateException.class,
            () ->
                verifier(1, 2, FeasibilityRule.THROUGHPUT_90)
                    .verify(List.of(gpu, wrong), SEED, Progress.NONE));
    assertEquals("a verification run failed: " + failed.getCause(), failed.getMessage());
    assertTrue(failed.getCause() instanceof IllegalArgumentException, failed.getMessage());
  }

  @Test
  void a_verifier_needs_a_replication_and_a_thread() {
    for (int[] wrong : new int[][] {{0, 1}, {1, 0}}) {
      Exception e =
          assertThrows(IllegalArgumentException.class, () -> verifier(wrong[0], wrong[1]));
      assertEquals(
          "there are "
              + wrong[0]
              + " replications and "
              + wrong[1]
              + " threads, both must be at least 1",
          e.getMessage());
    }
  }

  private static Prediction run(double share, Verdict... verdicts) {
    return new Prediction(0, 0, 0, share, 0, 0, 0, 0, 0, 0, 0, 0, List.of(verdicts));
  }

  /** Of .9, .92 and .94 the deviation is .02; Student's t with two degrees at .975 is 4.302653. */
  @Test
  void a_figure_is_estimated_with_the_interval_of_student() {
    GpuVerdict verdict = new GpuVerdict(List.of(run(0.94), run(0.9), run(0.92)), null);
    Estimate estimate = verdict.estimate(Prediction::completedShare);
    assertEquals(0.92, estimate.mean(), 1e-12);
    assertEquals(4.302653 * 0.02 / Math.sqrt(3), estimate.halfWidth(), 1e-7);
    assertEquals(3, estimate.count());
    assertEquals(0.9, verdict.leastShare());
    // What is not a number is left out; of one run there is no interval, of none no mean.
    Estimate two =
        new GpuVerdict(List.of(run(0.94), run(Double.NaN), run(0.92)), null)
            .estimate(Prediction::completedShare);
    assertEquals(2, two.count());
    assertEquals(0.93, two.mean(), 1e-12);
    assertEquals(12.7062 * 0.0141421 / Math.sqrt(2), two.halfWidth(), 1e-4);
    Estimate one = new GpuVerdict(List.of(run(0.94)), null).estimate(Prediction::completedShare);
    assertEquals(0.94, one.mean());
    assertTrue(Double.isNaN(one.halfWidth()));
    Estimate none = new GpuVerdict(List.of(), null).estimate(Prediction::completedShare);
    assertTrue(Double.isNaN(none.mean()) && Double.isNaN(none.halfWidth()));
    assertEquals(0, none.count());
  }

  @Test
  void complaints_of_replications_are_told_once_each() {
    Verdict kept = new Verdict("A", true, "fine");
    Verdict late = new Verdict("B", false, "late");
    Verdict few = new Verdict("C", false, "few");
    GpuVerdict verdict =
        new GpuVerdict(List.of(run(1, kept, late), run(0.5, kept, late, few)), null);
    assertEquals(List.of("B: late", "C: few"), verdict.complaints());
    assertFalse(verdict.feasible());
    assertTrue(new GpuVerdict(List.of(run(1, kept)), null).feasible());
    assertEquals(List.of(), new GpuVerdict(List.of(run(1, kept)), null).complaints());
    MemoryPlan.Refused refused =
        (MemoryPlan.Refused)
            MemoryModel.of(H100, Models.named("llama-3.1-70b")).plan(EngineFlags.builder().build());
    assertFalse(new GpuVerdict(List.of(), refused).feasible());
  }
}
