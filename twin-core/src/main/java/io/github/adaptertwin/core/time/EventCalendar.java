package io.github.adaptertwin.core.time;

import java.util.Arrays;

/**
 * Pending events in a total order: by time, then by priority (smaller first), then by sequence of
 * scheduling. Two runs that schedule the same events therefore see them in the same order, ties
 * included. Scheduling, polling and cancelling take O(log n) and allocate nothing once the calendar
 * has grown to its working size. Not thread-safe.
 */
public final class EventCalendar {
  /** {@link #nextTimePicos()} of an empty calendar. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final int ARITY = 4;

  // A 4-ary heap of slots; a slot keeps one event's fields until it is polled or cancelled.
  private int size;
  private int[] heap;
  private int[] heapPosition;
  private long[] timePicos;
  private int[] priority;
  private long[] sequence;
  private long[] payload;
  private int[] freeSlots;
  private int freeCount;
  private long nextSequence;

  /** Makes an empty calendar. */
  public EventCalendar() {
    this(64);
  }

  /**
   * Makes an empty calendar.
   *
   * @param capacity events that it can hold before it grows, at least 1
   */
  public EventCalendar(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity is " + capacity + ", must be at least 1");
    }
    heap = new int[capacity];
    heapPosition = new int[capacity];
    timePicos = new long[capacity];
    priority = new int[capacity];
    sequence = new long[capacity];
    payload = new long[capacity];
    freeSlots = new int[capacity];
    clear();
  }

  /** Removes all events and starts the sequence anew. */
  public void clear() {
    size = 0;
    nextSequence = 0;
    int capacity = heap.length;
    freeCount = capacity;
    for (int i = 0; i < capacity; i++) {
      freeSlots[i] = capacity - 1 - i;
      sequence[i] = -1;
    }
  }

  /** {@return number of pending events} */
  public int size() {
    return size;
  }

  /** {@return whether no event is pending} */
  public boolean isEmpty() {
    return size == 0;
  }

  /** {@return time of the first event, or {@link #NEVER}} */
  public long nextTimePicos() {
    return size == 0 ? NEVER : timePicos[heap[0]];
  }

  /**
   * {@return payload of the first event}
   *
   * @throws IllegalStateException if the calendar is empty
   */
  public long nextPayload() {
    requireEvent();
    return payload[heap[0]];
  }

  /**
   * Adds an event.
   *
   * @param time when, in picoseconds, at least 0
   * @param order among events of the same time: smaller comes first
   * @param what anything that the caller needs to know again
   * @return a ticket for {@link #cancel}, unique in this calendar until {@link #clear}
   */
  public Ticket schedule(long time, int order, long what) {
    return new Ticket(add(time, order, what), nextSequence - 1);
  }

  /**
   * Adds an event that will not be cancelled; unlike {@link #schedule} it allocates nothing.
   *
   * @param time when, in picoseconds, at least 0
   * @param order among events of the same time: smaller comes first
   * @param what anything that the caller needs to know again
   */
  public void post(long time, int order, long what) {
    add(time, order, what);
  }

  private int add(long time, int order, long what) {
    if (time < 0) {
      throw new IllegalArgumentException("time is " + time + " ps, must be at least 0");
    }
    if (freeCount == 0) {
      grow();
    }
    int slot = freeSlots[--freeCount];
    timePicos[slot] = time;
    priority[slot] = order;
    sequence[slot] = nextSequence++;
    payload[slot] = what;
    siftUp(size++, slot);
    return slot;
  }

  /**
   * Removes the first event.
   *
   * @return its payload
   * @throws IllegalStateException if the calendar is empty
   */
  public long poll() {
    requireEvent();
    int slot = heap[0];
    long what = payload[slot];
    removeAt(0);
    release(slot);
    return what;
  }

  /**
   * Removes an event before its time.
   *
   * @param ticket what {@link #schedule} gave
   * @return whether the event was still pending
   */
  public boolean cancel(Ticket ticket) {
    int slot = ticket.slot();
    if (slot >= sequence.length || sequence[slot] != ticket.sequence()) {
      return false;
    }
    removeAt(heapPosition[slot]);
    release(slot);
    return true;
  }

  /**
   * Names a scheduled event.
   *
   * @param slot where the calendar keeps it
   * @param sequence how many events were scheduled before it
   */
  public record Ticket(int slot, long sequence) {}

  private void requireEvent() {
    if (size == 0) {
      throw new IllegalStateException("the calendar has no event; ask isEmpty() first");
    }
  }

  private void release(int slot) {
    sequence[slot] = -1;
    freeSlots[freeCount++] = slot;
  }

  private void removeAt(int position) {
    int last = heap[--size];
    if (position == size) {
      return;
    }
    siftDown(position, last);
    if (heap[position] == last) {
      siftUp(position, last);
    }
  }

  private boolean before(int a, int b) {
    long timeA = timePicos[a];
    long timeB = timePicos[b];
    if (timeA != timeB) {
      return timeA < timeB;
    }
    int priorityA = priority[a];
    int priorityB = priority[b];
    return priorityA != priorityB ? priorityA < priorityB : sequence[a] < sequence[b];
  }

  private void siftUp(int start, int slot) {
    int position = start;
    while (position > 0) {
      int parent = (position - 1) / ARITY;
      int other = heap[parent];
      if (!before(slot, other)) {
        break;
      }
      heap[position] = other;
      heapPosition[other] = position;
      position = parent;
    }
    heap[position] = slot;
    heapPosition[slot] = position;
  }

  private void siftDown(int start, int slot) {
    int position = start;
    while (true) {
      int child = position * ARITY + 1;
      if (child >= size) {
        break;
      }
      int end = Math.min(child + ARITY, size);
      int least = heap[child];
      int leastPosition = child;
      for (int c = child + 1; c < end; c++) {
        if (before(heap[c], least)) {
          least = heap[c];
          leastPosition = c;
        }
      }
      if (!before(least, slot)) {
        break;
      }
      heap[position] = least;
      heapPosition[least] = position;
      position = leastPosition;
    }
    heap[position] = slot;
    heapPosition[slot] = position;
  }

  private void grow() {
    int old = heap.length;
    int capacity = Math.multiplyExact(old, 2);
    heap = Arrays.copyOf(heap, capacity);
    heapPosition = Arrays.copyOf(heapPosition, capacity);
    timePicos = Arrays.copyOf(timePicos, capacity);
    priority = Arrays.copyOf(priority, capacity);
    sequence = Arrays.copyOf(sequence, capacity);
    payload = Arrays.copyOf(payload, capacity);
    freeSlots = new int[capacity];
    for (int slot = capacity - 1; slot >= old; slot--) {
      sequence[slot] = -1;
      freeSlots[freeCount++] = slot;
    }
  }
}
