package io.github.adaptertwin.surrogate;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.progress.Progress;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Does many {@linkplain RunTask tasks}, on threads ({@link ThreadRuns}) or on many machines ({@code
 * surrogate.spark}): the same tasks give the same results wherever they run.
 */
public interface RunMap {
  /**
   * Hears of results as they come in, one call at a time.
   *
   * @param <R> type of the results
   */
  @FunctionalInterface
  interface Sink<R> {
    /**
     * A task is done.
     *
     * @param task its index
     * @param result its result
     */
    void done(int task, R result);
  }

  /**
   * Does all tasks and hands each result over when it is there, in whatever order.
   *
   * @param <R> type of the results
   * @param tasks the tasks
   * @param sink hears of each result; an exception that it throws ends the work
   */
  <R> void run(List<? extends RunTask<R>> tasks, Sink<R> sink);

  /**
   * Does all tasks.
   *
   * @param <R> type of the results
   * @param tasks the tasks
   * @param stage what is being done, for the progress
   * @param progress hears of each task that is done
   * @return the results in the order of the tasks; unmodifiable
   */
  default <R> List<R> map(List<? extends RunTask<R>> tasks, String stage, Progress progress) {
    @Nullable Object[] results = new Object[tasks.size()];
    long[] done = {0};
    run(
        tasks,
        (task, result) -> {
          results[task] = result;
          progress.done(stage, ++done[0], results.length);
        });
    @SuppressWarnings("unchecked") // Only results of type R were put in.
    List<R> list = (List<R>) ImmutableList.copyOf(Arrays.asList(results));
    return list;
  }
}
