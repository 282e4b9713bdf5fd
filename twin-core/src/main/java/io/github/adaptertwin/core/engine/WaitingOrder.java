package io.github.adaptertwin.core.engine;

import java.util.Arrays;

/**
 * A set of places in a queue that is entered at both ends and left anywhere, with the number of
 * places before a given one: a bitmap over a ring, and a Fenwick tree over blocks of 512 bits.
 * Entering and leaving cost O(log window), the window being from the first to the last place.
 */
final class WaitingOrder {
  private static final int WORD_SHIFT = 6;
  private static final int BLOCK_SHIFT = 9;
  private static final int WORDS_A_BLOCK = 1 << (BLOCK_SHIFT - WORD_SHIFT);
  private static final int FIRST_CAPACITY = 1 << 12;

  private long[] words = new long[FIRST_CAPACITY >>> WORD_SHIFT];
  private int[] tree = new int[(FIRST_CAPACITY >>> BLOCK_SHIFT) + 1];
  private int mask = FIRST_CAPACITY - 1;
  private long first;
  private long end;
  private int size;

  void clear() {
    Arrays.fill(words, 0);
    Arrays.fill(tree, 0);
    first = 0;
    end = 0;
    size = 0;
  }

  int size() {
    return size;
  }

  /** Enters behind every place that was ever taken at this end. */
  long addLast() {
    reserve(first, end + 1);
    set(end);
    return end++;
  }

  /** Enters before every place that is taken. */
  long addFirst() {
    reserve(first - 1, end);
    set(--first);
    return first;
  }

  /** Enters a place that was left before. */
  void add(long place) {
    long newFirst = Math.min(first, place);
    reserve(newFirst, end);
    first = newFirst;
    set(place);
  }

  void remove(long place) {
    int bit = (int) place & mask;
    words[bit >>> WORD_SHIFT] &= ~(1L << bit);
    size--;
    count(bit >>> BLOCK_SHIFT, -1);
    if (size == 0) {
      first = end;
    } else if (place == first) {
      first = next(place + 1);
    }
  }

  /** {@return number of places taken before a place} */
  int countBefore(long place) {
    if (place <= first) {
      return 0;
    }
    int from = (int) first & mask;
    int to = (int) place & mask;
    return from <= to ? prefix(to) - prefix(from) : size - (prefix(from) - prefix(to));
  }

  /** First taken place at or after one; there is one. */
  private long next(long place) {
    long at = place;
    while (true) {
      int bit = (int) at & mask;
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
    count(bit >>> BLOCK_SHIFT, 1);
  }

  private void count(int block, int by) {
    for (int i = block + 1; i < tree.length; i += i & -i) {
      tree[i] += by;
    }
  }

  /** Bits set in [0, bit). */
  private int prefix(int bit) {
    int block = bit >>> BLOCK_SHIFT;
    int sum = 0;
    for (int i = block; i > 0; i -= i & -i) {
      sum += tree[i];
    }
    int word = bit >>> WORD_SHIFT;
    for (int w = block * WORDS_A_BLOCK; w < word; w++) {
      sum += Long.bitCount(words[w]);
    }
    return sum + Long.bitCount(words[word] & ((1L << bit) - 1));
  }

  private void reserve(long newFirst, long newEnd) {
    if (newEnd - newFirst > mask) {
      enlarge();
    }
  }

  private void enlarge() {
    long[] old = words;
    int oldMask = mask;
    int capacity = Math.multiplyExact(mask + 1, 2);
    words = new long[capacity >>> WORD_SHIFT];
    tree = new int[(capacity >>> BLOCK_SHIFT) + 1];
    mask = capacity - 1;
    size = 0;
    for (long place = first; place < end; place++) {
      int bit = (int) place & oldMask;
      if ((old[bit >>> WORD_SHIFT] >>> bit & 1) != 0) {
        set(place);
      }
    }
  }
}
