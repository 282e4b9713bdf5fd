package io.github.adaptertwin.core.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The waiting queue, cut by adapter and priority class, so that the first request that the
 * scheduler may admit is found without walking past the ones that it may not.
 *
 * <p>A place in the queue is a (class, order) pair; the order of a new request is its number in the
 * source. Requests of one adapter and class are admitted in that order, so each such list is
 * entered at its tail by arrivals and at its head by preempted requests, which came before everyone
 * who still waits in it. The heads of the adapters play in two tournaments: adapters with running
 * requests (and the base model), which never want for a slot, and the others. Where every adapter
 * has a slot of its own nobody is ever passed over, and one list for all does.
 *
 * <p>Mostly one request waits, and only until the next step: a request that comes to an empty queue
 * enters its list alone, and the rest only when another follows.
 *
 * <p>Tens of thousands may wait where a thousand run, and each is touched twice. So a list is a
 * ring of short records, read and written in order, and a request gets its row in the {@link
 * RequestTable} only when it is admitted; one that has a row already (it was preempted, or its
 * prefix is known) is recorded by it.
 */
final class WaitingQueue {
  /** No list. */
  static final int NO_LIST = -1;

  private static final int ROW_BITS = 20;
  private static final int ORDER_BITS = 36;
  private static final long ROW_MASK = (1L << ROW_BITS) - 1;
  private static final long ORDER_OFFSET = 1L << (ORDER_BITS - 1);
  private static final int MOST_ROWS = 1 << ROW_BITS;

  // A record.
  private static final int LONGS = 3;
  private static final int KEY = 0;
  private static final int ARRIVAL = 1;

  /** Input and output tokens of a request without a row, or the complement of its row. */
  private static final int LENGTHS_OR_ROW = 2;

  private static final int FIRST_CAPACITY = 4;
  private static final long[] NO_RECORDS = {};

  private final int rows;
  private final int baseRow;
  private final boolean merged;
  private final boolean byPriority;
  private final @Nullable WaitingOrder[] places;

  // Lists by class and row: rings, the place of the first record, and the number of records.
  private final long[][] records;
  private final int[] head;
  private final int[] count;

  /** Classes that wait, by row. */
  private final long[] classes;

  private final boolean[] runs;
  private final RowTournament withSlot;
  private final RowTournament withoutSlot;
  private int size;

  /** The list whose only request is alone in the queue and in nothing but the list, or NO_LIST. */
  private int alone;

  WaitingQueue(int adapters, int slots, boolean byPriority) {
    if (adapters >= MOST_ROWS) {
      throw new IllegalArgumentException(
          "there are " + adapters + " adapters, an engine takes at most " + (MOST_ROWS - 1));
    }
    this.byPriority = byPriority;
    merged = adapters <= slots;
    rows = merged ? 1 : adapters + 1;
    baseRow = rows - 1;
    places = new WaitingOrder[byPriority ? EngineConfig.PRIORITY_CLASSES : 1];
    places[0] = new WaitingOrder();
    int lists = rows * places.length;
    records = new long[lists][];
    Arrays.fill(records, NO_RECORDS);
    head = new int[lists];
    count = new int[lists];
    classes = new long[rows];
    runs = new boolean[rows];
    withSlot = new RowTournament(rows);
    withoutSlot = new RowTournament(rows);
  }

  void clear() {
    for (WaitingOrder order : places) {
      if (order != null) {
        order.clear();
      }
    }
    Arrays.fill(head, 0);
    Arrays.fill(count, 0);
    Arrays.fill(classes, 0);
    Arrays.fill(runs, false);
    runs[baseRow] = true;
    withSlot.clear();
    withoutSlot.clear();
    size = 0;
    alone = NO_LIST;
  }

  int size() {
    return size;
  }

  /** Queues a new request that has no row. */
  void addLast(int adapterRow, int priority, long index, long arrival, int input, int output) {
    append(adapterRow, priority, index, arrival, (long) input << 32 | output);
  }

  /** Queues a new request that has a row. */
  void addLast(int adapterRow, int priority, long index, long arrival, int row) {
    append(adapterRow, priority, index, arrival, ~(long) row);
  }

  private void append(int adapterRow, int priority, long order, long arrival, long lengthsOrRow) {
    int row = merged ? 0 : adapterRow;
    int list = priority * rows + row;
    boolean first = size == 0;
    if (!first && !merged) {
      leaveAlone();
      places(priority).addLast(order);
    }
    int waitingInList = count[list];
    if (waitingInList * LONGS == records[list].length) {
      grow(list);
    }
    int capacity = records[list].length / LONGS;
    int at = head[list] + waitingInList;
    write(
        list,
        at < capacity ? at : at - capacity,
        key(priority, order, adapterRow),
        arrival,
        lengthsOrRow);
    count[list] = waitingInList + 1;
    size++;
    if (waitingInList == 0) {
      classes[row] |= 1L << priority;
      if (first) {
        alone = list;
      } else {
        rekey(row);
      }
    }
  }

  /** The request that was alone in the queue enters what orders several. */
  private void leaveAlone() {
    if (alone != NO_LIST) {
      int list = alone;
      alone = NO_LIST;
      places(priorityOf(list)).addLast(headOrder(list));
      rekey(byPriority ? list % rows : list);
    }
  }

  /**
   * Queues a preempted request: first of all, or where it was if priorities rule.
   *
   * @param order order that the request had when it came
   */
  void putBack(int adapterRow, int priority, long order, long arrival, int requestRow) {
    long place = order;
    if (!merged) {
      leaveAlone();
    }
    if (!merged && byPriority) {
      places(priority).add(order);
    } else if (!merged) {
      place = places(0).addFirst();
    }
    int row = merged ? 0 : adapterRow;
    int list = priority * rows + row;
    if (count[list] * LONGS == records[list].length) {
      grow(list);
    }
    int capacity = records[list].length / LONGS;
    head[list] = head[list] == 0 ? capacity - 1 : head[list] - 1;
    write(list, head[list], key(priority, place, adapterRow), arrival, ~(long) requestRow);
    count[list]++;
    size++;
    classes[row] |= 1L << priority;
    rekey(row);
  }

  private void write(int list, int place, long key, long arrival, long lengthsOrRow) {
    long[] ring = records[list];
    int at = place * LONGS;
    ring[at + KEY] = key;
    ring[at + ARRIVAL] = arrival;
    ring[at + LENGTHS_OR_ROW] = lengthsOrRow;
  }

  private void grow(int list) {
    long[] old = records[list];
    int fromHead = old.length - head[list] * LONGS;
    long[] ring = new long[Math.max(FIRST_CAPACITY * LONGS, Math.multiplyExact(old.length, 2))];
    System.arraycopy(old, head[list] * LONGS, ring, 0, fromHead);
    System.arraycopy(old, 0, ring, fromHead, head[list] * LONGS);
    records[list] = ring;
    head[list] = 0;
  }

  /** Says that an adapter has running requests now, or has none any more. */
  void setRuns(int row, boolean value) {
    if (merged) {
      return;
    }
    runs[row] = value;
    if (classes[row] != 0 && alone == NO_LIST) {
      (value ? withoutSlot : withSlot).put(row, RowTournament.ABSENT);
      rekey(row);
    }
  }

  /**
   * {@return the list whose head is the first request that may be admitted, or NO_LIST}
   *
   * @param slotFree whether an adapter without running requests would find a slot
   */
  int first(boolean slotFree) {
    if (merged) {
      return size == 0 ? NO_LIST : listOf(0);
    }
    if (alone != NO_LIST) {
      return slotFree || runs[alone % rows] ? alone : NO_LIST;
    }
    long key = withSlot.first();
    if (slotFree) {
      key = Math.min(key, withoutSlot.first());
    }
    return key == RowTournament.ABSENT ? NO_LIST : listOf((int) (key & ROW_MASK));
  }

  /** {@return the list of the first request whose adapter has no running one, or NO_LIST} */
  int firstWithoutSlot() {
    if (alone != NO_LIST) {
      return runs[alone % rows] ? NO_LIST : alone;
    }
    long key = withoutSlot.first();
    return key == RowTournament.ABSENT ? NO_LIST : listOf((int) (key & ROW_MASK));
  }

  /** {@return row in the request table of the head of a list, or NONE if it has none} */
  int headRow(int list) {
    long what = ofHead(list, LENGTHS_OR_ROW);
    return what < 0 ? (int) ~what : RequestTable.NONE;
  }

  /** {@return input tokens of the head of a list, which has no row} */
  int headInput(int list) {
    return (int) (ofHead(list, LENGTHS_OR_ROW) >>> 32);
  }

  /** {@return output tokens of the head of a list, which has no row} */
  int headOutput(int list) {
    return (int) ofHead(list, LENGTHS_OR_ROW);
  }

  /** {@return arrival of the head of a list} */
  long headArrival(int list) {
    return ofHead(list, ARRIVAL);
  }

  /** {@return order of the head of a list; of a request without a row its index in the source} */
  long headOrder(int list) {
    return orderOf(ofHead(list, KEY));
  }

  /** {@return adapter row of the head of a list} */
  int headAdapterRow(int list) {
    return (int) (ofHead(list, KEY) & ROW_MASK);
  }

  private long ofHead(int list, int field) {
    return records[list][head[list] * LONGS + field];
  }

  /** Takes out the head of a list. */
  void removeHead(int list) {
    int row = list;
    int priority = 0;
    if (byPriority) {
      row = list % rows;
      priority = list / rows;
    }
    if (!merged && alone == NO_LIST) {
      places(priority).remove(headOrder(list));
    }
    size--;
    int next = head[list] + 1;
    head[list] = next * LONGS == records[list].length ? 0 : next;
    if (--count[list] == 0) {
      classes[row] &= ~(1L << priority);
      if (classes[row] == 0) {
        if (alone != NO_LIST) {
          alone = NO_LIST;
        } else if (!merged) {
          (runs[row] ? withSlot : withoutSlot).put(row, RowTournament.ABSENT);
        }
        return;
      }
    }
    rekey(row);
  }

  /**
   * {@return number of waiting requests before a place, which its request may have left}
   *
   * @param priority class of the request
   * @param order its order
   */
  int countBefore(int priority, long order) {
    if (merged || alone != NO_LIST) {
      return 0;
    }
    int before = places(priority).countBefore(order);
    for (int p = 0; p < priority; p++) {
      WaitingOrder places = this.places[p];
      before += places == null ? 0 : places.size();
    }
    return before;
  }

  /** {@return priority class of the requests of a list} */
  int priorityOf(int list) {
    return byPriority ? list / rows : 0;
  }

  /** {@return whether the head of one list comes before that of another in the order of waiting} */
  boolean before(int list, int other) {
    return ofHead(list, KEY) < ofHead(other, KEY);
  }

  /** Hears of waiting requests. */
  @FunctionalInterface
  interface Visitor {
    /**
     * A waiting request.
     *
     * @param requestRow its row in the request table, or NONE if it has none
     * @param arrival when it arrived
     */
    void waits(int requestRow, long arrival);
  }

  /** Visits every waiting request, list by list. */
  void forEach(Visitor visitor) {
    for (int list = 0; list < count.length; list++) {
      long[] ring = records[list];
      int at = head[list] * LONGS;
      for (int i = 0; i < count[list]; i++) {
        long what = ring[at + LENGTHS_OR_ROW];
        visitor.waits(what < 0 ? (int) ~what : RequestTable.NONE, ring[at + ARRIVAL]);
        at = at + LONGS == ring.length ? 0 : at + LONGS;
      }
    }
  }

  private int listOf(int row) {
    return byPriority ? Long.numberOfTrailingZeros(classes[row]) * rows + row : row;
  }

  private WaitingOrder places(int priority) {
    WaitingOrder order = places[priority];
    if (order == null) {
      order = new WaitingOrder();
      places[priority] = order;
    }
    return order;
  }

  private void rekey(int row) {
    if (!merged) {
      (runs[row] ? withSlot : withoutSlot).put(row, ofHead(listOf(row), KEY));
    }
  }

  private static long key(int priority, long order, int adapterRow) {
    long place = order + ORDER_OFFSET;
    if (place >>> ORDER_BITS != 0) {
      throw new IllegalStateException(
          "request " + order + " is beyond the " + ORDER_OFFSET + " of one run; cut the run");
    }
    return ((long) priority << ORDER_BITS | place) << ROW_BITS | adapterRow;
  }

  private static long orderOf(long key) {
    return (key >>> ROW_BITS & ((1L << ORDER_BITS) - 1)) - ORDER_OFFSET;
  }
}
