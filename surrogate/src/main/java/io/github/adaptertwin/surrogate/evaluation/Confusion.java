package io.github.adaptertwin.surrogate.evaluation;

/**
 * How often two classes were told apart. A ratio whose denominator is 0 is NaN, except that a score
 * of a class that neither occurs nor is predicted is 1.
 *
 * @param truePositives class 1 that was called 1
 * @param falsePositives class 0 that was called 1
 * @param falseNegatives class 1 that was called 0
 * @param trueNegatives class 0 that was called 0
 */
public record Confusion(
    long truePositives, long falsePositives, long falseNegatives, long trueNegatives) {

  /**
   * Counts.
   *
   * @param truth 1 or 0
   * @param probability predicted probability of class 1, as many
   * @param bound probability from which on class 1 is called, inclusive
   * @return the counts
   * @throws IllegalArgumentException if the lengths differ or a truth is neither 0 nor 1
   */
  public static Confusion of(double[] truth, double[] probability, double bound) {
    if (truth.length != probability.length) {
      throw new IllegalArgumentException(
          "there are " + truth.length + " truths and " + probability.length + " predictions");
    }
    long[] counts = new long[4];
    for (int i = 0; i < truth.length; i++) {
      if (truth[i] != 0 && truth[i] != 1) {
        throw new IllegalArgumentException(
            "row " + i + ": truth is " + truth[i] + ", must be 0 or 1");
      }
      counts[(truth[i] == 1 ? 0 : 1) + (probability[i] >= bound ? 0 : 2)]++;
    }
    return new Confusion(counts[0], counts[1], counts[2], counts[3]);
  }

  /** {@return share of all that was called right} */
  public double accuracy() {
    double all = truePositives + falsePositives + falseNegatives + (double) trueNegatives;
    return (truePositives + trueNegatives) / all;
  }

  /** {@return share of what was called 1 that is 1} */
  public double precision() {
    return truePositives / (double) (truePositives + falsePositives);
  }

  /** {@return share of class 1 that was called 1} */
  public double recall() {
    return truePositives / (double) (truePositives + falseNegatives);
  }

  /** {@return harmonic mean of precision and recall of class 1} */
  public double f1() {
    return f1(truePositives, falsePositives, falseNegatives);
  }

  /** {@return mean of the two classes' F1} */
  public double macroF1() {
    return (f1() + f1(trueNegatives, falseNegatives, falsePositives)) / 2;
  }

  private static double f1(long right, long falsely, long missed) {
    long seen = 2 * right + falsely + missed;
    return seen == 0 ? 1 : 2.0 * right / seen;
  }
}
