package io.github.adaptertwin.placement.capacity;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import java.util.List;
import java.util.Locale;
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
}
