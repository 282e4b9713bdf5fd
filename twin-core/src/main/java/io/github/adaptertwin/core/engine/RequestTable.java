package io.github.adaptertwin.core.engine;

import java.util.Arrays;

/**
 * The requests that an engine holds, waiting or running, as columns; a request is a row number.
 * Rows are reused, so a run allocates only while it holds more requests than any run before.
 */
final class RequestTable {
  /** No row. */
  static final int NONE = -1;

  private static final int FIRST_CAPACITY = 256;

  /** Number of the request in the source. */
  long[] index = new long[FIRST_CAPACITY];

  /** Arrival at the server. */
  long[] arrival = new long[FIRST_CAPACITY];

  /** Since when it waits: arrival in the queue, or the last preemption. */
  long[] waitingSince = new long[FIRST_CAPACITY];

  /** Place in the order of waiting; see {@link WaitingQueue}. */
  long[] order = new long[FIRST_CAPACITY];

  /** End of the step that made the first token. */
  long[] firstToken = new long[FIRST_CAPACITY];

  /** End of the step that made the latest token before a preemption. */
  long[] lastToken = new long[FIRST_CAPACITY];

  /** Step that completed the latest prefill, while decoding. */
  long[] joinStep = new long[FIRST_CAPACITY];

  /** Step that makes the last token, while decoding. */
  long[] finishStep = new long[FIRST_CAPACITY];

  /** Row of the adapter in the engine's books; the base model's is the number of adapters. */
  int[] adapterRow = new int[FIRST_CAPACITY];

  int[] priority = new int[FIRST_CAPACITY];
  int[] input = new int[FIRST_CAPACITY];
  int[] output = new int[FIRST_CAPACITY];

  /** Tokens generated before the latest admission. */
  int[] generated = new int[FIRST_CAPACITY];

  /** Tokens of the prefill that are computed, while prefilling. */
  int[] computed = new int[FIRST_CAPACITY];

  boolean[] admittedBefore = new boolean[FIRST_CAPACITY];

  /** Next in a queue of waiting requests, or the next free row. */
  int[] next = new int[FIRST_CAPACITY];

  /** Neighbours in order of admission. */
  int[] runningBefore = new int[FIRST_CAPACITY];

  int[] runningAfter = new int[FIRST_CAPACITY];

  /** Neighbours among the requests that finish in the same step. */
  int[] finishingBefore = new int[FIRST_CAPACITY];

  int[] finishingAfter = new int[FIRST_CAPACITY];

  private int firstFree = NONE;
  private int used;

  /** Forgets every request. */
  void clear() {
    firstFree = NONE;
    used = 0;
  }

  /** {@return a free row, its columns undefined} */
  int take() {
    int row = firstFree;
    if (row != NONE) {
      firstFree = next[row];
      return row;
    }
    if (used == index.length) {
      grow(used * 2);
    }
    return used++;
  }

  /** Gives a row back. */
  void free(int row) {
    next[row] = firstFree;
    firstFree = row;
  }

  /** Input and generated tokens of a request that is not decoding: what its prefill computes. */
  int prefillTokens(int row) {
    return input[row] + generated[row];
  }

  private void grow(int capacity) {
    index = Arrays.copyOf(index, capacity);
    arrival = Arrays.copyOf(arrival, capacity);
    waitingSince = Arrays.copyOf(waitingSince, capacity);
    order = Arrays.copyOf(order, capacity);
    firstToken = Arrays.copyOf(firstToken, capacity);
    lastToken = Arrays.copyOf(lastToken, capacity);
    joinStep = Arrays.copyOf(joinStep, capacity);
    finishStep = Arrays.copyOf(finishStep, capacity);
    adapterRow = Arrays.copyOf(adapterRow, capacity);
    priority = Arrays.copyOf(priority, capacity);
    input = Arrays.copyOf(input, capacity);
    output = Arrays.copyOf(output, capacity);
    generated = Arrays.copyOf(generated, capacity);
    computed = Arrays.copyOf(computed, capacity);
    admittedBefore = Arrays.copyOf(admittedBefore, capacity);
    next = Arrays.copyOf(next, capacity);
    runningBefore = Arrays.copyOf(runningBefore, capacity);
    runningAfter = Arrays.copyOf(runningAfter, capacity);
    finishingBefore = Arrays.copyOf(finishingBefore, capacity);
    finishingAfter = Arrays.copyOf(finishingAfter, capacity);
  }
}
