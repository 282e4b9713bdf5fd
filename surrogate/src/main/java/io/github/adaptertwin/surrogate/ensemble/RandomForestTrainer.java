package io.github.adaptertwin.surrogate.ensemble;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.Trainer;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.tree.BinnedDataset;
import io.github.adaptertwin.surrogate.tree.GrownTree;
import io.github.adaptertwin.surrogate.tree.GrowthLimits;
import io.github.adaptertwin.surrogate.tree.HistogramGrower;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Random forest (L. Breiman, "Random forests", Machine Learning 45, 2001): every tree is grown on a
 * bootstrap sample, every split looks at a few features drawn at random and at more of them one by
 * one until one parts off a tenth of the squares of its leaf, the leaf with the largest squares is
 * split first, and the forest predicts the mean. With targets 0 and 1 it predicts the probability
 * of class 1. Tree t draws from streams of its own, so a forest of more trees begins with the trees
 * of a smaller one, and the result does not depend on the number of threads. Immutable and
 * thread-safe.
 *
 * @param trees number of trees, at least 1
 * @param maxLeaves most leaves of a tree, at least 1
 * @param minRowsPerLeaf fewest different rows of a leaf, at least 1
 * @param featureShare share of the features that a split looks at first, in (0, 1]; at least one is
 * @param maxBins most bins of a feature, in [2, 256]
 * @param seed any value
 */
public record RandomForestTrainer(
    int trees, int maxLeaves, int minRowsPerLeaf, double featureShare, int maxBins, long seed)
    implements Trainer<RandomForest> {
  private static final int ROWS_AT_ONCE = 4096;

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if one is outside its bound
   */
  public RandomForestTrainer {
    if (trees < 1) {
      throw new IllegalArgumentException("trees are " + trees + ", must be at least 1");
    }
    if (!(featureShare > 0 && featureShare <= 1)) {
      throw new IllegalArgumentException(
          "share of features is " + featureShare + ", must be in (0, 1]; 1/3 is usual");
    }
    if (maxBins < 2 || maxBins > BinnedDataset.MOST_BINS) {
      throw new IllegalArgumentException(
          "bins are " + maxBins + ", must be in [2, " + BinnedDataset.MOST_BINS + "]");
    }
    new GrowthLimits(maxLeaves, minRowsPerLeaf, 0, List.of());
  }

  /** {@return 100 trees of up to 256 leaves, a third of the features a split} */
  public static RandomForestTrainer usual() {
    return new RandomForestTrainer(100, 256, 1, 1.0 / 3, BinnedDataset.MOST_BINS, 1);
  }

  @Override
  public RandomForest fit(Dataset data) {
    return fit(data, 1);
  }

  /**
   * Grows the forest on several threads.
   *
   * @param data the training rows
   * @param threads how many trees grow at once, at least 1; the forest does not depend on it
   * @return the forest
   */
  public RandomForest fit(Dataset data, int threads) {
    BinnedDataset binned = BinnedDataset.of(data, maxBins);
    double mean = mean(binned);
    RegressionTree[] grown = new RegressionTree[trees];
    GrownTree[] onCodes = new GrownTree[trees];
    BitSet[] inBag = new BitSet[trees];
    try (Workers workers = new Workers(threads)) {
      workers.forEach(
          trees,
          t -> {
            int[] times = bootstrap(binned.rows(), t);
            onCodes[t] = grow(binned, mean, times, t);
            grown[t] = onCodes[t].build(mean / trees, 1.0 / trees);
            inBag[t] = new BitSet(times.length);
            for (int r = 0; r < times.length; r++) {
              inBag[t].set(r, times[r] > 0);
            }
          });
      double[] outOfBag = new double[binned.rows()];
      int pieces = (outOfBag.length + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE;
      workers.forEach(
          pieces,
          piece -> {
            int end = Math.min(outOfBag.length, (piece + 1) * ROWS_AT_ONCE);
            for (int r = piece * ROWS_AT_ONCE; r < end; r++) {
              outOfBag[r] = outOfBag(onCodes, inBag, r, mean);
            }
          });
      TreeEnsemble ensemble =
          new TreeEnsemble(data.features(), Arrays.asList(grown), 0, TreeEnsemble.Link.IDENTITY);
      return new RandomForest(ensemble, outOfBag, error(binned, outOfBag));
    }
  }

  private static double mean(BinnedDataset data) {
    // Deviations from a value of the data keep small differences of large targets.
    double shift = data.target(0);
    double sum = 0;
    for (int r = 0; r < data.rows(); r++) {
      sum += data.target(r) - shift;
    }
    return shift + sum / data.rows();
  }

  private int[] bootstrap(int rows, int tree) {
    RandomStream stream = new RandomStreams(seed).stream("forest/rows", tree);
    int[] times = new int[rows];
    for (int i = 0; i < rows; i++) {
      times[stream.nextInt(rows)]++;
    }
    return times;
  }

  private GrownTree grow(BinnedDataset data, double mean, int[] times, int tree) {
    int different = 0;
    double[] gradients = new double[times.length];
    double[] weights = new double[times.length];
    int[] members = new int[times.length];
    for (int r = 0; r < times.length; r++) {
      if (times[r] > 0) {
        members[different++] = r;
        weights[r] = times[r];
        gradients[r] = times[r] * (data.target(r) - mean);
      }
    }
    GrowthLimits limits = new GrowthLimits(maxLeaves, minRowsPerLeaf, 0, List.of());
    int few = Math.max(1, (int) Math.round(featureShare * data.width()));
    try (Workers alone = new Workers(1)) {
      return new HistogramGrower(data, limits, alone)
          .growLargestFirst(
              Arrays.copyOf(members, different),
              gradients,
              weights,
              few,
              new RandomStreams(seed).stream("forest/features", tree));
    }
  }

  private static double outOfBag(GrownTree[] trees, BitSet[] inBag, int row, double mean) {
    double sum = 0;
    int voices = 0;
    for (int t = 0; t < trees.length; t++) {
      if (!inBag[t].get(row)) {
        sum += trees[t].predict(row);
        voices++;
      }
    }
    return voices == 0 ? Double.NaN : mean + sum / voices;
  }

  private static double error(BinnedDataset data, double[] predicted) {
    double squares = 0;
    int counted = 0;
    for (int r = 0; r < predicted.length; r++) {
      if (!Double.isNaN(predicted[r])) {
        double off = predicted[r] - data.target(r);
        squares += off * off;
        counted++;
      }
    }
    return counted == 0 ? Double.NaN : Math.sqrt(squares / counted);
  }
}
