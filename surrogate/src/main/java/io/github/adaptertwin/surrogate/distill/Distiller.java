package io.github.adaptertwin.surrogate.distill;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.evaluation.Errors;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import io.github.adaptertwin.surrogate.tree.RegressionTreeTrainer;

/**
 * Distils a large model into one tree: the tree is grown on what the model says, not on the noisy
 * targets, of the training rows and, if wanted, of rows between them (each feature is taken from
 * either of two training rows drawn at random). Immutable and thread-safe.
 *
 * @param maxLeaves most leaves of the tree, at least 1
 * @param minRowsPerLeaf fewest rows of a leaf, at least 1
 * @param rowsBetween how many rows between the training rows are added, as a multiple of the
 *     training rows, at least 0
 * @param seed any value
 */
public record Distiller(int maxLeaves, int minRowsPerLeaf, int rowsBetween, long seed) {
  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if one is outside its bound
   */
  public Distiller {
    new RegressionTreeTrainer(maxLeaves, minRowsPerLeaf);
    if (rowsBetween < 0) {
      throw new IllegalArgumentException(
          "rows between are " + rowsBetween + " times the rows, must be at least 0");
    }
  }

  /**
   * A distilled tree.
   *
   * @param tree the tree
   * @param fidelity share of the variance of what the model says of the training rows that the tree
   *     explains; NaN if the model says the same of all
   */
  public record Distilled(RegressionTree tree, double fidelity) {}

  /**
   * Distils.
   *
   * @param model the large model
   * @param data its training rows; the targets are not looked at
   * @return the tree
   */
  public Distilled distil(Regressor model, Dataset data) {
    int rows = data.rows();
    int all = Math.multiplyExact(rows, 1 + rowsBetween);
    double[][] columns = new double[data.width()][all];
    for (int f = 0; f < columns.length; f++) {
      System.arraycopy(data.column(f), 0, columns[f], 0, rows);
    }
    RandomStream stream = new RandomStreams(seed).stream("distil", 0);
    for (int r = rows; r < all; r++) {
      int one = stream.nextInt(rows);
      int other = stream.nextInt(rows);
      for (double[] column : columns) {
        column[r] = column[stream.nextInt(2) == 0 ? one : other];
      }
    }
    double[] said = new double[all];
    double[] row = new double[columns.length];
    for (int r = 0; r < all; r++) {
      for (int f = 0; f < row.length; f++) {
        row[f] = columns[f][r];
      }
      said[r] = model.predict(row);
    }
    RegressionTree tree =
        new RegressionTreeTrainer(maxLeaves, minRowsPerLeaf)
            .fit(Dataset.ofColumns(data.features(), columns, said));
    double[] truth = java.util.Arrays.copyOf(said, rows);
    double[] told = new double[rows];
    for (int r = 0; r < rows; r++) {
      told[r] = tree.predict(data.row(r));
    }
    return new Distilled(tree, Errors.rSquared(truth, told));
  }
}
