package io.github.adaptertwin.core.report;

import java.io.Serializable;

/**
 * What was measured on a real engine, in the terms of a {@link ReplicaReport}, so that a twin can
 * be compared with it and calibrated on it. A figure that was not measured is NaN.
 *
 * @param id name of the run, not blank
 * @param scenario what the run has in common with others of the same workload; whole scenarios are
 *     left out to estimate the error on workloads that were not measured
 * @param throughputTokensPerSecond input and output tokens of completed requests
 * @param idealThroughputTokensPerSecond input and output tokens of all requests sent
 * @param meanTtftSeconds mean time to first token of completed requests
 * @param ttftWithUnfinishedSeconds the same, a request that did not complete counted with the whole
 *     duration
 * @param meanTpotSeconds mean time per output token over requests
 * @param meanItlSeconds mean gap between tokens, over gaps
 * @param meanRunning requests running, mean over time
 * @param meanWaiting requests waiting, mean over time
 * @param meanKvUse share of the KV blocks in use, mean over time, in [0, 1]
 */
public record ObservedRun(
    String id,
    String scenario,
    double throughputTokensPerSecond,
    double idealThroughputTokensPerSecond,
    double meanTtftSeconds,
    double ttftWithUnfinishedSeconds,
    double meanTpotSeconds,
    double meanItlSeconds,
    double meanRunning,
    double meanWaiting,
    double meanKvUse)
    implements Serializable {

  /** A gap or a step above this is a figure in the wrong unit. */
  private static final double LONGEST_ITL_SECONDS = 10;

  /** Fastest gap of any engine; below it seconds were taken for milliseconds. */
  private static final double SHORTEST_ITL_SECONDS = 1e-4;

  /**
   * Checks the figures.
   *
   * @throws IllegalArgumentException if the id is blank, a figure is negative, or the mean gap
   *     between tokens is outside [0.1 ms, 10 s], which betrays another unit
   */
  public ObservedRun {
    if (id.isBlank()) {
      throw new IllegalArgumentException("the id of an observed run is blank; name the run");
    }
    notNegative(id, "throughput in tokens/s", throughputTokensPerSecond);
    notNegative(id, "ideal throughput in tokens/s", idealThroughputTokensPerSecond);
    notNegative(id, "mean TTFT in seconds", meanTtftSeconds);
    notNegative(id, "TTFT with unfinished in seconds", ttftWithUnfinishedSeconds);
    notNegative(id, "mean TPOT in seconds", meanTpotSeconds);
    notNegative(id, "mean running", meanRunning);
    notNegative(id, "mean waiting", meanWaiting);
    notNegative(id, "mean KV use", meanKvUse);
    if (meanItlSeconds < SHORTEST_ITL_SECONDS || meanItlSeconds > LONGEST_ITL_SECONDS) {
      throw new IllegalArgumentException(
          "run '"
              + id
              + "' has a mean ITL of "
              + meanItlSeconds
              + " s, must be in ["
              + SHORTEST_ITL_SECONDS
              + ", "
              + LONGEST_ITL_SECONDS
              + "]; is it in another unit?");
    }
    if (meanKvUse > 1) {
      throw new IllegalArgumentException(
          "run '" + id + "' has a mean KV use of " + meanKvUse + ", must be a share in [0, 1]");
    }
  }

  private static void notNegative(String id, String what, double value) {
    if (value < 0) {
      throw new IllegalArgumentException(
          "run '"
              + id
              + "': "
              + what
              + " is "
              + value
              + ", must be at least 0 (NaN: not measured)");
    }
  }

  /** {@return completed over offered tokens, NaN if one was not measured} */
  public double completedShare() {
    return throughputTokensPerSecond / idealThroughputTokensPerSecond;
  }

  /** {@return whether the run starved by the paper's rule: completed below .9 of offered tokens} */
  public boolean starved() {
    return throughputTokensPerSecond < 0.9 * idealThroughputTokensPerSecond;
  }
}
