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

  /** {@return the request at a place, or NONE} */
  int at(int place) {
    return rows[place];
  }

  /** {@return the request admitted last; there is one} */
  int last() {
    while (rows[end - 1] == NONE) {
      end--;
    }
    return rows[end - 1];
  }

  void add(int request) {
    if (end == rows.length) {
      closeUp();
    }
    requests.setRunningPlace(request, end);
    rows[end++] = request;
    size++;
  }

  void remove(int request) {
    rows[requests.runningPlace(request)] = NONE;
    size--;
  }

  private void closeUp() {
    int kept = 0;
    for (int place = 0; place < end; place++) {
      int request = rows[place];
      if (request != NONE) {
        requests.setRunningPlace(request, kept);
        rows[kept++] = request;
      }
    }
    end = kept;
    if (kept > rows.length / 2) {
      rows = Arrays.copyOf(rows, Math.multiplyExact(rows.length, 2));
    }
  }
}
