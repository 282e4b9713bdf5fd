package io.github.adaptertwin.core.engine;

/**
 * Waiting requests of one adapter (or of all) and one priority class in their order: a ring of
 * short records that is entered at its end, or at its head by a request that was preempted.
 *
 * <p>Tens of thousands may wait where a thousand run, and each is touched twice, so the records are
 * read and written in order, and a request gets a place in the {@link RequestTable} only when it is
 * admitted; one that has it already is recorded by it.
 */
final class WaitingList {
  private static final int ROW_BITS = 20;
  private static final int ORDER_BITS = 36;
  private static final long ROW_MASK = (1L << ROW_BITS) - 1;
  private static final long ORDER_MASK = (1L << ORDER_BITS) - 1;
  private static final long ORDER_OFFSET = 1L << (ORDER_BITS - 1);

  /** Rows that a key tells apart. */
  static final int MOST_ROWS = 1 << ROW_BITS;

  // A record: key, arrival, and the input and output tokens or the complement of the row.
  private static final int LONGS = 3;
  private static final int FIRST_CAPACITY = 4 * LONGS;
  private static final long[] NO_RECORDS = {};

  /** Place of this list among those of the queue. */
  final int number;

  /** Row of the lists of one adapter in the queue. */
  final int row;

  /** Priority class. */
  final int priority;

  private long[] ring = NO_RECORDS;

  /** Where the first record begins. */
  private int head;

  /** Longs in use. */
  private int used;

  WaitingList(int number, int row, int priority) {
    this.number = number;
    this.row = row;
    this.priority = priority;
  }

  void clear() {
    head = 0;
    used = 0;
  }

  boolean isEmpty() {
    return used == 0;
  }

  /**
   * Adds a record behind the others.
   *
   * @param order place in the order of waiting
   * @param what its {@link #lengths} or the complement of its row
   */
  void addLast(long order, int adapterRow, long arrival, long what) {
    if (used == ring.length) {
      grow();
    }
    int at = head + used;
    write(at < ring.length ? at : at - ring.length, key(order, adapterRow), arrival, what);
    used += LONGS;
  }

  /** Adds a record before the others. */
  void addFirst(long order, int adapterRow, long arrival, long what) {
    if (used == ring.length) {
      grow();
    }
    head = (head == 0 ? ring.length : head) - LONGS;
    write(head, key(order, adapterRow), arrival, what);
    used += LONGS;
  }

  private void write(int at, long key, long arrival, long what) {
    long[] records = ring;
    records[at] = key;
    records[at + 1] = arrival;
    records[at + 2] = what;
  }

  private void grow() {
    long[] larger = new long[Math.max(FIRST_CAPACITY, Math.multiplyExact(ring.length, 2))];
    System.arraycopy(ring, head, larger, 0, ring.length - head);
    System.arraycopy(ring, 0, larger, ring.length - head, head);
    ring = larger;
    head = 0;
  }

  /** Takes out the first record. */
  void removeFirst() {
    int next = head + LONGS;
    head = next == ring.length ? 0 : next;
    used -= LONGS;
  }

  /** What orders the first record among those of all lists, smallest first; its row is in it. */
  long headKey() {
    return ring[head];
  }

  long headOrder() {
    return (headKey() >>> ROW_BITS & ORDER_MASK) - ORDER_OFFSET;
  }

  int headAdapterRow() {
    return (int) (headKey() & ROW_MASK);
  }

  long headArrival() {
    return ring[head + 1];
  }

  /** {@return the {@link #lengths} of the first request, or the complement of its row} */
  long headWhat() {
    return ring[head + 2];
  }

  /** {@return the lengths of a request that has no row, at least 0} */
  static long lengths(int input, int output) {
    return (long) input << 32 | output;
  }

  /** Input tokens of a request without a row. */
  static int input(long what) {
    return (int) (what >>> 32);
  }

  /** Output tokens of a request without a row. */
  static int output(long what) {
    return (int) what;
  }

  /** {@return the row of a list by the key of its head, where a row is an adapter's} */
  static int rowOf(long key) {
    return (int) (key & ROW_MASK);
  }

  private long key(long order, int adapterRow) {
    long place = order + ORDER_OFFSET;
    if (place >>> ORDER_BITS != 0) {
      throw new IllegalStateException(
          "request " + order + " is beyond the " + ORDER_OFFSET + " of one run; cut the run");
    }
    return ((long) priority << ORDER_BITS | place) << ROW_BITS | adapterRow;
  }

  /** Visits every record. */
  void forEach(WaitingQueue.Visitor visitor) {
    int at = head;
    for (int i = 0; i < used; i += LONGS) {
      long what = ring[at + 2];
      visitor.waits(what < 0 ? (int) ~what : RequestTable.NONE, ring[at + 1]);
      at = at + LONGS == ring.length ? 0 : at + LONGS;
    }
  }
}
