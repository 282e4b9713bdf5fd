package io.github.adaptertwin.gpu.calibration;

/**
 * Errors over some runs, each PAPER's SMAPE in percent: 100 * mean(|y - p| / (|y| + |p|)), half of
 * the usual definition.
 *
 * @param loadRegime {@code all}, and {@code sustained}, {@code starved} or {@code heavily starved}
 *     of served runs whose ideal throughput is known, or the token regime of single steps
 * @param runs number of runs, or of kinds of steps; 0 if there is none of the regime
 * @param throughput error of the throughput; NaN for single steps or no run
 * @param tokenTime error of the time between tokens, or of a step; NaN if there is none
 * @param queueTtft error of the time to first token in the runs with a queue; NaN if there is none
 */
public record CalibrationError(
    String loadRegime, int runs, double throughput, double tokenTime, double queueTtft) {}
