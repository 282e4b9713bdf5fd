package io.github.adaptertwin.gpu.calibration;

/**
 * Errors over some runs, each PAPER's SMAPE in percent: 100 * mean(|y - p| / (|y| + |p|)), half of
 * the usual definition.
 *
 * @param loadRegime {@code all}, {@code sustained}, {@code starved} or {@code heavily starved}
 * @param runs number of runs
 * @param throughput error of the throughput
 * @param tokenTime error of the time between tokens
 * @param queueTtft error of the time to first token in the runs with a queue; NaN if there is none
 */
public record CalibrationError(
    String loadRegime, int runs, double throughput, double tokenTime, double queueTtft) {}
