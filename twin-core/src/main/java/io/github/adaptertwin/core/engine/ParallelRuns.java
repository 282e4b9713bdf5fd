package io.github.adaptertwin.core.engine;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.ReplicaReport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/** Independent runs side by side; the result does not depend on the number of threads. */
final class ParallelRuns {
  private ParallelRuns() {}

  /**
   * Runs all and hands the reports over in order. If one fails, or the listener cancels, the others
   * are given up and the failure is thrown; an interrupt cancels, too.
   */
  static ImmutableList<ReplicaReport> run(
      int count, int threads, IntFunction<ReplicaReport> run, String stage, Progress progress) {
    ImmutableList.Builder<ReplicaReport> reports = ImmutableList.builder();
    if (threads == 1 || count == 1) {
      for (int i = 0; i < count; i++) {
        reports.add(run.apply(i));
        progress.done(stage, i + 1L, count);
      }
      return reports.build();
    }
    ExecutorService workers = Executors.newFixedThreadPool(Math.min(threads, count));
    try {
      List<Future<ReplicaReport>> pending = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int index = i;
        pending.add(workers.submit(() -> run.apply(index)));
      }
      for (int i = 0; i < count; i++) {
        reports.add(pending.get(i).get());
        progress.done(stage, i + 1L, count);
      }
      return reports.build();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause != null) {
        Throwables.throwIfUnchecked(cause);
      }
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted after some of " + count + " " + stage);
    } finally {
      workers.shutdownNow();
    }
  }
}
