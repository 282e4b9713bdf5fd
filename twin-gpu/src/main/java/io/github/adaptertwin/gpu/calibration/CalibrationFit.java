package io.github.adaptertwin.gpu.calibration;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A fitted profile with its uncertainty. Immutable and thread-safe.
 *
 * @param profile the profile
 * @param constants the constants that the fit was free to move, with their standard errors
 * @param errors errors in sample, by load regime
 * @param factor lower triangular factor of the covariance of the constants, in their order, row by
 *     row, in picoseconds
 */
public record CalibrationFit(
    CalibrationProfile profile,
    List<FittedConstant> constants,
    List<CalibrationError> errors,
    List<double[]> factor) {

  /** Takes unmodifiable copies. */
  public CalibrationFit {
    constants = ImmutableList.copyOf(constants);
    errors = ImmutableList.copyOf(errors);
    factor = factor.stream().map(double[]::clone).collect(ImmutableList.toImmutableList());
  }

  @Override
  public List<double[]> factor() {
    return factor.stream().map(double[]::clone).collect(ImmutableList.toImmutableList());
  }

  /** {@return the constants that the data do not determine} */
  public List<FittedConstant> unidentified() {
    return constants.stream().filter(c -> !c.identified()).collect(ImmutableList.toImmutableList());
  }

  /**
   * Draws a profile from the normal law around the fitted one. Predictions with some tens of draws
   * give the interval that the uncertainty of the constants alone puts around a prediction.
   *
   * @param stream where the randomness comes from
   * @return a profile; a constant that would be negative is 0
   */
  public CalibrationProfile draw(RandomStream stream) {
    double[] z = new double[constants.size()];
    for (int i = 0; i < z.length; i++) {
      z[i] = stream.nextGaussian();
    }
    Map<Constant, Double> values = new EnumMap<>(profile.constants());
    List<double[]> rows = new ArrayList<>(factor);
    for (int i = 0; i < z.length; i++) {
      double moved = constants.get(i).value();
      double[] row = rows.get(i);
      for (int k = 0; k <= i; k++) {
        moved += row[k] * z[k];
      }
      values.put(constants.get(i).constant(), Math.max(0, moved));
    }
    return profile.withConstants(
        values, "drawn from: " + profile.provenance(), profile.fittedError());
  }
}
