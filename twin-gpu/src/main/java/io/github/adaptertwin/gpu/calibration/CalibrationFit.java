package io.github.adaptertwin.gpu.calibration;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.ProfileUncertainty;
import java.util.List;

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
   * Draws a profile from the normal law of the constants alone; {@link CalibrationProfile#draw}
   * adds how far whole runs are from the law.
   *
   * @param stream where the randomness comes from
   * @return a profile; a constant that would be negative is 0
   */
  public CalibrationProfile draw(RandomStream stream) {
    return profile
        .withUncertainty(
            new ProfileUncertainty(
                constants.stream().map(FittedConstant::constant).toList(), factor, 0))
        .draw(stream);
  }
}
