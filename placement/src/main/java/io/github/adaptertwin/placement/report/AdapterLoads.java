package io.github.adaptertwin.placement.report;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.engine.EngineListener;
import io.github.adaptertwin.core.time.SimulatedTime;

/** Counts copies of adapters into GPU slots by adapter and interval of a run. */
final class AdapterLoads implements EngineListener {
  private final int[][] counts;
  private final double intervalSeconds;

  /**
   * Starts counting.
   *
   * @param adapters number of adapters
   * @param intervals number of intervals, the last of which takes all that comes later
   * @param intervalSeconds length of one
   */
  AdapterLoads(int adapters, int intervals, double intervalSeconds) {
    this.counts = new int[adapters][intervals];
    this.intervalSeconds = intervalSeconds;
  }

  @Override
  public void loaded(int adapter, AdapterTier from, long step, long timePicos) {
    if (from == AdapterTier.HOST_MEMORY) {
      int interval = (int) (SimulatedTime.toSeconds(timePicos) / intervalSeconds);
      counts[adapter][Math.min(interval, counts[adapter].length - 1)]++;
    }
  }

  int adapters() {
    return counts.length;
  }

  int intervals() {
    return counts.length == 0 ? 0 : counts[0].length;
  }

  double startSeconds(int interval) {
    return interval * intervalSeconds;
  }

  int of(int adapter, int interval) {
    return counts[adapter][interval];
  }
}
