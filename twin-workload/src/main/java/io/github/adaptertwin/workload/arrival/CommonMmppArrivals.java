package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStreams;

/**
 * Poisson arrivals whose rate switches as in {@link MmppArrivals}, in one state that many sources
 * have in common: all sources of a run whose laws have the same dwells switch at the same times, so
 * their traffic comes and goes together. Given the state they are independent. Together they are an
 * MMPP-2 of the sum of their rates, whereas independent ones smooth each other out.
 *
 * <p>Rate, gaps and dispersion are those of one source, exact; {@link #limitOfDispersion(double)}
 * tells of all together. Runs of one seed and replication have the same states, whatever other
 * sources there are; those of other replications have other ones.
 *
 * @param one law of one source
 */
public record CommonMmppArrivals(MmppArrivals one) implements ArrivalLaw {
  private static final String STATES = "common-states/";

  @Override
  public double ratePerSecond() {
    return one.ratePerSecond();
  }

  @Override
  public double gapCv() {
    return one.gapCv();
  }

  @Override
  public double indexOfDispersion(double windowSeconds) {
    return one.indexOfDispersion(windowSeconds);
  }

  @Override
  public double limitOfDispersion() {
    return one.limitOfDispersion();
  }

  /**
   * Gives the limit of dispersion of several sources together: what exceeds 1 grows with the rate.
   *
   * @param sumRatePerSecond rate of all sources with these dwells and this ratio of rates, this one
   *     included
   * @return the limit, at least 1
   */
  public double limitOfDispersion(double sumRatePerSecond) {
    return 1 + (one.limitOfDispersion() - 1) * sumRatePerSecond / one.ratePerSecond();
  }

  /** {@inheritDoc} Both rates change alike, the dwells stay, and so the times of switching. */
  @Override
  public CommonMmppArrivals withRate(double ratePerSecond) {
    return new CommonMmppArrivals(one.withRate(ratePerSecond));
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    String states = STATES + bits(one.firstDwellSeconds()) + "/" + bits(one.secondDwellSeconds());
    return one.open(streams.stream(states, replication), streams.stream(name, replication));
  }

  /** Decimals of a double differ between JDKs. */
  private static String bits(double value) {
    return Long.toHexString(Double.doubleToLongBits(value));
  }
}
