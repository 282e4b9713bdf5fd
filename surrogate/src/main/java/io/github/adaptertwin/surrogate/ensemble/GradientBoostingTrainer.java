package io.github.adaptertwin.surrogate.ensemble;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.Trainer;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.tree.BinnedDataset;
import io.github.adaptertwin.surrogate.tree.GrownTree;
import io.github.adaptertwin.surrogate.tree.GrowthLimits;
import io.github.adaptertwin.surrogate.tree.GrowthLimits.Monotone;
import io.github.adaptertwin.surrogate.tree.HistogramGrower;
import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Gradient-boosted trees (J. Friedman, "Greedy function approximation: a gradient boosting
 * machine", Annals of Statistics 29(5), 2001; "Stochastic gradient boosting", 2002): each tree is a
 * Newton step of the loss on a random part of the rows. Leaves of a quantile loss are the quantile
 * of their rows' residuals. Rounds draw from streams of their own, and the model does not depend on
 * the number of threads. Immutable and thread-safe; made by {@link #builder}.
 */
public final class GradientBoostingTrainer implements Trainer<TreeEnsemble> {
  /** Bound of a logistic leaf before it is scaled by the rate: odds of 4 million. */
  private static final double LARGEST_LOG_ODDS_STEP = 8;

  private static final double LEAST_WEIGHT = 1e-10;

  private final Loss loss;
  private final int rounds;
  private final double rate;
  private final int maxLeaves;
  private final int minRowsPerLeaf;
  private final double rowShare;
  private final double featureShare;
  private final double ridge;
  private final int maxBins;
  private final ImmutableMap<String, Monotone> monotone;
  private final long seed;

  private GradientBoostingTrainer(Builder b) {
    loss = b.loss;
    rounds = b.rounds;
    rate = b.rate;
    maxLeaves = b.maxLeaves;
    minRowsPerLeaf = b.minRowsPerLeaf;
    rowShare = b.rowShare;
    featureShare = b.featureShare;
    ridge = b.ridge;
    maxBins = b.maxBins;
    monotone = ImmutableMap.copyOf(b.monotone);
    seed = b.seed;
    if (rounds < 1) {
      throw new IllegalArgumentException("rounds are " + rounds + ", must be at least 1");
    }
    requireShare("rate", rate);
    requireShare("share of rows", rowShare);
    requireShare("share of features", featureShare);
    if (maxBins < 2 || maxBins > BinnedDataset.MOST_BINS) {
      throw new IllegalArgumentException(
          "bins are " + maxBins + ", must be in [2, " + BinnedDataset.MOST_BINS + "]");
    }
    new GrowthLimits(maxLeaves, minRowsPerLeaf, ridge, List.of());
  }

  private static void requireShare(String what, double value) {
    if (!(value > 0 && value <= 1)) {
      throw new IllegalArgumentException(what + " is " + value + ", must be in (0, 1]");
    }
  }

  /**
   * Starts the settings.
   *
   * @param loss what to make small
   * @return a builder with 200 rounds at a rate of .1, 31 leaves of at least 5 rows, all rows and
   *     features, a ridge of 1, 256 bins, no constraints and the seed 1
   */
  public static Builder builder(Loss loss) {
    return new Builder(loss);
  }

  /** {@return these settings, to be changed} */
  public Builder toBuilder() {
    Builder b = new Builder(loss);
    b.rounds = rounds;
    b.rate = rate;
    b.maxLeaves = maxLeaves;
    b.minRowsPerLeaf = minRowsPerLeaf;
    b.rowShare = rowShare;
    b.featureShare = featureShare;
    b.ridge = ridge;
    b.maxBins = maxBins;
    b.monotone = monotone;
    b.seed = seed;
    return b;
  }

  @Override
  public TreeEnsemble fit(Dataset data) {
    return fit(data, 1);
  }

  /**
   * Trains on several threads.
   *
   * @param data the training rows; for a logistic loss with targets 0 and 1
   * @param threads how many features are added up at once, at least 1; the model does not depend on
   *     it
   * @return the model
   * @throws IllegalArgumentException if a target does not suit the loss, or a constraint names an
   *     unknown feature
   */
  public TreeEnsemble fit(Dataset data, int threads) {
    if (loss instanceof Loss.Logistic) {
      for (int r = 0; r < data.rows(); r++) {
        if (data.target(r) != 0 && data.target(r) != 1) {
          throw new IllegalArgumentException(
              "row " + r + ": target is " + data.target(r) + ", a logistic loss needs 0 or 1");
        }
      }
    }
    try (Workers workers = new Workers(threads)) {
      return new Boosting(data, workers).run();
    }
  }

  private ImmutableList<Monotone> constraints(List<String> features) {
    for (String name : monotone.keySet()) {
      if (!features.contains(name)) {
        throw new IllegalArgumentException(
            "a monotone constraint names the feature '" + name + "'; there are " + features);
      }
    }
    return features.stream()
        .map(name -> monotone.getOrDefault(name, Monotone.FREE))
        .collect(ImmutableList.toImmutableList());
  }

  private final class Boosting {
    private final BinnedDataset data;
    private final HistogramGrower grower;
    private final double[] target;
    private final double[] sum;
    private final double[] gradients;
    private final double[] weights;

    Boosting(Dataset plain, Workers workers) {
      data = BinnedDataset.of(plain, maxBins);
      GrowthLimits limits =
          new GrowthLimits(maxLeaves, minRowsPerLeaf, ridge, constraints(plain.features()));
      grower = new HistogramGrower(data, limits, workers);
      target = data.targets();
      sum = new double[target.length];
      gradients = new double[target.length];
      weights = new double[target.length];
    }

    TreeEnsemble run() {
      double base = base();
      Arrays.fill(sum, base);
      ImmutableList.Builder<RegressionTree> trees = ImmutableList.builder();
      int few = Math.max(1, (int) Math.round(featureShare * data.width()));
      for (int round = 0; round < rounds; round++) {
        setGradients();
        RandomStreams streams = new RandomStreams(seed);
        int[] members = members(streams.stream("boosting/rows", round));
        GrownTree tree =
            grower.grow(
                members, gradients, weights, few, streams.stream("boosting/features", round));
        setLeaves(tree);
        for (int r = 0; r < sum.length; r++) {
          sum[r] += rate * tree.predict(r);
        }
        trees.add(tree.build(0, rate));
      }
      TreeEnsemble.Link link =
          loss instanceof Loss.Logistic ? TreeEnsemble.Link.LOGISTIC : TreeEnsemble.Link.IDENTITY;
      return new TreeEnsemble(data.features(), trees.build(), base, link);
    }

    private double base() {
      if (loss instanceof Loss.Quantile quantile) {
        return quantile(target.clone(), quantile.level());
      }
      double shift = target[0];
      double rest = 0;
      for (double y : target) {
        rest += y - shift;
      }
      double mean = shift + rest / target.length;
      if (loss instanceof Loss.Squared) {
        return mean;
      }
      // A class that never occurs would be infinitely unlikely; half a row of it is not.
      double least = 0.5 / target.length;
      double p = Math.max(least, Math.min(1 - least, mean));
      return StrictMath.log(p / (1 - p));
    }

    private void setGradients() {
      for (int r = 0; r < target.length; r++) {
        if (loss instanceof Loss.Logistic) {
          double p = TreeEnsemble.Link.LOGISTIC.apply(sum[r]);
          gradients[r] = target[r] - p;
          weights[r] = Math.max(LEAST_WEIGHT, p * (1 - p));
        } else if (loss instanceof Loss.Quantile quantile) {
          gradients[r] = target[r] > sum[r] ? quantile.level() : quantile.level() - 1;
          weights[r] = 1;
        } else {
          gradients[r] = target[r] - sum[r];
          weights[r] = 1;
        }
      }
    }

    private int[] members(RandomStream stream) {
      int n = target.length;
      int wanted = Math.max(1, (int) Math.round(rowShare * n));
      int[] members = new int[wanted];
      int taken = 0;
      // Knuth's selection sampling keeps the rows in order.
      for (int r = 0; r < n && taken < wanted; r++) {
        if (wanted == n || stream.nextInt(n - r) < wanted - taken) {
          members[taken++] = r;
        }
      }
      return members;
    }

    private void setLeaves(GrownTree tree) {
      if (loss instanceof Loss.Squared) {
        return;
      }
      for (int leaf = 0; leaf < tree.leaves(); leaf++) {
        if (loss instanceof Loss.Quantile quantile) {
          int[] rows = tree.rows(leaf);
          double[] residuals = new double[rows.length];
          for (int i = 0; i < rows.length; i++) {
            residuals[i] = target[rows[i]] - sum[rows[i]];
          }
          tree.setValue(leaf, quantile(residuals, quantile.level()));
        } else {
          double value = tree.value(leaf);
          tree.setValue(
              leaf, Math.max(-LARGEST_LOG_ODDS_STEP, Math.min(LARGEST_LOG_ODDS_STEP, value)));
        }
      }
    }
  }

  /** The smallest value that at least a share {@code level} of the values do not exceed. */
  private static double quantile(double[] values, double level) {
    Arrays.sort(values);
    int index = (int) Math.ceil(level * values.length) - 1;
    return values[Math.max(0, Math.min(values.length - 1, index))];
  }

  /** Collects settings; not thread-safe. */
  public static final class Builder {
    private final Loss loss;
    private int rounds = 200;
    private double rate = 0.1;
    private int maxLeaves = 31;
    private int minRowsPerLeaf = 5;
    private double rowShare = 1;
    private double featureShare = 1;
    private double ridge = 1;
    private int maxBins = BinnedDataset.MOST_BINS;
    private Map<String, Monotone> monotone = ImmutableMap.of();
    private long seed = 1;

    private Builder(Loss loss) {
      this.loss = loss;
    }

    /**
     * {@return this}
     *
     * @param value number of trees, at least 1
     */
    public Builder rounds(int value) {
      rounds = value;
      return this;
    }

    /**
     * {@return this}
     *
     * @param value share of each Newton step that is taken, in (0, 1]
     */
    public Builder rate(double value) {
      rate = value;
      return this;
    }

    /**
     * {@return this}
     *
     * @param value most leaves of a tree, at least 1
     */
    public Builder maxLeaves(int value) {
      maxLeaves = value;
      return this;
    }

    /**
     * {@return this}
     *
     * @param value fewest rows of a leaf, at least 1
     */
    public Builder minRowsPerLeaf(int value) {
      minRowsPerLeaf = value;
      return this;
    }

    /**
     * {@return this}
     *
     * @param value share of the rows that a round draws without replacement, in (0, 1]
     */
    public Builder rowShare(double value) {
      rowShare = value;
      return this;
    }

    /**
     * {@return this}
     *
     * @param value share of the features that a split looks at, in (0, 1]
     */
    public Builder featureShare(double value) {
      featureShare = value;
      return this;
    }

    /**
     * {@return this}
     *
     * @param value added to the weight of a leaf, at least 0
     */
    public Builder ridge(double value) {
      ridge = value;
      return this;
    }

    /**
     * {@return this}
     *
     * @param value most bins of a feature, in [2, 256]
     */
    public Builder maxBins(int value) {
      maxBins = value;
      return this;
    }

    /**
     * {@return this}
     *
     * @param value how predictions may move with features, by name; others are free
     */
    public Builder monotone(Map<String, Monotone> value) {
      monotone = ImmutableMap.copyOf(value);
      return this;
    }

    /**
     * {@return this}
     *
     * @param value any value
     */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * Makes the trainer.
     *
     * @return a trainer with these settings
     * @throws IllegalArgumentException if one is outside its bound
     */
    public GradientBoostingTrainer build() {
      return new GradientBoostingTrainer(this);
    }
  }
}
