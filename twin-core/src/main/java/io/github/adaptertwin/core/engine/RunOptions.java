package io.github.adaptertwin.core.engine;

import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.time.SimulatedTime;
import java.io.Serializable;

/**
 * How long a run lasts and how much of it is told.
 *
 * @param horizonPicos requests that arrive before it count, in picoseconds, at least 1
 * @param atHorizon what happens to unfinished requests at the horizon
 * @param detail how much the report holds
 */
public record RunOptions(long horizonPicos, AtHorizon atHorizon, ReportDetail detail)
    implements Serializable {

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
   * @throws IllegalArgumentException if the horizon is below 1 ps
   */
  public RunOptions {
    if (horizonPicos < 1) {
      throw new IllegalArgumentException("horizon is " + horizonPicos + " ps, must be at least 1");
    }
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
    return new RunOptions(horizonPicos, value, detail);
  }

  /**
   * {@return these options with another detail}
   *
   * @param value how much the report holds
   */
  public RunOptions withDetail(ReportDetail value) {
    return new RunOptions(horizonPicos, atHorizon, value);
  }
}
