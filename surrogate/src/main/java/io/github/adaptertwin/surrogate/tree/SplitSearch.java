package io.github.adaptertwin.surrogate.tree;

import org.jspecify.annotations.Nullable;

/**
 * Finds the split of a leaf that gains most, within the bounds of its value and the constraints of
 * the features. Immutable.
 */
final class SplitSearch {
  private final FeatureSums layout;
  private final GrowthLimits limits;
  private final boolean constrained;

  SplitSearch(FeatureSums layout, GrowthLimits limits) {
    this.layout = layout;
    this.limits = limits;
    constrained = limits.monotone().stream().anyMatch(m -> m != GrowthLimits.Monotone.FREE);
  }

  /**
   * A split of one leaf.
   *
   * @param feature which feature
   * @param bin the last bin that goes left
   * @param gain what it gains
   * @param left value of the left side
   * @param right value of the right side
   */
  record Split(int feature, int bin, double gain, double left, double right) {}

  GrowthLimits.Monotone monotone(int feature) {
    return constrained ? limits.monotone().get(feature) : GrowthLimits.Monotone.FREE;
  }

  /**
   * Finds the best split.
   *
   * @param features features to look at; of equal gains the first one wins
   * @param sums the leaf's sums of these features
   * @param count rows of the leaf
   * @param least smallest value that a side may have
   * @param most largest value that a side may have
   * @param leastGain gains up to this are none
   * @return the split; null if none gains
   */
  @Nullable Split best(
      int[] features, double[] sums, int count, double least, double most, double leastGain) {
    Split best = null;
    for (int f : features) {
      Split candidate = bestSplit(f, sums, count, least, most, leastGain);
      if (candidate != null && (best == null || candidate.gain() > best.gain())) {
        best = candidate;
      }
    }
    return best;
  }

  private @Nullable Split bestSplit(
      int feature, double[] sums, int count, double least, double most, double leastGain) {
    int base = layout.begin(feature);
    int end = layout.begin(feature + 1);
    double gradients = 0;
    double weights = 0;
    for (int at = base; at < end; at += NodeRows.SUMS) {
      gradients += sums[at + NodeRows.GRADIENT];
      weights += sums[at + NodeRows.WEIGHT];
    }
    double minRows = limits.minRowsPerLeaf();
    GrowthLimits.Monotone monotone = monotone(feature);
    double g = 0;
    double w = 0;
    double n = 0;
    double bestGain = leastGain;
    int bestBin = -1;
    double bestG = 0;
    double bestW = 0;
    int bin = 0;
    for (int at = base; at < end - NodeRows.SUMS; at += NodeRows.SUMS, bin++) {
      double inBin = sums[at + NodeRows.COUNT];
      if (inBin == 0) {
        continue;
      }
      g += sums[at + NodeRows.GRADIENT];
      w += sums[at + NodeRows.WEIGHT];
      n += inBin;
      if (n < minRows) {
        continue;
      }
      if (count - n < minRows) {
        break;
      }
      double rest = weights - w;
      double apart = g * rest - (gradients - g) * w;
      double gain = apart * apart / (w * rest * weights);
      if (gain > bestGain && keeps(monotone, g, w, gradients - g, rest, least, most)) {
        bestGain = gain;
        bestBin = bin;
        bestG = g;
        bestW = w;
      }
    }
    if (bestBin < 0) {
      return null;
    }
    double left = clamp(bestG / (bestW + limits.ridge()), least, most);
    double right = clamp((gradients - bestG) / (weights - bestW + limits.ridge()), least, most);
    return new Split(feature, bestBin, bestGain, left, right);
  }

  private boolean keeps(
      GrowthLimits.Monotone monotone,
      double gLeft,
      double wLeft,
      double gRight,
      double wRight,
      double least,
      double most) {
    if (monotone == GrowthLimits.Monotone.FREE) {
      return true;
    }
    double left = clamp(gLeft / (wLeft + limits.ridge()), least, most);
    double right = clamp(gRight / (wRight + limits.ridge()), least, most);
    return monotone == GrowthLimits.Monotone.RISING ? left <= right : left >= right;
  }

  private static double clamp(double value, double least, double most) {
    return Math.max(least, Math.min(most, value));
  }
}
