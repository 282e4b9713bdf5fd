package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelRunsTest {
  /** A run of so many requests. */
  private static ReplicaReport run(int requests) {
    RequestTrace.Builder trace = RequestTrace.builder(0);
    for (int i = 0; i < requests; i++) {
      trace.add(i, -1, 1, 1);
    }
    return Replica.of(EngineConfig.builder().kvBlocks(200).build(), UnitCosts.ofStep(1))
        .run(trace.build(), RunOptions.ofSeconds(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 9})
  void reports_come_in_order_and_progress_counts_up_to_the_last(int threads) {
    List<String> told = new ArrayList<>();
    List<ReplicaReport> reports =
        ParallelRuns.run(
            3,
            threads,
            ParallelRunsTest::run,
            "things",
            (stage, done, expected) -> told.add(stage + " " + done + " of " + expected));
    assertEquals(List.of(0L, 1L, 2L), reports.stream().map(r -> r.requests().arrived()).toList());
    assertEquals(List.of("things 1 of 3", "things 2 of 3", "things 3 of 3"), told);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void the_failure_of_a_run_is_thrown_as_it_is(int threads) {
    IllegalStateException failure = new IllegalStateException("a run failed");
    Exception e =
        assertThrows(
            IllegalStateException.class,
            () ->
                ParallelRuns.run(
                    2,
                    threads,
                    i -> {
                      throw failure;
                    },
                    "things",
                    Progress.NONE));
    assertSame(failure, e);
  }

  /** Ends only when it is given up. */
  private static ReplicaReport endless() {
    try {
      new CountDownLatch(1).await();
      throw new IllegalStateException("nobody counts down");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void an_interrupt_cancels_and_is_kept() {
    Thread.currentThread().interrupt();
    Exception e =
        assertThrows(
            CancellationException.class,
            () -> ParallelRuns.run(2, 2, i -> endless(), "things", Progress.NONE));
    assertEquals("interrupted after some of 2 things", e.getMessage());
    assertTrue(Thread.interrupted(), "and nothing is left of it for other tests");
  }
}
