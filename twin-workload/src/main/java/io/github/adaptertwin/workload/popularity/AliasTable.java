package io.github.adaptertwin.workload.popularity;

import io.github.adaptertwin.core.random.RandomStream;
import java.io.Serializable;

/**
 * Draws an index in proportion to weights in constant time: A. J. Walker's alias method with the
 * table built as by M. D. Vose ("A linear algorithm for generating random numbers with a given
 * distribution", IEEE TSE 17(9), 1991). One random word a draw. Immutable and thread-safe.
 */
public final class AliasTable implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final double TWO_TO_32 = 0x1.0p32;

  private final int[] alias;

  /** Own share of each cell in units of 2^-32. */
  private final long[] share;

  private AliasTable(int[] alias, long[] share) {
    this.alias = alias;
    this.share = share;
  }

  /**
   * Makes a table.
   *
   * @param weights each above 0 and finite, at least one
   * @return the table
   * @throws IllegalArgumentException if there is no weight or one is not above 0 and finite
   */
  public static AliasTable of(double[] weights) {
    int n = weights.length;
    if (n == 0) {
      throw new IllegalArgumentException("there is no weight; give at least one");
    }
    double total = 0;
    for (double weight : weights) {
      if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("weight is " + weight + ", must be above 0 and finite");
      }
      total += weight;
    }
    double[] rest = new double[n];
    int[] order = new int[n];
    int small = 0;
    int large = n;
    for (int i = 0; i < n; i++) {
      rest[i] = weights[i] / total * n;
      order[rest[i] < 1 ? small++ : --large] = i;
    }
    int[] alias = new int[n];
    long[] share = new long[n];
    int[] stack = new int[n];
    System.arraycopy(order, 0, stack, 0, small);
    while (small > 0 && large < n) {
      int poor = stack[--small];
      int rich = order[large];
      alias[poor] = rich;
      share[poor] = (long) (rest[poor] * TWO_TO_32);
      rest[rich] -= 1 - rest[poor];
      if (rest[rich] < 1) {
        stack[small++] = rich;
        large++;
      }
    }
    // What is left is full but for rounding.
    while (small > 0) {
      int full = stack[--small];
      alias[full] = full;
      share[full] = (long) TWO_TO_32;
    }
    for (; large < n; large++) {
      alias[order[large]] = order[large];
      share[order[large]] = (long) TWO_TO_32;
    }
    return new AliasTable(alias, share);
  }

  /** {@return number of weights} */
  public int size() {
    return alias.length;
  }

  /**
   * Draws an index for each place of an array: the same as a call of {@link #draw} for each.
   *
   * @param stream where the randomness comes from
   * @param words as many places, which are written over
   * @param to where the indices go
   */
  public void drawAll(RandomStream stream, long[] words, int[] to) {
    stream.nextLongs(words);
    for (int i = 0; i < to.length; i++) {
      to[i] = indexOf(words[i]);
    }
  }

  /**
   * Draws an index.
   *
   * @param stream where the randomness comes from
   * @return an index of a weight
   */
  public int draw(RandomStream stream) {
    return indexOf(stream.nextLong());
  }

  private int indexOf(long bits) {
    int cell = (int) (((bits >>> 32) * alias.length) >>> 32);
    // All ones for its own share, else none: a coin toss that would be a branch nobody foresees.
    int own = (int) (((bits & 0xffff_ffffL) - share[cell]) >> 63);
    return alias[cell] ^ ((alias[cell] ^ cell) & own);
  }
}
