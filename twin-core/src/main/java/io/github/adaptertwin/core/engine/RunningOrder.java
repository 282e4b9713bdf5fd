package io.github.adaptertwin.core.engine;

import static io.github.adaptertwin.core.engine.RequestTable.NONE;

import java.util.Arrays;

/**
 * The running requests in order of admission: an array that is entered at its end, where a request
 * that leaves marks its place as empty, so that nobody touches its neighbours. Empty places are
 * closed up when the array is full.
 */
final class RunningOrder {
  private static final int FIRST_CAPACITY = 1024;

  private final RequestTable requests;
  private int[] rows = new int[FIRST_CAPACITY];
  private int end;
  private int size;

  RunningOrder(RequestTable requests) {
    this.requests = requests;
  }

  void clear() {
    end = 0;
    size = 0;
  }

  int size() {
    return size;
  }

  /** {@return number of places, empty ones included} */
  int places() {
    return end;
  }

  /** {@return the row of the request at a place, or NONE} */
  int at(int place) {
    return rows[place];
  }

  /** {@return the request admitted last; there is one} */
  Request last() {
    while (rows[end - 1] == NONE) {
      end--;
    }
    return requests.at(rows[end - 1]);
  }

  void add(Request request) {
    if (end == rows.length) {
      closeUp();
    }
    request.runningPlace = end;
    rows[end++] = request.row;
    size++;
  }

  void remove(Request request) {
    rows[request.runningPlace] = NONE;
    size--;
  }

  private void closeUp() {
    int kept = 0;
    for (int place = 0; place < end; place++) {
      int row = rows[place];
      if (row != NONE) {
        requests.at(row).runningPlace = kept;
        rows[kept++] = row;
      }
    }
    end = kept;
    if (kept > rows.length / 2) {
      rows = Arrays.copyOf(rows, Math.multiplyExact(rows.length, 2));
    }
  }
}
