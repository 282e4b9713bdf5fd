package io.github.adaptertwin.workload.length;

import io.github.adaptertwin.core.random.RandomStream;

/**
 * Every request has the same lengths.
 *
 * @param inputTokens at least 1
 * @param outputTokens at least 1; both together at most 2^31 - 1
 */
public record FixedLengths(int inputTokens, int outputTokens) implements LengthLaw {
  /**
   * Checks the lengths.
   *
   * @throws IllegalArgumentException if a length is outside its bound
   */
  public FixedLengths {
    if (inputTokens < 1
        || outputTokens < 1
        || (long) inputTokens + outputTokens > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "lengths are "
              + inputTokens
              + " input and "
              + outputTokens
              + " output tokens, both must be at least 1 and together at most 2^31 - 1");
    }
  }

  @Override
  public long draw(RandomStream stream) {
    return (long) inputTokens << 32 | outputTokens;
  }

  @Override
  public long[] drawSum(RandomStream stream, long count) {
    return new long[] {count * inputTokens, count * outputTokens};
  }

  @Override
  public double meanInputTokens() {
    return inputTokens;
  }

  @Override
  public double meanOutputTokens() {
    return outputTokens;
  }

  @Override
  public int maxTotalTokens() {
    return inputTokens + outputTokens;
  }
}
