package io.github.adaptertwin.workload;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.popularity.AliasTable;
import java.util.Arrays;
import java.util.List;

/**
 * Independent Poisson processes, one for each adapter, generated while they are read: gaps of the
 * superposed process, then for each request the adapter with a probability in proportion to its
 * rate. Equal in law to {@link Workload#generate}, not in bits, in constant memory and at some ten
 * nanoseconds a request.
 *
 * <p>With a waiting cap, arrivals above it are not drawn one by one: the process has no memory, so
 * only the time for which the queue was full is summed, and the numbers of dropped requests and
 * their tokens are drawn when the run ends. That, too, is equal in law.
 *
 * <p>Immutable and thread-safe.
 */
public final class PoissonSource implements RequestSource {
  private static final long serialVersionUID = 1L;
  private static final int AHEAD = 64;

  private final int adapterCount;

  /** Rates of the adapters, and behind them that of the base model if it has one. */
  private final double[] rates;

  private final LengthLaw lengths;
  private final long seed;
  private final int replication;
  private final int waitingCap;
  private final AliasTable adapters;
  private final double meanGapPicos;

  private PoissonSource(
      int adapterCount,
      double[] rates,
      LengthLaw lengths,
      long seed,
      int replication,
      int waitingCap) {
    this.adapterCount = adapterCount;
    this.rates = rates;
    this.lengths = lengths;
    this.seed = seed;
    this.replication = replication;
    this.waitingCap = waitingCap;
    adapters = AliasTable.of(rates);
    double total = 0;
    for (double rate : rates) {
      total += rate;
    }
    meanGapPicos = SimulatedTime.PICOS_PER_SECOND / total;
  }

  /**
   * Makes a source.
   *
   * @param adapters the adapters and their rates, at least one
   * @param lengths law of request lengths
   * @param seed any value
   * @param replication index of the replication
   * @return the source, without a waiting cap
   * @throws IllegalArgumentException if there is no adapter
   */
  public static PoissonSource of(
      List<AdapterTraffic> adapters, LengthLaw lengths, long seed, int replication) {
    double[] rates = adapters.stream().mapToDouble(AdapterTraffic::ratePerSecond).toArray();
    return new PoissonSource(rates.length, rates, lengths, seed, replication, Integer.MAX_VALUE);
  }

  /**
   * {@return this source with a waiting cap}
   *
   * @param cap number of waiting requests from which on arrivals are dropped, at least 1
   */
  public PoissonSource withWaitingCap(int cap) {
    if (cap < 1) {
      throw new IllegalArgumentException("waiting cap is " + cap + ", must be at least 1");
    }
    return new PoissonSource(adapterCount, rates, lengths, seed, replication, cap);
  }

  /**
   * {@return this source with requests to the base model itself, instead of those that it had}
   *
   * @param ratePerSecond mean requests per second, in (0, 1e6]
   * @throws IllegalArgumentException if the rate is outside its bound
   */
  public PoissonSource withBaseModelRate(double ratePerSecond) {
    double[] all = Arrays.copyOf(rates, adapterCount + 1);
    all[adapterCount] = ArrivalLaw.checkedRate(ratePerSecond);
    return new PoissonSource(adapterCount, all, lengths, seed, replication, waitingCap);
  }

  @Override
  public int adapterCount() {
    return adapterCount;
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
    private final RandomStream gaps;
    private final RandomStream picks;
    private final RandomStream pairs;
    private final RandomStream drops;

    // Requests drawn ahead: each stream by itself, so that none waits for another.
    private final double[] meansAhead = new double[AHEAD];
    private final long[] gapsAhead = new long[AHEAD];
    private final int[] adaptersAhead = new int[AHEAD];
    private final long[] pairsAhead = new long[AHEAD];
    private int at = AHEAD;

    private long arrival;
    private int adapter;
    private long pair;
    private long fullPicos;
    private long[] dropped = {};

    Cursor() {
      RandomStreams streams = new RandomStreams(seed);
      gaps = streams.stream("poisson/gaps", replication);
      picks = streams.stream("poisson/adapters", replication);
      pairs = streams.stream("poisson/lengths", replication);
      drops = streams.stream("poisson/drops", replication);
      draw(0);
    }

    private void draw(long from) {
      if (at == AHEAD) {
        drawAhead();
      }
      long gap = gapsAhead[at];
      // Beyond the longest representable time no run has a horizon.
      arrival = gap < NO_MORE - from ? from + gap : NO_MORE;
      adapter = adaptersAhead[at];
      pair = pairsAhead[at++];
    }

    private void drawAhead() {
      gaps.nextExponentials(meansAhead);
      for (int i = 0; i < AHEAD; i++) {
        // Cast and not Math.round: no gap is negative, and one beyond the range becomes NO_MORE.
        gapsAhead[i] = (long) (meansAhead[i] * meanGapPicos + 0.5);
      }
      // The words of the picks are written over by the pairs.
      adapters.drawAll(picks, pairsAhead, adaptersAhead);
      lengths.drawAll(pairs, pairsAhead);
      at = 0;
    }

    @Override
    public long arrivalPicos() {
      return arrival;
    }

    @Override
    public int adapter() {
      return adapter < adapterCount ? adapter : BASE_MODEL;
    }

    @Override
    public int inputTokens() {
      return LengthLaw.input(pair);
    }

    @Override
    public int outputTokens() {
      return LengthLaw.output(pair);
    }

    @Override
    public void advance() {
      if (arrival != NO_MORE) {
        draw(arrival);
      }
    }

    @Override
    public boolean dropBefore(long picos) {
      if (arrival < picos) {
        if (dropped.length == 0) {
          dropped = new long[rates.length];
        }
        dropped[adapter]++;
        fullPicos += picos - arrival;
        draw(picos);
      }
      return true;
    }

    @Override
    public void tellDropped(DropSink sink) {
      double seconds = fullPicos / (double) SimulatedTime.PICOS_PER_SECOND;
      for (int a = 0; a < dropped.length; a++) {
        long count = dropped[a] + drops.nextPoisson(rates[a] * seconds);
        long[] tokens = lengths.drawSum(drops, count);
        sink.dropped(a < adapterCount ? a : BASE_MODEL, count, tokens[0], tokens[1]);
      }
      dropped = new long[0];
      fullPicos = 0;
    }
  }
}
