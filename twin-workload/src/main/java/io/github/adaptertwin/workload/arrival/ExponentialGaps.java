package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;

/**
 * Exponential durations: P(X > t) = exp(-t / mean), CV 1.
 *
 * @param meanSeconds above 0 and finite
 */
public record ExponentialGaps(double meanSeconds) implements GapLaw {
  /** Checks the mean. */
  public ExponentialGaps {
    GapLaw.checkedMean(meanSeconds);
  }

  @Override
  public double cv() {
    return 1;
  }

  @Override
  public double relativeThirdCentralMoment() {
    return 2;
  }

  @Override
  public double cdf(double seconds) {
    return seconds > 0 ? -StrictMath.expm1(-seconds / meanSeconds) : 0;
  }

  @Override
  public double logDensity(double seconds) {
    return -StrictMath.log(meanSeconds) - seconds / meanSeconds;
  }

  @Override
  public ExponentialGaps withMean(double newMeanSeconds) {
    return new ExponentialGaps(newMeanSeconds);
  }

  @Override
  public Sampler sampler(RandomStream stream) {
    return () -> stream.nextExponential() * meanSeconds;
  }

  @Override
  public Sampler residualSampler(RandomStream stream) {
    return sampler(stream);
  }
}
