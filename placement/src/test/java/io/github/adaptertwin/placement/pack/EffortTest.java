package io.github.adaptertwin.placement.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EffortTest {
  @Test
  void candidates_and_moves_are_bounded_each_by_its_own_number() {
    AtomicInteger heard = new AtomicInteger();
    Effort effort = new Effort(2, 3, heard::incrementAndGet);
    effort.assess();
    assertTrue(effort.mayAssess(), "one of two");
    assertFalse(effort.spent());
    effort.assess();
    assertFalse(effort.mayAssess(), "two of two");
    assertTrue(effort.mayMove(), "moves are left");
    assertTrue(effort.spent(), "of what is left nothing can be judged");
    assertEquals(2, effort.assessments());
    assertEquals(2, heard.get());
    for (int move = 0; move < 3; move++) {
      assertTrue(effort.mayMove(), move + " of 3");
      effort.move();
    }
    assertFalse(effort.mayMove());
    assertEquals(3, effort.moves());
    assertEquals(2, heard.get(), "moves are not told");
  }

  @Test
  void spent_moves_alone_are_told_as_spent() {
    Effort effort = new Effort(2, 0, () -> {});
    assertTrue(effort.mayAssess());
    assertTrue(effort.spent());
  }

  @Test
  void a_poll_is_heard_and_costs_nothing() {
    AtomicInteger heard = new AtomicInteger();
    Effort effort = new Effort(1, 1, heard::incrementAndGet);
    effort.poll();
    effort.poll();
    assertEquals(2, heard.get());
    assertEquals(0, effort.assessments());
    assertFalse(effort.spent());
  }

  @Test
  void an_end_leaves_nothing() {
    Effort effort = new Effort(9, 9, () -> {});
    effort.end();
    assertFalse(effort.mayAssess());
    assertFalse(effort.mayMove());
    assertTrue(effort.spent());
  }

  @Test
  void a_listener_may_cancel() {
    Effort effort =
        new Effort(
            9,
            9,
            () -> {
              throw new CancellationException();
            });
    assertThrows(CancellationException.class, effort::assess);
    assertThrows(CancellationException.class, effort::poll);
  }
}
