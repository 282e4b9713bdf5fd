package io.github.adaptertwin.workload.length;

import io.github.adaptertwin.core.random.RandomStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Pairs drawn with equal probability from a finite pool: the joint rows of a trace, or the
 * quantiles of a law ({@link TruncatedGammaPair}). Its means are those of the pool, exactly.
 */
public final class PooledLengths implements LengthLaw {
  private static final long serialVersionUID = 1L;
  private static final long ONE_BY_ONE = 1000;

  /** Rows of lengths up to 65,535, packed so that a large pool stays in cache; else null. */
  private final int @Nullable [] shortPairs;

  private final long[] pairs;
  private final double meanInput;
  private final double meanOutput;
  private final double sdInput;

  /** Part of the output that goes with the input, and standard deviation of the rest. */
  private final double slope;

  private final double sdRest;
  private final int maxTotal;

  private PooledLengths(long[] pairs) {
    this.pairs = pairs;
    long input = 0;
    long output = 0;
    int most = 0;
    for (long pair : pairs) {
      input += LengthLaw.input(pair);
      output += LengthLaw.output(pair);
      most = Math.max(most, LengthLaw.input(pair) + LengthLaw.output(pair));
    }
    shortPairs = most < 1 << 16 ? shorten(pairs) : null;
    meanInput = input / (double) pairs.length;
    meanOutput = output / (double) pairs.length;
    maxTotal = most;
    double squares = 0;
    double products = 0;
    double outputSquares = 0;
    for (long pair : pairs) {
      double x = LengthLaw.input(pair) - meanInput;
      double y = LengthLaw.output(pair) - meanOutput;
      squares += x * x;
      products += x * y;
      outputSquares += y * y;
    }
    sdInput = Math.sqrt(squares / pairs.length);
    slope = squares == 0 ? 0 : products / squares;
    sdRest = Math.sqrt(Math.max(0, outputSquares - slope * products) / pairs.length);
  }

  /**
   * Makes a pool.
   *
   * @param inputTokens input tokens by row, each at least 1
   * @param outputTokens output tokens by row, each at least 1
   * @return the law that draws rows
   * @throws IllegalArgumentException if there is no row, the columns differ in length, a length is
   *     below 1, or the two of a row come to more than 2^31 - 1
   */
  public static PooledLengths ofRows(int[] inputTokens, int[] outputTokens) {
    if (inputTokens.length == 0 || inputTokens.length != outputTokens.length) {
      throw new IllegalArgumentException(
          "there are "
              + inputTokens.length
              + " inputs and "
              + outputTokens.length
              + " outputs; give the same number of both, at least one");
    }
    long[] pairs = new long[inputTokens.length];
    for (int i = 0; i < pairs.length; i++) {
      if (inputTokens[i] < 1 || outputTokens[i] < 1) {
        throw new IllegalArgumentException(
            "row "
                + i
                + " has "
                + inputTokens[i]
                + " input and "
                + outputTokens[i]
                + " output tokens, both must be at least 1");
      }
      if ((long) inputTokens[i] + outputTokens[i] > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "row "
                + i
                + " has "
                + ((long) inputTokens[i] + outputTokens[i])
                + " tokens, must have at most 2^31 - 1");
      }
      pairs[i] = (long) inputTokens[i] << 32 | outputTokens[i];
    }
    return new PooledLengths(pairs);
  }

  private static int[] shorten(long[] pairs) {
    int[] result = new int[pairs.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = LengthLaw.input(pairs[i]) << 16 | LengthLaw.output(pairs[i]);
    }
    return result;
  }

  /** {@return number of rows in the pool} */
  public int rows() {
    return pairs.length;
  }

  /**
   * {@return a row of the pool, packed as {@link #draw} packs it}
   *
   * @param row index in [0, rows)
   */
  public long pair(int row) {
    return pairs[row];
  }

  /** {@return input tokens of the rows; a copy} */
  public int[] inputTokens() {
    return Arrays.stream(pairs).mapToInt(LengthLaw::input).toArray();
  }

  /** {@return output tokens of the rows; a copy} */
  public int[] outputTokens() {
    return Arrays.stream(pairs).mapToInt(LengthLaw::output).toArray();
  }

  @Override
  public long draw(RandomStream stream) {
    int row = stream.nextInt(pairs.length);
    if (shortPairs == null) {
      return pairs[row];
    }
    int pair = shortPairs[row];
    return (long) (pair >>> 16) << 32 | (pair & 0xffff);
  }

  @Override
  public void drawAll(RandomStream stream, long[] to) {
    int rows = pairs.length;
    if (shortPairs == null || Integer.bitCount(rows) != 1) {
      LengthLaw.super.drawAll(stream, to);
      return;
    }
    // The stream's draw of an integer below a power of two is the top of one word.
    stream.nextLongs(to);
    int rest = Long.numberOfLeadingZeros(rows) + 1;
    for (int i = 0; i < to.length; i++) {
      int pair = shortPairs[(int) (to[i] >>> 1 >>> (rest - 1))];
      to[i] = (long) (pair >>> 16) << 32 | (pair & 0xffff);
    }
  }

  @Override
  public long[] drawSum(RandomStream stream, long count) {
    long input = 0;
    long output = 0;
    if (count <= ONE_BY_ONE) {
      for (long i = 0; i < count; i++) {
        long pair = draw(stream);
        input += LengthLaw.input(pair);
        output += LengthLaw.output(pair);
      }
      return new long[] {input, output};
    }
    double root = Math.sqrt((double) count);
    double x = sdInput * root * stream.nextGaussian();
    double y = slope * x + sdRest * root * stream.nextGaussian();
    input = Math.round(count * meanInput + x);
    output = Math.round(count * meanOutput + y);
    return new long[] {Math.max(count, input), Math.max(count, output)};
  }

  @Override
  public double meanInputTokens() {
    return meanInput;
  }

  @Override
  public double meanOutputTokens() {
    return meanOutput;
  }

  @Override
  public int maxTotalTokens() {
    return maxTotal;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PooledLengths p && Arrays.equals(pairs, p.pairs);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(pairs);
  }
}
