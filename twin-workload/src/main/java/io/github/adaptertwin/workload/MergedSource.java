package io.github.adaptertwin.workload;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.time.EventCalendar;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.ArrivalStream;
import io.github.adaptertwin.workload.length.LengthLaw;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The requests of all adapters, and of the base model, each from random streams of its own, merged
 * by time while they are read; ties in the order of the adapters, the base model last. Memory grows
 * with the adapters, not with the requests.
 *
 * <p>Immutable and thread-safe.
 */
public final class MergedSource implements RequestSource {
  private static final long serialVersionUID = 1L;

  private final ImmutableList<AdapterTraffic> adapters;
  private final @Nullable ArrivalLaw baseModelArrivals;
  private final LengthLaw lengths;
  private final long seed;
  private final int replication;
  private final int waitingCap;

  MergedSource(
      List<AdapterTraffic> adapters,
      @Nullable ArrivalLaw baseModelArrivals,
      LengthLaw lengths,
      long seed,
      int replication,
      int waitingCap) {
    this.adapters = ImmutableList.copyOf(adapters);
    this.baseModelArrivals = baseModelArrivals;
    this.lengths = lengths;
    this.seed = seed;
    this.replication = replication;
    this.waitingCap = waitingCap;
  }

  /**
   * {@return this source with a waiting cap}
   *
   * @param cap number of waiting requests from which on arrivals are dropped, at least 1
   * @throws IllegalArgumentException if the cap is below 1
   */
  public MergedSource withWaitingCap(int cap) {
    if (cap < 1) {
      throw new IllegalArgumentException("waiting cap is " + cap + ", must be at least 1");
    }
    return new MergedSource(adapters, baseModelArrivals, lengths, seed, replication, cap);
  }

  @Override
  public int adapterCount() {
    return adapters.size();
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
    private final ArrivalStream[] arrivals;
    private final RandomStream[] pairs;
    private final EventCalendar next;
    private long arrival;
    private int adapter;
    private long pair;

    Cursor() {
      RandomStreams streams = new RandomStreams(seed);
      int n = adapters.size();
      int sources = baseModelArrivals == null ? n : n + 1;
      arrivals = new ArrivalStream[sources];
      pairs = new RandomStream[sources];
      next = new EventCalendar(sources);
      for (int a = 0; a < n; a++) {
        AdapterTraffic traffic = adapters.get(a);
        String id = traffic.adapter().id();
        arrivals[a] = traffic.arrivals().open(streams, "arrivals/" + id, replication);
        pairs[a] = streams.stream("lengths/" + id, replication);
      }
      if (baseModelArrivals != null) {
        // An adapter's id is not blank, so these names are nobody else's.
        arrivals[n] = baseModelArrivals.open(streams, "arrivals/", replication);
        pairs[n] = streams.stream("lengths/", replication);
      }
      for (int s = 0; s < sources; s++) {
        post(s);
      }
      advance();
    }

    private void post(int source) {
      long time = arrivals[source].nextPicos();
      if (time != NO_MORE) {
        next.post(time, source, source);
      }
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
      return LengthLaw.input(pair);
    }

    @Override
    public int outputTokens() {
      return LengthLaw.output(pair);
    }

    @Override
    public void advance() {
      if (next.isEmpty()) {
        arrival = NO_MORE;
        return;
      }
      arrival = next.nextTimePicos();
      int source = (int) next.poll();
      adapter = source == adapters.size() ? BASE_MODEL : source;
      pair = lengths.draw(pairs[source]);
      post(source);
    }
  }
}
