package io.github.adaptertwin.placement.capacity;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.surrogate.serving.ServingSurrogate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OraclesTest {
  private static final Candidate CANDIDATE =
      new Candidate(
          H100,
          GpuTraffic.of(
              workload(traffic(1, 1.0)), List.of(SharedAdapter.whole(traffic(1, 1.0).get(0)))),
          EngineFlags.builder().maxLoras(1).build());

  private static CapacityOracle saying(double share, double leastShare) {
    return candidate ->
        new Assessment.Serves(
            new Prediction(
                1,
                1,
                share,
                share,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                List.of(new Verdict("TEST", share >= leastShare, "share " + share))));
  }

  private static double shareOf(Assessment assessment) {
    return ((Assessment.Serves) assessment).prediction().completedShare();
  }

  @Test
  void a_second_opinion_is_asked_for_near_the_edge_only() {
    CapacityOracle careful = saying(0.5, 0);
    SecondOpinion edge = new SecondOpinion(saying(0.91, 0.9), careful, 0.9, 0.93);
    assertEquals(0.5, shareOf(edge.assess(CANDIDATE)));
    SecondOpinion far = new SecondOpinion(saying(0.93, 0.9), careful, 0.9, 0.93);
    assertEquals(0.93, shareOf(far.assess(CANDIDATE)));
    SecondOpinion hopeless = new SecondOpinion(saying(0.89, 0.9), careful, 0.9, 0.93);
    assertEquals(0.89, shareOf(hopeless.assess(CANDIDATE)));
    assertThrows(
        IllegalArgumentException.class, () -> new SecondOpinion(careful, careful, 0.9, 0.8));
  }

  @Test
  void a_careful_look_is_taken_only_where_comfort_and_a_quick_look_disagree() {
    CapacityOracle unheard =
        candidate -> {
          throw new AssertionError("asked in vain");
        };
    CapacityOracle yes = saying(0.95, 0.9);
    CapacityOracle no = saying(0.89, 0.9);
    assertEquals(0.95, shareOf(new ReassuredOracle(yes, unheard, unheard).assess(CANDIDATE)));
    assertEquals(0.89, shareOf(new ReassuredOracle(no, no, unheard).assess(CANDIDATE)));
    assertEquals(0.5, shareOf(new ReassuredOracle(no, yes, saying(0.5, 0.9)).assess(CANDIDATE)));
  }

  @Test
  void a_spread_wants_distance_in_deviations() {
    // Mean .91, deviation .01: one deviation above .9.
    List<CapacityOracle> runs = List.of(saying(0.90, 0.9), saying(0.91, 0.9), saying(0.92, 0.9));
    Assessment kept = new SpreadOracle(runs, 0.9, 0.99).assess(CANDIDATE);
    assertTrue(kept.feasible());
    assertEquals(0.90, shareOf(kept));
    Assessment close = new SpreadOracle(runs, 0.9, 1.01).assess(CANDIDATE);
    assertFalse(close.feasible());
    String complaint = ((Assessment.Serves) close).prediction().complaints().get(0);
    assertTrue(complaint.contains("SHARE_SPREAD: 91.0 %"), complaint);
  }

  @Test
  void a_spread_ends_at_the_first_run_that_fails() {
    CapacityOracle unheard =
        candidate -> {
          throw new AssertionError("asked in vain");
        };
    Assessment failed =
        new SpreadOracle(List.of(saying(0.89, 0.9), unheard), 0.9, 0).assess(CANDIDATE);
    assertEquals(0.89, shareOf(failed));
    assertThrows(IllegalArgumentException.class, () -> new SpreadOracle(List.of(unheard), 0.9, 0));
  }

  private static Prediction seenBy(double askedSeconds, double stricterSeconds) {
    RuleWithMargin rule =
        new RuleWithMargin(
            new FeasibilityRule.TtftBound(95, askedSeconds),
            new FeasibilityRule.TtftBound(95, stricterSeconds));
    ModelSpec model = Models.named(CANDIDATE.traffic().whole().baseModel());
    TwinOracle twin =
        TwinOracle.withMargins(
            model, Calibration.shipped(EngineVersion.VLLM_0_8_5), List.of(rule), 1, 0);
    return ((Assessment.Serves) twin.assess(CANDIDATE)).prediction();
  }

  @Test
  void a_margin_is_told_in_terms_of_the_rule_that_was_asked_for() {
    double p95 = seenBy(100, 100).p95TtftSeconds();
    assertTrue(seenBy(1.1 * p95, p95).feasible());
    Prediction near = seenBy(1.1 * p95, 0.9 * p95);
    String bound = String.format(Locale.ROOT, "at most %.3f s wanted", 1.1 * p95);
    assertEquals(1, near.complaints().size());
    assertTrue(near.complaints().get(0).startsWith("TTFT_BOUND: "), near.complaints().get(0));
    assertTrue(near.complaints().get(0).contains(bound + "; too near"), near.complaints().get(0));
    Prediction broken = seenBy(0.9 * p95, 0.8 * p95);
    String own = String.format(Locale.ROOT, "at most %.3f s wanted", 0.9 * p95);
    assertTrue(broken.complaints().get(0).endsWith(own), broken.complaints().get(0));
  }

  private static CapacityOracle refusing() {
    MemoryPlan plan =
        MemoryModel.of(H100, Models.named("llama-3.1-70b")).plan(EngineFlags.builder().build());
    return candidate -> new Assessment.Refuses((MemoryPlan.Refused) plan);
  }

  @Test
  void what_does_not_start_needs_no_other_word() {
    CapacityOracle unheard =
        candidate -> {
          throw new AssertionError("asked in vain");
        };
    CapacityOracle no = saying(0.89, 0.9);
    assertFalse(refusing().assess(CANDIDATE).feasible());
    for (CapacityOracle oracle :
        List.of(
            new SecondOpinion(refusing(), unheard, 0, 1),
            new ReassuredOracle(refusing(), unheard, unheard),
            new SpreadOracle(List.of(refusing(), unheard), 0.9, 1),
            new StrictestOracle(List.of(refusing(), unheard)))) {
      assertInstanceOf(Assessment.Refuses.class, oracle.assess(CANDIDATE));
    }
    // Of a run that serves and one that does not start the second is the stricter.
    assertInstanceOf(
        Assessment.Refuses.class,
        new StrictestOracle(List.of(saying(0.95, 0.9), refusing())).assess(CANDIDATE));
    assertInstanceOf(
        Assessment.Refuses.class, new ReassuredOracle(no, refusing(), unheard).assess(CANDIDATE));
  }

  @Test
  void the_strictest_is_the_first_that_fails_or_the_smallest_share() {
    CapacityOracle unheard =
        candidate -> {
          throw new AssertionError("asked in vain");
        };
    List<CapacityOracle> kept = List.of(saying(0.95, 0.9), saying(0.91, 0.9), saying(0.93, 0.9));
    assertEquals(0.91, shareOf(new StrictestOracle(kept).assess(CANDIDATE)));
    List<CapacityOracle> broken = List.of(saying(0.91, 0.9), saying(0.95, 0.96), unheard);
    Assessment word = new StrictestOracle(broken).assess(CANDIDATE);
    assertEquals(0.95, shareOf(word), "the one that failed, though it completed more");
    assertFalse(word.feasible());
    // Of equal shares the first one's word counts.
    Assessment first = saying(0.92, 0.9).assess(CANDIDATE);
    assertSame(
        first, new StrictestOracle(List.of(c -> first, saying(0.92, 0.9))).assess(CANDIDATE));
    Exception none =
        assertThrows(IllegalArgumentException.class, () -> new StrictestOracle(List.of()));
    assertEquals("there is no oracle; give at least one", none.getMessage());
  }

  @Test
  void shares_of_a_second_opinion_are_in_order_and_may_meet() {
    CapacityOracle careful = saying(0.5, 0);
    // Both bounds at once: nobody is near the edge.
    for (double edge : new double[] {0, 0.9, 1}) {
      assertEquals(
          0.9, shareOf(new SecondOpinion(saying(0.9, 0.9), careful, edge, edge).assess(CANDIDATE)));
    }
    // At the lower bound a second opinion is worth it, at the upper one it is not needed.
    assertEquals(
        0.5, shareOf(new SecondOpinion(saying(0.9, 0.9), careful, 0.9, 0.93).assess(CANDIDATE)));
    for (double[] wrong : new double[][] {{-0.1, 0.5}, {0.6, 0.5}, {0.5, 1.1}, {Double.NaN, 1}}) {
      Exception e =
          assertThrows(
              IllegalArgumentException.class,
              () -> new SecondOpinion(careful, careful, wrong[0], wrong[1]));
      assertEquals(
          "shares are " + wrong[0] + " and " + wrong[1] + ", must be in this order in [0, 1]",
          e.getMessage());
    }
  }

  /** Shares .90, .91 and .92: mean .91, deviation .01; the verdict at exactly one deviation. */
  @Test
  void a_spread_tells_all_of_its_figures() {
    List<CapacityOracle> runs = List.of(saying(0.92, 0.9), saying(0.90, 0.9), saying(0.91, 0.9));
    Assessment close = new SpreadOracle(runs, 0.9, 2.5).assess(CANDIDATE);
    Prediction prediction = ((Assessment.Serves) close).prediction();
    assertEquals(0.90, prediction.completedShare(), "of the worst run");
    assertEquals(
        List.of(
            "SHARE_SPREAD: 91.0 % of the offered tokens completed on average over 3 runs, with a"
                + " deviation of 1.00; for runs not seen it is to be 2.5 deviations above 90.00 %"),
        prediction.complaints());
    assertEquals(2, prediction.verdicts().size(), "beside that of the run");
    // Without any spread no distance is needed.
    List<CapacityOracle> alike = List.of(saying(0.9, 0.9), saying(0.9, 0.9));
    assertTrue(new SpreadOracle(alike, 0.9, 3).assess(CANDIDATE).feasible());
  }

  @Test
  void the_twin_tells_what_it_saw() {
    ModelSpec model = Models.named(CANDIDATE.traffic().whole().baseModel());
    TwinOracle twin =
        new TwinOracle(
            model,
            Calibration.shipped(EngineVersion.VLLM_0_8_5),
            List.of(FeasibilityRule.THROUGHPUT_90),
            1,
            0);
    Prediction seen = ((Assessment.Serves) twin.assess(CANDIDATE)).prediction();
    // One request of 480 tokens a second, within four deviations of the arrivals of 600 s.
    assertEquals(480, seen.offeredTokensPerSecond(), 4 * 480 / Math.sqrt(600));
    assertEquals(
        seen.completedShare(),
        seen.throughputTokensPerSecond() / seen.offeredTokensPerSecond(),
        1e-12);
    // By Little's law: requests a second times the time that one runs.
    double runs = seen.meanTtftSeconds() + 229 * seen.meanItlSeconds();
    assertEquals(
        seen.offeredTokensPerSecond() / 480 * runs, seen.meanRunning(), 0.1 * seen.meanRunning());
    assertTrue(seen.p95TtftSeconds() >= seen.meanTtftSeconds());
    assertTrue(seen.meanKvUse() > 0 && seen.meanKvUse() < 0.05, "use " + seen.meanKvUse());
    assertEquals(0, seen.preemptions());
    assertEquals(1, seen.verdicts().size());
    EngineFlags flags = EngineFlags.builder().maxLoras(1).maxCpuLoras(1).build();
    MemoryPlan.Fits fits = (MemoryPlan.Fits) MemoryModel.of(H100, model).plan(flags);
    assertEquals(fits.kvTokens(), seen.kvTokens());
    Candidate large =
        new Candidate(
            H100, CANDIDATE.traffic(), flags.toBuilder().maxLoras(4000).maxCpuLoras(4000).build());
    assertInstanceOf(Assessment.Refuses.class, twin.assess(large));
  }

  private static Assessment bySurrogate(double rate, double leastShare) {
    ModelSpec model = Models.named("llama-3.1-8b");
    ServingSurrogate shipped = ServingSurrogate.shipped(H100, model).orElseThrow();
    GpuTraffic all =
        GpuTraffic.of(
            workload(traffic(8, rate)),
            traffic(8, rate).stream().map(SharedAdapter::whole).toList());
    return new SurrogateOracle(model, Map.of(H100, shipped), leastShare)
        .assess(
            new Candidate(
                H100,
                all,
                EngineFlags.builder().maxLoras(8).maxCpuLoras(8).maxLoraRank(16).build()));
  }

  @Test
  void a_surrogate_tells_the_share_and_leaves_the_rest_open() {
    Assessment light = bySurrogate(0.5, 0.9);
    Prediction seen = ((Assessment.Serves) light).prediction();
    assertTrue(light.feasible(), seen.complaints().toString());
    assertEquals(8 * 0.5 * 480, seen.offeredTokensPerSecond(), 1e-9);
    assertEquals(
        seen.offeredTokensPerSecond() * seen.completedShare(),
        seen.throughputTokensPerSecond(),
        1e-9);
    assertTrue(seen.meanItlSeconds() > 0.004 && seen.meanItlSeconds() < 0.05);
    assertTrue(Double.isNaN(seen.p95TtftSeconds()) && Double.isNaN(seen.meanKvUse()));
    assertTrue(seen.kvTokens() > 100_000, seen.kvTokens() + " tokens");
    // Eighty requests a second are twice what one GPU does.
    Assessment heavy = bySurrogate(10, 0.9);
    double share = shareOf(heavy);
    assertFalse(heavy.feasible());
    assertEquals(
        List.of(
            String.format(
                Locale.ROOT,
                "SURROGATE_SHARE: %.1f %% of the offered tokens expected to complete, at least"
                    + " 90 %% wanted",
                100 * share)),
        ((Assessment.Serves) heavy).prediction().complaints());
    assertTrue(share > 0.3 && share < 0.7, "share " + share);
    assertTrue(bySurrogate(10, share).feasible(), "exactly what is asked for");
  }

  @Test
  void a_surrogate_knows_its_card_and_memory_is_computed() {
    ModelSpec model = Models.named("llama-3.1-8b");
    Exception unknown =
        assertThrows(
            IllegalArgumentException.class,
            () -> new SurrogateOracle(model, Map.of(), 0.9).assess(CANDIDATE));
    assertEquals("there is no surrogate of " + H100.name(), unknown.getMessage());
    ServingSurrogate shipped = ServingSurrogate.shipped(H100, model).orElseThrow();
    Candidate large =
        new Candidate(
            H100,
            CANDIDATE.traffic(),
            EngineFlags.builder().maxLoras(4000).maxCpuLoras(4000).build());
    assertInstanceOf(
        Assessment.Refuses.class,
        new SurrogateOracle(model, Map.of(H100, shipped), 0.9).assess(large));
  }
}
