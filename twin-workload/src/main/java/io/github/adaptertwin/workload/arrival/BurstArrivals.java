package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;

/**
 * Bursts and silences in turn. A burst has N = max(1, round(Y)) arrivals, ln Y normal with the mean
 * and deviation given; between two arrivals of a burst lies a gap A, between two bursts a silence
 * S. With n = E N: rate n / ((n - 1) E A + E S), gap CV from the mixture of n - 1 gaps and one
 * silence, and for long windows, with the rate l, dispersion (Var N (1 - l E A)^2 + l^2 ((n - 1)
 * Var A + Var S)) / n. Rate, CV and limit are exact; for finite windows no closed form is known.
 *
 * <p>The Azure code trace of 2023 as such a law: sizes of mu 3.29 and sigma 1.42, gaps of mean .092
 * s and CV 1.41, silences lognormal with mu 1.71 and sigma 1.47.
 *
 * @param sizeMu mean of ln Y, in [-5, 12]
 * @param sizeSigma standard deviation of ln Y, in (0, 3]
 * @param gaps law of the gaps within a burst
 * @param silences law of the gaps between bursts
 */
public record BurstArrivals(double sizeMu, double sizeSigma, GapLaw gaps, GapLaw silences)
    implements ArrivalLaw {
  private static final int ONE_BY_ONE = 512;
  private static final double LARGEST_BURST = 1e15;

  /** Checks the law of sizes and the rate. */
  public BurstArrivals {
    if (!(sizeMu >= -5 && sizeMu <= 12 && sizeSigma > 0 && sizeSigma <= 3)) {
      throw new IllegalArgumentException(
          "burst sizes have mu "
              + sizeMu
              + " and sigma "
              + sizeSigma
              + "; mu must be in [-5, 12] and sigma in (0, 3]");
    }
    ArrivalLaw.checkedRate(
        rate(meanBurstSize(sizeMu, sizeSigma), gaps.meanSeconds(), silences.meanSeconds()));
  }

  private static double rate(double meanSize, double meanGapSeconds, double meanSilenceSeconds) {
    return meanSize / ((meanSize - 1) * meanGapSeconds + meanSilenceSeconds);
  }

  /** P(N >= n). */
  private static double sizeTail(double sizeMu, double sizeSigma, double n) {
    return n <= 1 ? 1 : LognormalGaps.normalCdf((sizeMu - StrictMath.log(n - 0.5)) / sizeSigma);
  }

  /** Moment of Y beyond a bound: E[Y^order; Y > bound]. */
  private static double partialMoment(double sizeMu, double sizeSigma, int order, double bound) {
    double z = (sizeMu + order * sizeSigma * sizeSigma - StrictMath.log(bound)) / sizeSigma;
    return StrictMath.exp(order * sizeMu + order * order * sizeSigma * sizeSigma / 2)
        * LognormalGaps.normalCdf(z);
  }

  /** {@return mean number of arrivals in a burst} */
  public double meanBurstSize() {
    return meanBurstSize(sizeMu, sizeSigma);
  }

  private static double meanBurstSize(double mu, double sigma) {
    double sum = 0;
    for (int n = 1; n <= ONE_BY_ONE; n++) {
      sum += sizeTail(mu, sigma, n);
    }
    // The rest of the sum is the integral of the tail of Y, to the midpoint rule's precision.
    return sum
        + partialMoment(mu, sigma, 1, ONE_BY_ONE)
        - ONE_BY_ONE * partialMoment(mu, sigma, 0, ONE_BY_ONE);
  }

  private double meanSquareOfBurstSize() {
    double sum = 0;
    for (int n = 1; n <= ONE_BY_ONE; n++) {
      sum += (2.0 * n - 1) * sizeTail(sizeMu, sizeSigma, n);
    }
    double bound = ONE_BY_ONE;
    return sum
        + partialMoment(sizeMu, sizeSigma, 2, bound)
        - bound * bound * partialMoment(sizeMu, sizeSigma, 0, bound);
  }

  private static double square(double x) {
    return x * x;
  }

  @Override
  public double ratePerSecond() {
    return rate(meanBurstSize(), gaps.meanSeconds(), silences.meanSeconds());
  }

  @Override
  public double gapCv() {
    double n = meanBurstSize();
    double second =
        ((n - 1) * square(gaps.meanSeconds()) * (1 + square(gaps.cv()))
                + square(silences.meanSeconds()) * (1 + square(silences.cv())))
            / n;
    return StrictMath.sqrt(second * square(ratePerSecond()) - 1);
  }

  /** {@return NaN: no closed form is known} */
  @Override
  public double indexOfDispersion(double windowSeconds) {
    Windows.checked(windowSeconds);
    return Double.NaN;
  }

  @Override
  public double limitOfDispersion() {
    double n = meanBurstSize();
    double rate = ratePerSecond();
    double varGap = square(gaps.meanSeconds() * gaps.cv());
    double varSilence = square(silences.meanSeconds() * silences.cv());
    double varSize = meanSquareOfBurstSize() - n * n;
    return (varSize * square(1 - rate * gaps.meanSeconds())
            + rate * rate * ((n - 1) * varGap + varSilence))
        / n;
  }

  /** {@inheritDoc} Gaps and silences change alike, the sizes stay. */
  @Override
  public BurstArrivals withRate(double ratePerSecond) {
    double factor = ratePerSecond() / ArrivalLaw.checkedRate(ratePerSecond);
    return new BurstArrivals(
        sizeMu,
        sizeSigma,
        gaps.withMean(gaps.meanSeconds() * factor),
        silences.withMean(silences.meanSeconds() * factor));
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    return new Stream(this, streams.stream(name, replication));
  }

  private static final class Stream implements ArrivalStream {
    private final BurstArrivals law;
    private final RandomStream stream;
    private final GapLaw.Sampler gaps;
    private final GapLaw.Sampler silences;
    private long now;

    /** Arrivals of the burst at hand that come after the next one. */
    private long left;

    Stream(BurstArrivals law, RandomStream stream) {
      this.law = law;
      this.stream = stream;
      gaps = law.gaps.sampler(stream);
      silences = law.silences.sampler(stream);
      // Time 0 lies in a silence or in a gap with a probability in proportion to their lengths.
      double silence = law.silences.meanSeconds();
      double inside = (law.meanBurstSize() - 1) * law.gaps.meanSeconds();
      if (stream.nextDouble() * (silence + inside) < silence) {
        now = ArrivalStream.after(0, law.silences.residualSampler(stream).nextSeconds());
        left = size(law.sizeMu) - 1;
      } else {
        // A burst with twice the gaps is met twice as often.
        long others = burstMet() - 1;
        left = (long) (stream.nextDouble() * others);
        now = ArrivalStream.after(0, law.gaps.residualSampler(stream).nextSeconds());
      }
    }

    private double draw(double mu) {
      return Math.min(LARGEST_BURST, StrictMath.exp(mu + law.sizeSigma * stream.nextGaussian()));
    }

    private static long rounded(double y) {
      return Math.max(1, Math.round(y));
    }

    private long size(double mu) {
      return rounded(draw(mu));
    }

    /** Size of a burst drawn with a probability in proportion to its gaps, by rejection. */
    private long burstMet() {
      while (true) {
        double y = draw(law.sizeMu + law.sizeSigma * law.sizeSigma);
        long n = rounded(y);
        if (stream.nextDouble() * y < n - 1) {
          return n;
        }
      }
    }

    @Override
    public long nextPicos() {
      long arrival = now;
      if (arrival == NO_MORE) {
        return NO_MORE;
      }
      if (left > 0) {
        left--;
        now = ArrivalStream.after(arrival, gaps.nextSeconds());
      } else {
        now = ArrivalStream.after(arrival, silences.nextSeconds());
        left = size(law.sizeMu) - 1;
      }
      return arrival;
    }
  }
}
