package io.github.adaptertwin.surrogate.linear;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.surrogate.Regressor;
import java.util.List;

/** intercept + sum of coefficient * feature. Immutable and thread-safe. */
public final class LinearModel implements Regressor {
  private static final long serialVersionUID = 1L;

  private final ImmutableList<String> features;
  private final double[] coefficients;
  private final double intercept;

  LinearModel(List<String> features, double[] coefficients, double intercept) {
    this.features = ImmutableList.copyOf(features);
    this.coefficients = coefficients;
    this.intercept = intercept;
  }

  /** {@return names of the features; unmodifiable} */
  public List<String> features() {
    return features;
  }

  /**
   * {@return coefficient of a feature}
   *
   * @param feature in [0, number of features)
   */
  public double coefficient(int feature) {
    return coefficients[feature];
  }

  /** {@return prediction where all features are 0} */
  public double intercept() {
    return intercept;
  }

  @Override
  public double predict(double[] row) {
    if (row.length != coefficients.length) {
      throw new IllegalArgumentException(
          "row has " + row.length + " values, the model has " + coefficients.length + " features");
    }
    double sum = intercept;
    for (int f = 0; f < row.length; f++) {
      sum += coefficients[f] * row[f];
    }
    return sum;
  }
}
