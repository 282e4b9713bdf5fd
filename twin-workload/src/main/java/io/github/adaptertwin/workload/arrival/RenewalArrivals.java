package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;

/**
 * Independent gaps of one law. Rate 1 / mean gap; the index of dispersion tends to CV^2. The first
 * gap is what is left of one at a random time, so the stream is stationary; for the finite windows
 * of a stationary renewal process see {@link RenewalCounts}. Exact for exponential and Gamma gaps,
 * within 2 % for the others.
 *
 * @param ratePerSecond mean arrivals per second, in (0, 1e6]
 * @param gaps law of the gaps in units of their mean; another mean is taken for 1
 */
public record RenewalArrivals(double ratePerSecond, GapLaw gaps) implements ArrivalLaw {
  /** Checks the rate and norms the gaps. */
  public RenewalArrivals {
    ArrivalLaw.checkedRate(ratePerSecond);
    gaps = gaps.withMean(1);
  }

  @Override
  public double gapCv() {
    return gaps.cv();
  }

  @Override
  public double indexOfDispersion(double windowSeconds) {
    return RenewalCounts.indexOfDispersion(gaps, Windows.checked(windowSeconds) * ratePerSecond);
  }

  @Override
  public double limitOfDispersion() {
    return gaps.cv() * gaps.cv();
  }

  @Override
  public RenewalArrivals withRate(double newRatePerSecond) {
    return new RenewalArrivals(newRatePerSecond, gaps);
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    RandomStream stream = streams.stream(name, replication);
    GapLaw.Sampler first = gaps.residualSampler(stream);
    GapLaw.Sampler others = gaps.sampler(stream);
    return new ArrivalStream() {
      private long now = ArrivalStream.after(0, first.nextSeconds() / ratePerSecond);

      @Override
      public long nextPicos() {
        long arrival = now;
        if (arrival != NO_MORE) {
          now = ArrivalStream.after(arrival, others.nextSeconds() / ratePerSecond);
        }
        return arrival;
      }
    };
  }
}
