package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;

/**
 * Poisson arrivals whose rate drifts: in each epoch it is rate * exp(sigma z - sigma^2/2), where z
 * is normal and an autoregression from epoch to epoch, z' = r z + sqrt(1 - r^2) e. The mean is the
 * rate. With R(j) = exp(sigma^2 r^j) - 1 the covariance of the relative rates of two epochs at
 * distance j, dispersion 1 + rate * 2 integral of (w - u) R(u) / w, exact; CV^2 = 2 e^(sigma^2) - 1
 * for gaps short against an epoch.
 *
 * <p>With a stream of its own for each adapter such rates make the order of popularity change: the
 * adapters most asked for in one month are others in the next. In 23 days of production the top 20
 * of the first half and those of the second had 6 in common.
 *
 * @param ratePerSecond mean arrivals per second, in (0, 1e6]
 * @param sigma standard deviation of the logarithm of the rate, in [0, 3]
 * @param correlation of z from epoch to epoch, in [0, 1)
 * @param epochSeconds how long a rate holds, finite and at least 1e-6
 */
public record DriftingArrivals(
    double ratePerSecond, double sigma, double correlation, double epochSeconds)
    implements ArrivalLaw {

  /** Checks the arguments. */
  public DriftingArrivals {
    ArrivalLaw.checkedRate(ratePerSecond);
    if (!(sigma >= 0 && sigma <= 3) || !(correlation >= 0 && correlation < 1)) {
      throw new IllegalArgumentException(
          "drift has sigma "
              + sigma
              + " and correlation "
              + correlation
              + "; they must be in [0, 3] and [0, 1)");
    }
    ArrivalLaw.checkedStateSeconds("epoch", epochSeconds);
  }

  @Override
  public double gapCv() {
    return StrictMath.sqrt(2 * StrictMath.exp(sigma * sigma) - 1);
  }

  private double covariance(int epochs) {
    return StrictMath.expm1(sigma * sigma * StrictMath.pow(correlation, epochs));
  }

  @Override
  public double indexOfDispersion(double windowSeconds) {
    double w = Windows.checked(windowSeconds);
    return 1 + ratePerSecond * Windows.varianceOfEpochs(w, epochSeconds, this::covariance) / w;
  }

  /**
   * {@inheritDoc} With the exponential of each R(j) as a series the sum over all distances is one
   * of sigma^(2k) / k! (1 + r^k) / (1 - r^k), which is short however slowly the rates forget.
   */
  @Override
  public double limitOfDispersion() {
    double sum = 0;
    double term = 1;
    double power = 1;
    for (int k = 1; term > 0; k++) {
      term *= sigma * sigma / k;
      power *= correlation;
      double old = sum;
      sum += term * (1 + power) / (1 - power);
      if (sum == old) {
        break;
      }
    }
    return 1 + ratePerSecond * epochSeconds * sum;
  }

  /** {@inheritDoc} The epochs stay. */
  @Override
  public DriftingArrivals withRate(double newRatePerSecond) {
    return new DriftingArrivals(newRatePerSecond, sigma, correlation, epochSeconds);
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    return new Stream(
        this,
        streams.stream(name, replication),
        // The drift does not depend on how many arrivals there were.
        streams.stream(name + "/drift", replication));
  }

  private static final class Stream implements ArrivalStream {
    private final DriftingArrivals law;
    private final RandomStream stream;
    private final RandomStream drift;
    private double z;
    private long now;
    private long epochEnds;

    Stream(DriftingArrivals law, RandomStream stream, RandomStream drift) {
      this.law = law;
      this.stream = stream;
      this.drift = drift;
      z = drift.nextGaussian();
      epochEnds = ArrivalStream.after(0, drift.nextDouble() * law.epochSeconds);
    }

    @Override
    public long nextPicos() {
      double sigma = law.sigma;
      while (now != NO_MORE) {
        double rate = law.ratePerSecond * StrictMath.exp(sigma * z - sigma * sigma / 2);
        long next = ArrivalStream.after(now, stream.nextExponential() / rate);
        if (next < epochEnds || epochEnds == NO_MORE) {
          now = next;
          return next;
        }
        now = epochEnds;
        epochEnds = ArrivalStream.after(now, law.epochSeconds);
        double r = law.correlation;
        z = r * z + StrictMath.sqrt(1 - r * r) * drift.nextGaussian();
      }
      return NO_MORE;
    }
  }
}
