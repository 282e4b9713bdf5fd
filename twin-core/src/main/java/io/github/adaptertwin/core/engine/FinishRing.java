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

  /** Row of the request on top of each bucket. */
  private final int[] top = new int[BUCKETS];

  private final long[] used = new long[WORDS];
  private int[] due = new int[64];

  /** Makes a ring that is to be cleared before it is used. */
  FinishRing(RequestTable requests) {
    this.requests = requests;
  }

  void clear() {
    Arrays.fill(top, NONE);
    Arrays.fill(used, 0);
  }

  void add(Request request) {
    int bucket = (int) request.finishStep & MASK;
    request.finishingBelow = top[bucket];
    top[bucket] = request.row;
    used[bucket >>> 6] |= 1L << bucket;
  }

  /** Takes out a request that does not finish now; it is near the top if it joined late. */
  void remove(Request request) {
    int bucket = (int) request.finishStep & MASK;
    int below = request.finishingBelow;
    if (top[bucket] == request.row) {
      top[bucket] = below;
      if (below == NONE) {
        used[bucket >>> 6] &= ~(1L << bucket);
      }
      return;
    }
    Request above = requests.at(top[bucket]);
    while (above.finishingBelow != request.row) {
      above = requests.at(above.finishingBelow);
    }
    above.finishingBelow = below;
  }

  /** {@return whether a request may finish with a step} */
  boolean isAnyDue(long step) {
    return top[(int) step & MASK] != NONE;
  }

  /**
   * Takes out the requests that finish with a step.
   *
   * @return their number; {@link #due} tells them
   */
  int takeDue(long step) {
    int bucket = (int) step & MASK;
    int row = top[bucket];
    int count = 0;
    int above = NONE;
    top[bucket] = NONE;
    if (row != NONE) {
      // Mostly there is one.
      Request only = requests.at(row);
      if (only.finishingBelow == NONE && only.finishStep == step) {
        used[bucket >>> 6] &= ~(1L << bucket);
        due[0] = row;
        return 1;
      }
    }
    while (row != NONE) {
      Request request = requests.at(row);
      int below = request.finishingBelow;
      if (request.finishStep == step) {
        if (count == due.length) {
          due = Arrays.copyOf(due, 2 * count);
        }
        due[count++] = row;
      } else {
        request.finishingBelow = NONE;
        if (above == NONE) {
          top[bucket] = row;
        } else {
          requests.at(above).finishingBelow = row;
        }
        above = row;
      }
      row = below;
    }
    if (above == NONE) {
      used[bucket >>> 6] &= ~(1L << bucket);
    }
    return count;
  }

  /**
   * {@return row of one of the {@code count} requests taken out last, in the order in which they
   * joined}
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
