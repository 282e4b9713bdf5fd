/**
 * Fits the constants of the step-time law to measurements: served runs and tables of single steps.
 * What is measured is read elsewhere; here are the residuals, the robust least squares, what they
 * cannot identify, and the error on scenarios that were left out.
 */
@NullMarked
package io.github.adaptertwin.gpu.calibration;

import org.jspecify.annotations.NullMarked;
