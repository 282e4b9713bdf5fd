package io.github.adaptertwin.surrogate.data;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of named features with one target. All values are finite: missing values and categories are
 * refused, because every feature of a GPU load is a known number. Immutable and thread-safe.
 */
public final class Dataset {
  private final ImmutableList<String> features;
  private final double[][] columns;
  private final double[] target;

  private Dataset(ImmutableList<String> features, double[][] columns, double[] target) {
    this.features = features;
    this.columns = columns;
    this.target = target;
  }

  /**
   * Starts a table.
   *
   * @param features names of the features, at least one
   * @return a builder without rows
   */
  public static Builder builder(List<String> features) {
    return new Builder(features);
  }

  /** {@return names of the features; unmodifiable} */
  public List<String> features() {
    return features;
  }

  /** {@return number of rows} */
  public int rows() {
    return target.length;
  }

  /** {@return number of features} */
  public int width() {
    return columns.length;
  }

  /**
   * {@return one value}
   *
   * @param row in [0, rows)
   * @param feature in [0, width)
   */
  public double feature(int row, int feature) {
    return columns[feature][row];
  }

  /**
   * {@return one target}
   *
   * @param row in [0, rows)
   */
  public double target(int row) {
    return target[row];
  }

  /**
   * {@return a copy of one row's features}
   *
   * @param row in [0, rows)
   */
  public double[] row(int row) {
    double[] values = new double[columns.length];
    for (int f = 0; f < values.length; f++) {
      values[f] = columns[f][row];
    }
    return values;
  }

  /** Collects rows; not thread-safe. */
  public static final class Builder {
    private final ImmutableList<String> features;
    private final List<double[]> rows = new ArrayList<>();
    private final List<Double> targets = new ArrayList<>();

    private Builder(List<String> features) {
      this.features = ImmutableList.copyOf(features);
      if (this.features.isEmpty()) {
        throw new IllegalArgumentException("a dataset needs at least one feature");
      }
    }

    /**
     * Adds a row.
     *
     * @param values its features, all finite; copied
     * @param target its target, finite
     * @return this
     * @throws IllegalArgumentException if the row has another length, or a value is missing
     */
    public Builder add(double[] values, double target) {
      if (values.length != features.size()) {
        throw new IllegalArgumentException(
            "row "
                + rows.size()
                + " has "
                + values.length
                + " values, the dataset has "
                + features.size()
                + " features");
      }
      for (int f = 0; f < values.length; f++) {
        if (!Double.isFinite(values[f])) {
          throw new IllegalArgumentException(
              "row "
                  + rows.size()
                  + ": feature '"
                  + features.get(f)
                  + "' is "
                  + values[f]
                  + ", must be finite; leave rows with missing values out");
        }
      }
      if (!Double.isFinite(target)) {
        throw new IllegalArgumentException(
            "row " + rows.size() + ": target is " + target + ", must be finite");
      }
      rows.add(values.clone());
      targets.add(target);
      return this;
    }

    /**
     * Makes the table.
     *
     * @return a table of the rows added so far
     * @throws IllegalArgumentException if there is no row
     */
    public Dataset build() {
      if (rows.isEmpty()) {
        throw new IllegalArgumentException("a dataset needs at least one row");
      }
      double[][] columns = new double[features.size()][rows.size()];
      double[] target = new double[rows.size()];
      for (int r = 0; r < target.length; r++) {
        for (int f = 0; f < columns.length; f++) {
          columns[f][r] = rows.get(r)[f];
        }
        target[r] = targets.get(r);
      }
      return new Dataset(features, columns, target);
    }
  }
}
