package io.github.adaptertwin.core.engine;

import static io.github.adaptertwin.core.engine.RequestTable.NONE;

import java.util.Arrays;

/**
 * The decoding requests by the step that makes their last token: a ring of buckets with a bitmap of
 * the ones in use. A request that finishes further away than the ring is long sits in its bucket
 * for several turns. A bucket is a stack, so that entering it needs no branch; those that are due
 * come out in the order in which they went in.
 */
final class FinishRing {
  /** Length of a turn in steps. */
  static final int BUCKETS = 4096;

  private static final int MASK = BUCKETS - 1;
  private static final int WORDS = BUCKETS / Long.SIZE;

  private final RequestTable requests;
  private final int[] top = new int[BUCKETS];
  private final long[] used = new long[WORDS];
  private int[] due = new int[64];

  FinishRing(RequestTable requests) {
    this.requests = requests;
    clear();
  }

  void clear() {
    Arrays.fill(top, NONE);
    Arrays.fill(used, 0);
  }

  void add(int request) {
    int bucket = (int) requests.finishStep(request) & MASK;
    requests.setFinishingBelow(request, top[bucket]);
    top[bucket] = request;
    used[bucket >>> 6] |= 1L << bucket;
  }

  /** Takes out a request that does not finish now; it is near the top if it joined late. */
  void remove(int request) {
    int bucket = (int) requests.finishStep(request) & MASK;
    int below = requests.finishingBelow(request);
    if (top[bucket] == request) {
      top[bucket] = below;
      if (below == NONE) {
        used[bucket >>> 6] &= ~(1L << bucket);
      }
      return;
    }
    int above = top[bucket];
    while (requests.finishingBelow(above) != request) {
      above = requests.finishingBelow(above);
    }
    requests.setFinishingBelow(above, below);
  }

  /**
   * Takes out the requests that finish with a step.
   *
   * @return their number; {@link #due} tells them
   */
  int takeDue(long step) {
    int bucket = (int) step & MASK;
    int request = top[bucket];
    if (request == NONE) {
      return 0;
    }
    int count = 0;
    int above = NONE;
    top[bucket] = NONE;
    while (request != NONE) {
      int below = requests.finishingBelow(request);
      if (requests.finishStep(request) == step) {
        if (count == due.length) {
          due = Arrays.copyOf(due, 2 * count);
        }
        due[count++] = request;
      } else {
        requests.setFinishingBelow(request, NONE);
        if (above == NONE) {
          top[bucket] = request;
        } else {
          requests.setFinishingBelow(above, request);
        }
        above = request;
      }
      request = below;
    }
    if (above == NONE) {
      used[bucket >>> 6] &= ~(1L << bucket);
    }
    return count;
  }

  /**
   * {@return one of the {@code count} requests taken out last, in the order in which they joined}
   */
  int due(int at, int count) {
    return due[count - 1 - at];
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
