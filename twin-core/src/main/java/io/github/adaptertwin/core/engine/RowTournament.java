package io.github.adaptertwin.core.engine;

import java.util.Arrays;

/**
 * The smallest of at most one long key for each row [0, n): a winner tree over a fixed leaf for
 * each row. A change plays the games on the way from its leaf to the root, with arithmetic in place
 * of branches: which of two waiting adapters comes first is a coin toss that no processor foresees,
 * and that is what a heap would pay for at every level.
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
   * @param key in [0, ABSENT), or ABSENT to take the row out
   */
  void put(int row, long key) {
    int at = row + leaves;
    long best = key;
    winner[at] = key;
    while (at > 1) {
      long difference = winner[at ^ 1] - best;
      best += difference & (difference >> 63);
      at >>>= 1;
      if (winner[at] == best) {
        return;
      }
      winner[at] = best;
    }
  }
}
