package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.RequestTotals;
import io.github.adaptertwin.core.report.TimeSplit;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.request.RequestTrace;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ReplicaTest {
  @Property
  void every_request_ends_in_one_state_and_every_moment_in_one_use(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 80) int requests) {
    EngineCase c = EngineCase.draw(seed, requests);
    ReplicaReport report = Replica.of(c.config(), c.costs()).run(c.trace(), c.options());
    RequestTotals r = report.requests();
    assertEquals(
        r.arrived() + r.carriedOver(),
        r.completed() + r.running() + r.waiting() + r.dropped() + r.rejected());
    TimeSplit t = report.time();
    assertEquals(
        report.durationSeconds(),
        t.compute() + t.loading() + t.scheduling() + t.idle(),
        1e-9 * report.durationSeconds());
    assertTrue(report.kvUse().max() <= 1);
    // Nothing is left to count where the last step of the warm-up ends the run.
    assertTrue(
        report.durationSeconds() == 0
            ? Double.isNaN(report.kvUse().mean())
            : report.kvUse().mean() > 0);
    assertTrue(report.running().max() <= c.config().maxNumSeqs());
    assertTrue(report.distinctAdapters().max() <= c.config().maxLoras());
    if (c.options().warmUpPicos() == 0) {
      assertEquals(0, r.carriedOver());
      assertTrue(report.tokens().completedOutput() <= report.tokens().generated());
    }
    assertEquals(r.arrived(), report.adapters().stream().mapToLong(a -> a.arrived()).sum());
    assertEquals(
        report.tokens().completed(),
        report.adapters().stream().mapToLong(a -> a.completedTokens()).sum());
    if (c.options().atHorizon() == RunOptions.AtHorizon.DRAIN) {
      assertEquals(0, r.running() + r.waiting());
    }
  }

  @Test
  void a_run_that_ends_with_its_warm_up_tells_nothing() {
    every_request_ends_in_one_state_and_every_moment_in_one_use(-502, 8);
  }

  @Property
  void a_replica_that_ran_before_runs_like_a_new_one(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int requests) {
    EngineCase c = EngineCase.draw(seed, requests);
    EngineCase other = EngineCase.draw(seed + 1, requests);
    Replica used = Replica.of(c.config(), c.costs());
    RequestTrace.Builder plain = RequestTrace.builder(0);
    for (int i = 0; i < other.trace().size(); i++) {
      plain.add(other.trace().arrivalPicos(i), -1, 1 + i % 7, 1 + i % 5);
    }
    used.run(plain.build(), other.options());
    ReplicaReport fresh = Replica.of(c.config(), c.costs()).run(c.trace(), c.options());
    assertEquals(fresh, used.run(c.trace(), c.options()), "behind other requests");
    assertEquals(fresh, used.run(c.trace(), c.options()), "behind the same");
  }

  @Test
  void an_adapter_whose_many_requests_wait_for_hours_keeps_its_mean() {
    // Twice the load that the engine can bear for a day: 3.7e10 seconds of waiting in all.
    RequestTrace.Builder trace = RequestTrace.builder(0);
    for (int i = 0; i < 864_000; i++) {
      trace.add(i * 100_000_000_000L, -1, 1, 1);
    }
    ReplicaReport report =
        Replica.of(
                EngineConfig.builder().kvBlocks(1000).maxNumSeqs(1).build(),
                UnitCosts.ofStep(200_000_000_000L))
            .run(
                trace.build(),
                RunOptions.ofSeconds(86_400).withAtHorizon(RunOptions.AtHorizon.DRAIN));
    double mean = report.ttft().mean();
    assertTrue(mean > 43_000);
    assertEquals(mean, report.adapters().get(0).meanTtftSeconds(), 1e-9 * mean);
  }

  /** The first case from seed 2026 on in which everything happens. */
  @Test
  void a_whole_report_is_pinned() {
    for (long seed = 2026; ; seed++) {
      EngineCase c = EngineCase.draw(seed, 400);
      ReplicaReport report = Replica.of(c.config(), c.costs()).run(c.trace(), c.options());
      if (c.config().schedulingPolicy() == SchedulingPolicy.FCFS
          && report.engine().preemptions() > 10
          && report.engine().diskLoads() > 10
          && report.requests().dropped() > 0
          && !Double.isNaN(report.itl().p99())) {
        assertEquals(
            "da9a5414f4115c0456b9f7797c6d3e0673b2f99795f07a5d0cf327f0792c2c10",
            report.digest(),
            report.toJson());
        return;
      }
    }
  }

  @Test
  void a_checked_run_says_what_broke() {
    RequestSource backwards =
        new RequestSource() {
          private static final long serialVersionUID = 1L;

          @Override
          public RequestCursor open() {
            return new RequestCursor() {
              private int next;

              @Override
              public long arrivalPicos() {
                return next < 5 ? 1000 - 100L * next : NO_MORE;
              }

              @Override
              public int adapter() {
                return BASE_MODEL;
              }

              @Override
              public int inputTokens() {
                return 1;
              }

              @Override
              public int outputTokens() {
                return 1;
              }

              @Override
              public void advance() {
                next++;
              }
            };
          }

          @Override
          public int adapterCount() {
            return 0;
          }
        };
    Replica replica =
        Replica.of(EngineConfig.builder().kvBlocks(1000).build(), UnitCosts.ofStep(1));
    RunOptions options = RunOptions.ofSeconds(1);
    assertEquals(5, replica.run(backwards, options).requests().completed());
    Exception e =
        assertThrows(
            IllegalStateException.class, () -> replica.run(backwards, options.withChecks(true)));
    assertTrue(e.getMessage().contains("arrivals run back at request 1: 900 against 1000"));
  }

  @Test
  void a_checked_run_says_when_time_runs_back() {
    Replica replica =
        Replica.of(EngineConfig.builder().kvBlocks(1000).build(), UnitCosts.ofStep(-5));
    RequestTrace trace = RequestTrace.builder(0).add(0, -1, 1, 1).build();
    Exception e =
        assertThrows(
            IllegalStateException.class,
            () -> replica.run(trace, RunOptions.ofSeconds(1).withChecks(true)));
    assertEquals(
        "invariant broken in step 1 at -5 ps: time runs back: -5 against 0", e.getMessage());
  }

  /** One request of a priority. */
  private record Urgent(int priority) implements RequestSource {
    private static final long serialVersionUID = 1L;

    @Override
    public int adapterCount() {
      return 0;
    }

    @Override
    public RequestCursor open() {
      return new RequestCursor() {
        private boolean gone;

        @Override
        public long arrivalPicos() {
          return gone ? NO_MORE : 0;
        }

        @Override
        public int adapter() {
          return BASE_MODEL;
        }

        @Override
        public int inputTokens() {
          return 1;
        }

        @Override
        public int outputTokens() {
          return 1;
        }

        @Override
        public int priority() {
          return priority;
        }

        @Override
        public void advance() {
          gone = true;
        }
      };
    }
  }

  @Test
  void a_priority_that_is_no_class_is_refused_where_priorities_rule() {
    EngineConfig.Builder engine = EngineConfig.builder().kvBlocks(1000);
    RunOptions options = RunOptions.ofSeconds(1);
    UnitCosts costs = UnitCosts.ofStep(1);
    Replica fcfs = Replica.of(engine.build(), costs);
    Replica byPriority =
        Replica.of(engine.schedulingPolicy(SchedulingPolicy.PRIORITY).build(), costs);
    for (int priority : new int[] {-1, 64}) {
      assertEquals(1, fcfs.run(new Urgent(priority), options).requests().completed());
      Exception e =
          assertThrows(
              IllegalArgumentException.class, () -> byPriority.run(new Urgent(priority), options));
      assertEquals("request 0 has priority " + priority + ", must be in [0, 63]", e.getMessage());
    }
    assertEquals(1, byPriority.run(new Urgent(0), options).requests().completed());
    assertEquals(1, byPriority.run(new Urgent(63), options).requests().completed());
  }
}
