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

  /**
   * Makes a table of whole columns.
   *
   * @param features names of the features, at least one
   * @param columns a column for each feature, all of the target's length; copied
   * @param target the targets, at least one; copied
   * @return the table
   * @throws IllegalArgumentException if the lengths differ, or a value is missing or infinite; the
   *     message names row and feature
   */
  public static Dataset ofColumns(List<String> features, double[][] columns, double[] target) {
    if (features.isEmpty() || columns.length != features.size() || target.length == 0) {
      throw new IllegalArgumentException(
          "there are "
              + features.size()
              + " features, "
              + columns.length
              + " columns and "
              + target.length
              + " targets; give a column for each feature and at least one row");
    }
    double[][] copies = new double[columns.length][];
    for (int f = 0; f < columns.length; f++) {
      copies[f] = columns[f].clone();
      if (copies[f].length != target.length) {
        throw new IllegalArgumentException(
            "feature '"
                + features.get(f)
                + "' has "
                + copies[f].length
                + " values, there are "
                + target.length
                + " targets");
      }
      for (int r = 0; r < target.length; r++) {
        requireFinite(r, features.get(f), copies[f][r]);
      }
    }
    double[] targets = target.clone();
    for (int r = 0; r < targets.length; r++) {
      requireFiniteTarget(r, targets[r]);
    }
    return new Dataset(ImmutableList.copyOf(features), copies, targets);
  }

  private static void requireFinite(int row, String feature, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "row "
              + row
              + ": feature '"
              + feature
              + "' is "
              + value
              + ", must be finite; leave rows with missing values out");
    }
  }

  private static void requireFiniteTarget(int row, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "row " + row + ": target is " + value + ", must be finite");
    }
  }

  /**
   * Takes some of the rows.
   *
   * @param rows which, each in [0, rows), in the order that is wanted; repeats are allowed
   * @return a table of these rows
   * @throws IllegalArgumentException if there is none
   */
  public Dataset select(int[] rows) {
    if (rows.length == 0) {
      throw new IllegalArgumentException("no row is selected; a dataset needs at least one");
    }
    double[][] some = new double[columns.length][rows.length];
    double[] targets = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int f = 0; f < columns.length; f++) {
        some[f][i] = columns[f][rows[i]];
      }
      targets[i] = target[rows[i]];
    }
    return new Dataset(features, some, targets);
  }

  /**
   * Keeps the features and changes what is to be learned.
   *
   * @param targets as many as rows, all finite; copied
   * @return a table with these targets
   */
  public Dataset withTarget(double[] targets) {
    if (targets.length != rows()) {
      throw new IllegalArgumentException(
          "there are " + targets.length + " targets for " + rows() + " rows");
    }
    double[] copy = targets.clone();
    for (int r = 0; r < copy.length; r++) {
      requireFiniteTarget(r, copy[r]);
    }
    return new Dataset(features, columns, copy);
  }

  /**
   * {@return index of a feature}
   *
   * @param feature its name
   * @throws IllegalArgumentException if there is no such feature; the message lists all
   */
  public int indexOf(String feature) {
    int index = features.indexOf(feature);
    if (index < 0) {
      throw new IllegalArgumentException(
          "there is no feature '" + feature + "'; there are " + features);
    }
    return index;
  }

  /**
   * {@return a copy of one feature's values by row}
   *
   * @param feature in [0, width)
   */
  public double[] column(int feature) {
    return columns[feature].clone();
  }

  /** {@return a copy of the targets by row} */
  public double[] targets() {
    return target.clone();
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
        requireFinite(rows.size(), features.get(f), values[f]);
      }
      requireFiniteTarget(rows.size(), target);
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
