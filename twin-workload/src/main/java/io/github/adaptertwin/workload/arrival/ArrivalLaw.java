package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStreams;
import java.io.Serializable;

/**
 * A law of arrival times. Laws are immutable, thread-safe values; equal laws with equal streams
 * give equal times, to the bit, on every JDK.
 */
public sealed interface ArrivalLaw extends Serializable
    permits RenewalArrivals,
        MmppArrivals,
        CommonMmppArrivals,
        BurstArrivals,
        DiurnalArrivals,
        PiecewiseArrivals,
        CountedArrivals,
        UnpredictableArrivals,
        SwitchingArrivals,
        DriftingArrivals,
        SessionArrivals,
        SuperposedArrivals {

  /** Largest rate that is taken for meant: beyond it a unit was surely confused. */
  double MAX_RATE_PER_SECOND = 1e6;

  /**
   * Shortest time for which a rate holds (a dwell, an epoch, a piece, a period): shorter ones
   * vanish on a clock of picoseconds, and a stream would switch for ever without an arrival.
   */
  double LEAST_STATE_SECONDS = 1e-6;

  /** {@return mean arrivals per second in the long run, above 0} */
  double ratePerSecond();

  /**
   * {@return standard deviation over mean of the gaps as arrivals see them, or NaN where no closed
   * form is known; the class says whether it is exact}
   */
  double gapCv();

  /**
   * Gives the variance over the mean of the number of arrivals in a window at a random time.
   *
   * @param windowSeconds length of the window, above 0 and finite
   * @return the index of dispersion, or NaN where no closed form is known; the class says whether
   *     it is exact
   * @throws IllegalArgumentException if the window is NaN, infinite or not above 0
   */
  double indexOfDispersion(double windowSeconds);

  /**
   * {@return what {@link #indexOfDispersion} tends to for long windows; may be infinite, or NaN
   * where no closed form is known}
   */
  double limitOfDispersion();

  /**
   * Makes a law of the same kind with another rate. Gaps shrink or stretch; what has a time scale
   * of its own (dwells of a state, periods of a day, gaps within a session) keeps it, as the class
   * says.
   *
   * @param ratePerSecond mean arrivals per second, in (0, 1e6]
   * @return the law with that rate
   * @throws IllegalArgumentException if the rate is outside its bound
   */
  ArrivalLaw withRate(double ratePerSecond);

  /**
   * Opens a stream of arrival times.
   *
   * @param streams where the randomness comes from
   * @param name name of the source; the law draws from the stream of this name and, if it needs
   *     several, from streams whose names begin with it
   * @param replication index of the replication
   * @return a new stream at its begin
   */
  ArrivalStream open(RandomStreams streams, String name, int replication);

  /**
   * {@return Poisson arrivals: exponential gaps, CV 1, dispersion 1}
   *
   * @param ratePerSecond mean arrivals per second, in (0, 1e6]
   * @throws IllegalArgumentException if the rate is outside its bound
   */
  static RenewalArrivals poisson(double ratePerSecond) {
    return new RenewalArrivals(ratePerSecond, new ExponentialGaps(1));
  }

  /** {@return whether these are Poisson arrivals of a constant rate, which remember nothing} */
  default boolean isPoisson() {
    return this instanceof RenewalArrivals renewal && renewal.gaps() instanceof ExponentialGaps;
  }

  /**
   * {@return a Gamma renewal process; vLLM's benchmark calls its shape burstiness, so CV =
   * burstiness^-1/2}
   *
   * @param ratePerSecond mean arrivals per second, in (0, 1e6]
   * @param cv standard deviation over mean of the gaps, in [.01, 100]
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  static RenewalArrivals gamma(double ratePerSecond, double cv) {
    return new RenewalArrivals(ratePerSecond, new GammaGaps(1, cv));
  }

  /**
   * {@return a Weibull renewal process}
   *
   * @param ratePerSecond mean arrivals per second, in (0, 1e6]
   * @param shape in [.1, 20]; below 1 burstier than Poisson, .26 to .9 for clients of a service
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  static RenewalArrivals weibull(double ratePerSecond, double shape) {
    return new RenewalArrivals(ratePerSecond, WeibullGaps.ofMean(1, shape));
  }

  /**
   * Checks a rate.
   *
   * @param ratePerSecond mean arrivals per second
   * @return the rate
   * @throws IllegalArgumentException if it is not in (0, 1e6]
   */
  static double checkedRate(double ratePerSecond) {
    if (!(ratePerSecond > 0 && ratePerSecond <= MAX_RATE_PER_SECOND)) {
      throw new IllegalArgumentException(
          "rate is "
              + ratePerSecond
              + " arrivals/s, must be in (0, "
              + MAX_RATE_PER_SECOND
              + "]; is it per minute?");
    }
    return ratePerSecond;
  }

  /**
   * Checks for how long a rate holds.
   *
   * @param what "epoch" or the like, for the message
   * @param seconds the time
   * @return the time
   * @throws IllegalArgumentException if it is NaN, infinite or below {@link #LEAST_STATE_SECONDS}
   */
  static double checkedStateSeconds(String what, double seconds) {
    if (!(seconds >= LEAST_STATE_SECONDS && seconds < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          what
              + " is "
              + seconds
              + " s, must be finite and at least "
              + LEAST_STATE_SECONDS
              + "; is it in another unit?");
    }
    return seconds;
  }
}
