package io.github.adaptertwin.gpu.step;

import java.io.Serializable;

/**
 * What the API server in front of the engine adds to the latencies that a client sees. It shares
 * one interpreter among tokenizing, streaming and telling its metrics, so it delays first tokens
 * and, while it is held up, hands over several tokens of a request as one piece.
 *
 * <p>Found on the published hours of arXiv 2602.24044 (vLLM 0.8.5): the time per output token of a
 * request, running requests and KV use agree with each other and with the engine, but the mean gap
 * between pieces is up to 16 % longer wherever at most 128 requests run on many adapters, and first
 * tokens come late in a way that fits four causes:
 *
 * <ul>
 *   <li>each first request of an adapter loads that adapter's tokenizer, {@code firstUseSeconds},
 *       one after the other (requests behind it wait);
 *   <li>every running request's output passes through, {@code runningSeconds} of delay each;
 *   <li>a poll of the metrics holds everything up for as long as it takes to write one line for
 *       every set of running adapters seen so far: their number grows with the steps, their length
 *       with the adapters in the batch, so that the share of time is {@code pollShare * adapters in
 *       the batch / step seconds}, averaged over an hour, and nothing while adapters are so few
 *       that the same sets come again;
 *   <li>what is left, {@code baseSeconds}.
 * </ul>
 *
 * <p>The server hands over outputs in slices of 128 requests and lets others run in between, so
 * tokens merge only while no more requests run. Immutable and thread-safe.
 *
 * @param baseSeconds delay of every first token, at least 0
 * @param runningSeconds delay of a first token for each running request, at least 0
 * @param firstUseSeconds time of the server at an adapter's first request, at least 0
 * @param pollShare share of an hour's time that polls take, times step seconds and per adapter in
 *     the batch, in seconds, at least 0; 0 for a server whose metrics nobody polls
 */
public record FrontEnd(
    double baseSeconds, double runningSeconds, double firstUseSeconds, double pollShare)
    implements Serializable {
  /** A server that adds nothing. */
  public static final FrontEnd NONE = new FrontEnd(0, 0, 0, 0);

  private static final double POLL_PERIOD_SECONDS = 2;
  private static final double HOUR_SECONDS = 3600;
  private static final int OUTPUT_SLICE = 128;

  /** Adapters from which on most sets of running adapters are new. */
  private static final double MANY_ADAPTERS = 27;

  private static final double MOST_SHARE = 0.5;

  /**
   * Checks the constants.
   *
   * @throws IllegalArgumentException if one is NaN, negative or above 10 seconds
   */
  public FrontEnd {
    for (double value : new double[] {baseSeconds, runningSeconds, firstUseSeconds, pollShare}) {
      if (!(value >= 0 && value <= 10)) {
        throw new IllegalArgumentException(
            "a front-end constant is " + value + " s, must be in [0, 10]; is it in another unit?");
      }
    }
  }

  /**
   * Share of the time for which polls hold the server up.
   *
   * @param adapters adapters that are served
   * @param distinctAdapters mean number of them in the batch
   * @param stepSeconds mean time of a step, above 0
   * @param durationSeconds length of the run; the share grows with it
   * @return a share in [0, .5]
   */
  public double pollShareOf(
      int adapters, double distinctAdapters, double stepSeconds, double durationSeconds) {
    double many = adapters / MANY_ADAPTERS;
    double share =
        pollShare
            * distinctAdapters
            / stepSeconds
            * (durationSeconds / HOUR_SECONDS)
            * -StrictMath.expm1(-many * many);
    return Math.max(0, Math.min(MOST_SHARE, share));
  }

  /**
   * Mean gap between the pieces that a client receives.
   *
   * @param itlSeconds mean gap between tokens as the engine makes them
   * @param pollShare what {@link #pollShareOf} gives
   * @param running mean number of running requests
   * @return seconds, at least {@code itlSeconds}
   */
  public double clientItlSeconds(double itlSeconds, double pollShare, double running) {
    return itlSeconds / (1 - pollShare * shareOfSmallBatches(running));
  }

  /** Probability that a Poisson number of running requests is at most one slice, by its normal. */
  private static double shareOfSmallBatches(double running) {
    double z = (OUTPUT_SLICE + 0.5 - running) / StrictMath.sqrt(Math.max(1, running));
    // Logistic approximation of the normal law, within .01.
    return 1 / (1 + StrictMath.exp(-1.702 * z));
  }

  /**
   * Mean delay of a first token beyond the base delay and the first uses: a request and its first
   * token each meet a hold-up with the probability of the share and wait for half of it, and the
   * hold-ups grow from 0 over the run, so that their mean square is 4/3 of the square of the mean.
   *
   * @param pollShare what {@link #pollShareOf} gives
   * @param running mean number of running requests
   * @return seconds, at least 0
   */
  public double ttftDelaySeconds(double pollShare, double running) {
    return runningSeconds * running + 4.0 / 3 * POLL_PERIOD_SECONDS * pollShare * pollShare;
  }
}
