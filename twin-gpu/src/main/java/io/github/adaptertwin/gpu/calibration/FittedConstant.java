package io.github.adaptertwin.gpu.calibration;

import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;

/**
 * One constant after a fit.
 *
 * @param constant which
 * @param value its value in picoseconds
 * @param standardError its uncertainty in picoseconds, from the spread of the residuals. Of a
 *     constant that was kept: half of its starting value, or two noticeable steps where it starts
 *     near 0, as far as the data do not narrow it. Of one that would be negative and is 0: as if it
 *     were not bound
 * @param identified whether the data determine it; if not, the value is the one started from
 * @param advice which runs would determine it; empty if it is identified
 */
public record FittedConstant(
    Constant constant, double value, double standardError, boolean identified, String advice) {}
