package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.ClusterReport;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ClusterTest {
  private static final RunOptions DRAIN =
      RunOptions.ofSeconds(1e-6).withAtHorizon(RunOptions.AtHorizon.DRAIN).withChecks(true);

  private static EngineConfig engine(int adapters, int slots) {
    List<LoraAdapter> list = new ArrayList<>();
    for (int a = 0; a < adapters; a++) {
      list.add(new LoraAdapter("adapter-" + a, 8));
    }
    return EngineConfig.builder()
        .adapters(list)
        .maxLoras(slots)
        .maxCpuLoras(adapters)
        .adaptersPreloaded(false)
        .kvBlocks(1000)
        .build();
  }

  private static List<Long> completed(ClusterReport report) {
    return report.replicas().stream().map(r -> r.requests().completed()).toList();
  }

  private static ClusterReport run(EngineConfig engine, RequestTrace trace, Router router) {
    return Cluster.of(Collections.nCopies(2, engine), UnitCosts.ofStep(100))
        .run(trace, DRAIN, router, Progress.NONE);
  }

  @Property
  void looking_at_a_run_changes_nothing_in_it(@ForAll long seed) {
    EngineCase c = EngineCase.draw(seed, 60);
    RunOptions plain =
        new RunOptions(c.options().horizonPicos(), RunOptions.AtHorizon.CUT, ReportDetail.SUMMARY);
    RunOptions watched =
        new RunOptions(
            plain.horizonPicos(),
            RunOptions.AtHorizon.CUT,
            ReportDetail.SUMMARY,
            0,
            1 + plain.horizonPicos() / 7,
            true);
    Cluster cluster = Cluster.of(Collections.nCopies(2, c.config()), c.costs());
    for (Router router : List.of(new Router.LeastLoaded(), new Router.PowerOfTwoChoices(7))) {
      ClusterReport expected = cluster.run(c.trace(), plain, router, Progress.NONE);
      ClusterReport report = cluster.run(c.trace(), watched, router, Progress.NONE);
      for (int i = 0; i < 2; i++) {
        assertEquals(expected.replicas().get(i).requests(), report.replicas().get(i).requests());
        assertEquals(expected.replicas().get(i).tokens(), report.replicas().get(i).tokens());
      }
    }
  }

  @Test
  void the_least_loaded_replica_gets_the_request_ties_the_first() {
    // 0 -> replica 0; 1 -> replica 1; 2: one request each -> replica 0; request 1 is done at 110,
    // so request 3 at 120 finds two requests in replica 0 and none in replica 1.
    RequestTrace trace =
        RequestTrace.builder(0)
            .add(0, -1, 4, 9)
            .add(10, -1, 4, 1)
            .add(20, -1, 4, 9)
            .add(120, -1, 4, 9)
            .build();
    assertEquals(List.of(2L, 2L), completed(run(engine(0, 0), trace, new Router.LeastLoaded())));
  }

  @Test
  void affinity_follows_the_adapter_until_its_replica_has_too_many_requests() {
    RequestTrace.Builder trace = RequestTrace.builder(2);
    for (int i = 0; i < 5; i++) {
      trace.add(200L * i, 0, 4, 90);
    }
    EngineConfig engine = engine(2, 1);
    assertEquals(
        List.of(5L, 0L), completed(run(engine, trace.build(), new Router.AdapterAffinity(5))));
    assertEquals(
        List.of(3L, 2L), completed(run(engine, trace.build(), new Router.AdapterAffinity(1))));
  }

  @Test
  void shares_split_an_adapter_and_change_nothing_else() {
    RequestTrace.Builder trace = RequestTrace.builder(2);
    for (int i = 0; i < 4000; i++) {
      trace.add(i, i % 2, 4, 1);
    }
    Router shares =
        new Router.StaticShares(
            List.of(
                List.of(new Router.Share(0, 1)),
                List.of(new Router.Share(0, 1), new Router.Share(1, 3))),
            7);
    ClusterReport report = run(engine(2, 2), trace.build(), shares);
    long first = report.replicas().get(0).requests().completed();
    assertEquals(4000, first + report.replicas().get(1).requests().completed());
    // 2,000 and a quarter of 2,000, with a standard deviation of 19.
    assertEquals(2500, (double) first, 4 * 19.4);
    assertEquals(0, report.replicas().get(1).adapters().get(0).arrived());
    assertTrue(report.judge(FeasibilityRule.THROUGHPUT_90).get(1).feasible());
    assertEquals(1, report.completedShare());
  }

  @Property
  void replicas_do_not_depend_on_the_number_of_threads(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 5) int replicas) {
    EngineCase c = EngineCase.draw(seed, 60);
    Cluster cluster = Cluster.of(Collections.nCopies(replicas, c.config()), c.costs());
    List<List<Router.Share>> shares = new ArrayList<>();
    for (int a = 0; a <= c.trace().adapterCount(); a++) {
      shares.add(List.of(new Router.Share(a % replicas, 1), new Router.Share(0, 2)));
    }
    Router router = new Router.StaticShares(shares, seed);
    ClusterReport one = cluster.withThreads(1).run(c.trace(), c.options(), router, Progress.NONE);
    ClusterReport two = cluster.withThreads(2).run(c.trace(), c.options(), router, Progress.NONE);
    assertEquals(one, two);
    assertEquals(one.digest(), two.digest());
  }

  /** A router that always chooses the only replica must change nothing at all. */
  @Property
  void one_replica_behind_any_router_is_that_replica(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 2) int kind) {
    EngineCase c = EngineCase.draw(seed, 100);
    Router router =
        List.of(
                new Router.LeastLoaded(),
                new Router.AdapterAffinity(3),
                new Router.PowerOfTwoChoices(1))
            .get(kind);
    assertEquals(
        List.of(Replica.of(c.config(), c.costs()).run(c.trace(), c.options())),
        Cluster.of(List.of(c.config()), c.costs())
            .run(c.trace(), c.options(), router, Progress.NONE)
            .replicas());
  }

  @Property
  void every_request_is_in_one_replica(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int replicas) {
    EngineCase c = EngineCase.draw(seed, 100);
    Cluster cluster = Cluster.of(Collections.nCopies(replicas, c.config()), c.costs());
    RunOptions options = c.options().withWarmUpSeconds(0).withChecks(true);
    long alone = Replica.of(c.config(), c.costs()).run(c.trace(), options).requests().arrived();
    ClusterReport report =
        cluster.run(c.trace(), options, new Router.PowerOfTwoChoices(seed), Progress.NONE);
    assertEquals(alone, report.replicas().stream().mapToLong(r -> r.requests().arrived()).sum());
  }

  @Test
  void mistakes_are_named_and_long_work_can_be_cancelled() {
    EngineConfig engine = engine(1, 1);
    Cluster cluster = Cluster.of(List.of(engine, engine), UnitCosts.ofStep(1));
    RequestTrace trace = RequestTrace.builder(1).add(0, 0, 1, 1).add(1, -1, 1, 1).build();
    assertThrows(IllegalArgumentException.class, () -> Cluster.of(List.of(), UnitCosts.ofStep(1)));
    assertThrows(
        IllegalArgumentException.class,
        () -> cluster.runIndependently(List.of(trace), DRAIN, Progress.NONE));
    assertThrows(IllegalArgumentException.class, () -> cluster.withThreads(0));
    Router wrong = new Router.StaticShares(List.of(List.of(new Router.Share(2, 1))), 1);
    Exception e =
        assertThrows(
            IllegalArgumentException.class, () -> cluster.run(trace, DRAIN, wrong, Progress.NONE));
    assertTrue(e.getMessage().contains("replica 2 of 2"));
    Router partial = new Router.StaticShares(List.of(List.of(new Router.Share(1, 1))), 1);
    e =
        assertThrows(
            IllegalArgumentException.class,
            () -> cluster.run(trace, DRAIN, partial, Progress.NONE));
    assertTrue(e.getMessage().contains("base model"));
    Progress cancel =
        (stage, done, expected) -> {
          throw new CancellationException(stage);
        };
    assertThrows(
        CancellationException.class,
        () -> cluster.withThreads(1).runIndependently(List.of(trace, trace), DRAIN, cancel));
    assertThrows(
        CancellationException.class,
        () -> cluster.withThreads(2).runIndependently(List.of(trace, trace), DRAIN, cancel));
    assertThrows(
        CancellationException.class,
        () -> cluster.run(trace, DRAIN, new Router.LeastLoaded(), cancel));
  }

  @Test
  void replications_give_students_interval() {
    // One request of 1, 2, 3 output tokens: 100, 200, 300 ps end to end. Mean 200, sample standard
    // deviation 100, t(2, .975) = 4.302653.
    Replications runs =
        Replications.run(
            engine(0, 0),
            UnitCosts.ofStep(100),
            i -> RequestTrace.builder(0).add(0, -1, 4, 1 + i).build(),
            DRAIN,
            3,
            2,
            Progress.NONE);
    var estimate = runs.estimate(r -> r.endToEnd().mean() * 1e12, 0.95);
    assertEquals(200, estimate.mean(), 1e-9);
    assertEquals(4.302653 * 100 / Math.sqrt(3), estimate.halfWidth(), 1e-4);
    assertEquals(200 - estimate.halfWidth(), estimate.lower(), 1e-9);
    assertEquals(200 + estimate.halfWidth(), estimate.upper(), 1e-9);
    // Only two runs have a gap between tokens.
    assertEquals(2, runs.estimate(r -> r.itl().mean(), 0.9).count());
    assertEquals(Double.NaN, runs.estimate(r -> r.ttft().p50() / 0, 0.9).lower());
    assertThrows(
        IllegalArgumentException.class, () -> runs.estimate(ReplicaReport::completedShare, 1));
    assertThrows(IllegalArgumentException.class, () -> new Replications(List.of()));
  }

  private static ReplicaReport tokens(int output) {
    return Replica.of(engine(0, 0), UnitCosts.ofStep(100))
        .run(RequestTrace.builder(0).add(0, -1, 1, output).build(), DRAIN);
  }

  @Test
  void two_replications_are_enough_and_one_figure_has_no_interval() {
    Replications two = new Replications(List.of(tokens(1), tokens(3)));
    // 100 and 300: the standard deviation is 100 times the root of 2, and t(1, .975) = 12.706205.
    var estimate = two.estimate(r -> r.endToEnd().mean() * 1e12, 0.95);
    assertEquals(200, estimate.mean(), 1e-9);
    assertEquals(12.706205 * 100, estimate.halfWidth(), 1e-3);
    var one = two.estimate(r -> r.itl().mean() * 1e12, 0.95);
    assertEquals(100, one.mean(), 1e-9);
    assertEquals(Double.NaN, one.halfWidth());
    assertEquals(1, one.count());
    var none = two.estimate(r -> Double.NaN, 0.95);
    assertEquals(Double.NaN, none.mean());
    assertEquals(0, none.count());
    Exception e = assertThrows(IllegalArgumentException.class, () -> two.estimate(r -> 1, 0));
    assertEquals("confidence is 0.0, must be in (0, 1)", e.getMessage());
    e = assertThrows(IllegalArgumentException.class, () -> new Replications(List.of(tokens(1))));
    assertEquals("there are 1 runs, an interval needs at least 2", e.getMessage());
  }

  @Test
  void routers_have_bounds_that_their_errors_name() {
    assertEquals(0, new Router.AdapterAffinity(0).mostExtraRequests());
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> new Router.AdapterAffinity(-1));
    assertEquals("extra requests are -1, must be at least 0", e.getMessage());
    assertEquals(0, new Router.Share(0, Double.MIN_VALUE).replica());
    for (double weight : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      e = assertThrows(IllegalArgumentException.class, () -> new Router.Share(3, weight));
      assertEquals(
          "replica is 3 with weight " + weight + "; must be at least 0, and above 0 and finite",
          e.getMessage());
    }
    assertThrows(IllegalArgumentException.class, () -> new Router.Share(-1, 1));
    List<List<Router.Share>> nobody = List.of(List.of());
    assertThrows(IllegalArgumentException.class, () -> new Router.StaticShares(nobody, 1));
  }
}
