package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;

/**
 * Poisson arrivals whose rate swings as a sine: rate (1 + amplitude sin(2 pi (t + shift) /
 * period)), drawn by thinning (P. A. W. Lewis and G. S. Shedler, "Simulation of nonhomogeneous
 * Poisson processes by thinning", Naval Research Logistics 26(3), 1979). Over whole periods the
 * mean is the rate. For windows w that begin at a random time of the period, dispersion 1 + (rate
 * amplitude period / pi sin(pi w / period))^2 / (2 rate w), exact. CV^2 = 2 / sqrt(1 - amplitude^2)
 * - 1, which is the limit of a period long against the gaps.
 *
 * <p>Measured amplitudes over 24 h are .04 to .21 for large services, .52 for one of reasoning.
 *
 * @param ratePerSecond mean arrivals per second, in (0, 1e6]
 * @param amplitude relative swing, in [0, 1]
 * @param periodSeconds length of a period, finite and at least 1e-6; 86,400 for a day
 * @param shiftSeconds where in the period time 0 lies, in [0, period]; at a quarter the rate is at
 *     its highest
 */
public record DiurnalArrivals(
    double ratePerSecond, double amplitude, double periodSeconds, double shiftSeconds)
    implements ArrivalLaw {

  /** Checks the arguments. */
  public DiurnalArrivals {
    ArrivalLaw.checkedRate(ratePerSecond);
    if (!(amplitude >= 0 && amplitude <= 1)) {
      throw new IllegalArgumentException(
          "amplitude is " + amplitude + ", must be in [0, 1]: a rate is never negative");
    }
    ArrivalLaw.checkedStateSeconds("period", periodSeconds);
    if (!(shiftSeconds >= 0 && shiftSeconds <= periodSeconds)) {
      throw new IllegalArgumentException(
          "shift is " + shiftSeconds + " s, must be in [0, " + periodSeconds + "], the period");
    }
  }

  @Override
  public double gapCv() {
    return StrictMath.sqrt(2 / StrictMath.sqrt(1 - amplitude * amplitude) - 1);
  }

  @Override
  public double indexOfDispersion(double windowSeconds) {
    double w = Windows.checked(windowSeconds);
    double swing =
        ratePerSecond
            * amplitude
            * periodSeconds
            / StrictMath.PI
            * StrictMath.sin(StrictMath.PI * w / periodSeconds);
    return 1 + swing * swing / (2 * ratePerSecond * w);
  }

  /** {@return 1: over many periods the swings cancel} */
  @Override
  public double limitOfDispersion() {
    return 1;
  }

  /** {@inheritDoc} The period stays. */
  @Override
  public DiurnalArrivals withRate(double newRatePerSecond) {
    return new DiurnalArrivals(newRatePerSecond, amplitude, periodSeconds, shiftSeconds);
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    RandomStream stream = streams.stream(name, replication);
    double most = ratePerSecond * (1 + amplitude);
    double turnsPerPico = 2 * StrictMath.PI / periodSeconds * 1e-12;
    double shift = 2 * StrictMath.PI * shiftSeconds / periodSeconds;
    return new ArrivalStream() {
      private long now;

      @Override
      public long nextPicos() {
        while (now != NO_MORE) {
          now = ArrivalStream.after(now, stream.nextExponential() / most);
          double rate = 1 + amplitude * StrictMath.sin(turnsPerPico * now + shift);
          if (stream.nextDouble() * (1 + amplitude) < rate) {
            return now;
          }
        }
        return NO_MORE;
      }
    };
  }
}
