package io.github.adaptertwin.workload.length;

import io.github.adaptertwin.core.random.RandomStream;
import java.io.Serializable;

/**
 * A law of (input, output) token pairs. Laws are immutable and thread-safe; drawing allocates
 * nothing.
 */
public sealed interface LengthLaw extends Serializable permits FixedLengths, PooledLengths {
  /**
   * Draws a pair.
   *
   * @param stream where the randomness comes from
   * @return the pair, packed; read it with {@link #input(long)} and {@link #output(long)}
   */
  long draw(RandomStream stream);

  /**
   * Draws a pair for each place of an array: the same as a call of {@link #draw} for each.
   *
   * @param stream where the randomness comes from
   * @param to where the pairs go
   */
  default void drawAll(RandomStream stream, long[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] = draw(stream);
    }
  }

  /**
   * Draws the sum of many pairs. Up to 1,000 pairs they are drawn one by one; above, the sum is
   * drawn from the normal law with the mean and covariance of the pairs, which is within the
   * rounding of such a sum's law.
   *
   * @param stream where the randomness comes from
   * @param count number of pairs, at least 0
   * @return input tokens and output tokens together
   */
  long[] drawSum(RandomStream stream, long count);

  /** {@return mean input tokens of a request} */
  double meanInputTokens();

  /** {@return mean output tokens of a request} */
  double meanOutputTokens();

  /** {@return most tokens of one request, input and output, that the law can draw} */
  int maxTotalTokens();

  /**
   * {@return input tokens of a packed pair}
   *
   * @param pair what {@link #draw} gave
   */
  static int input(long pair) {
    return (int) (pair >>> 32);
  }

  /**
   * {@return output tokens of a packed pair}
   *
   * @param pair what {@link #draw} gave
   */
  static int output(long pair) {
    return (int) pair;
  }
}
