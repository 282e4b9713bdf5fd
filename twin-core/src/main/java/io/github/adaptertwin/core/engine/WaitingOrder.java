package io.github.adaptertwin.core.engine;

import java.util.Arrays;

/**
 * A set of places in a queue that is entered at both ends and left anywhere, with the number of
 * places before a given one: a bitmap over a ring, with the number of bits in each block of 512 and
 * in each group of 64 blocks. Entering and leaving cost a constant; counting costs a few hundred
 * additions at most, and one for each 32,768 places of the window, from the first to the last.
 */
final class WaitingOrder {
  private static final int WORD_SHIFT = 6;
  private static final int BLOCK_SHIFT = 9;
  private static final int GROUP_SHIFT = 15;
  private static final int BLOCK = 1 << BLOCK_SHIFT;
  private static final int WORDS_A_BLOCK = 1 << (BLOCK_SHIFT - WORD_SHIFT);
  private static final int BLOCKS_A_GROUP = 1 << (GROUP_SHIFT - BLOCK_SHIFT);
  private static final int FIRST_CAPACITY = 1 << GROUP_SHIFT;

  private long[] words = new long[FIRST_CAPACITY >>> WORD_SHIFT];
  private int[] blocks = new int[FIRST_CAPACITY >>> BLOCK_SHIFT];
  private int[] groups = new int[FIRST_CAPACITY >>> GROUP_SHIFT];
  private int mask = FIRST_CAPACITY - 1;

  /** No place before it is taken; brought up to date only where it counts. */
  private long first;

  private long end;
  private int size;

  void clear() {
    if (size > 0) {
      Arrays.fill(words, 0);
      Arrays.fill(blocks, 0);
      Arrays.fill(groups, 0);
    }
    first = 0;
    end = 0;
    size = 0;
  }

  int size() {
    return size;
  }

  /**
   * Enters behind every place that was ever taken at this end.
   *
   * @param place above each of those
   */
  void addLast(long place) {
    if (size == 0) {
      first = place;
    }
    reserve(place, place + 1);
    set(place);
    end = place + 1;
  }

  /** A place was taken and left again without being entered. */
  void pass(long place) {
    end = Math.max(end, place + 1);
  }

  /** {@return a place before every place that is taken, which is entered} */
  long addFirst() {
    if (size == 0) {
      first = end;
    }
    long place = first - 1;
    add(place);
    return place;
  }

  /** Enters a place that was left or passed before, or one before all. */
  void add(long place) {
    if (size == 0) {
      first = place;
    }
    reserve(place, end);
    first = Math.min(first, place);
    set(place);
  }

  void remove(long place) {
    int bit = (int) place & mask;
    words[bit >>> WORD_SHIFT] &= ~(1L << bit);
    size--;
    blocks[bit >>> BLOCK_SHIFT]--;
    groups[bit >>> GROUP_SHIFT]--;
  }

  /** {@return number of places taken before a place} */
  int countBefore(long place) {
    first = size == 0 ? end : next(first);
    if (place <= first) {
      return 0;
    }
    int from = (int) first & mask;
    int to = (int) place & mask;
    return from <= to ? between(from, to) : size - between(to, from);
  }

  /** First taken place at or after one; there is one. */
  private long next(long place) {
    long at = place;
    while (true) {
      int bit = (int) at & mask;
      if ((bit & (BLOCK - 1)) == 0 && blocks[bit >>> BLOCK_SHIFT] == 0) {
        at += BLOCK;
        continue;
      }
      long rest = words[bit >>> WORD_SHIFT] >>> bit;
      if (rest != 0) {
        return at + Long.numberOfTrailingZeros(rest);
      }
      at += Long.SIZE - (bit & (Long.SIZE - 1));
    }
  }

  private void set(long place) {
    int bit = (int) place & mask;
    words[bit >>> WORD_SHIFT] |= 1L << bit;
    size++;
    blocks[bit >>> BLOCK_SHIFT]++;
    groups[bit >>> GROUP_SHIFT]++;
  }

  /** Bits set in [from, to). */
  private int between(int from, int to) {
    return prefix(to) - prefix(from) + groupsBetween(from >>> GROUP_SHIFT, to >>> GROUP_SHIFT);
  }

  private int groupsBetween(int from, int to) {
    int sum = 0;
    for (int g = from; g < to; g++) {
      sum += groups[g];
    }
    return sum;
  }

  /** Bits set from the begin of a bit's group up to it. */
  private int prefix(int bit) {
    int block = bit >>> BLOCK_SHIFT;
    int sum = 0;
    for (int b = block & -BLOCKS_A_GROUP; b < block; b++) {
      sum += blocks[b];
    }
    int word = bit >>> WORD_SHIFT;
    for (int w = block * WORDS_A_BLOCK; w < word; w++) {
      sum += Long.bitCount(words[w]);
    }
    return sum + Long.bitCount(words[word] & ((1L << bit) - 1));
  }

  /** Makes room for a place, which may be the first or the last. */
  private void reserve(long place, long newEnd) {
    if (newEnd - Math.min(first, place) > mask) {
      first = size == 0 ? first : next(first);
      long window = newEnd - Math.min(first, place);
      if (window > mask) {
        enlarge(window);
      }
    }
  }

  private void enlarge(long window) {
    long[] old = words;
    int oldMask = mask;
    long capacity = mask + 1L;
    while (window > capacity - 1) {
      capacity *= 2;
    }
    mask = Math.toIntExact(capacity - 1);
    words = new long[(int) (capacity >>> WORD_SHIFT)];
    blocks = new int[(int) (capacity >>> BLOCK_SHIFT)];
    groups = new int[(int) (capacity >>> GROUP_SHIFT)];
    int left = size;
    size = 0;
    for (long place = first; left > 0; place++) {
      int bit = (int) place & oldMask;
      if ((old[bit >>> WORD_SHIFT] >>> bit & 1) != 0) {
        set(place);
        left--;
      }
    }
  }
}
