package io.github.adaptertwin.core.engine;

import static io.github.adaptertwin.core.engine.RequestTable.NONE;

import java.util.Arrays;

/**
 * The decoding requests by the step that makes their last token: a ring of buckets with a bitmap of
 * the ones in use. A request that finishes further away than the ring is long sits in its bucket
 * for several turns.
 */
final class FinishRing {
  /** Length of a turn in steps. */
  static final int BUCKETS = 4096;

  private static final int MASK = BUCKETS - 1;
  private static final int WORDS = BUCKETS / Long.SIZE;

  private final RequestTable requests;
  private final int[] first = new int[BUCKETS];
  private final int[] last = new int[BUCKETS];
  private final long[] used = new long[WORDS];

  FinishRing(RequestTable requests) {
    this.requests = requests;
  }

  void clear() {
    Arrays.fill(used, 0);
  }

  /** Adds a request behind those that finish in the same step. */
  void add(int request) {
    int bucket = (int) requests.finishStep(request) & MASK;
    long bit = 1L << bucket;
    requests.setFinishingAfter(request, NONE);
    if ((used[bucket >>> 6] & bit) == 0) {
      used[bucket >>> 6] |= bit;
      first[bucket] = request;
      requests.setFinishingBefore(request, NONE);
    } else {
      int before = last[bucket];
      requests.setFinishingBefore(request, before);
      requests.setFinishingAfter(before, request);
    }
    last[bucket] = request;
  }

  void remove(int request) {
    int bucket = (int) requests.finishStep(request) & MASK;
    int before = requests.finishingBefore(request);
    int after = requests.finishingAfter(request);
    if (before == NONE && after == NONE) {
      used[bucket >>> 6] &= ~(1L << bucket);
      return;
    }
    if (before == NONE) {
      first[bucket] = after;
    } else {
      requests.setFinishingAfter(before, after);
    }
    if (after == NONE) {
      last[bucket] = before;
    } else {
      requests.setFinishingBefore(after, before);
    }
  }

  /** {@return first request of the bucket of a step, or NONE; others by finishingAfter} */
  int firstOf(long step) {
    int bucket = (int) step & MASK;
    return (used[bucket >>> 6] >>> bucket & 1) == 0 ? NONE : first[bucket];
  }

  /** {@return steps from a step until the next bucket in use; a whole turn if there is none} */
  int stepsUntilNext(long step) {
    int bucket = (int) step & MASK;
    int word = bucket >>> 6;
    long rest = used[word] >>> bucket;
    if (rest != 0) {
      return Long.numberOfTrailingZeros(rest);
    }
    int distance = Long.SIZE - (bucket & (Long.SIZE - 1));
    for (int i = 1; i <= WORDS; i++) {
      long bits = used[(word + i) & (WORDS - 1)];
      if (bits != 0) {
        return distance + Long.numberOfTrailingZeros(bits);
      }
      distance += Long.SIZE;
    }
    return BUCKETS;
  }
}
