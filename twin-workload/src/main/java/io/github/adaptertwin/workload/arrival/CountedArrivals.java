package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.time.SimulatedTime;

/**
 * Poisson arrivals given their number: that many independent uniform times in [0, horizon), in
 * order, and none after. A count of a window w within the horizon H is binomial, so its dispersion
 * is 1 - w/H; the CV of the gaps is sqrt(n / (n + 2)). Both are exact.
 *
 * @param count arrivals, at least 1
 * @param horizonSeconds in (0, 9.2e6]
 */
public record CountedArrivals(long count, double horizonSeconds) implements ArrivalLaw {
  /** Checks count and horizon. */
  public CountedArrivals {
    if (count < 1 || !(horizonSeconds > 0 && horizonSeconds <= SimulatedTime.MAX_SECONDS)) {
      throw new IllegalArgumentException(
          count
              + " arrivals in "
              + horizonSeconds
              + " s; there must be at least 1 in (0, "
              + SimulatedTime.MAX_SECONDS
              + "] s");
    }
    ArrivalLaw.checkedRate(count / horizonSeconds);
  }

  @Override
  public double ratePerSecond() {
    return count / horizonSeconds;
  }

  @Override
  public double gapCv() {
    return StrictMath.sqrt(count / (count + 2.0));
  }

  /** {@inheritDoc} The window lies within the horizon; NaN for one that is longer. */
  @Override
  public double indexOfDispersion(double windowSeconds) {
    double w = Windows.checked(windowSeconds);
    return w <= horizonSeconds ? 1 - w / horizonSeconds : Double.NaN;
  }

  /** {@return 0: the number of all is fixed} */
  @Override
  public double limitOfDispersion() {
    return 0;
  }

  /** {@inheritDoc} The count changes, rounded but at least 1; the horizon stays. */
  @Override
  public CountedArrivals withRate(double ratePerSecond) {
    double wanted = ArrivalLaw.checkedRate(ratePerSecond) * horizonSeconds;
    return new CountedArrivals(Math.max(1, Math.round(wanted)), horizonSeconds);
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    RandomStream stream = streams.stream(name, replication);
    long horizon = SimulatedTime.toPicos(horizonSeconds);
    return new ArrivalStream() {
      private long left = count;
      private double now;
      private long last;

      @Override
      public long nextPicos() {
        if (left == 0) {
          return NO_MORE;
        }
        // The least of the times that are left, by inversion of its law.
        now -= (1 - now) * StrictMath.expm1(-stream.nextExponential() / left--);
        last = Math.max(last, Math.min((long) (now * horizon), horizon - 1));
        return last;
      }
    };
  }
}
