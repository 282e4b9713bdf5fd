package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.ClusterReport;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestTrace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * Routers that look at the replicas, against the plain way: before each arrival every replica is
 * run anew on what it was sent so far, to see what it is left with. A step takes the same time
 * whatever it holds, so that when a step began is known from when it ended.
 */
class RoutingTest {
  private static final long STEP = 100;

  private record Sent(long arrival, int adapter, int input, int output, int priority, int text) {}

  /** What a router sees of a replica: the steps that begin before a time have been taken. */
  private static final class View implements EngineListener {
    private final long now;
    private final Set<Integer> inSlots = new HashSet<>();
    private int finished;

    View(long now) {
      this.now = now;
    }

    @Override
    public void loaded(int adapter, AdapterTier from, long step, long timePicos) {
      if (timePicos < now && from == AdapterTier.HOST_MEMORY) {
        inSlots.add(adapter);
      }
    }

    @Override
    public void evicted(int adapter, long step, long timePicos) {
      if (timePicos < now) {
        inSlots.remove(adapter);
      }
    }

    @Override
    public void finished(long request, long step, long timePicos) {
      if (timePicos - STEP < now) {
        finished++;
      }
    }
  }

  private record Case(List<EngineConfig> engines, int adapters, List<Sent> requests, long horizon) {
    static Case draw(long seed) {
      RandomStream random = new RandomStreams(seed).stream("routing", 0);
      int adapters = random.nextInt(5);
      List<LoraAdapter> list = new ArrayList<>();
      for (int a = 0; a < adapters; a++) {
        list.add(new LoraAdapter("adapter-" + a, 8));
      }
      EngineConfig.Builder engine =
          EngineConfig.builder()
              .adapters(list)
              .maxLoras(Math.min(adapters, 1 + random.nextInt(2)))
              .maxCpuLoras(adapters)
              .adaptersPreloaded(false)
              .maxNumSeqs(1 + random.nextInt(4))
              .maxModelLen(64)
              .kvBlocks(6 + random.nextInt(20));
      switch (random.nextInt(3)) {
        case 0 -> engine.schedulingPolicy(SchedulingPolicy.PRIORITY);
        case 1 -> engine.prefixCaching(true);
        default -> engine.schedulingPolicy(SchedulingPolicy.FCFS);
      }
      List<Sent> requests = new ArrayList<>();
      long arrival = 0;
      for (int i = 0; i < 50; i++) {
        arrival += random.nextInt(2) * (long) random.nextInt(150);
        requests.add(
            new Sent(
                arrival,
                random.nextInt(adapters + 1) - 1,
                1 + random.nextInt(40),
                1 + random.nextInt(12),
                random.nextInt(4),
                random.nextInt(2)));
      }
      // Some come at the horizon or behind it, and do not count.
      long horizon = requests.get(45).arrival() + 1;
      return new Case(
          Collections.nCopies(2 + random.nextInt(3), engine.build()), adapters, requests, horizon);
    }

    RunOptions options() {
      return new RunOptions(horizon, RunOptions.AtHorizon.DRAIN, ReportDetail.PERCENTILES);
    }

    RequestTrace trace(List<Sent> sent) {
      RequestTrace.Builder trace = RequestTrace.builder(adapters).hashBlockTokens(8);
      for (Sent r : sent) {
        trace.add(r.arrival, r.adapter, r.input, r.output, r.priority);
        long[] hashes = new long[(r.input + 7) / 8];
        for (int b = 0; b < hashes.length; b++) {
          hashes[b] = 1000L * r.text + b;
        }
        trace.prefixHashes(hashes);
      }
      return trace.build();
    }

    ReplicaReport alone(int replica, List<Sent> sent, EngineListener listener) {
      return Replica.of(engines.get(replica), UnitCosts.ofStep(STEP))
          .run(trace(sent), options(), listener);
    }
  }

  /** Who gets what, the plain way. */
  private static List<List<Sent>> route(Case c, Router router) {
    long seed = router instanceof Router.PowerOfTwoChoices two ? two.seed() : 0;
    RandomStream draws = new RandomStreams(seed).stream("router/choices", 0);
    List<List<Sent>> sent = new ArrayList<>();
    c.engines().forEach(engine -> sent.add(new ArrayList<>()));
    for (Sent request : c.requests()) {
      if (request.arrival() >= c.horizon()) {
        break;
      }
      int[] load = new int[sent.size()];
      boolean[] holds = new boolean[sent.size()];
      for (int i = 0; i < load.length; i++) {
        View view = new View(request.arrival());
        c.alone(i, sent.get(i), view);
        load[i] = sent.get(i).size() - view.finished;
        holds[i] = view.inSlots.contains(request.adapter());
      }
      sent.get(choose(router, load, holds, draws)).add(request);
    }
    return sent;
  }

  private static int choose(Router router, int[] load, boolean[] holds, RandomStream draws) {
    if (router instanceof Router.PowerOfTwoChoices) {
      int a = draws.nextInt(load.length);
      int b = draws.nextInt(load.length - 1);
      b = b >= a ? b + 1 : b;
      int first = Math.min(a, b);
      int second = Math.max(a, b);
      return load[second] < load[first] ? second : first;
    }
    int least = 0;
    int holder = -1;
    for (int i = 0; i < load.length; i++) {
      least = load[i] < load[least] ? i : least;
      if (holds[i] && (holder < 0 || load[i] < load[holder])) {
        holder = i;
      }
    }
    if (router instanceof Router.AdapterAffinity affinity
        && holder >= 0
        && load[holder] - load[least] <= affinity.mostExtraRequests()) {
      return holder;
    }
    return least;
  }

  private static void assertRoutedPlainly(Case c, Router router) {
    List<List<Sent>> parts = route(c, router);
    ClusterReport report =
        Cluster.of(c.engines(), UnitCosts.ofStep(STEP))
            .run(c.trace(c.requests()), c.options(), router, Progress.NONE);
    for (int i = 0; i < parts.size(); i++) {
      assertEquals(
          c.alone(i, parts.get(i), EngineListener.NONE), report.replicas().get(i), "replica " + i);
    }
  }

  @Property(tries = 40)
  void the_least_loaded_replica_is_chosen(@ForAll long seed) {
    assertRoutedPlainly(Case.draw(seed), new Router.LeastLoaded());
  }

  @Property(tries = 40)
  void two_are_drawn_and_the_one_with_fewer_requests_is_chosen(@ForAll long seed) {
    assertRoutedPlainly(Case.draw(seed), new Router.PowerOfTwoChoices(seed));
  }

  @Property(tries = 40)
  void the_holder_of_the_adapter_is_chosen_unless_it_has_too_many(@ForAll long seed) {
    assertRoutedPlainly(Case.draw(seed), new Router.AdapterAffinity(Math.floorMod(seed, 4)));
  }

  @Test
  void progress_is_told_once_for_each_hundredth_in_which_a_request_comes() {
    // A part is 100 / 100 + 1 = 2 long: arrivals at 0 and 1 are in the first, 2 and 3 in part 1.
    RequestTrace.Builder trace = RequestTrace.builder(0);
    for (long arrival : new long[] {0, 1, 2, 3, 3, 9, 99, 100}) {
      trace.add(arrival, -1, 1, 1);
    }
    List<Long> told = new ArrayList<>();
    EngineConfig engine = EngineConfig.builder().kvBlocks(200).build();
    RunOptions options = new RunOptions(100, RunOptions.AtHorizon.CUT, ReportDetail.SUMMARY);
    Cluster cluster = Cluster.of(List.of(engine, engine), UnitCosts.ofStep(1));
    ClusterReport report =
        cluster.run(
            trace.build(),
            options,
            new Router.LeastLoaded(),
            (stage, done, expected) -> {
              assertEquals("simulated time", stage);
              assertEquals(100, expected);
              told.add(done);
            });
    assertEquals(List.of(1L, 4L, 49L, 100L), told);
    // What comes at the horizon does not count, nor with fixed shares.
    assertEquals(7, report.replicas().stream().mapToLong(r -> r.requests().arrived()).sum());
    Router shares = new Router.StaticShares(List.of(List.of(new Router.Share(1, 1))), 1);
    ClusterReport fixed = cluster.run(trace.build(), options, shares, Progress.NONE);
    assertEquals(7, fixed.replicas().get(1).requests().arrived());
    assertEquals(List.of(engine, engine), cluster.engines());
  }

  @Test
  void a_cluster_says_what_a_replica_lacks() {
    EngineConfig none = EngineConfig.builder().kvBlocks(200).build();
    EngineConfig one =
        none.toBuilder()
            .adapters(List.of(new LoraAdapter("a", 8)))
            .maxLoras(1)
            .maxCpuLoras(1)
            .build();
    RequestTrace trace = RequestTrace.builder(1).add(0, 0, 1, 1).build();
    RunOptions options = RunOptions.ofSeconds(1);
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Cluster.of(List.of(one, none), UnitCosts.ofStep(1))
                    .run(trace, options, new Router.LeastLoaded(), Progress.NONE));
    assertEquals(
        "a replica has 0 adapters, the source names 1; give every replica all of them",
        e.getMessage());
    Router nobody = new Router.StaticShares(List.of(), 1);
    e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Cluster.of(List.of(one, one), UnitCosts.ofStep(1))
                    .run(trace, options, nobody, Progress.NONE));
    assertEquals("no shares are given for adapter 0, which has requests", e.getMessage());
  }

  @Property
  void the_heap_of_rows_knows_the_smallest_key(@ForAll long seed) {
    RandomStream random = new RandomStreams(seed).stream("heap", 0);
    int rows = 1 + random.nextInt(40);
    RowHeap heap = new RowHeap(rows);
    long[] keys = new long[rows];
    for (int row = 0; row < rows; row++) {
      keys[row] = 1_000_000_000L + row;
      heap.put(row, keys[row]);
    }
    for (int i = 0; i < 300; i++) {
      int row = random.nextInt(3) == 0 ? heap.first() : random.nextInt(rows);
      keys[row] = (long) random.nextInt(1000) << 20 | row;
      heap.put(row, keys[row]);
      for (long key : keys) {
        assertTrue(keys[heap.first()] <= key);
      }
    }
  }

  @Test
  void an_inbox_hands_out_what_came_in_the_order_in_which_it_came() {
    RequestTrace.Builder trace = RequestTrace.builder(3).hashBlockTokens(4);
    for (int i = 0; i < 60; i++) {
      trace.add(7L * i, i % 4 - 1, 1 + i % 5, 1 + i % 6, i % 7).prefixHashes(hashes(i));
    }
    RequestTrace all = trace.build();
    RequestCursor in = all.open();
    RequestCursor expected = all.open();
    Inbox inbox = new Inbox(3, 9);
    assertEquals(3, inbox.adapterCount());
    assertEquals(9, inbox.waitingCap());
    // Two come for each that leaves, so that it grows while it is turned.
    for (int i = 0; i < 60; i++) {
      inbox.add(in);
      in.advance();
      if (i % 2 == 1) {
        assertNext(expected, inbox);
      }
    }
    for (int left = 30; left > 0; left--) {
      assertEquals(left, inbox.size());
      assertNext(expected, inbox);
    }
    assertEquals(0, inbox.size());
    assertEquals(Inbox.NO_MORE, inbox.arrivalPicos());
    inbox.advance();
    assertEquals(0, inbox.size());
  }

  /** One for each four tokens of a prompt of 1 + i % 5. */
  private static long[] hashes(int i) {
    return i % 5 < 4 ? new long[] {100 + i} : new long[] {100 + i, 200 + i};
  }

  private static void assertNext(RequestCursor expected, Inbox inbox) {
    assertEquals(expected.arrivalPicos(), inbox.arrivalPicos());
    assertEquals(expected.adapter(), inbox.adapter());
    assertEquals(expected.inputTokens(), inbox.inputTokens());
    assertEquals(expected.outputTokens(), inbox.outputTokens());
    assertEquals(expected.priority(), inbox.priority());
    assertEquals(expected.hashedTokens(), inbox.hashedTokens());
    for (int t = 0; t < expected.hashedTokens(); t++) {
      assertEquals(expected.prefixHash(t), inbox.prefixHash(t));
    }
    expected.advance();
    inbox.advance();
  }
}
