package io.github.adaptertwin.surrogate;

import com.google.common.base.Throwables;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Threads that share out numbered pieces of work. Which thread does which piece is left to chance,
 * so a piece must write only what belongs to its number; then results do not depend on the number
 * of threads. The caller works along, and with one thread nothing else is started. Used by one
 * thread at a time; closing ends the threads.
 */
public final class Workers implements AutoCloseable {
  private final int threads;
  private final ExecutorService others;

  /**
   * Starts the threads.
   *
   * @param threads how many work at once, the caller included, at least 1
   * @throws IllegalArgumentException if the number is below 1
   */
  public Workers(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads are " + threads + ", must be at least 1");
    }
    this.threads = threads;
    others =
        Executors.newFixedThreadPool(
            Math.max(1, threads - 1),
            work -> {
              Thread thread = new Thread(work, "adaptertwin-worker");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** {@return how many threads work at once} */
  public int threads() {
    return threads;
  }

  /**
   * Does pieces 0 to count - 1 and returns when all are done. After the first failure no further
   * piece is begun, and the failure is thrown.
   *
   * @param count number of pieces, at least 0
   * @param piece does one piece
   * @throws CancellationException if the calling thread is interrupted
   */
  public void forEach(int count, IntConsumer piece) {
    if (threads == 1 || count <= 1) {
      for (int i = 0; i < count; i++) {
        piece.accept(i);
      }
      return;
    }
    AtomicInteger next = new AtomicInteger();
    Runnable share =
        () -> {
          try {
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
              piece.accept(i);
            }
          } catch (RuntimeException | Error e) {
            next.set(count);
            throw e;
          }
        };
    List<Future<?>> pending = new ArrayList<>();
    for (int t = 1; t < Math.min(threads, count); t++) {
      pending.add(others.submit(share));
    }
    Throwable failure = null;
    try {
      share.run();
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    for (Future<?> future : pending) {
      try {
        future.get();
      } catch (ExecutionException e) {
        failure = failure == null ? e.getCause() : failure;
      } catch (InterruptedException e) {
        next.set(count);
        Thread.currentThread().interrupt();
        throw new CancellationException("interrupted among " + count + " pieces of work");
      }
    }
    if (failure != null) {
      Throwables.throwIfUnchecked(failure);
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void close() {
    others.shutdownNow();
  }
}
