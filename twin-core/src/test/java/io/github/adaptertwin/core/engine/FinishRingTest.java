package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The ring of finish steps against a list of them. */
class FinishRingTest {
  private final RequestTable table = new RequestTable();
  private final FinishRing ring = new FinishRing(table);

  private Request add(long finishStep) {
    Request request = table.take(0, 0, 0, 0, 0);
    request.finishStep = finishStep;
    ring.add(request);
    return request;
  }

  private List<Integer> takeDue(long step) {
    List<Integer> rows = new ArrayList<>();
    int count = ring.takeDue(step);
    for (int i = 0; i < count; i++) {
      rows.add(ring.due(i, count));
    }
    return rows;
  }

  @Test
  void a_request_sits_in_its_bucket_for_several_turns() {
    ring.clear();
    Request later = add(10 + FinishRing.BUCKETS);
    Request now = add(10);
    Request latest = add(10 + 2 * FinishRing.BUCKETS);
    Request too = add(10);
    assertEquals(10, ring.stepsUntilNext(0));
    assertEquals(List.of(now.row, too.row), takeDue(10));
    assertEquals(FinishRing.BUCKETS - 1, ring.stepsUntilNext(11));
    assertEquals(List.of(later.row), takeDue(10 + FinishRing.BUCKETS));
    assertEquals(List.of(latest.row), takeDue(10 + 2 * FinishRing.BUCKETS));
    assertEquals(FinishRing.BUCKETS, ring.stepsUntilNext(11), "nobody finishes");
  }

  @Test
  void a_cleared_ring_is_empty() {
    ring.clear();
    add(70);
    ring.clear();
    assertEquals(FinishRing.BUCKETS, ring.stepsUntilNext(0));
    assertEquals(List.of(), takeDue(70));
  }

  @Property
  void requests_come_out_in_their_step_in_the_order_in_which_they_went_in(@ForAll long seed) {
    RandomStream random = new RandomStreams(seed).stream("finish", 0);
    ring.clear();
    List<Request> inside = new ArrayList<>();
    int reach = 1 << random.nextInt(15);
    long step = random.nextInt(100_000);
    for (int i = 0; i < 300; i++) {
      int what = random.nextInt(3);
      if (what == 0 || inside.size() < 3) {
        inside.add(add(step + random.nextInt(reach)));
      } else if (what == 1) {
        Request leaves = inside.remove(random.nextInt(inside.size()));
        ring.remove(leaves);
        table.free(leaves);
      } else {
        long now = step;
        List<Request> due = inside.stream().filter(r -> r.finishStep == now).toList();
        assertEquals(due.stream().map(r -> r.row).toList(), takeDue(now));
        inside.removeAll(due);
        due.forEach(table::free);
        step++;
      }
      long next = step;
      long expected =
          inside.stream()
              .mapToLong(r -> Math.floorMod(r.finishStep - next, (long) FinishRing.BUCKETS))
              .min()
              .orElse(FinishRing.BUCKETS);
      assertEquals(expected, ring.stepsUntilNext(next));
      // The engine never goes beyond a bucket in use.
      step += random.nextInt(4) == 0 ? random.nextInt((int) Math.min(expected, 500) + 1) : 0;
    }
  }
}
