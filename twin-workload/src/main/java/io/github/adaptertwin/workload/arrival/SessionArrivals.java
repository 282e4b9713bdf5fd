package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.time.EventCalendar;

/**
 * Sessions: whoever has asked asks again with a fixed probability, after a gap (a Bartlett-Lewis
 * process of geometric clusters). A session with repeat probability p has 1/(1 - p) requests in the
 * mean. With l the rate of all requests, sessions begin at l (1 - p); long windows have dispersion
 * D / (1 - p) + p / (1 - p), where D is the limit of the law of the begins: (1 + p) / (1 - p) for
 * Poisson begins. For finite windows and the gap CV no closed form is known.
 *
 * <p>A second, longer kind of gap models users who come back to the adapter of an earlier session:
 * with probability (1 - p) q the next request follows after such a gap. A cluster then has 1/(1 -
 * p') requests with p' = p + (1 - p) q.
 *
 * <p>This is what gives traffic its locality. In production a user repeats the same adapter with
 * probability .79 after a median gap of 123 s, so that an adapter just used is likely to be used
 * again; independent requests with the same popularity miss the cache several times as often.
 *
 * <p>Sessions that are under way at time 0 are part of the stream: their number is Poisson, which
 * is exact for Poisson begins.
 *
 * @param begins law of the first requests of clusters; its rate is that of all requests times (1 -
 *     p')
 * @param repeatProbability p, in [0, .99]
 * @param gaps law of the time between the requests of a session
 * @param returnProbability q, in [0, .99]; 0 for sessions alone
 * @param returnGaps law of the time between a session and the next one of the same user; without
 *     returns the gaps are taken for it. At most 1e7 gaps of both kinds may be under way at once on
 *     average
 */
public record SessionArrivals(
    ArrivalLaw begins,
    double repeatProbability,
    GapLaw gaps,
    double returnProbability,
    GapLaw returnGaps)
    implements ArrivalLaw {
  private static final double MOST = 0.99;

  /** Each that is under way takes some memory for as long as the stream lives. */
  private static final double MOST_UNDER_WAY = 1e7;

  /** Checks the probabilities, and that the sessions under way at once fit into memory. */
  public SessionArrivals {
    double rate = begins.ratePerSecond() / (1 - another(repeatProbability, returnProbability));
    returnGaps = returnProbability == 0 ? gaps : returnGaps;
    double back = (1 - repeatProbability) * returnProbability;
    double underWay =
        rate * (repeatProbability * gaps.meanSeconds() + back * returnGaps.meanSeconds());
    if (!(underWay <= MOST_UNDER_WAY)) {
      throw new IllegalArgumentException(
          "sessions at "
              + rate
              + " requests/s with mean gaps of "
              + gaps.meanSeconds()
              + " and "
              + returnGaps.meanSeconds()
              + " s are "
              + underWay
              + " at once on average, must be at most "
              + MOST_UNDER_WAY
              + "; lower the rate or shorten the gaps");
    }
  }

  /**
   * {@return sessions that begin as Poisson arrivals, without returns}
   *
   * @param ratePerSecond mean requests per second, in (0, 1e6]
   * @param repeatProbability in [0, .99]
   * @param gaps law of the time between the requests of a session
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public static SessionArrivals of(double ratePerSecond, double repeatProbability, GapLaw gaps) {
    return of(ratePerSecond, repeatProbability, gaps, 0, gaps);
  }

  /**
   * {@return sessions that begin as Poisson arrivals}
   *
   * @param ratePerSecond mean requests per second, in (0, 1e6]
   * @param repeatProbability in [0, .99]
   * @param gaps law of the time between the requests of a session
   * @param returnProbability in [0, .99]
   * @param returnGaps law of the time between sessions of a user
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public static SessionArrivals of(
      double ratePerSecond,
      double repeatProbability,
      GapLaw gaps,
      double returnProbability,
      GapLaw returnGaps) {
    double begin =
        ArrivalLaw.checkedRate(ratePerSecond) * (1 - another(repeatProbability, returnProbability));
    return new SessionArrivals(
        ArrivalLaw.poisson(begin), repeatProbability, gaps, returnProbability, returnGaps);
  }

  /** Probability that a request is followed by another of its cluster. */
  private double another() {
    return another(repeatProbability, returnProbability);
  }

  private static double another(double repeatProbability, double returnProbability) {
    for (double p : new double[] {repeatProbability, returnProbability}) {
      if (!(p >= 0 && p <= MOST)) {
        throw new IllegalArgumentException(
            "probability of another request is " + p + ", must be in [0, .99]");
      }
    }
    return repeatProbability + (1 - repeatProbability) * returnProbability;
  }

  @Override
  public double ratePerSecond() {
    return begins.ratePerSecond() / (1 - another());
  }

  /** {@return NaN, but the CV of the begins if there are no repeats} */
  @Override
  public double gapCv() {
    return another() == 0 ? begins.gapCv() : Double.NaN;
  }

  /** {@return NaN, but the dispersion of the begins if there are no repeats} */
  @Override
  public double indexOfDispersion(double windowSeconds) {
    Windows.checked(windowSeconds);
    return another() == 0 ? begins.indexOfDispersion(windowSeconds) : Double.NaN;
  }

  @Override
  public double limitOfDispersion() {
    double p = another();
    return (begins.limitOfDispersion() + p) / (1 - p);
  }

  /** {@inheritDoc} More sessions begin; their gaps stay. */
  @Override
  public SessionArrivals withRate(double ratePerSecond) {
    double begin = ArrivalLaw.checkedRate(ratePerSecond) * (1 - another());
    return new SessionArrivals(
        begins.withRate(begin), repeatProbability, gaps, returnProbability, returnGaps);
  }

  @Override
  public ArrivalStream open(RandomStreams streams, String name, int replication) {
    return new Stream(
        this,
        begins.open(streams, name + "/begins", replication),
        streams.stream(name, replication));
  }

  private static final class Stream implements ArrivalStream {
    private final SessionArrivals law;
    private final ArrivalStream begins;
    private final RandomStream stream;
    private final GapLaw.Sampler gaps;
    private final GapLaw.Sampler returns;
    private final double another;
    private final EventCalendar due = new EventCalendar();
    private long nextBegin;

    Stream(SessionArrivals law, ArrivalStream begins, RandomStream stream) {
      this.law = law;
      this.begins = begins;
      this.stream = stream;
      gaps = law.gaps.sampler(stream);
      returns = law.returnGaps.sampler(stream);
      nextBegin = begins.nextPicos();
      double p = law.repeatProbability;
      another = law.another();
      double back = another - p;
      underWay(p * law.gaps.meanSeconds(), law.gaps.residualSampler(stream));
      underWay(back * law.returnGaps.meanSeconds(), law.returnGaps.residualSampler(stream));
    }

    /** Gaps that have begun before time 0 and end after it. */
    private void underWay(double secondsPerRequest, GapLaw.Sampler residual) {
      long count = stream.nextPoisson(law.ratePerSecond() * secondsPerRequest);
      for (long i = 0; i < count; i++) {
        post(ArrivalStream.after(0, residual.nextSeconds()));
      }
    }

    private void post(long time) {
      if (time != NO_MORE) {
        due.post(time, 0, 0);
      }
    }

    @Override
    public long nextPicos() {
      long arrival;
      if (due.nextTimePicos() < nextBegin) {
        arrival = due.nextTimePicos();
        due.poll();
      } else {
        arrival = nextBegin;
        if (arrival == NO_MORE) {
          return NO_MORE;
        }
        nextBegin = begins.nextPicos();
      }
      double u = stream.nextDouble();
      if (u < law.repeatProbability) {
        post(ArrivalStream.after(arrival, gaps.nextSeconds()));
      } else if (u < another) {
        post(ArrivalStream.after(arrival, returns.nextSeconds()));
      }
      return arrival;
    }
  }
}
