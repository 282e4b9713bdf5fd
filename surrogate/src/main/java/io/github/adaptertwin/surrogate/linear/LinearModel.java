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

  /**
   * Makes a model of known coefficients.
   *
   * @param features names of the features
   * @param coefficients one for each feature; copied
   * @param intercept prediction where all features are 0
   * @throws IllegalArgumentException if the numbers of names and coefficients differ
   */
  public LinearModel(List<String> features, double[] coefficients, double intercept) {
    if (features.size() != coefficients.length) {
      throw new IllegalArgumentException(
          "there are "
              + features.size()
              + " features and "
              + coefficients.length
              + " coefficients; give one for each");
    }
    this.features = ImmutableList.copyOf(features);
    this.coefficients = coefficients.clone();
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
