package io.github.adaptertwin.core.engine;

import java.util.Arrays;

/**
 * The requests that an engine knows by row number. Rows are reused, the one given back last first,
 * so a run allocates only while it holds more requests than any run before.
 */
final class RequestTable {
  /** No row. */
  static final int NONE = -1;

  private static final int FIRST_CAPACITY = 256;

  private Request[] requests = {};
  private int[] free = {};
  private int freeCount;

  RequestTable() {
    grow(FIRST_CAPACITY);
  }

  /** Forgets every request. */
  void clear() {
    freeCount = 0;
    for (int row = requests.length - 1; row >= 0; row--) {
      free[freeCount++] = row;
    }
  }

  /**
   * {@return a request that has not been admitted yet}
   *
   * @param lengths its {@link WaitingList#lengths}
   */
  Request take(long index, long arrival, int adapterRow, int priority, long lengths) {
    if (freeCount == 0) {
      grow(Math.multiplyExact(requests.length, 2));
    }
    Request r = requests[free[--freeCount]];
    r.index = index;
    r.arrival = arrival;
    r.adapterRow = adapterRow;
    r.priority = priority;
    r.input = WaitingList.input(lengths);
    r.output = WaitingList.output(lengths);
    r.generated = 0;
    r.admitted = false;
    return r;
  }

  /** Gives a request back. */
  void free(Request request) {
    free[freeCount++] = request.row;
  }

  Request at(int row) {
    return requests[row];
  }

  private void grow(int capacity) {
    int first = requests.length;
    requests = Arrays.copyOf(requests, capacity);
    free = Arrays.copyOf(free, capacity);
    for (int row = first; row < capacity; row++) {
      requests[row] = new Request(row);
    }
    for (int row = capacity - 1; row >= first; row--) {
      free[freeCount++] = row;
    }
  }
}
