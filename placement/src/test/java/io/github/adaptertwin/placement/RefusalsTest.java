package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.A100;
import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.pack.HostMemory;
import io.github.adaptertwin.placement.pack.PackResult;
import io.github.adaptertwin.placement.verify.GpuVerdict;
import io.github.adaptertwin.workload.Workload;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What users read where there is no plan, to the letter. */
class RefusalsTest {
  private static final List<GpuOffer> TWO =
      List.of(new GpuOffer(H100, 2, 0), new GpuOffer(A100, 3, 0));
  private static final List<GpuOffer> ANY = List.of(new GpuOffer(H100, GpuOffer.UNLIMITED, 0));
  private static final double INFINITE = Double.POSITIVE_INFINITY;

  private static Infeasible exhausted(
      List<GpuOffer> offers, double use, String complaint, boolean spent, boolean keptBack) {
    return Refusals.of(new PackResult.PoolExhausted(5, use, complaint), offers, spent, keptBack);
  }

  @Test
  void a_pool_that_is_exhausted_is_named() {
    Infeasible few = exhausted(TWO, INFINITE, "", false, false);
    assertEquals(Infeasible.Reason.POOL_EXHAUSTED, few.reason());
    assertEquals("pool", few.subject());
    assertEquals(
        "no split over the GPUs of the pool (2 x h100-80gb-sxm, 3 x a100-80gb-sxm) was found that"
            + " keeps the rules; add GPUs, use larger ones or relax the rules",
        few.message());
    assertEquals(
        "no split over the GPUs of the pool (any number x h100-80gb-sxm) was found that keeps the"
            + " rules, up to 5 GPUs were tried; use larger GPUs or relax the rules",
        exhausted(ANY, INFINITE, "", false, false).message());
    assertEquals(
        "no split over the GPUs of the pool (any number x h100-80gb-sxm, one of them kept back to"
            + " stand by) was found that keeps the rules, up to 5 GPUs were tried; of the last one"
            + " that was judged: too slow; use larger GPUs or relax the rules",
        exhausted(ANY, 3, "too slow", false, true).message());
  }

  @Test
  void an_effort_that_is_spent_is_told_as_such() {
    Infeasible spent = exhausted(TWO, 2.26, "", true, false);
    assertEquals(Infeasible.Reason.EFFORT_SPENT, spent.reason());
    assertEquals("pool", spent.subject());
    assertEquals(
        "the effort is spent and no split over the GPUs of the pool (2 x h100-80gb-sxm, 3 x"
            + " a100-80gb-sxm) was found that keeps the rules; the fullest GPU of the best one has"
            + " 2.3 times the load that it can serve; allow more assessments or more time",
        spent.message());
  }

  /** A use of at most one says nothing, and one of a thousand that nothing starts. */
  @Test
  void a_use_is_told_where_it_means_an_overload() {
    String told = "; the fullest GPU of the best one has ";
    for (double use : new double[] {0.5, 1, 1000, 1e6, INFINITE}) {
      assertEquals(-1, exhausted(TWO, use, "", false, false).message().indexOf(told), "" + use);
    }
    for (double use : new double[] {1.05, 999}) {
      String words = String.format(Locale.ROOT, "%s%.1f times", told, use);
      int at = exhausted(TWO, use, "", false, false).message().indexOf(words);
      assertEquals(true, at > 0, words);
    }
  }

  private static Prediction broken(String... reasons) {
    return new Prediction(
        0,
        0,
        0,
        0.5,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        List.of(reasons).stream().map(r -> new Verdict("RULE", false, r)).toList());
  }

  @Test
  void an_adapter_that_is_too_much_is_named_with_what_it_breaks() {
    Infeasible hot =
        Refusals.of(
            new PackResult.AdapterTooLarge(
                traffic(1, 90.0).get(0), new Assessment.Serves(broken("late", "slow"))),
            TWO,
            false,
            false);
    assertEquals(Infeasible.Reason.ADAPTER_EXCEEDS_GPU, hot.reason());
    assertEquals("a0", hot.subject());
    assertEquals(
        "adapter 'a0' alone, at 90.0 requests/s, is too much for one GPU (RULE: late; RULE: slow);"
            + " allow replication, lower its rate or use a larger GPU",
        hot.message());
  }

  private static Infeasible refusal(String model, EngineFlags flags) {
    MemoryPlan.Refused refused =
        (MemoryPlan.Refused) MemoryModel.of(H100, Models.named(model)).plan(flags);
    Infeasible none =
        Refusals.of(
            new PackResult.AdapterTooLarge(traffic(1, 1.0).get(0), new Assessment.Refuses(refused)),
            TWO,
            false,
            false);
    assertEquals("a0", none.subject());
    assertEquals("adapter 'a0' alone: " + refused.message(), none.message());
    assertEquals(refused.reason().name(), none.reason().name());
    return none;
  }

  @Test
  void an_engine_that_does_not_start_is_told_with_its_reason() {
    refusal("llama-3.1-70b", EngineFlags.builder().build());
    assertEquals(
        Infeasible.Reason.KV_BELOW_MAX_MODEL_LEN,
        refusal(
                "llama-3.1-8b",
                EngineFlags.builder().gpuMemoryUtilization(0.23).maxModelLen(131_072).build())
            .reason());
  }

  /** Twelve adapters of rank 8 and 16 in turn, as large as their ranks: 144 for a rank of one. */
  @Test
  void host_memory_is_counted_before_any_search() {
    ModelSpec model = Models.named(Workloads.LLAMA);
    Workload workload = workload(traffic(12, 0.1));
    long sixteen = model.adapterBytes(16);
    assertNull(Refusals.ofHostMemory(workload, new HostMemory(model, Long.MAX_VALUE), TWO));
    // Five GPUs of 28.8 for each hold 144 in sum: exactly enough.
    long fifth = 9 * sixteen / 5;
    assertEquals(9 * sixteen, 5 * fifth, "the bytes of a rank divide by five");
    assertNull(Refusals.ofHostMemory(workload, new HostMemory(model, fifth), TWO));
    Infeasible few = Refusals.ofHostMemory(workload, new HostMemory(model, fifth - 1), TWO);
    assertNotNull(few);
    assertEquals(Infeasible.Reason.HOST_MEMORY, few.reason());
    assertEquals("pool", few.subject());
    double gib = 1L << 30;
    assertEquals(
        String.format(
            Locale.ROOT,
            "the adapters take %.1f GiB of host memory, 5 GPUs have %.1f; give them more, or add"
                + " GPUs",
            9 * sixteen / gib,
            5 * (fifth - 1) / gib),
        few.message());
    assertNull(
        Refusals.ofHostMemory(workload, new HostMemory(model, sixteen), ANY), "any number holds");
    Infeasible one = Refusals.ofHostMemory(workload, new HostMemory(model, sixteen - 1), ANY);
    assertNotNull(one);
    assertEquals("a1", one.subject(), "the first of rank 16");
    assertEquals(
        String.format(
            Locale.ROOT,
            "adapter 'a1' of rank 16 takes %.2f GiB of host memory, a GPU has %.2f; give it more",
            sixteen / gib,
            (sixteen - 1) / gib),
        one.message());
  }

  @Test
  void a_plan_that_was_not_verified_is_told_with_the_first_gpu_that_failed() {
    GpuVerdict kept = new GpuVerdict(List.of(), null);
    GpuVerdict late = new GpuVerdict(List.of(broken("late", "slow")), null);
    Infeasible second = Refusals.unverified(List.of(kept, late, late), ANY);
    assertEquals(Infeasible.Reason.EFFORT_SPENT, second.reason());
    assertEquals("GPU 1", second.subject());
    assertEquals(
        "the effort is spent and no plan on the pool (any number x h100-80gb-sxm) was verified; the"
            + " last one: RULE: late; RULE: slow; allow more assessments or more time",
        second.message());
    assertEquals("GPU 0", Refusals.unverified(List.of(late, kept), ANY).subject());
    assertEquals("GPU 1", Refusals.unverified(List.of(kept, kept), ANY).subject(), "the last");
  }

  @Test
  void a_standby_that_was_not_found_is_told_with_what_was_wrong() {
    Infeasible none = Refusals.noStandby(List.of("too slow", "too late"), TWO);
    assertEquals(Infeasible.Reason.EFFORT_SPENT, none.reason());
    assertEquals("standby", none.subject());
    assertEquals(
        "the effort is spent and no GPU of the pool (2 x h100-80gb-sxm, 3 x a100-80gb-sxm) was"
            + " found that can take over every other one; the last one: too slow; too late; allow"
            + " more assessments or more time",
        none.message());
  }
}
