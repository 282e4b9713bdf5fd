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

  /**
   * {@return root of the mean squared error}
   *
   * @param truth true values
   * @param prediction predictions, as many
   */
  public static double rmse(double[] truth, double[] prediction) {
    check(truth, prediction);
    double sum = 0;
    for (int i = 0; i < truth.length; i++) {
      double off = truth[i] - prediction[i];
      sum += off * off;
    }
    return Math.sqrt(sum / truth.length);
  }

  /**
   * {@return mean absolute error}
   *
   * @param truth true values
   * @param prediction predictions, as many
   */
  public static double mae(double[] truth, double[] prediction) {
    check(truth, prediction);
    double sum = 0;
    for (int i = 0; i < truth.length; i++) {
      sum += Math.abs(truth[i] - prediction[i]);
    }
    return sum / truth.length;
  }

  /**
   * {@return share of the variance that is explained: 1 - sum of squared errors / sum of squares
   * about the mean; NaN if the truth does not vary}
   *
   * @param truth true values
   * @param prediction predictions, as many
   */
  public static double rSquared(double[] truth, double[] prediction) {
    check(truth, prediction);
    double mean = 0;
    for (double y : truth) {
      mean += (y - truth[0]) / truth.length;
    }
    mean += truth[0];
    double errors = 0;
    double squares = 0;
    for (int i = 0; i < truth.length; i++) {
      errors += (truth[i] - prediction[i]) * (truth[i] - prediction[i]);
      squares += (truth[i] - mean) * (truth[i] - mean);
    }
    return squares == 0 ? Double.NaN : 1 - errors / squares;
  }

  /**
   * {@return mean pinball loss of a predicted quantile: level * (y - p) above the prediction, (1 -
   * level) * (p - y) below}
   *
   * @param truth true values
   * @param prediction predictions, as many
   * @param level of the quantile, in (0, 1)
   */
  public static double pinball(double[] truth, double[] prediction, double level) {
    check(truth, prediction);
    double sum = 0;
    for (int i = 0; i < truth.length; i++) {
      double off = truth[i] - prediction[i];
      sum += off >= 0 ? level * off : (level - 1) * off;
    }
    return sum / truth.length;
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
