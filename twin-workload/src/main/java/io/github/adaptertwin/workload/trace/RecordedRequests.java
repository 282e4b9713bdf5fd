package io.github.adaptertwin.workload.trace;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.LongArrayList;

/**
 * Arrivals and lengths of a recorded trace, before its requests are given adapters. Times start at
 * the first request. Immutable once read; safe to read from several threads.
 */
public final class RecordedRequests {
  private final LongArrayList arrivalPicos = new LongArrayList();
  private final IntArrayList inputTokens = new IntArrayList();
  private final IntArrayList outputTokens = new IntArrayList();

  RecordedRequests() {}

  void add(long arrival, int input, int output) {
    arrivalPicos.add(arrival);
    inputTokens.add(input);
    outputTokens.add(output);
  }

  /** {@return number of requests} */
  public int size() {
    return arrivalPicos.size();
  }

  /**
   * {@return arrival of a request in picoseconds from the first}
   *
   * @param index request in [0, size)
   */
  public long arrivalPicos(int index) {
    return arrivalPicos.getLong(index);
  }

  /**
   * {@return prompt tokens of a request}
   *
   * @param index request in [0, size)
   */
  public int inputTokens(int index) {
    return inputTokens.getInt(index);
  }

  /**
   * {@return generated tokens of a request}
   *
   * @param index request in [0, size)
   */
  public int outputTokens(int index) {
    return outputTokens.getInt(index);
  }

  int[] allInputTokens() {
    return inputTokens.toIntArray();
  }

  int[] allOutputTokens() {
    return outputTokens.toIntArray();
  }
}
