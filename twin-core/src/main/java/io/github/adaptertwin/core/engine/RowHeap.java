package io.github.adaptertwin.core.engine;

import java.util.Arrays;

/** A binary heap of rows [0, n) by a long key, smallest first; rows can be re-keyed. */
final class RowHeap {
  private static final int ABSENT = -1;

  private final long[] keys;
  private final int[] heap;
  private final int[] position;
  private int size;

  RowHeap(int rows) {
    keys = new long[rows];
    heap = new int[rows];
    position = new int[rows];
    Arrays.fill(position, ABSENT);
  }

  /** {@return row with the smallest key; there is one} */
  int first() {
    return heap[0];
  }

  /** Adds a row or gives it another key. */
  void put(int row, long key) {
    int at = position[row];
    if (at == ABSENT) {
      keys[row] = key;
      up(size++, row, key);
    } else {
      boolean later = key > keys[row];
      keys[row] = key;
      if (later) {
        down(at, row, key);
      } else {
        up(at, row, key);
      }
    }
  }

  private void up(int from, int row, long key) {
    int at = from;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      int other = heap[parent];
      if (keys[other] <= key) {
        break;
      }
      heap[at] = other;
      position[other] = at;
      at = parent;
    }
    heap[at] = row;
    position[row] = at;
  }

  private void down(int from, int row, long key) {
    int at = from;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      int other = heap[child];
      if (child + 1 < size && keys[heap[child + 1]] < keys[other]) {
        other = heap[++child];
      }
      if (keys[other] >= key) {
        break;
      }
      heap[at] = other;
      position[other] = at;
      at = child;
    }
    heap[at] = row;
    position[row] = at;
  }
}
