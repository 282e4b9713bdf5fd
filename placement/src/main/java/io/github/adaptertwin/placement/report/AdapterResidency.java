package io.github.adaptertwin.placement.report;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.engine.EngineListener;
import io.github.adaptertwin.core.time.SimulatedTime;

/**
 * Which adapters are in a GPU slot when, by adapter and interval of a run. Adapters are registered
 * one after the other before the first request, so the last ones begin in a slot, as many as there
 * are.
 */
final class AdapterResidency implements EngineListener {
  private static final long ABSENT = -1;

  private final double[][] seconds;
  private final long[] sincePicos;
  private final double intervalSeconds;
  private long copies;

  /**
   * Starts to listen.
   *
   * @param adapters number of adapters
   * @param slots number of GPU slots
   * @param intervals number of intervals; what comes after them is left out
   * @param intervalSeconds length of one
   */
  AdapterResidency(int adapters, int slots, int intervals, double intervalSeconds) {
    this.seconds = new double[adapters][intervals];
    this.sincePicos = new long[adapters];
    this.intervalSeconds = intervalSeconds;
    for (int a = 0; a < adapters; a++) {
      sincePicos[a] = a >= adapters - slots ? 0 : ABSENT;
    }
  }

  @Override
  public void loaded(int adapter, AdapterTier from, long step, long timePicos) {
    if (from == AdapterTier.HOST_MEMORY) {
      copies++;
      sincePicos[adapter] = timePicos;
    }
  }

  @Override
  public void evicted(int adapter, long step, long timePicos) {
    add(adapter, timePicos);
    sincePicos[adapter] = ABSENT;
  }

  /** Counts what is resident at the end of the run. */
  void close() {
    long end = SimulatedTime.toPicos(intervals() * intervalSeconds);
    for (int a = 0; a < adapters(); a++) {
      if (sincePicos[a] != ABSENT) {
        add(a, Math.max(end, sincePicos[a]));
        sincePicos[a] = ABSENT;
      }
    }
  }

  private void add(int adapter, long untilPicos) {
    double from = SimulatedTime.toSeconds(sincePicos[adapter]);
    double to = SimulatedTime.toSeconds(untilPicos);
    int first = Math.min((int) (from / intervalSeconds), intervals() - 1);
    for (int i = first; i < intervals() && startSeconds(i) < to; i++) {
      seconds[adapter][i] +=
          Math.max(0, Math.min(to, startSeconds(i + 1)) - Math.max(from, startSeconds(i)));
    }
  }

  /** {@return copies into slots over the run} */
  long copies() {
    return copies;
  }

  int adapters() {
    return seconds.length;
  }

  int intervals() {
    return seconds.length == 0 ? 0 : seconds[0].length;
  }

  double startSeconds(int interval) {
    return interval * intervalSeconds;
  }

  /** {@return share of the interval for which the adapter was in a slot, in [0, 1]} */
  double share(int adapter, int interval) {
    return Math.min(1, seconds[adapter][interval] / intervalSeconds);
  }
}
