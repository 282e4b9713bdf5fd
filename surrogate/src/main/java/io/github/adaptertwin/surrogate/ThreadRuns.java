package io.github.adaptertwin.surrogate;

import java.util.List;

/**
 * Does tasks on threads of this machine. Immutable and thread-safe.
 *
 * @param threads how many run at once, at least 1
 */
public record ThreadRuns(int threads) implements RunMap {
  /**
   * Checks the number of threads.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public ThreadRuns {
    if (threads < 1) {
      throw new IllegalArgumentException("threads are " + threads + ", must be at least 1");
    }
  }

  @Override
  public <R> void run(List<? extends RunTask<R>> tasks, Sink<R> sink) {
    Object oneAtATime = new Object();
    try (Workers workers = new Workers(threads)) {
      workers.forEach(
          tasks.size(),
          i -> {
            R result = tasks.get(i).run();
            synchronized (oneAtATime) {
              sink.done(i, result);
            }
          });
    }
  }
}
