package io.github.adaptertwin.core.engine;

import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.time.SimulatedTime;
import java.io.Serializable;

/**
 * How long a run lasts and how much of it is told.
 *
 * @param horizonPicos requests that arrive before it count, in picoseconds, in [1, 9.2e18]
 * @param atHorizon what happens to unfinished requests at the horizon
 * @param detail how much the report holds
 * @param warmUpPicos figures count only what happens from the first step that begins at or after
 *     this time on, in [0, horizon); the time series shows the warm-up, too
 * @param seriesIntervalPicos resolution of the report's time series in picoseconds, 0 for none; at
 *     least a millionth of the horizon
 * @param checked whether the engine checks its invariants after every step, which takes time in
 *     proportion to the running requests, and throws {@link IllegalStateException} with what broke
 */
public record RunOptions(
    long horizonPicos,
    AtHorizon atHorizon,
    ReportDetail detail,
    long warmUpPicos,
    long seriesIntervalPicos,
    boolean checked)
    implements Serializable {
  private static final long MOST_PICOS = SimulatedTime.toPicos(SimulatedTime.MAX_SECONDS);
  private static final long MOST_INTERVALS = 1_000_000;

  /** What happens to the requests that are unfinished when the horizon is reached. */
  public enum AtHorizon {
    /** The run ends; they count as unfinished. The paper's way, and a measured hour's. */
    CUT,
    /** The run goes on without new arrivals until they are finished. */
    DRAIN
  }

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if an option is outside its range; the message names it
   */
  public RunOptions {
    if (horizonPicos < 1 || horizonPicos > MOST_PICOS) {
      throw new IllegalArgumentException(
          "horizon is " + horizonPicos + " ps, must be in [1, " + MOST_PICOS + "]");
    }
    if (warmUpPicos < 0 || warmUpPicos >= horizonPicos) {
      throw new IllegalArgumentException(
          "warm-up is " + warmUpPicos + " ps, must be in [0, horizon = " + horizonPicos + " ps)");
    }
    if (seriesIntervalPicos < 0
        || (seriesIntervalPicos > 0 && horizonPicos / seriesIntervalPicos > MOST_INTERVALS)) {
      throw new IllegalArgumentException(
          "interval of the time series is "
              + seriesIntervalPicos
              + " ps, must be 0 for none or at least a millionth of the horizon of "
              + horizonPicos
              + " ps");
    }
  }

  /**
   * A run without warm-up, time series and checks.
   *
   * @param horizonPicos requests that arrive before it count, in picoseconds, at least 1
   * @param atHorizon what happens to unfinished requests at the horizon
   * @param detail how much the report holds
   */
  public RunOptions(long horizonPicos, AtHorizon atHorizon, ReportDetail detail) {
    this(horizonPicos, atHorizon, detail, 0, 0, false);
  }

  /**
   * A run that is cut at its horizon and told with percentiles.
   *
   * @param seconds length of the run, above 0
   * @return the options
   */
  public static RunOptions ofSeconds(double seconds) {
    return new RunOptions(SimulatedTime.toPicos(seconds), AtHorizon.CUT, ReportDetail.PERCENTILES);
  }

  /**
   * {@return these options with another end}
   *
   * @param value what happens at the horizon
   */
  public RunOptions withAtHorizon(AtHorizon value) {
    return new RunOptions(horizonPicos, value, detail, warmUpPicos, seriesIntervalPicos, checked);
  }

  /**
   * {@return these options with another detail}
   *
   * @param value how much the report holds
   */
  public RunOptions withDetail(ReportDetail value) {
    return new RunOptions(
        horizonPicos, atHorizon, value, warmUpPicos, seriesIntervalPicos, checked);
  }

  /**
   * {@return these options with a warm-up}
   *
   * @param seconds in [0, horizon)
   */
  public RunOptions withWarmUpSeconds(double seconds) {
    return new RunOptions(
        horizonPicos,
        atHorizon,
        detail,
        SimulatedTime.toPicos(seconds),
        seriesIntervalPicos,
        checked);
  }

  /**
   * {@return these options with a time series}
   *
   * @param intervalSeconds resolution, 0 for none
   */
  public RunOptions withSeries(double intervalSeconds) {
    return new RunOptions(
        horizonPicos,
        atHorizon,
        detail,
        warmUpPicos,
        SimulatedTime.toPicos(intervalSeconds),
        checked);
  }

  /**
   * {@return these options with or without checks}
   *
   * @param value whether the engine checks its invariants
   */
  public RunOptions withChecks(boolean value) {
    return new RunOptions(horizonPicos, atHorizon, detail, warmUpPicos, seriesIntervalPicos, value);
  }
}
