package io.github.adaptertwin.core.engine;

import java.util.Arrays;

/**
 * The smallest of at most one long key for each row [0, n): a winner tree over a fixed leaf for
 * each row. A change plays the games on the way from its leaf towards the root, as far as they can
 * end otherwise than before; who wins one is a coin toss that no processor foresees, so that is
 * arithmetic and no branch.
 */
final class RowTournament {
  /** Above every key, and near enough that the difference of two keys fits a long. */
  static final long ABSENT = 1L << 62;

  private final int leaves;
  private final long[] winner;

  RowTournament(int rows) {
    leaves = rows == 1 ? 1 : Integer.highestOneBit(rows - 1) << 1;
    winner = new long[2 * leaves];
    clear();
  }

  void clear() {
    Arrays.fill(winner, ABSENT);
  }

  /** {@return the smallest key, or ABSENT} */
  long first() {
    return winner[1];
  }

  /**
   * Gives a row a key.
   *
   * @param key in [0, ABSENT), or ABSENT to take the row out; no other row has it
   */
  void put(int row, long key) {
    int leaf = row + leaves;
    long old = winner[leaf];
    winner[leaf] = key;
    if (key < old) {
      rise(leaf, key);
    } else if (key > old) {
      sink(leaf, key, old);
    }
  }

  /** A smaller key wins until it meets one that is smaller still. */
  private void rise(int leaf, long key) {
    for (int at = leaf >>> 1; at > 0 && winner[at] > key; at >>>= 1) {
      winner[at] = key;
    }
  }

  /** Where the smaller key had won, the games are played again. */
  private void sink(int leaf, long key, long old) {
    long best = key;
    for (int at = leaf; at > 1 && winner[at >>> 1] == old; at >>>= 1) {
      long difference = winner[at ^ 1] - best;
      best += difference & (difference >> 63);
      winner[at >>> 1] = best;
    }
  }
}
