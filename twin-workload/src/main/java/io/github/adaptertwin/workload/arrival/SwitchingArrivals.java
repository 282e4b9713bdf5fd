package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;

/**
 * What {@link UnpredictableArrivals} was meant to be, with its nominal rate kept: in every epoch of
 * 300 s the rate is another multiple m of 1.5^-4 to 1.5^4, one step up or down from the epoch
 * before (at an end it may stay), divided by the mean of m, c = 2.07; the gaps are exponential or
 * lognormal, chosen anew in every epoch, and are stretched by the rate of the time that they cover.
 * The begin within the first epoch and its m are random, so the law is stationary.
 *
 * <p>The rate is exact. For gaps short against an epoch CV^2 = c^2 (2 + e^(sigma^2)) / 2 - 1, and
 * for windows long against the gaps dispersion e^(sigma^2) / 2 + Var(integral of the rate) / (rate
 * window), with the covariances of the walk of m.
 *
 * @param ratePerSecond mean arrivals per second, in (0, 1e6]
 * @param sigma standard deviation of the logarithm of lognormal gaps, in (0, 3]
 */
public record SwitchingArrivals(double ratePerSecond, double sigma) implements ArrivalLaw {
  private static final double EPOCH_SECONDS = 300;
  private static final double FACTOR = 1.5;
  private static final int REACH = 4;
  private static final int STATES = 2 * REACH + 1;
  private static final double[] MULTIPLE = new double[STATES];
  private static final double MEAN_MULTIPLE;

  static {
    double sum = 0;
    for (int i = 0; i < STATES; i++) {
      MULTIPLE[i] = StrictMath.pow(FACTOR, i - REACH);
      sum += MULTIPLE[i];
    }
    MEAN_MULTIPLE = sum / STATES;
  }

  /** Checks rate and sigma. */
  public SwitchingArrivals {
    ArrivalLaw.checkedRate(ratePerSecond);
    if (!(sigma > 0 && sigma <= 3)) {
      throw new IllegalArgumentException("sigma of the gaps is " + sigma + ", must be in (0, 3]");
    }
  }

  @Override
  public double gapCv() {
    double second = (2 + StrictMath.exp(sigma * sigma)) / 2;
    return StrictMath.sqrt(MEAN_MULTIPLE * MEAN_MULTIPLE * second - 1);
  }

  @Override
  public double indexOfDispersion(double windowSeconds) {
    double w = Windows.checked(windowSeconds);
    double[] ahead = MULTIPLE.clone();
    int[] distance = {0};
    double variance =
        Windows.varianceOfEpochs(
            w,
            EPOCH_SECONDS,
            lag -> {
              for (; distance[0] < lag; distance[0]++) {
                step(ahead);
              }
              double sum = 0;
              for (int i = 0; i < STATES; i++) {
                sum += MULTIPLE[i] * ahead[i];
              }
              return sum / STATES / (MEAN_MULTIPLE * MEAN_MULTIPLE) - 1;
            });
    return StrictMath.exp(sigma * sigma) / 2 + ratePerSecond * variance / w;
  }

  /** What to expect of the next epoch, by the state of this one. */
  private static void step(double[] values) {
    double[] old = values.clone();
    for (int i = 0; i < STATES; i++) {
      values[i] = (old[Math.max(0, i - 1)] + old[Math.min(STATES - 1, i + 1)]) / 2;
    }
  }

  @Override
  public double limitOfDispersion() {
    // The walk forgets by cos(pi / 9) = .94 an epoch; after 10,000 nothing is left.
    double window = 10_000 * EPOCH_SECONDS;
    return indexOfDispersion(window);
  }

  /** {@inheritDoc} The epochs stay. */
  @Override
  public SwitchingArrivals withRate(double newRatePerSecond) {
    return new SwitchingArrivals(newRatePerSecond, sigma);
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    return new Stream(this, streams.stream(name, replication));
  }

  private static final class Stream implements ArrivalStream {
    private final SwitchingArrivals law;
    private final RandomStream stream;
    private final LognormalGaps shape;
    private final GapLaw.Sampler lognormals;
    private int state;
    private boolean lognormal;
    private double pending;
    private long now;
    private long epochEnds;

    Stream(SwitchingArrivals law, RandomStream stream) {
      this.law = law;
      this.stream = stream;
      shape = LognormalGaps.ofMean(1, law.sigma);
      lognormals = shape.sampler(stream);
      state = stream.nextInt(STATES);
      lognormal = stream.nextDouble() < 0.5;
      epochEnds = ArrivalStream.after(0, stream.nextDouble() * EPOCH_SECONDS);
      pending = lognormal ? shape.residualSampler(stream).nextSeconds() : stream.nextExponential();
    }

    @Override
    public long nextPicos() {
      while (now != NO_MORE) {
        double rate = law.ratePerSecond * MULTIPLE[state] / MEAN_MULTIPLE;
        long next = ArrivalStream.after(now, pending / rate);
        if (next < epochEnds || epochEnds == NO_MORE) {
          now = next;
          pending = lognormal ? lognormals.nextSeconds() : stream.nextExponential();
          return next;
        }
        // The gap goes on, at the rate of the next epoch.
        pending = Math.max(0, pending - (epochEnds - now) * 1e-12 * rate);
        now = epochEnds;
        epochEnds = ArrivalStream.after(now, EPOCH_SECONDS);
        int moved = state + (stream.nextDouble() < 0.5 ? 1 : -1);
        state = Math.max(0, Math.min(STATES - 1, moved));
        lognormal = stream.nextDouble() < 0.5;
      }
      return NO_MORE;
    }
  }
}
