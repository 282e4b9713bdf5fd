package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.report.RequestTotals;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Requests that come in answer to others. */
class ClosedLoopTest {
  /** Users who wait for an answer, think for a fixed time of their own and ask again. */
  private record Users(int users, int adapters, int longest, long think, int cap)
      implements RequestSource {
    private static final long serialVersionUID = 1L;

    @Override
    public RequestCursor open() {
      return new Asking();
    }

    @Override
    public int adapterCount() {
      return adapters;
    }

    @Override
    public int waitingCap() {
      return cap;
    }

    private record Turn(long arrival, int user) {}

    private final class Asking implements RequestCursor {
      private final PriorityQueue<Turn> turns =
          new PriorityQueue<>(
              (a, b) ->
                  a.arrival == b.arrival
                      ? Integer.compare(a.user, b.user)
                      : Long.compare(a.arrival, b.arrival));
      private final Map<Long, Integer> asked = new HashMap<>();
      private long next;

      Asking() {
        for (int u = 0; u < users; u++) {
          turns.add(new Turn(u / 3 * 7L, u));
        }
      }

      private int user() {
        return turns.element().user;
      }

      @Override
      public boolean isClosedLoop() {
        return true;
      }

      @Override
      public long arrivalPicos() {
        return turns.isEmpty() ? NO_MORE : turns.element().arrival;
      }

      @Override
      public int adapter() {
        return user() % (adapters + 1) - 1;
      }

      @Override
      public int inputTokens() {
        return 1 + user() * 7 % longest;
      }

      @Override
      public int outputTokens() {
        return 1 + user() * 5 % longest;
      }

      @Override
      public void advance() {
        if (!turns.isEmpty()) {
          asked.put(next++, turns.remove().user);
        }
      }

      @Override
      public void ended(long request, long picos) {
        int user = asked.remove(request);
        turns.add(new Turn(picos + think + user % 4, user));
      }
    }
  }

  private static RunOptions options(long horizonPicos) {
    return new RunOptions(horizonPicos, RunOptions.AtHorizon.CUT, ReportDetail.PERCENTILES);
  }

  @Test
  void a_user_asks_again_a_while_after_the_answer() {
    EngineConfig config = EngineConfig.builder().kvBlocks(10).maxModelLen(32).build();
    // One prefill step and no decode, since one token is asked for: 0..10, then 10 + 90 = 100..110.
    ReplicaReport report =
        Replica.of(config, UnitCosts.ofStep(10))
            .run(new Users(1, 0, 8, 90, Integer.MAX_VALUE), options(250));
    assertEquals(new RequestTotals(3, 0, 3, 0, 0, 0, 0), report.requests());
    assertEquals(3, report.engine().steps());
  }

  @Test
  void who_is_refused_asks_again_too() {
    EngineConfig config = EngineConfig.builder().kvBlocks(10).maxModelLen(32).maxNumSeqs(1).build();
    // Two users come at 0, one may wait. The other is refused at 0 and comes again at 0 + 30 + 1.
    ReplicaReport report =
        Replica.of(config, UnitCosts.ofStep(10))
            .run(new Users(2, 0, 1, 30, 1), options(35).withChecks(true));
    // User 0: 0..10, then due at 40. User 1: 31..41, which the horizon cuts.
    assertEquals(new RequestTotals(3, 0, 1, 1, 0, 1, 0), report.requests());
  }

  @Test
  void a_router_refuses_what_it_would_not_hear() {
    EngineConfig engine = EngineConfig.builder().kvBlocks(10).maxModelLen(32).build();
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                Cluster.of(List.of(engine, engine), UnitCosts.ofStep(10))
                    .run(
                        new Users(1, 0, 8, 90, 5),
                        RunOptions.ofSeconds(1),
                        new Router.LeastLoaded(),
                        Progress.NONE));
    assertTrue(e.getMessage().contains("Users"));
  }

  @Property
  void both_engines_agree_to_the_bit(@ForAll long seed) {
    EngineCase c = EngineCase.draw(seed, 2);
    int users = 1 + Math.floorMod(seed, 40);
    Users source =
        new Users(
            users,
            c.config().adapters().size(),
            c.config().maxModelLen() / 2 + 1,
            1 + Math.floorMod(seed >> 8, 3000),
            Math.floorMod(seed, 3) == 0 ? 2 : Integer.MAX_VALUE);
    RunOptions options = options(30_000).withChecks(Math.floorMod(seed, 2) == 0);
    Journal expected = new Journal();
    ReplicaReport reference =
        ReferenceReplica.of(c.config(), c.costs()).run(source, options, expected);
    Journal actual = new Journal();
    ReplicaReport report = Replica.of(c.config(), c.costs()).run(source, options, actual);
    assertEquals(expected.lines(), actual.lines());
    assertEquals(reference, report);
  }
}
