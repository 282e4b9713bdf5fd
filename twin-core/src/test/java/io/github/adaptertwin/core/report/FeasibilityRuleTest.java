package io.github.adaptertwin.core.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class FeasibilityRuleTest {
  private static final double NAN = Double.NaN;

  private static ReplicaReport report(long completedTokens, QueueTrend queue, double p90) {
    LatencySummary latency = new LatencySummary(4, 2, 1, p90, p90, p90, 9);
    return new ReplicaReport(
        10,
        new RequestTotals(10, 0, 8, 1, 1, 0, 0),
        new TokenTotals(600, 400, completedTokens / 2, completedTokens / 2, 500, 600),
        latency,
        latency,
        latency,
        latency,
        new Gauge(1, 2),
        new Gauge(1, 2),
        new Gauge(0.1, 0.2),
        new Gauge(1, 1),
        new EngineTotals(5, 0, 0, 0, 0),
        new TimeSplit(5, 0, 0, 5),
        queue,
        List.of(new AdapterReport("a", 10, 8, 1000, completedTokens, 2, 0)),
        List.of());
  }

  private static final QueueTrend CALM = new QueueTrend(1, 1, 1, 1);

  @Test
  void throughput_90_asks_for_nine_tenths_of_the_offered_tokens() {
    assertTrue(FeasibilityRule.THROUGHPUT_90.judge(report(900, CALM, 1)).feasible());
    Verdict starved = FeasibilityRule.THROUGHPUT_90.judge(report(898, CALM, 1));
    assertFalse(starved.feasible());
    assertEquals("THROUGHPUT_90", starved.rule());
    assertEquals("89.80 % of the offered tokens completed, at least 90 % wanted", starved.reason());
    assertTrue(report(898, CALM, 1).starved());
  }

  @Test
  void a_share_is_named_by_as_many_digits_as_it_has() {
    assertEquals("THROUGHPUT_50", new FeasibilityRule.ThroughputShare(0.5).name());
    assertEquals("THROUGHPUT_100", new FeasibilityRule.ThroughputShare(1).name());
    FeasibilityRule rule = new FeasibilityRule.ThroughputShare(0.925);
    Verdict starved = rule.judge(report(924, CALM, 1));
    assertEquals("THROUGHPUT_92.5", starved.rule());
    assertEquals(
        "92.40 % of the offered tokens completed, at least 92.5 % wanted", starved.reason());
  }

  @Test
  void a_queue_is_unstable_when_waits_more_than_double_and_are_above_five_seconds() {
    FeasibilityRule rule = FeasibilityRule.QUEUE_STABLE;
    assertTrue(rule.judge(report(900, new QueueTrend(0, 1, 3, 5), 1)).feasible());
    assertFalse(rule.judge(report(900, new QueueTrend(0, 1, 3, 5.1), 1)).feasible());
    assertTrue(rule.judge(report(900, new QueueTrend(0, 3, 3, 6), 1)).feasible());
    assertTrue(rule.judge(report(900, new QueueTrend(0, NAN, 3, NAN), 1)).feasible());
    assertFalse(rule.judge(report(900, new QueueTrend(0, NAN, 3, 20), 1)).feasible());
  }

  @Test
  void latency_bounds_judge_their_percentile() {
    assertTrue(new FeasibilityRule.TtftBound(90, 0.5).judge(report(900, CALM, 0.5)).feasible());
    assertFalse(new FeasibilityRule.ItlBound(99, 0.5).judge(report(900, CALM, 0.6)).feasible());
    assertFalse(new FeasibilityRule.ItlBound(95, 0.5).judge(report(900, CALM, 0.6)).feasible());
    assertTrue(new FeasibilityRule.ItlBound(50, 1).judge(report(900, CALM, 9)).feasible());
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new FeasibilityRule.TtftBound(90, 1).judge(report(900, CALM, NAN)));
    assertTrue(e.getMessage().contains("PERCENTILES"));
  }

  @Test
  void bounds_outside_their_range_are_refused_with_the_value() {
    assertThrows(IllegalArgumentException.class, () -> new FeasibilityRule.ThroughputShare(0));
    assertThrows(IllegalArgumentException.class, () -> new FeasibilityRule.ThroughputShare(1.01));
    assertThrows(IllegalArgumentException.class, () -> new FeasibilityRule.QueueStable(0.9, 1));
    assertThrows(IllegalArgumentException.class, () -> new FeasibilityRule.QueueStable(2, NAN));
    Exception percentile =
        assertThrows(IllegalArgumentException.class, () -> new FeasibilityRule.ItlBound(75, 1));
    assertTrue(percentile.getMessage().contains("percentile is 75"));
    assertThrows(IllegalArgumentException.class, () -> new FeasibilityRule.TtftBound(90, 0));
  }

  @Test
  void bounds_belong_to_their_ranges() {
    assertEquals("THROUGHPUT_100", new FeasibilityRule.ThroughputShare(1).name());
    assertThrows(IllegalArgumentException.class, () -> new FeasibilityRule.ThroughputShare(-0.1));
    assertEquals(1, new FeasibilityRule.QueueStable(1, 0).growth());
    assertThrows(IllegalArgumentException.class, () -> new FeasibilityRule.QueueStable(2, -1));
    for (int percentile : new int[] {50, 90, 95, 99}) {
      assertEquals(percentile, new FeasibilityRule.TtftBound(percentile, 1).percentile());
      assertEquals(percentile, new FeasibilityRule.ItlBound(percentile, 1).percentile());
    }
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> new FeasibilityRule.ItlBound(90, NAN));
    assertEquals("bound is NaN s, must be above 0", e.getMessage());
  }

  @Test
  void verdicts_say_what_was_judged_and_what_was_wanted() {
    ReplicaReport r = report(898, new QueueTrend(0, 2, 3, 9), 0.25);
    assertEquals(
        new Verdict(
            "THROUGHPUT_90",
            false,
            "89.80 % of the offered tokens completed, at least 90 % wanted"),
        FeasibilityRule.THROUGHPUT_90.judge(r));
    assertEquals(
        new Verdict(
            "QUEUE_STABLE",
            false,
            "mean wait is 2.00 s in the second and 9.00 s in the last quarter; above 5 s it may"
                + " grow by at most a factor 2.0"),
        FeasibilityRule.QUEUE_STABLE.judge(r));
    assertEquals(
        new Verdict("TTFT_BOUND", true, "p99 TTFT is 0.250 s, at most 0.250 s wanted"),
        new FeasibilityRule.TtftBound(99, 0.25).judge(r));
    assertEquals(
        new Verdict("ITL_BOUND", false, "p90 ITL is 0.250 s, at most 0.200 s wanted"),
        new FeasibilityRule.ItlBound(90, 0.2).judge(r));
  }

  @Test
  void a_run_without_tokens_of_a_kind_keeps_every_bound() {
    LatencySummary none = new LatencySummary(0, NAN, NAN, NAN, NAN, NAN, NAN);
    assertTrue(LatencyBounds.judge("ITL_BOUND", "ITL", none, 99, 0.1).feasible());
  }

  @Test
  void throughput_and_paper_ttft_are_figures_over_the_whole_run() {
    ReplicaReport r = report(900, CALM, 1);
    assertEquals(90, r.throughputTokensPerSecond());
    assertEquals(100, r.idealThroughputTokensPerSecond());
    assertEquals(0.9, r.completedShare());
    // Eight completed after 2 s each, two count with the 10 s of the run.
    assertEquals(3.6, r.ttftWithUnfinishedSeconds(), 1e-12);
  }

  @Test
  void a_report_is_json_with_null_for_figures_that_do_not_exist() {
    ReplicaReport r = report(900, new QueueTrend(1, NAN, 1, 1), NAN);
    assertTrue(r.toJson().contains("\"p90\": null"), r.toJson());
    assertTrue(r.toJson().contains("\"schemaVersion\": 1"));
    assertEquals(64, r.digest().length());
    assertEquals(r.digest(), report(900, new QueueTrend(1, NAN, 1, 1), NAN).digest());
    assertNotEquals(r.digest(), report(902, new QueueTrend(1, NAN, 1, 1), NAN).digest());
  }
}
