package io.github.adaptertwin.core.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class EventCalendarTest {
  @Test
  void events_come_by_time_then_priority_then_sequence() {
    EventCalendar calendar = new EventCalendar(1);
    calendar.post(20, 0, 1);
    calendar.post(10, 1, 2);
    calendar.post(10, 0, 3);
    calendar.post(10, 1, 4);
    List<Long> order = new ArrayList<>();
    while (!calendar.isEmpty()) {
      order.add(calendar.poll());
    }
    assertEquals(List.of(3L, 2L, 4L, 1L), order);
  }

  @Test
  void an_empty_calendar_says_never_and_refuses_to_poll() {
    EventCalendar calendar = new EventCalendar();
    assertEquals(EventCalendar.NEVER, calendar.nextTimePicos());
    assertThrows(IllegalStateException.class, calendar::poll);
    assertThrows(IllegalStateException.class, calendar::nextPayload);
  }

  @Test
  void a_ticket_cancels_its_event_once_and_no_later_event_in_the_same_place() {
    EventCalendar calendar = new EventCalendar();
    EventCalendar.Ticket ticket = calendar.schedule(5, 0, 7);
    assertTrue(calendar.cancel(ticket));
    assertFalse(calendar.cancel(ticket));
    calendar.post(6, 0, 8);
    assertFalse(calendar.cancel(ticket));
    assertEquals(1, calendar.size());
    assertEquals(8, calendar.nextPayload());
  }

  @Test
  void bad_times_and_capacities_are_refused_with_the_value() {
    EventCalendar calendar = new EventCalendar();
    Exception time =
        assertThrows(IllegalArgumentException.class, () -> calendar.schedule(-1, 0, 0));
    assertTrue(time.getMessage().contains("-1 ps"));
    Exception capacity = assertThrows(IllegalArgumentException.class, () -> new EventCalendar(0));
    assertTrue(capacity.getMessage().contains("capacity is 0"));
  }

  /** What a run does to a calendar: schedule (0, 1), poll (2) or cancel an earlier event (3). */
  record Operation(int kind, long time, int priority, int earlier) {}

  private record Entry(long time, int priority, long sequence) {}

  @Provide
  Arbitrary<List<Operation>> operations() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 3),
            Arbitraries.longs().between(0, 12),
            Arbitraries.integers().between(-1, 1),
            Arbitraries.integers().between(0, 400))
        .as(Operation::new)
        .list()
        .ofMaxSize(400);
  }

  @Property
  void any_run_of_operations_agrees_with_a_sorted_list(
      @ForAll("operations") List<Operation> operations) {
    EventCalendar calendar = new EventCalendar(1);
    List<Entry> sorted = new ArrayList<>();
    List<EventCalendar.Ticket> tickets = new ArrayList<>();
    List<Entry> entries = new ArrayList<>();
    Comparator<Entry> order =
        Comparator.comparingLong(Entry::time)
            .thenComparingInt(Entry::priority)
            .thenComparingLong(Entry::sequence);
    for (Operation operation : operations) {
      if (operation.kind <= 1) {
        Entry entry = new Entry(operation.time, operation.priority, entries.size());
        tickets.add(calendar.schedule(entry.time, entry.priority, entry.sequence));
        entries.add(entry);
        sorted.add(entry);
        sorted.sort(order);
      } else if (operation.kind == 2) {
        if (!sorted.isEmpty()) {
          assertEquals(sorted.remove(0).sequence, calendar.poll());
        }
      } else if (!entries.isEmpty()) {
        int which = operation.earlier % entries.size();
        assertEquals(sorted.remove(entries.get(which)), calendar.cancel(tickets.get(which)));
      }
      assertEquals(sorted.size(), calendar.size());
      assertEquals(
          sorted.isEmpty() ? EventCalendar.NEVER : sorted.get(0).time, calendar.nextTimePicos());
    }
  }

  @Test
  void clearing_starts_anew() {
    EventCalendar calendar = new EventCalendar();
    calendar.post(1, 0, 1);
    calendar.clear();
    assertTrue(calendar.isEmpty());
    assertEquals(0, calendar.schedule(2, 0, 2).sequence());
  }
}
