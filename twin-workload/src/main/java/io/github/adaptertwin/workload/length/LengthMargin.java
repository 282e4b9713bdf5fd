package io.github.adaptertwin.workload.length;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The law of one length by itself, input or output. Immutable and thread-safe; {@link
 * CoupledLengths} makes pairs of two.
 */
public sealed interface LengthMargin extends Serializable {
  /**
   * Tabulates the law.
   *
   * @param what "input" or "output", for messages
   * @param points number of values, at least 1
   * @return the quantiles at (i + .5) / points, ascending
   * @throws IllegalArgumentException if no law has the stated figures; the message says what is
   *     nearest
   */
  int[] tabulate(String what, int points);

  /** {@return the stated mean in tokens, above 0} */
  double meanTokens();

  /**
   * Always the same length.
   *
   * @param tokens at least 1
   */
  record Fixed(int tokens) implements LengthMargin {
    /** Checks the length. */
    public Fixed {
      if (tokens < 1) {
        throw new IllegalArgumentException("length is " + tokens + " tokens, must be at least 1");
      }
    }

    @Override
    public double meanTokens() {
      return tokens;
    }

    @Override
    public int[] tabulate(String what, int points) {
      int[] values = new int[points];
      Arrays.fill(values, tokens);
      return values;
    }
  }

  /**
   * A family restricted to whole numbers in a range, with the mean and deviation that it has there:
   * both are kept within .1 %, or {@link #tabulate} says that no such law exists.
   *
   * @param family gamma, lognormal or Weibull
   * @param meanTokens mean, inside (least, most)
   * @param sdTokens standard deviation, above 0
   * @param least smallest length, at least 1
   * @param most largest length, above {@code least}, at most 10 million
   */
  record Restricted(LengthFamily family, double meanTokens, double sdTokens, int least, int most)
      implements LengthMargin {
    /** Longest length that is taken for one. */
    private static final int LONGEST = 10_000_000;

    /** Checks the range; whether the law exists is found when it is tabulated. */
    public Restricted {
      if (least < 1 || most <= least || most > LONGEST) {
        throw new IllegalArgumentException(
            "lengths lie in ["
                + least
                + ", "
                + most
                + "]; the range must begin at 1 or above, ascend, and end at 10 million or below");
      }
      if (!(meanTokens > least && meanTokens < most && sdTokens > 0)) {
        throw new IllegalArgumentException(
            "lengths in ["
                + least
                + ", "
                + most
                + "] have mean "
                + meanTokens
                + " and standard deviation "
                + sdTokens
                + "; the mean must lie inside and the deviation above 0");
      }
    }

    @Override
    public int[] tabulate(String what, int points) {
      TruncatedLaw law = TruncatedLaw.solve(family, what, meanTokens, sdTokens, least, most);
      int[] values = new int[points];
      for (int i = 0; i < points; i++) {
        values[i] = law.quantile((i + 0.5) / points);
      }
      return values;
    }

    Restricted withMean(double newMeanTokens) {
      return new Restricted(family, newMeanTokens, sdTokens, least, most);
    }
  }

  /** The values of a sample, each as likely. */
  final class Empirical implements LengthMargin {
    private static final long serialVersionUID = 1L;

    private final int[] sorted;
    private final double mean;

    private Empirical(int[] sorted) {
      this.sorted = sorted;
      mean = Arrays.stream(sorted).asLongStream().sum() / (double) sorted.length;
    }

    /**
     * {@return the law of a sample}
     *
     * @param tokens lengths in any order, each at least 1, at least one
     * @throws IllegalArgumentException if there is no length or one is below 1
     */
    public static Empirical of(int... tokens) {
      int[] sorted = tokens.clone();
      Arrays.sort(sorted);
      if (sorted.length == 0 || sorted[0] < 1) {
        throw new IllegalArgumentException(
            "the shortest of "
                + sorted.length
                + " lengths is "
                + (sorted.length == 0 ? "missing" : String.valueOf(sorted[0]))
                + "; give at least one, each at least 1");
      }
      return new Empirical(sorted);
    }

    /** {@return the sample in ascending order; a copy} */
    public int[] tokens() {
      return sorted.clone();
    }

    @Override
    public double meanTokens() {
      return mean;
    }

    @Override
    public int[] tabulate(String what, int points) {
      int[] values = new int[points];
      for (int i = 0; i < points; i++) {
        values[i] = sorted[(int) ((i + 0.5) / points * sorted.length)];
      }
      return values;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Empirical e && Arrays.equals(sorted, e.sorted);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(sorted);
    }
  }
}
