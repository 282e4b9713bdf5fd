package io.github.adaptertwin.core.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReportJsonTest {
  private static ReplicaReport report(List<SeriesPoint> series) {
    return new ReplicaReport(
        10,
        new RequestTotals(12, 1, 8, 2, 3, 4, 5),
        new TokenTotals(600, 400, 540, 360, 500, 610),
        new LatencySummary(8, 0.5, 0.4, 0.6, 0.7, 0.8, 0.9),
        new LatencySummary(480, 0.02, Double.NaN, 0.03, 0.04, 0.05, 0.06),
        new LatencySummary(7, 0.021, 0.022, 0.023, 0.024, 0.025, 0.026),
        new LatencySummary(6, 1.5, 1.6, 1.7, 1.8, 1.9, Double.POSITIVE_INFINITY),
        new Gauge(1.25, 3),
        new Gauge(0.5, 2),
        new Gauge(0.1, 0.2),
        new Gauge(0.75, 1),
        new EngineTotals(100, 11, 12, 13, 14),
        new TimeSplit(5, 1, 0.5, 3.5),
        new QueueTrend(0.1, Double.NaN, 0.3, 0.4),
        List.of(
            new AdapterReport("a \"b\"", 10, 8, 1000, 900, 0.5, 12),
            new AdapterReport(AdapterReport.BASE_MODEL_ID, 2, 0, 0, 0, Double.NaN, 0)),
        series);
  }

  /** Every member of the format; a figure that is not finite is null. */
  @Test
  void aReport_isWrittenWithAllItsFigures() {
    String expected =
        """
        {
          "schemaVersion": 1,
          "durationSeconds": 10.0,
          "throughputTokensPerSecond": 90.0,
          "idealThroughputTokensPerSecond": 100.0,
          "starved": false,
          "requests": {
            "arrived": 12,
            "carriedOver": 1,
            "completed": 8,
            "running": 2,
            "waiting": 3,
            "dropped": 4,
            "rejected": 5
          },
          "tokens": {
            "offeredInput": 600,
            "offeredOutput": 400,
            "completedInput": 540,
            "completedOutput": 360,
            "generated": 500,
            "prefilled": 610
          },
          "engine": {
            "steps": 100,
            "preemptions": 11,
            "hostLoads": 12,
            "diskLoads": 13,
            "prefixHitTokens": 14
          },
          "ttftSeconds": {
            "count": 8,
            "mean": 0.5,
            "p50": 0.4,
            "p90": 0.6,
            "p95": 0.7,
            "p99": 0.8,
            "max": 0.9
          },
          "itlSeconds": {
            "count": 480,
            "mean": 0.02,
            "p50": null,
            "p90": 0.03,
            "p95": 0.04,
            "p99": 0.05,
            "max": 0.06
          },
          "tpotSeconds": {
            "count": 7,
            "mean": 0.021,
            "p50": 0.022,
            "p90": 0.023,
            "p95": 0.024,
            "p99": 0.025,
            "max": 0.026
          },
          "endToEndSeconds": {
            "count": 6,
            "mean": 1.5,
            "p50": 1.6,
            "p90": 1.7,
            "p95": 1.8,
            "p99": 1.9,
            "max": null
          },
          "running": {
            "mean": 1.25,
            "max": 3.0
          },
          "waiting": {
            "mean": 0.5,
            "max": 2.0
          },
          "kvUse": {
            "mean": 0.1,
            "max": 0.2
          },
          "distinctAdapters": {
            "mean": 0.75,
            "max": 1.0
          },
          "timeSeconds": {
            "compute": 5.0,
            "loading": 1.0,
            "scheduling": 0.5,
            "idle": 3.5
          },
          "meanWaitSecondsByQuarter": [
            0.1,
            null,
            0.3,
            0.4
          ],
          "adapters": [
            {
              "id": "a \\"b\\"",
              "arrived": 10,
              "completed": 8,
              "offeredTokens": 1000,
              "completedTokens": 900,
              "meanTtftSeconds": 0.5,
              "hostLoads": 12
            },
            {
              "id": "",
              "arrived": 2,
              "completed": 0,
              "offeredTokens": 0,
              "completedTokens": 0,
              "meanTtftSeconds": null,
              "hostLoads": 0
            }
          ]
        }\
        """;
    assertEquals(expected, report(List.of()).toJson());
  }

  @Test
  void aSeries_isWrittenBehindTheAdapters() {
    SeriesPoint point = new SeriesPoint(0, 60, 5, 4, 300, 1.5, 0.5, 0.25, 0.75);
    String json = report(List.of(point)).toJson();
    String expected =
        """
          "series": [
            {
              "startSeconds": 0.0,
              "durationSeconds": 60.0,
              "arrived": 5,
              "completed": 4,
              "generatedTokens": 300,
              "running": 1.5,
              "waiting": 0.5,
              "kvUse": 0.25,
              "distinctAdapters": 0.75
            }
          ]
        }\
        """;
    String without = report(List.of()).toJson();
    String adapters = without.substring(0, without.lastIndexOf("\n}"));
    assertEquals(adapters + ",\n" + expected, json);
  }

  @Test
  void figuresOfAnAdapter_areSharesOfWhatWasAsked() {
    ReplicaReport report = report(List.of());
    assertEquals(0.9, report.adapters().get(0).completedShare());
    assertEquals(1, report.adapters().get(1).completedShare(), "nothing was asked for");
    assertEquals(5, report.requests().unfinished());
    assertEquals(1000, report.tokens().offered());
    assertEquals(900, report.tokens().completed());
    // Eight of 0.5 s, and five that count with the whole run, over twelve.
    assertEquals((8 * 0.5 + 5 * 10) / 12, report.ttftWithUnfinishedSeconds(), 1e-12);
  }

  @Test
  void aCluster_isTheSumOfItsReplicas() {
    ReplicaReport one = report(List.of());
    ReplicaReport two = report(List.of(new SeriesPoint(0, 60, 5, 4, 300, 1.5, 0.5, 0.25, 0.75)));
    ClusterReport cluster = new ClusterReport(List.of(one, two));
    assertEquals(180, cluster.throughputTokensPerSecond());
    assertEquals(0.9, cluster.completedShare());
    assertEquals(1, new ClusterReport(List.of()).completedShare(), "nothing was asked for");
    assertEquals(2, cluster.judge(FeasibilityRule.THROUGHPUT_90).size());
    assertTrue(cluster.judge(FeasibilityRule.THROUGHPUT_90).get(1).feasible());
    assertFalse(cluster.judge(new FeasibilityRule.ThroughputShare(0.95)).get(0).feasible());
    assertNotEquals(cluster.digest(), new ClusterReport(List.of(two, one)).digest());
    assertEquals(cluster.digest(), new ClusterReport(List.of(one, two)).digest());
  }

  @Test
  void anEstimate_reachesFromItsLowerToItsUpperEnd() {
    Estimate estimate = new Estimate(10, 3, 5);
    assertEquals(7, estimate.lower());
    assertEquals(13, estimate.upper());
  }
}
