package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;

/**
 * The "unpredictable" arrivals of arXiv 2602.24044 as its load client draws them: each time that
 * more than 300 s of gaps have passed, the law of the gaps is chosen anew, exponential of mean
 * 1/(rate m) or lognormal of mu 0 and sigma rate m, and m is multiplied or divided by 1.5 within
 * [1/7.5, 7.5]; the first gap is exponential of mean 1/rate, m begins at 1.
 *
 * <p>Since mu is 0, the median of the lognormal gaps is one second for every rate, so the nominal
 * rate is lost: in the first hour 1.6 per second comes to .96, .025 to .43 and .0125 to .40, and in
 * long runs the lognormal gaps of high rates, which may last for days, leave next to nothing of it.
 * {@link #ratePerSecond} is the nominal one; gap CV and dispersion have no closed form. {@link
 * SwitchingArrivals} is the law that keeps its rate.
 *
 * @param ratePerSecond nominal arrivals per second, in (0, 5]: above, the lognormal has no meaning
 */
public record UnpredictableArrivals(double ratePerSecond) implements ArrivalLaw {
  private static final double MOST_RATE = 5;
  private static final double REDRAWN_AFTER_SECONDS = 300;
  private static final double FACTOR = 1.5;
  private static final double LARGEST_MULTIPLE = 7.5;

  /** Checks the rate. */
  public UnpredictableArrivals {
    if (!(ratePerSecond > 0 && ratePerSecond <= MOST_RATE)) {
      throw new IllegalArgumentException(
          "rate of unpredictable arrivals is " + ratePerSecond + "/s, must be in (0, 5]");
    }
  }

  @Override
  public double gapCv() {
    return Double.NaN;
  }

  @Override
  public double indexOfDispersion(double windowSeconds) {
    Windows.checked(windowSeconds);
    return Double.NaN;
  }

  @Override
  public double limitOfDispersion() {
    return Double.NaN;
  }

  @Override
  public UnpredictableArrivals withRate(double newRatePerSecond) {
    return new UnpredictableArrivals(newRatePerSecond);
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    RandomStream stream = streams.stream(name, replication);
    return new ArrivalStream() {
      private double multiple = 1;
      private boolean lognormal;
      private double passed;
      private long now;

      @Override
      public long nextPicos() {
        if (now == NO_MORE) {
          return NO_MORE;
        }
        double gap =
            lognormal
                ? StrictMath.exp(ratePerSecond * multiple * stream.nextGaussian())
                : stream.nextExponential() / (ratePerSecond * multiple);
        passed += gap;
        if (passed > REDRAWN_AFTER_SECONDS) {
          passed = 0;
          lognormal = stream.nextDouble() < 0.5;
          double next = stream.nextDouble() < 0.5 ? multiple * FACTOR : multiple / FACTOR;
          multiple = Math.max(1 / LARGEST_MULTIPLE, Math.min(LARGEST_MULTIPLE, next));
        }
        now = ArrivalStream.after(now, gap);
        return now;
      }
    };
  }
}
