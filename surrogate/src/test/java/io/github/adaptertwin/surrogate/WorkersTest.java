package io.github.adaptertwin.surrogate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.progress.Progress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkersTest {
  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void one_thread_is_the_callers_and_goes_in_order() {
    List<Integer> order = new ArrayList<>();
    Thread caller = Thread.currentThread();
    try (Workers one = new Workers(1)) {
      assertEquals(1, one.threads());
      one.forEach(
          4,
          i -> {
            assertSame(caller, Thread.currentThread());
            order.add(i);
          });
    }
    assertEquals(List.of(0, 1, 2, 3), order);
  }

  @Test
  void a_single_piece_is_done_by_the_caller() {
    AtomicReference<Thread> by = new AtomicReference<>();
    try (Workers four = new Workers(4)) {
      assertEquals(4, four.threads());
      four.forEach(1, i -> by.set(Thread.currentThread()));
    }
    assertSame(Thread.currentThread(), by.get());
  }

  /** Three pieces that wait for each other need three threads, the caller's among them. */
  @Test
  void as_many_pieces_go_side_by_side_as_there_are_threads() {
    CountDownLatch all = new CountDownLatch(3);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    try (Workers three = new Workers(3)) {
      three.forEach(
          3,
          i -> {
            threads.add(Thread.currentThread());
            all.countDown();
            await(all);
          });
    }
    assertEquals(3, threads.size());
    assertTrue(threads.contains(Thread.currentThread()));
    threads.remove(Thread.currentThread());
    for (Thread other : threads) {
      assertTrue(other.isDaemon());
      assertEquals("adaptertwin-worker", other.getName());
    }
  }

  @Test
  void no_piece_is_begun_behind_a_failure() {
    AtomicInteger begun = new AtomicInteger();
    try (Workers two = new Workers(2)) {
      AssertionError failure =
          assertThrows(
              AssertionError.class,
              () ->
                  two.forEach(
                      10_000,
                      i -> {
                        begun.incrementAndGet();
                        throw new AssertionError("piece");
                      }));
      assertEquals("piece", failure.getMessage());
    }
    assertTrue(begun.get() <= 2, begun.get() + " pieces were begun");
  }

  /** The failure of another thread reaches the caller, too. */
  @Test
  void a_failure_elsewhere_is_thrown_to_the_caller() {
    CountDownLatch failed = new CountDownLatch(1);
    Thread caller = Thread.currentThread();
    try (Workers two = new Workers(2)) {
      IllegalStateException failure =
          assertThrows(
              IllegalStateException.class,
              () ->
                  two.forEach(
                      2,
                      i -> {
                        if (Thread.currentThread().equals(caller)) {
                          await(failed);
                        } else {
                          failed.countDown();
                          throw new IllegalStateException("elsewhere");
                        }
                      }));
      assertEquals("elsewhere", failure.getMessage());
    }
  }

  @Test
  void an_interrupted_caller_does_not_wait_for_the_others() {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    Thread caller = Thread.currentThread();
    try (Workers two = new Workers(2)) {
      CancellationException cancelled =
          assertThrows(
              CancellationException.class,
              () ->
                  two.forEach(
                      2,
                      i -> {
                        if (Thread.currentThread().equals(caller)) {
                          await(begun);
                          caller.interrupt();
                        } else {
                          begun.countDown();
                          await(over);
                        }
                      }));
      assertEquals("interrupted among 2 pieces of work", cancelled.getMessage());
      assertTrue(Thread.interrupted(), "the interrupt is not forgotten");
    } finally {
      over.countDown();
    }
  }

  @Test
  void closing_ends_what_others_still_do() throws InterruptedException {
    AtomicReference<Thread> other = new AtomicReference<>();
    try (Workers two = new Workers(2)) {
      CountDownLatch both = new CountDownLatch(2);
      two.forEach(
          2,
          i -> {
            both.countDown();
            await(both);
            if (Thread.currentThread().getName().equals("adaptertwin-worker")) {
              other.set(Thread.currentThread());
            }
          });
    }
    Thread worker = other.get();
    worker.join(10_000);
    assertTrue(!worker.isAlive(), "the thread has ended");
  }

  @Test
  void fewer_threads_than_one_are_refused() {
    for (int threads : new int[] {0, -1}) {
      String message = "threads are " + threads + ", must be at least 1";
      assertEquals(
          message,
          assertThrows(IllegalArgumentException.class, () -> new Workers(threads)).getMessage());
      assertEquals(
          message,
          assertThrows(IllegalArgumentException.class, () -> new ThreadRuns(threads)).getMessage());
    }
  }

  private record Square(int of) implements RunTask<Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public Integer run() {
      return of * of;
    }
  }

  /** Results come in whatever order, and are told one at a time and listed in order. */
  @Test
  void runs_are_mapped_in_order_and_counted_one_by_one() {
    List<Square> tasks = IntStream.range(0, 50).mapToObj(Square::new).toList();
    for (int threads : new int[] {1, 4}) {
      List<Long> counts = new ArrayList<>();
      List<Integer> squares =
          new ThreadRuns(threads)
              .map(
                  tasks,
                  "squares",
                  (stage, done, expected) -> {
                    assertEquals("squares", stage);
                    assertEquals(50, expected);
                    counts.add(done);
                  });
      assertEquals(tasks.stream().map(Square::run).toList(), squares);
      assertEquals(IntStream.rangeClosed(1, 50).mapToObj(i -> (long) i).toList(), counts);
      assertThrows(UnsupportedOperationException.class, () -> Collections.sort(squares));
    }
    assertEquals(List.of(), new ThreadRuns(2).map(List.<Square>of(), "none", Progress.NONE));
  }
}
