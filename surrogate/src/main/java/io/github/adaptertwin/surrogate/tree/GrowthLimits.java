package io.github.adaptertwin.surrogate.tree;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * How far trees grow, and which way they may lean.
 *
 * @param maxLeaves most leaves, at least 1
 * @param minRowsPerLeaf fewest rows of a leaf, at least 1
 * @param ridge added to the weight of a leaf, which draws its value to 0; at least 0
 * @param monotone for each feature {@code RISING} or {@code FALLING} if predictions must not fall
 *     or rise with it; empty for no constraint
 */
public record GrowthLimits(
    int maxLeaves, int minRowsPerLeaf, double ridge, List<Monotone> monotone) {

  /** How predictions may move with a feature. */
  public enum Monotone {
    /** Either way. */
    FREE,
    /** Predictions never fall when the feature rises. */
    RISING,
    /** Predictions never rise when the feature rises. */
    FALLING
  }

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if a limit is outside its bound
   */
  public GrowthLimits {
    monotone = ImmutableList.copyOf(monotone);
    if (maxLeaves < 1 || minRowsPerLeaf < 1) {
      throw new IllegalArgumentException(
          "leaves are "
              + maxLeaves
              + " and rows per leaf "
              + minRowsPerLeaf
              + ", both must be at least 1");
    }
    if (!(ridge >= 0 && ridge < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "ridge of leaves is " + ridge + ", must be a finite number of at least 0");
    }
  }
}
