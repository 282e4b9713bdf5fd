package io.github.adaptertwin.workload.arrival;

import io.github.adaptertwin.core.time.SimulatedTime;

/** Arrival times one after the other. Not thread-safe. */
public interface ArrivalStream {
  /** What {@link #nextPicos} gives once there is no arrival left, or none before 106 days. */
  long NO_MORE = Long.MAX_VALUE;

  /**
   * {@return the next arrival in picoseconds from the start, never before the one given last;
   * {@link #NO_MORE} from then on if there is none}
   */
  long nextPicos();

  /**
   * Adds a gap to a time.
   *
   * @param picos a time, at least 0, or {@link #NO_MORE}
   * @param gapSeconds gap, at least 0
   * @return their sum, or {@link #NO_MORE} if it lies beyond the longest representable time
   */
  static long after(long picos, double gapSeconds) {
    if (!(gapSeconds <= SimulatedTime.MAX_SECONDS)) {
      return NO_MORE;
    }
    long gap = SimulatedTime.toPicos(gapSeconds);
    return picos <= NO_MORE - gap ? picos + gap : NO_MORE;
  }
}
