package io.github.adaptertwin.surrogate.evaluation;

/** Measures of error between truths and predictions, in the order of rows. */
public final class Errors {
  private Errors() {}

  /**
   * {@return mean absolute percentage error, 100 * mean(|y - p| / |y|)}
   *
   * @param truth true values, none of them 0
   * @param prediction predictions, as many
   */
  public static double mape(double[] truth, double[] prediction) {
    check(truth, prediction);
    double sum = 0;
    for (int i = 0; i < truth.length; i++) {
      sum += Math.abs(truth[i] - prediction[i]) / Math.abs(truth[i]);
    }
    return 100 * sum / truth.length;
  }

  /**
   * {@return PAPER's symmetric error, 100 * mean(|y - p| / (|y| + |p|)): half of the usual
   * definition, so 5 % here is about 10 % of the value; a pair of zeros counts 0}
   *
   * @param truth true values
   * @param prediction predictions, as many
   */
  public static double smapePaper(double[] truth, double[] prediction) {
    check(truth, prediction);
    double sum = 0;
    for (int i = 0; i < truth.length; i++) {
      double size = Math.abs(truth[i]) + Math.abs(prediction[i]);
      sum += size == 0 ? 0 : Math.abs(truth[i] - prediction[i]) / size;
    }
    return 100 * sum / truth.length;
  }

  private static void check(double[] truth, double[] prediction) {
    if (truth.length == 0 || truth.length != prediction.length) {
      throw new IllegalArgumentException(
          "there are "
              + truth.length
              + " truths and "
              + prediction.length
              + " predictions; give the same number of both, at least one");
    }
  }
}
