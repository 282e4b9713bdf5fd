package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;

/**
 * Poisson arrivals whose rate switches between two values (a Markov-modulated Poisson process of
 * two states, MMPP-2) after exponential dwells. With switching rates r12 = 1/dwell1, r21 =
 * 1/dwell2, s = r12 + r21 and rates l1, l2: mean (l1 r21 + l2 r12) / s and dispersion 1 + A (1 - (1
 * - e^(-st)) / (st)), A = 2 (l1 - l2)^2 r12 r21 / (s^2 (l1 r21 + l2 r12)). Everything is exact.
 *
 * <p>The Azure conversation trace of 2023 as such a law: rates 4.62 and 7.00 per second, dwells 122
 * and 75 s.
 *
 * @param firstRatePerSecond rate in the first state, at least 0
 * @param secondRatePerSecond rate in the second state, at least 0; one of both above 0
 * @param firstDwellSeconds mean time in the first state, finite and at least 1e-6
 * @param secondDwellSeconds mean time in the second state, finite and at least 1e-6
 */
public record MmppArrivals(
    double firstRatePerSecond,
    double secondRatePerSecond,
    double firstDwellSeconds,
    double secondDwellSeconds)
    implements ArrivalLaw {

  /** Checks rates and dwells. */
  public MmppArrivals {
    for (double rate : new double[] {firstRatePerSecond, secondRatePerSecond}) {
      if (!(rate >= 0 && rate <= MAX_RATE_PER_SECOND)) {
        throw new IllegalArgumentException(
            "rate of a state is " + rate + " arrivals/s, must be in [0, 1e6]");
      }
    }
    ArrivalLaw.checkedStateSeconds("mean dwell in the first state", firstDwellSeconds);
    ArrivalLaw.checkedStateSeconds("mean dwell in the second state", secondDwellSeconds);
    if (firstRatePerSecond + secondRatePerSecond == 0) {
      throw new IllegalArgumentException("both rates are 0; give one state arrivals");
    }
  }

  @Override
  public double ratePerSecond() {
    return (firstRatePerSecond * firstDwellSeconds + secondRatePerSecond * secondDwellSeconds)
        / (firstDwellSeconds + secondDwellSeconds);
  }

  /**
   * {@inheritDoc} Moments from phi (D)^-n e, D the rates of leaving and phi the state at arrivals.
   */
  @Override
  public double gapCv() {
    double r12 = 1 / firstDwellSeconds;
    double r21 = 1 / secondDwellSeconds;
    double a = r12 + firstRatePerSecond;
    double d = r21 + secondRatePerSecond;
    // a d - r12 r21 without the difference of two products that are almost the same.
    double det = firstRatePerSecond * d + r12 * secondRatePerSecond;
    double weight = firstRatePerSecond * r21 + secondRatePerSecond * r12;
    double phi1 = firstRatePerSecond * r21 / weight;
    double phi2 = secondRatePerSecond * r12 / weight;
    // Mean time to the next arrival by state, and by applying the inverse again its square's half.
    double m1 = (d + r12) / det;
    double m2 = (r21 + a) / det;
    double q1 = (d * m1 + r12 * m2) / det;
    double q2 = (r21 * m1 + a * m2) / det;
    double mean = phi1 * m1 + phi2 * m2;
    double square = 2 * (phi1 * q1 + phi2 * q2);
    return StrictMath.sqrt(square / (mean * mean) - 1);
  }

  private double amplitude() {
    double r12 = 1 / firstDwellSeconds;
    double r21 = 1 / secondDwellSeconds;
    double s = r12 + r21;
    double difference = firstRatePerSecond - secondRatePerSecond;
    return 2
        * difference
        * difference
        * r12
        * r21
        / (s * s * (firstRatePerSecond * r21 + secondRatePerSecond * r12));
  }

  @Override
  public double indexOfDispersion(double windowSeconds) {
    double st = (1 / firstDwellSeconds + 1 / secondDwellSeconds) * Windows.checked(windowSeconds);
    return 1 + amplitude() * (1 + StrictMath.expm1(-st) / st);
  }

  @Override
  public double limitOfDispersion() {
    return 1 + amplitude();
  }

  /** {@inheritDoc} Both rates change alike, the dwells stay. */
  @Override
  public MmppArrivals withRate(double ratePerSecond) {
    double factor = ArrivalLaw.checkedRate(ratePerSecond) / ratePerSecond();
    return new MmppArrivals(
        firstRatePerSecond * factor,
        secondRatePerSecond * factor,
        firstDwellSeconds,
        secondDwellSeconds);
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    RandomStream stream = streams.stream(name, replication);
    return open(stream, stream);
  }

  /** Opens a stream whose states come from elsewhere than its gaps. */
  ArrivalStream open(RandomStream states, RandomStream gaps) {
    return new Stream(this, states, gaps);
  }

  private static final class Stream implements ArrivalStream {
    private final MmppArrivals law;
    private final RandomStream states;
    private final RandomStream gaps;
    private boolean second;
    private long now;
    private long stateEnds;

    Stream(MmppArrivals law, RandomStream states, RandomStream gaps) {
      this.law = law;
      this.states = states;
      this.gaps = gaps;
      double share = law.firstDwellSeconds / (law.firstDwellSeconds + law.secondDwellSeconds);
      second = states.nextDouble() >= share;
      stateEnds = dwell(0);
    }

    private long dwell(long from) {
      double mean = second ? law.secondDwellSeconds : law.firstDwellSeconds;
      return ArrivalStream.after(from, states.nextExponential() * mean);
    }

    @Override
    public long nextPicos() {
      while (now != NO_MORE) {
        double rate = second ? law.secondRatePerSecond : law.firstRatePerSecond;
        long next = rate == 0 ? NO_MORE : ArrivalStream.after(now, gaps.nextExponential() / rate);
        if (next < stateEnds || stateEnds == NO_MORE) {
          now = next;
          return next;
        }
        // Poisson arrivals have no memory, so the gap is drawn anew in the other state.
        now = stateEnds;
        second = !second;
        stateEnds = dwell(now);
      }
      return NO_MORE;
    }
  }
}
