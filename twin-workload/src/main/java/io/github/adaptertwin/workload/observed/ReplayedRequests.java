package io.github.adaptertwin.workload.observed;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.time.SimulatedTime;
import java.util.List;

/**
 * The requests of a measured run as they may have been: exactly as many as were sent, at times that
 * are the order statistics of a uniform law (which is what Poisson arrivals are, given their
 * number), each to an adapter in proportion to its rate, with lengths whose mean is that of the
 * requests sent.
 *
 * <p>The first request of an adapter holds the API server up for some time; it and those behind it
 * reach the engine that much later. The cursor tells arrivals at the engine; {@link
 * #meanFirstUseDelaySeconds} tells by how much they are later than those at the server.
 *
 * <p>Requests that find the load client's connections taken go by as a count: of those still to
 * come, the share of the time that has passed, the expectation of the law in place of a draw.
 *
 * <p>Immutable and thread-safe; a cursor allocates its order of lengths once.
 */
final class ReplayedRequests implements RequestSource {
  private static final long serialVersionUID = 1L;

  /** Below so small an argument the series of 1 - exp(-x) to the fourth power is exact. */
  private static final double SMALL = 1e-3;

  private final int adapters;
  private final double[] classRates;
  private final int count;
  private final long durationPicos;
  private final int[] lengths;
  private final double meanInput;
  private final double meanOutput;
  private final int waitingCap;
  private final long seed;
  private final long firstUsePicos;

  ReplayedRequests(
      int adapters,
      List<Double> rates,
      int count,
      long durationPicos,
      int[] lengths,
      double[] meanLengths,
      int waitingCap,
      long firstUsePicos,
      long seed) {
    this.adapters = adapters;
    int classes = Math.min(adapters, rates.size());
    classRates = new double[classes];
    for (int i = 0; i < classes; i++) {
      classRates[i] = rates.get(i) * members(i, classes);
    }
    this.count = count;
    this.durationPicos = durationPicos;
    this.lengths = lengths;
    meanInput = meanLengths[0];
    meanOutput = meanLengths[1];
    this.waitingCap = waitingCap;
    this.firstUsePicos = firstUsePicos;
    this.seed = seed;
  }

  /** Mean of what the first uses of adapters delay, over all requests. */
  double meanFirstUseDelaySeconds() {
    Cursor cursor = new Cursor();
    double sum = 0;
    while (cursor.arrival != RequestCursor.NO_MORE && cursor.unused > 0) {
      sum += cursor.arrival - cursor.now;
      cursor.draw();
    }
    // Adapters are all in use; what still waits behind them leaves in order.
    while (cursor.arrival != RequestCursor.NO_MORE && cursor.serverFree > cursor.now) {
      sum += cursor.arrival - cursor.now;
      cursor.draw();
    }
    return sum / count / SimulatedTime.PICOS_PER_SECOND;
  }

  /** Adapters that are dealt the i-th of some rates. */
  private int members(int i, int classes) {
    return (adapters - i + classes - 1) / classes;
  }

  @Override
  public int adapterCount() {
    return adapters;
  }

  @Override
  public int waitingCap() {
    return waitingCap;
  }

  @Override
  public RequestCursor open() {
    return new Cursor();
  }

  private final class Cursor implements RequestCursor {
    private final RandomStream times;
    private final RandomStream picks;
    private final RandomStream order;
    private final int[] shuffled = lengths.clone();
    private final boolean[] used = new boolean[adapters];
    private int unused = firstUsePicos > 0 ? adapters : 0;
    private double serverFree;
    private final double totalRate;
    private int remaining = count;
    private int next;
    private double now;
    private long arrival;
    private int adapter;
    private int pair;
    private long dropped;
    private double dropDebt;

    Cursor() {
      RandomStreams streams = new RandomStreams(seed);
      times = streams.stream("measured/times", 0);
      picks = streams.stream("measured/adapters", 0);
      order = streams.stream("measured/lengths", 0);
      double sum = 0;
      for (double rate : classRates) {
        sum += rate;
      }
      totalRate = sum;
      draw();
    }

    /** Draws the next of the remaining requests, uniform in what is left of the duration. */
    private void draw() {
      if (remaining == 0) {
        arrival = NO_MORE;
        return;
      }
      double x = times.nextExponential() / remaining;
      double share =
          x < SMALL ? x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4))) : -StrictMath.expm1(-x);
      now += (durationPicos - now) * share;
      remaining--;
      adapter = pick();
      pair = takeLength();
      arrival = Math.max(arrival, (long) passServer());
    }

    /** When the request leaves the API server for the engine. */
    private double passServer() {
      if (unused > 0 && !used[adapter]) {
        used[adapter] = true;
        unused--;
        serverFree = Math.max(serverFree, now) + firstUsePicos;
      }
      return Math.max(now, serverFree);
    }

    private int pick() {
      double at = picks.nextDouble() * totalRate;
      int i = 0;
      while (i < classRates.length - 1 && at >= classRates[i]) {
        at -= classRates[i];
        i++;
      }
      int members = members(i, classRates.length);
      int j = Math.min(members - 1, (int) (at / classRates[i] * members));
      return i + j * classRates.length;
    }

    /** Every length once in random order, then again in another. */
    private int takeLength() {
      if (next == shuffled.length) {
        next = 0;
      }
      int other = next + order.nextInt(shuffled.length - next);
      int taken = shuffled[other];
      shuffled[other] = shuffled[next];
      shuffled[next] = taken;
      next++;
      return taken;
    }

    @Override
    public long arrivalPicos() {
      return arrival;
    }

    @Override
    public int adapter() {
      return adapter;
    }

    @Override
    public int inputTokens() {
      return pair >>> 16;
    }

    @Override
    public int outputTokens() {
      return pair & 0xffff;
    }

    @Override
    public void advance() {
      if (arrival != NO_MORE) {
        draw();
      }
    }

    @Override
    public boolean dropBefore(long picos) {
      if (arrival >= picos) {
        return true;
      }
      if (serverFree > now) {
        // Requests that the server holds leave it in a burst; they are dropped one by one.
        return false;
      }
      double until = Math.min(picos, durationPicos);
      double expected = remaining * (until - now) / (durationPicos - now) + dropDebt;
      int gone = (int) Math.max(0, Math.min(remaining, Math.rint(expected)));
      dropDebt = expected - gone;
      dropped += gone + 1L;
      remaining -= gone;
      now = until;
      arrival = (long) until;
      draw();
      return true;
    }

    @Override
    public void tellDropped(DropSink sink) {
      // Largest remainders over the adapters: the parts add up to the number that has gone by.
      double sum = 0;
      long told = 0;
      for (int a = 0; a < adapters; a++) {
        int i = a % classRates.length;
        sum += classRates[i] / members(i, classRates.length) / totalRate * dropped;
        long part = Math.round(sum) - told;
        told += part;
        sink.dropped(a, part, Math.round(part * meanInput), Math.round(part * meanOutput));
      }
      dropped = 0;
    }
  }
}
