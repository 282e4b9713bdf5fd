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
    Constant constant, double value, double standardError, boolean identified, String advice) {

  /** A row of a covariance's factor in picoseconds instead of steps of the fit. */
  static double[] inUnits(double[] rowOfFactor, double unitPicos) {
    double[] row = rowOfFactor.clone();
    for (int k = 0; k < row.length; k++) {
      row[k] *= unitPicos;
    }
    return row;
  }

  /** A constant whose variance is the sum of the squares of its row of the factor. */
  static FittedConstant of(
      Constant constant, double value, double[] rowOfFactor, boolean identified) {
    double variance = 0;
    for (double part : rowOfFactor) {
      variance += part * part;
    }
    return new FittedConstant(
        constant, value, StrictMath.sqrt(variance), identified, identified ? "" : advice(constant));
  }

  private static String advice(Constant constant) {
    return switch (constant) {
      case BASE -> "measure lightly loaded runs, with few requests at once";
      case TOKEN -> "measure runs with large batches of few adapters";
      case BLOCK -> "measure runs that differ in max_loras";
      case ADAPTER -> "measure runs that differ in the number of adapters asked for";
      case ADAPTER_RANK -> "measure runs that differ in max_lora_rank";
      case ADAPTER_REGISTERED -> "measure runs that differ in max_cpu_loras";
      case ADAPTER_LOW_TOKENS -> "measure runs below and above 120 requests at once";
      case ADAPTER_MANY_TOKENS -> "measure overloaded runs, with steps of over 512 tokens";
      case WAITING -> "measure overloaded runs, with thousands of requests waiting";
      case BASE_WITHOUT_LORA -> "measure small batches of an engine without LoRA";
      case TOKEN_WITHOUT_LORA -> "measure large batches of an engine without LoRA";
      case CONTEXT_TOKEN -> "measure equal batches of short and of long contexts";
      default -> "measure it by itself";
    };
  }
}
