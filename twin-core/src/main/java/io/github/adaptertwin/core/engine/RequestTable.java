package io.github.adaptertwin.core.engine;

import java.util.Arrays;

/**
 * The requests that an engine has admitted (and those waiting ones that it must know more of); a
 * request is a row number. The figures of a row lie side by side, a cache line of longs and one of
 * ints, because a request is touched a few times in its life and then as a whole. Rows are reused,
 * so a run allocates only while it holds more requests than any run before.
 */
final class RequestTable {
  /** No row. */
  static final int NONE = -1;

  private static final int FIRST_CAPACITY = 256;

  private static final int LONGS_SHIFT = 3;
  private static final int INDEX = 0;
  private static final int ARRIVAL = 1;
  private static final int WAITING_SINCE = 2;
  private static final int FIRST_TOKEN = 3;
  private static final int LAST_TOKEN = 4;
  private static final int JOIN_STEP = 5;
  private static final int FINISH_STEP = 6;
  private static final int RUNNING_SINCE = 7;

  private static final int INTS_SHIFT = 4;
  private static final int NEXT = 0;
  private static final int ADAPTER_ROW = 1;
  private static final int PRIORITY = 2;
  private static final int INPUT = 3;
  private static final int OUTPUT = 4;
  private static final int GENERATED = 5;
  private static final int COMPUTED = 6;
  private static final int ADMISSIONS = 7;
  private static final int RUNNING_PLACE = 8;
  private static final int FINISHING_BELOW = 9;
  private static final int GROWTH_RESIDUE = 10;

  private long[] longs = new long[FIRST_CAPACITY << LONGS_SHIFT];
  private int[] ints = new int[FIRST_CAPACITY << INTS_SHIFT];
  private int capacity = FIRST_CAPACITY;
  private int firstFree = NONE;
  private int used;

  /** Forgets every request. */
  void clear() {
    firstFree = NONE;
    used = 0;
  }

  /** {@return a free row, its figures undefined} */
  int take() {
    int row = firstFree;
    if (row != NONE) {
      firstFree = next(row);
      return row;
    }
    if (used == capacity) {
      capacity = Math.multiplyExact(capacity, 2);
      longs = Arrays.copyOf(longs, Math.multiplyExact(capacity, 1 << LONGS_SHIFT));
      ints = Arrays.copyOf(ints, Math.multiplyExact(capacity, 1 << INTS_SHIFT));
    }
    return used++;
  }

  /** Gives a row back. */
  void free(int row) {
    setNext(row, firstFree);
    firstFree = row;
  }

  /** Input and generated tokens of a request that is not decoding: what its prefill computes. */
  int prefillTokens(int row) {
    return input(row) + generated(row);
  }

  /** Number of the request in the source. */
  long index(int row) {
    return longs[(row << LONGS_SHIFT) + INDEX];
  }

  void setIndex(int row, long value) {
    longs[(row << LONGS_SHIFT) + INDEX] = value;
  }

  /** Arrival at the server. */
  long arrival(int row) {
    return longs[(row << LONGS_SHIFT) + ARRIVAL];
  }

  void setArrival(int row, long value) {
    longs[(row << LONGS_SHIFT) + ARRIVAL] = value;
  }

  /** Since when it waits, if it was preempted. */
  long waitingSince(int row) {
    return longs[(row << LONGS_SHIFT) + WAITING_SINCE];
  }

  void setWaitingSince(int row, long value) {
    longs[(row << LONGS_SHIFT) + WAITING_SINCE] = value;
  }

  /** End of the step that made the first token. */
  long firstToken(int row) {
    return longs[(row << LONGS_SHIFT) + FIRST_TOKEN];
  }

  void setFirstToken(int row, long value) {
    longs[(row << LONGS_SHIFT) + FIRST_TOKEN] = value;
  }

  /** End of the step that made the latest token before a preemption. */
  long lastToken(int row) {
    return longs[(row << LONGS_SHIFT) + LAST_TOKEN];
  }

  void setLastToken(int row, long value) {
    longs[(row << LONGS_SHIFT) + LAST_TOKEN] = value;
  }

  /** When it was admitted last, while running. */
  long runningSince(int row) {
    return longs[(row << LONGS_SHIFT) + RUNNING_SINCE];
  }

  void setRunningSince(int row, long value) {
    longs[(row << LONGS_SHIFT) + RUNNING_SINCE] = value;
  }

  /** Step that completed the latest prefill, while decoding. */
  long joinStep(int row) {
    return longs[(row << LONGS_SHIFT) + JOIN_STEP];
  }

  void setJoinStep(int row, long value) {
    longs[(row << LONGS_SHIFT) + JOIN_STEP] = value;
  }

  /** Step that makes the last token, while decoding. */
  long finishStep(int row) {
    return longs[(row << LONGS_SHIFT) + FINISH_STEP];
  }

  void setFinishStep(int row, long value) {
    longs[(row << LONGS_SHIFT) + FINISH_STEP] = value;
  }

  /** Next free row. */
  private int next(int row) {
    return ints[(row << INTS_SHIFT) + NEXT];
  }

  private void setNext(int row, int value) {
    ints[(row << INTS_SHIFT) + NEXT] = value;
  }

  /** Row of the adapter in the engine's books; the base model's is the number of adapters. */
  int adapterRow(int row) {
    return ints[(row << INTS_SHIFT) + ADAPTER_ROW];
  }

  void setAdapterRow(int row, int value) {
    ints[(row << INTS_SHIFT) + ADAPTER_ROW] = value;
  }

  /** Priority class. */
  int priority(int row) {
    return ints[(row << INTS_SHIFT) + PRIORITY];
  }

  void setPriority(int row, int value) {
    ints[(row << INTS_SHIFT) + PRIORITY] = value;
  }

  /** Prompt tokens. */
  int input(int row) {
    return ints[(row << INTS_SHIFT) + INPUT];
  }

  void setInput(int row, int value) {
    ints[(row << INTS_SHIFT) + INPUT] = value;
  }

  /** Tokens to generate. */
  int output(int row) {
    return ints[(row << INTS_SHIFT) + OUTPUT];
  }

  void setOutput(int row, int value) {
    ints[(row << INTS_SHIFT) + OUTPUT] = value;
  }

  /** Tokens generated before the latest admission. */
  int generated(int row) {
    return ints[(row << INTS_SHIFT) + GENERATED];
  }

  void setGenerated(int row, int value) {
    ints[(row << INTS_SHIFT) + GENERATED] = value;
  }

  /** Tokens of the prefill that are computed, while prefilling. */
  int computed(int row) {
    return ints[(row << INTS_SHIFT) + COMPUTED];
  }

  void setComputed(int row, int value) {
    ints[(row << INTS_SHIFT) + COMPUTED] = value;
  }

  /** How often it was admitted. */
  int admissions(int row) {
    return ints[(row << INTS_SHIFT) + ADMISSIONS];
  }

  void setAdmissions(int row, int value) {
    ints[(row << INTS_SHIFT) + ADMISSIONS] = value;
  }

  /** Place in the order of admission, while running. */
  int runningPlace(int row) {
    return ints[(row << INTS_SHIFT) + RUNNING_PLACE];
  }

  void setRunningPlace(int row, int value) {
    ints[(row << INTS_SHIFT) + RUNNING_PLACE] = value;
  }

  /** Request below it among those that finish in the same step. */
  int finishingBelow(int row) {
    return ints[(row << INTS_SHIFT) + FINISHING_BELOW];
  }

  void setFinishingBelow(int row, int value) {
    ints[(row << INTS_SHIFT) + FINISHING_BELOW] = value;
  }

  /** Residue of the steps in which it needs another KV block, while decoding. */
  int growthResidue(int row) {
    return ints[(row << INTS_SHIFT) + GROWTH_RESIDUE];
  }

  void setGrowthResidue(int row, int value) {
    ints[(row << INTS_SHIFT) + GROWTH_RESIDUE] = value;
  }
}
