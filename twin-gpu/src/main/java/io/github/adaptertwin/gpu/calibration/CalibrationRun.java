package io.github.adaptertwin.gpu.calibration;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.report.ObservedRun;
import io.github.adaptertwin.core.request.RequestSource;

/**
 * A measured run with what it takes to simulate it. Immutable and thread-safe.
 *
 * @param config the engine that served
 * @param requests what it was asked
 * @param options how long it was measured
 * @param observed what came out: throughput is needed, and TPOT or ITL
 */
public record CalibrationRun(
    EngineConfig config, RequestSource requests, RunOptions options, ObservedRun observed) {
  /**
   * Checks that there is something to compare with.
   *
   * @throws IllegalArgumentException if throughput, or both TPOT and ITL, were not measured
   */
  public CalibrationRun {
    if (!(observed.throughputTokensPerSecond() > 0)) {
      throw new IllegalArgumentException(
          "run '"
              + observed.id()
              + "' has a throughput of "
              + observed.throughputTokensPerSecond()
              + " tokens/s; leave it out or give what was measured");
    }
    if (!(observed.meanTpotSeconds() > 0) && !(observed.meanItlSeconds() > 0)) {
      throw new IllegalArgumentException(
          "run '" + observed.id() + "' has neither a mean TPOT nor a mean ITL; give one of them");
    }
  }

  /** Time between tokens as the engine makes them: TPOT, which a slow client cannot stretch. */
  double tokenSeconds() {
    return observed.meanTpotSeconds() > 0 ? observed.meanTpotSeconds() : observed.meanItlSeconds();
  }
}
