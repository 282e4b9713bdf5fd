package io.github.adaptertwin.workload.session;

import java.util.Arrays;

/**
 * Which part of a sequence of adapters finds its adapter among the last ones used, for several
 * numbers of slots at once, in one pass: a request is a hit for every number of slots above its
 * depth in one list by recency (R. L. Mattson and others, "Evaluation techniques for storage
 * hierarchies", IBM Systems Journal 9(2), 1970). Memory and time per request are bounded by the
 * largest number of slots. Not thread-safe.
 */
public final class LruHitRatios {
  private static final int MOST_SLOTS = 1 << 16;

  private final int[] slots;
  private final long[] hits;
  private final int[] recent;
  private int used;
  private long count;

  /**
   * Makes a count without a request.
   *
   * @param slots numbers of slots, each in [1, 65536], at least one
   * @throws IllegalArgumentException if there is none or one is outside its bound
   */
  public LruHitRatios(int... slots) {
    int most = 0;
    for (int s : slots) {
      if (s < 1 || s > MOST_SLOTS) {
        throw new IllegalArgumentException("number of slots is " + s + ", must be in [1, 65536]");
      }
      most = Math.max(most, s);
    }
    if (most == 0) {
      throw new IllegalArgumentException("there is no number of slots; give at least one");
    }
    this.slots = slots.clone();
    hits = new long[slots.length];
    recent = new int[most];
  }

  /**
   * Counts a request.
   *
   * @param adapter any number that stands for its adapter
   */
  public void add(int adapter) {
    count++;
    int depth = 0;
    while (depth < used && recent[depth] != adapter) {
      depth++;
    }
    if (depth < used) {
      for (int i = 0; i < slots.length; i++) {
        hits[i] += depth < slots[i] ? 1 : 0;
      }
    } else if (used < recent.length) {
      used++;
    } else {
      depth = used - 1;
    }
    System.arraycopy(recent, 0, recent, 1, depth);
    recent[0] = adapter;
  }

  /** {@return number of requests counted} */
  public long count() {
    return count;
  }

  /** {@return the numbers of slots, as given; a copy} */
  public int[] slots() {
    return slots.clone();
  }

  /** {@return hits over requests for each number of slots; NaN if there was no request} */
  public double[] ratios() {
    double[] ratios = new double[slots.length];
    Arrays.setAll(ratios, i -> count == 0 ? Double.NaN : hits[i] / (double) count);
    return ratios;
  }
}
