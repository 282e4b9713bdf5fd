package io.github.adaptertwin.core.engine;

import static io.github.adaptertwin.core.engine.RequestTable.NONE;

import java.util.Arrays;

/**
 * The waiting queue, cut by adapter and priority class, so that the first request that the
 * scheduler may admit is found without walking past the ones that it may not.
 *
 * <p>A place in the queue is a (class, order) pair. Requests of one adapter and class are admitted
 * in that order, so each such list is entered at its tail by arrivals and at its head by preempted
 * requests, which came before everyone who still waits in it. The heads of the adapters are kept in
 * two heaps: adapters with running requests (and the base model), which never want for a slot, and
 * the others. Where every adapter has a slot of its own nobody is ever passed over, and one list
 * for all does.
 */
final class WaitingQueue {
  private static final int ORDER_BITS = 57;
  private static final long ORDER_OFFSET = 1L << (ORDER_BITS - 1);

  private final RequestTable requests;
  private final int rows;
  private final int baseRow;
  private final boolean merged;
  private final boolean byPriority;
  private final WaitingOrder[] places;
  private final int[] head;
  private final int[] tail;
  private final long[] classes;
  private final boolean[] runs;
  private final RowHeap withSlot;
  private final RowHeap withoutSlot;
  private int size;

  WaitingQueue(RequestTable requests, int adapters, int slots, boolean byPriority) {
    this.requests = requests;
    this.byPriority = byPriority;
    merged = adapters <= slots;
    rows = merged ? 1 : adapters + 1;
    baseRow = rows - 1;
    places = new WaitingOrder[byPriority ? EngineConfig.PRIORITY_CLASSES : 1];
    places[0] = new WaitingOrder();
    head = new int[rows * places.length];
    tail = new int[rows * places.length];
    classes = new long[rows];
    runs = new boolean[rows];
    withSlot = new RowHeap(rows);
    withoutSlot = new RowHeap(rows);
  }

  void clear() {
    for (WaitingOrder order : places) {
      if (order != null) {
        order.clear();
      }
    }
    Arrays.fill(classes, 0);
    Arrays.fill(runs, false);
    runs[baseRow] = true;
    withSlot.clear();
    withoutSlot.clear();
    size = 0;
  }

  int size() {
    return size;
  }

  /** Queues a new request. */
  void addLast(int request) {
    int priority = byPriority ? requests.priority(request) : 0;
    if (!merged) {
      requests.setOrder(request, places(priority).addLast());
    }
    requests.setNext(request, NONE);
    int row = row(request);
    int list = priority * rows + row;
    size++;
    if ((classes[row] >>> priority & 1) != 0) {
      requests.setNext(tail[list], request);
      tail[list] = request;
      return;
    }
    head[list] = request;
    tail[list] = request;
    classes[row] |= 1L << priority;
    rekey(row);
  }

  /** Queues a preempted request: first of all, or where it was if priorities rule. */
  void putBack(int request) {
    int priority = byPriority ? requests.priority(request) : 0;
    if (byPriority && !merged) {
      places(priority).add(requests.order(request));
    } else if (!merged) {
      requests.setOrder(request, places[0].addFirst());
    }
    int row = row(request);
    int list = priority * rows + row;
    size++;
    if ((classes[row] >>> priority & 1) != 0) {
      requests.setNext(request, head[list]);
    } else {
      requests.setNext(request, NONE);
      tail[list] = request;
      classes[row] |= 1L << priority;
    }
    head[list] = request;
    rekey(row);
  }

  /** Says that an adapter has running requests now, or has none any more. */
  void setRuns(int row, boolean value) {
    if (merged) {
      return;
    }
    runs[row] = value;
    if (classes[row] != 0) {
      (value ? withoutSlot : withSlot).remove(row);
      rekey(row);
    }
  }

  /**
   * {@return the first request that may be admitted, or NONE}
   *
   * @param slotFree whether an adapter without running requests would find a slot
   */
  int first(boolean slotFree) {
    if (merged) {
      return size == 0 ? NONE : headOf(0);
    }
    boolean other = slotFree && !withoutSlot.isEmpty();
    if (withSlot.isEmpty()) {
      return other ? headOf(withoutSlot.first()) : NONE;
    }
    return other && withoutSlot.firstKey() < withSlot.firstKey()
        ? headOf(withoutSlot.first())
        : headOf(withSlot.first());
  }

  /** {@return the first request whose adapter has no running one, or NONE} */
  int firstWithoutSlot() {
    return withoutSlot.isEmpty() ? NONE : headOf(withoutSlot.first());
  }

  /** Takes out the head of its adapter's list. */
  void remove(int request) {
    int row = row(request);
    int priority = byPriority ? requests.priority(request) : 0;
    int list = priority * rows + row;
    if (!merged) {
      places(priority).remove(requests.order(request));
    }
    size--;
    int next = requests.next(request);
    if (next != NONE) {
      head[list] = next;
      rekey(row);
      return;
    }
    classes[row] &= ~(1L << priority);
    if (classes[row] == 0 && !merged) {
      (runs[row] ? withSlot : withoutSlot).remove(row);
    } else {
      rekey(row);
    }
  }

  /** {@return number of waiting requests before the place of a request, which may have left it} */
  int countBefore(int request) {
    if (merged) {
      return 0;
    }
    int priority = byPriority ? requests.priority(request) : 0;
    int count = places(priority).countBefore(requests.order(request));
    for (int p = 0; p < priority; p++) {
      WaitingOrder order = places[p];
      count += order == null ? 0 : order.size();
    }
    return count;
  }

  /** {@return whether one request comes before another in the order of waiting} */
  boolean before(int a, int b) {
    return key(a) < key(b);
  }

  private int row(int request) {
    return merged ? 0 : requests.adapterRow(request);
  }

  private int headOf(int row) {
    return head[Long.numberOfTrailingZeros(classes[row]) * rows + row];
  }

  /** {@return first request of a class in the list of a row, or NONE} */
  int headOf(int row, int priority) {
    return (classes[row] >>> priority & 1) != 0 ? head[priority * rows + row] : NONE;
  }

  int classCount() {
    return places.length;
  }

  int rows() {
    return rows;
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
    if (merged) {
      return;
    }
    (runs[row] ? withSlot : withoutSlot).put(row, key(headOf(row)));
  }

  private long key(int request) {
    long priority = byPriority ? requests.priority(request) : 0;
    return (priority << ORDER_BITS) + requests.order(request) + ORDER_OFFSET;
  }
}
