package io.github.adaptertwin.gpu.step;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import java.io.Serializable;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a fit leaves open: the normal law of its constants, and how far whole runs are from the law
 * whatever the constants. Immutable and thread-safe.
 *
 * @param constants the constants that were fitted
 * @param factor for each constant, in their order, one row in picoseconds: with independent
 *     standard normals z the constants are off by factor * z
 * @param stepShare relative standard deviation of a run's step time around the law, at least 0 and
 *     below 1
 */
public record ProfileUncertainty(List<Constant> constants, List<double[]> factor, double stepShare)
    implements Serializable {
  /** Nothing is known of the error. */
  public static final ProfileUncertainty NONE =
      new ProfileUncertainty(ImmutableList.of(), ImmutableList.of(), 0);

  /**
   * Takes copies.
   *
   * @throws IllegalArgumentException if there is not one row of one length for each constant, or a
   *     figure is NaN or outside its bound
   */
  public ProfileUncertainty {
    constants = ImmutableList.copyOf(constants);
    factor = copy(factor);
    int columns = factor.isEmpty() ? 0 : factor.get(0).length;
    boolean fits = factor.size() == constants.size();
    for (double[] row : factor) {
      fits &= row.length == columns;
      for (double value : row) {
        fits &= Double.isFinite(value);
      }
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "uncertainty of "
              + constants
              + " needs a row of finite figures, all of one length, for each constant");
    }
    if (!(stepShare >= 0 && stepShare < 1)) {
      throw new IllegalArgumentException("stepShare is " + stepShare + ", must be in [0, 1)");
    }
  }

  private static ImmutableList<double[]> copy(List<double[]> rows) {
    return rows.stream().map(double[]::clone).collect(ImmutableList.toImmutableList());
  }

  @Override
  public List<double[]> factor() {
    return copy(factor);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ProfileUncertainty u
        && constants.equals(u.constants)
        && Arrays.deepEquals(factor.toArray(), u.factor.toArray())
        && Double.compare(stepShare, u.stepShare) == 0;
  }

  @Override
  public int hashCode() {
    return 31 * constants.hashCode() + Double.hashCode(stepShare);
  }

  /** {@return whether anything is known of the error} */
  public boolean known() {
    return !constants.isEmpty() || stepShare > 0;
  }

  /**
   * Draws the constants of a profile.
   *
   * @param values the fitted constants
   * @param stream where the randomness comes from
   * @return constants; one that would be negative is 0
   */
  Map<Constant, Double> draw(Map<Constant, Double> values, RandomStream stream) {
    double[] z = new double[factor.isEmpty() ? 0 : factor.get(0).length];
    for (int i = 0; i < z.length; i++) {
      z[i] = stream.nextGaussian();
    }
    Map<Constant, Double> drawn = new EnumMap<>(values);
    for (int c = 0; c < constants.size(); c++) {
      double moved = values.getOrDefault(constants.get(c), 0.0);
      double[] row = factor.get(c);
      for (int k = 0; k < row.length; k++) {
        moved += row[k] * z[k];
      }
      drawn.put(constants.get(c), Math.max(0, moved));
    }
    if (stepShare > 0) {
      double longer = StrictMath.exp(stepShare * stream.nextGaussian());
      for (Constant constant : Constant.values()) {
        if (constant.ofStep()) {
          drawn.computeIfPresent(constant, (name, value) -> value * longer);
        }
      }
    }
    return drawn;
  }
}
