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
 */
final class WaitingQueue {
  private static final int NO_LIST = -1;

  private final int rows;
  private final int baseRow;
  private final boolean merged;
  private final boolean byPriority;
  private final @Nullable WaitingOrder[] places;

  /** By class and row. */
  private final WaitingList[] lists;

  /** Classes that wait, by row. */
  private final long[] classes;

  private final boolean[] runs;
  private final RowTournament withSlot;
  private final RowTournament withoutSlot;
  private int size;

  /** The list whose only request is alone in the queue and in nothing but the list, or NO_LIST. */
  private int alone;

  WaitingQueue(int adapters, int slots, boolean byPriority) {
    if (adapters >= WaitingList.MOST_ROWS) {
      throw new IllegalArgumentException(
          "there are "
              + adapters
              + " adapters, an engine takes at most "
              + (WaitingList.MOST_ROWS - 1));
    }
    this.byPriority = byPriority;
    merged = adapters <= slots;
    rows = merged ? 1 : adapters + 1;
    baseRow = rows - 1;
    places = new WaitingOrder[byPriority ? EngineConfig.PRIORITY_CLASSES : 1];
    places[0] = new WaitingOrder();
    lists = new WaitingList[rows * places.length];
    for (int number = 0; number < lists.length; number++) {
      lists[number] = new WaitingList(number, number % rows, number / rows);
    }
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
    for (WaitingList list : lists) {
      list.clear();
    }
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

  /**
   * Queues a new request.
   *
   * @param index its number in the source
   * @param what its lengths ({@link WaitingList#lengths}), or the complement of its row
   */
  void addLast(int adapterRow, int priority, long index, long arrival, long what) {
    size++;
    if (merged) {
      lists[priority].addLast(index, adapterRow, arrival, what);
      classes[0] |= 1L << priority;
      return;
    }
    WaitingList list = lists[priority * rows + adapterRow];
    boolean heads = list.isEmpty();
    if (size == 1) {
      alone = list.number;
    } else {
      leaveAlone();
      places(priority).addLast(index);
    }
    list.addLast(index, adapterRow, arrival, what);
    if (heads) {
      classes[adapterRow] |= 1L << priority;
      if (alone == NO_LIST) {
        rekey(adapterRow);
      }
    }
  }

  /**
   * New requests of the first class have gone past the queue, which was empty.
   *
   * @param index number of the last one in the source
   */
  void pass(long index) {
    if (!merged) {
      places(0).pass(index);
    }
  }

  /** The request that was alone in the queue enters what orders several. */
  private void leaveAlone() {
    if (alone != NO_LIST) {
      WaitingList list = lists[alone];
      alone = NO_LIST;
      places(list.priority).addLast(list.headOrder());
      rekey(list.row);
    }
  }

  /**
   * Queues a preempted request: first of all, or where it was if priorities rule.
   *
   * @param order order that the request had when it came
   */
  void putBack(int adapterRow, int priority, long order, long arrival, int requestRow) {
    size++;
    if (merged) {
      lists[priority].addFirst(order, adapterRow, arrival, ~(long) requestRow);
      classes[0] |= 1L << priority;
      return;
    }
    leaveAlone();
    long place = order;
    if (byPriority) {
      places(priority).add(order);
    } else {
      place = places(0).addFirst();
    }
    lists[priority * rows + adapterRow].addFirst(place, adapterRow, arrival, ~(long) requestRow);
    classes[adapterRow] |= 1L << priority;
    rekey(adapterRow);
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
   * {@return the list whose head is the first request that may be admitted, or null}
   *
   * @param slotFree whether an adapter without running requests would find a slot
   */
  @Nullable WaitingList first(boolean slotFree) {
    if (merged) {
      return size == 0 ? null : listOf(0);
    }
    if (alone != NO_LIST) {
      WaitingList list = lists[alone];
      return slotFree || runs[list.row] ? list : null;
    }
    long key = withSlot.first();
    if (slotFree) {
      key = Math.min(key, withoutSlot.first());
    }
    return key == RowTournament.ABSENT ? null : listOf(WaitingList.rowOf(key));
  }

  /** {@return the list of the first request whose adapter has no running one, or null} */
  @Nullable WaitingList firstWithoutSlot() {
    if (alone != NO_LIST) {
      WaitingList list = lists[alone];
      return runs[list.row] ? null : list;
    }
    long key = withoutSlot.first();
    return key == RowTournament.ABSENT ? null : listOf(WaitingList.rowOf(key));
  }

  /** Takes out the head of a list. */
  void removeHead(WaitingList list) {
    size--;
    if (merged) {
      list.removeFirst();
      if (list.isEmpty()) {
        classes[0] &= ~(1L << list.priority);
      }
      return;
    }
    int row = list.row;
    if (alone != NO_LIST) {
      places(list.priority).pass(list.headOrder());
      list.removeFirst();
      classes[row] = 0;
      alone = NO_LIST;
      return;
    }
    places(list.priority).remove(list.headOrder());
    list.removeFirst();
    if (list.isEmpty()) {
      classes[row] &= ~(1L << list.priority);
      if (classes[row] == 0) {
        (runs[row] ? withSlot : withoutSlot).put(row, RowTournament.ABSENT);
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
    for (WaitingList list : lists) {
      list.forEach(visitor);
    }
  }

  /** The most urgent list of a row that waits. */
  private WaitingList listOf(int row) {
    return lists[byPriority ? Long.numberOfTrailingZeros(classes[row]) * rows + row : row];
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
    (runs[row] ? withSlot : withoutSlot).put(row, listOf(row).headKey());
  }
}
