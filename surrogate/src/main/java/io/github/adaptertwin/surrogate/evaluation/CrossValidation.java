package io.github.adaptertwin.surrogate.evaluation;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.Trainer;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.data.Dataset;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Splits rows so that every row is predicted once by a model that has not seen it. Immutable and
 * thread-safe.
 */
public final class CrossValidation {
  private final ImmutableList<Fold> folds;
  private final int rows;

  private CrossValidation(ImmutableList<Fold> folds, int rows) {
    this.folds = folds;
    this.rows = rows;
  }

  /** One split. */
  private static final class Fold {
    final int[] train;
    final int[] test;

    Fold(int[] train, int[] test) {
      this.train = train;
      this.test = test;
    }
  }

  /**
   * Deals the rows at random into folds of nearly equal size.
   *
   * @param rows number of rows
   * @param folds number of folds, in [2, rows]
   * @param seed any value
   * @return the splits
   * @throws IllegalArgumentException if there are more folds than rows, or fewer than 2
   */
  public static CrossValidation kFold(int rows, int folds, long seed) {
    if (folds < 2 || folds > rows) {
      throw new IllegalArgumentException(
          "folds are " + folds + ", must be in [2, rows = " + rows + "]");
    }
    RandomStream stream = new RandomStreams(seed).stream("cross-validation", 0);
    int[] order = new int[rows];
    for (int i = 0; i < rows; i++) {
      int j = stream.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    int[] foldOf = new int[rows];
    for (int i = 0; i < rows; i++) {
      foldOf[order[i]] = i % folds;
    }
    return ofFolds(foldOf, folds);
  }

  /**
   * Leaves one group out at a time, so that rows that belong together never stand on both sides.
   *
   * @param groups name of each row's group, at least two different ones
   * @return a split for each group, in order of first appearance
   * @throws IllegalArgumentException if there is only one group
   */
  public static CrossValidation leaveGroupOut(List<String> groups) {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    int[] foldOf = new int[groups.size()];
    for (int i = 0; i < foldOf.length; i++) {
      int fresh = numbers.size();
      Integer known = numbers.putIfAbsent(groups.get(i), fresh);
      foldOf[i] = known == null ? fresh : known;
    }
    if (numbers.size() < 2) {
      throw new IllegalArgumentException(
          "there are " + numbers.size() + " groups; leaving one out needs at least 2");
    }
    return ofFolds(foldOf, numbers.size());
  }

  private static CrossValidation ofFolds(int[] foldOf, int folds) {
    ImmutableList.Builder<Fold> made = ImmutableList.builder();
    for (int fold = 0; fold < folds; fold++) {
      IntArrayList train = new IntArrayList();
      IntArrayList test = new IntArrayList();
      for (int r = 0; r < foldOf.length; r++) {
        (foldOf[r] == fold ? test : train).add(r);
      }
      made.add(new Fold(train.toIntArray(), test.toIntArray()));
    }
    return new CrossValidation(made.build(), foldOf.length);
  }

  /** {@return number of splits} */
  public int folds() {
    return folds.size();
  }

  /**
   * {@return rows that a split leaves out, ascending; a copy}
   *
   * @param fold in [0, folds)
   */
  public int[] testRows(int fold) {
    return folds.get(fold).test.clone();
  }

  /**
   * Predicts every row by a model trained on the other folds.
   *
   * @param trainer what is trained, once a fold
   * @param data as many rows as the splits were made for
   * @param workers who trains folds side by side
   * @return a prediction for each row
   * @throws IllegalArgumentException if the number of rows differs
   */
  public double[] predict(Trainer<?> trainer, Dataset data, Workers workers) {
    if (data.rows() != rows) {
      throw new IllegalArgumentException(
          "the dataset has " + data.rows() + " rows, the splits were made for " + rows);
    }
    double[] predictions = new double[rows];
    workers.forEach(
        folds.size(),
        fold -> {
          Regressor model = trainer.fit(data.select(folds.get(fold).train));
          for (int row : folds.get(fold).test) {
            predictions[row] = model.predict(data.row(row));
          }
        });
    return predictions;
  }
}
