package io.github.adaptertwin.placement.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A service asks from many threads, loses patience, and listens carelessly. */
class ConcurrentPlacementTest {
  private static final int THREADS = 64;
  private static final GpuSpec GPU = Gpus.named("h100-80gb-sxm");

  private static Workload workload(int kind) {
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (int a = 0; a < 12 + kind; a++) {
      adapters.add(new AdapterTraffic(new LoraAdapter("a" + a, 8 << a % 2), 0.4 + 0.1 * kind));
    }
    return Workload.of("llama-3.1-8b-instruct", adapters, new FixedLengths(250, 130), 60);
  }

  private static PlacementOptions.Builder options() {
    return PlacementOptions.builder().oracle(PlacementOptions.Oracle.STEADY_STATE).threads(2);
  }

  private static String plan(int kind) {
    return Placer.with(options().build()).place(workload(kind), GPU).orElseThrow().toJson();
  }

  @Test
  void place_onSixtyFourThreadsAtOnce_givesTheAnswersOfOne() throws Exception {
    List<String> expected = List.of(plan(0), plan(1), plan(2), plan(3));
    CyclicBarrier together = new CyclicBarrier(THREADS);
    ExecutorService service = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<String>> answers = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        int kind = t % 4;
        answers.add(
            service.submit(
                () -> {
                  together.await();
                  return plan(kind);
                }));
      }
      for (int t = 0; t < THREADS; t++) {
        assertEquals(expected.get(t % 4), answers.get(t).get(5, TimeUnit.MINUTES));
      }
    } finally {
      service.shutdownNow();
    }
  }

  @Test
  void place_listenerThrows_throwsThatAndTheNextAnswerIsRight() {
    IllegalStateException careless = new IllegalStateException("listener");
    assertSame(
        careless,
        assertThrows(
            IllegalStateException.class,
            () ->
                Placer.with(
                        options()
                            .progress(
                                (stage, done, expected) -> {
                                  throw careless;
                                })
                            .build())
                    .place(workload(0), GPU)));
    assertEquals(plan(0), plan(0));
  }

  @Test
  void place_cancelledByTheListener_stops() {
    assertThrows(
        CancellationException.class,
        () ->
            Placer.with(
                    options()
                        .progress(
                            (stage, done, expected) -> {
                              throw new CancellationException("enough");
                            })
                        .build())
                .place(workload(0), GPU));
  }

  @Test
  void place_interruptedThread_isCancelledOrAnswersRight() {
    Thread.currentThread().interrupt();
    String answer;
    try {
      answer = plan(0);
    } catch (CancellationException e) {
      answer = null;
    }
    assertTrue(Thread.interrupted(), "the interrupt is not forgotten");
    String expected = plan(0);
    assertTrue(answer == null || answer.equals(expected), "a wrong plan after an interrupt");
  }

  @Test
  void place_manyTimes_leavesNoThreadBehind() throws InterruptedException {
    plan(0);
    int before = Thread.activeCount();
    for (int i = 0; i < 8; i++) {
      Placement again = Placer.with(options().build()).place(workload(1), GPU).orElseThrow();
      assertEquals(1, again.bound().gpus());
    }
    for (int wait = 0; wait < 100 && Thread.activeCount() > before; wait++) {
      Thread.sleep(20);
    }
    assertTrue(Thread.activeCount() <= before, () -> "threads: " + Thread.activeCount());
  }
}
