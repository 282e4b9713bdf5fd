package io.github.adaptertwin.gpu.calibration;

import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;

/**
 * One constant after a fit.
 *
 * @param constant which
 * @param value its value in picoseconds
 * @param standardError its uncertainty in picoseconds, from the spread of the residuals; that of
 *     the starting value if it was kept
 * @param identified whether the data determine it; if not, the value is the one started from
 * @param advice which runs would determine it; empty if it is identified
 */
public record FittedConstant(
    Constant constant, double value, double standardError, boolean identified, String advice) {}
