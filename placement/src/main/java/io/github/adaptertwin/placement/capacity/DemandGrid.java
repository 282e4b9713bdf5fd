package io.github.adaptertwin.placement.capacity;

/**
 * What one adapter asks of a GPU's slots, as functions of the mean time x that a request runs,
 * tabulated on a grid of half octaves. With Poisson arrivals of rate r the requests of an adapter
 * that run form an M/G/infinity queue, so
 *
 * <ul>
 *   <li>{@code active(x) = 1 - exp(-r x)}: the probability that the adapter is in the batch;
 *   <li>{@code held(x)}: the share of time for which it holds a slot if, once it has lost the slot,
 *       its next request waits for the allowed time. A busy period that begins with the k requests
 *       gathered meanwhile lasts as in an M/M/infinity queue, {@code T(k) + ... + T(1)} with {@code
 *       T(j) = (x + r x T(j + 1)) / j};
 *   <li>{@code returns(x) = r exp(-r x)}: requests per second that find it idle.
 * </ul>
 *
 * <p>All three are sums over the adapters of a GPU, which is what makes a search over sets of
 * adapters cheap: adding or taking an adapter is adding or taking its vector. Immutable and
 * thread-safe.
 */
public final class DemandGrid {
  /** Half octaves of the grid. */
  static final int POINTS = 33;

  /** Length of a demand vector. */
  static final int WIDTH = 3 * POINTS;

  /** The first grid point is the mean output at this step time, faster than any step. */
  private static final double SHORTEST_STEP_SECONDS = 0.004;

  /** Offered load from which on an adapter never leaves the batch. */
  private static final double NEVER_IDLE = 4;

  /** The same where held must not be overstated: a busy period of e^12 / 12 service times. */
  private static final double NEVER_IDLE_AT_ALL = 12;

  private static final int EXACT_BACKLOG = 16;
  private static final int RECURSION_HEADSTART = 12;

  private final double firstSeconds;
  private final double slotWaitSeconds;
  private final double[] points = new double[POINTS];

  /**
   * Makes a grid.
   *
   * @param outputTokens mean output tokens of a request, above 0
   * @param slotWaitSeconds how long requests may wait for a slot on average, at least 0
   */
  public DemandGrid(double outputTokens, double slotWaitSeconds) {
    if (!(outputTokens > 0) || !(slotWaitSeconds >= 0)) {
      throw new IllegalArgumentException(
          "mean output is "
              + outputTokens
              + " tokens and slot wait "
              + slotWaitSeconds
              + " s; must be above 0 and at least 0");
    }
    this.firstSeconds = outputTokens * SHORTEST_STEP_SECONDS;
    this.slotWaitSeconds = slotWaitSeconds;
    for (int p = 0; p < POINTS; p++) {
      points[p] = firstSeconds * halfOctaves(p);
    }
  }

  /** Two to the power of half of p, the same bits everywhere. */
  static double halfOctaves(int p) {
    double whole = Math.scalb(1.0, p >> 1);
    return (p & 1) == 0 ? whole : whole * StrictMath.sqrt(2);
  }

  double firstSeconds() {
    return firstSeconds;
  }

  /**
   * Tabulates the demand of one adapter.
   *
   * @param ratePerSecond its requests per second, above 0
   * @return its vector: active, held, returns
   */
  double[] demandOf(double ratePerSecond) {
    double[] vector = new double[WIDTH];
    double backlog = 1 + ratePerSecond * slotWaitSeconds;
    double cycle = 1 / ratePerSecond + slotWaitSeconds;
    for (int p = 0; p < POINTS; p++) {
      double load = ratePerSecond * points[p];
      double idle = StrictMath.exp(-load);
      vector[p] = 1 - idle;
      double held = load > NEVER_IDLE ? 1 : busy(load, backlog) * points[p];
      vector[POINTS + p] = load > NEVER_IDLE ? 1 : Math.min(vector[p], held / (cycle + held));
      vector[2 * POINTS + p] = ratePerSecond * idle;
    }
    return vector;
  }

  /**
   * Gives the share of time for which an adapter holds a slot. A backlog of a broken number of
   * requests is rounded down, so that the share is rather low.
   *
   * @param ratePerSecond its requests per second, above 0
   * @param runSeconds mean time that a request runs, above 0
   * @param waitSeconds how long its next request waits after it has lost the slot, at least 0
   * @return the share, in (0, 1]
   */
  public static double held(double ratePerSecond, double runSeconds, double waitSeconds) {
    double load = ratePerSecond * runSeconds;
    double active = 1 - StrictMath.exp(-load);
    if (load > NEVER_IDLE_AT_ALL) {
      return 1;
    }
    // A whole number of requests: a part of one more would be counted as a whole one.
    double busy = busy(load, Math.floor(1 + ratePerSecond * waitSeconds)) * runSeconds;
    return Math.min(active, busy / (1 / ratePerSecond + waitSeconds + busy));
  }

  /** Mean length of a busy period that begins with a backlog, in mean service times. */
  private static double busy(double load, double backlog) {
    int whole = (int) Math.min(EXACT_BACKLOG, Math.ceil(backlog));
    int from = whole + RECURSION_HEADSTART;
    double down = 1 / Math.max(1, from - load);
    double total = 0;
    for (int j = from; j >= 1; j--) {
      down = (1 + load * down) / j;
      if (j <= whole) {
        total += down;
      }
    }
    // T(j) is at least 1 / j, and a sum of those at least the integral above it: never overstated.
    return backlog > EXACT_BACKLOG
        ? total + StrictMath.log((backlog + 1) / (EXACT_BACKLOG + 1))
        : total;
  }
}
