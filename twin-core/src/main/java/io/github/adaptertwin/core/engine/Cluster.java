package io.github.adaptertwin.core.engine;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.ClusterReport;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.core.time.EventCalendar;
import java.util.ArrayList;
import java.util.List;

/**
 * Several replicas behind a router. Where the router looks at the replicas' state, all advance on
 * one calendar; where it does not, they are independent and run in parallel, with the same reports
 * to the bit for any number of threads. Immutable and thread-safe.
 */
public final class Cluster {
  private final ImmutableList<EngineConfig> engines;
  private final StepCosts costs;
  private final int threads;

  private Cluster(ImmutableList<EngineConfig> engines, StepCosts costs, int threads) {
    this.engines = engines;
    this.costs = costs;
    this.threads = threads;
  }

  /**
   * Makes a cluster that uses all processors.
   *
   * @param engines the replicas, at least one
   * @param costs what their work costs
   * @return the cluster
   * @throws IllegalArgumentException if there is no replica
   */
  public static Cluster of(List<EngineConfig> engines, StepCosts costs) {
    if (engines.isEmpty()) {
      throw new IllegalArgumentException("the cluster is empty; give it at least one replica");
    }
    return new Cluster(
        ImmutableList.copyOf(engines), costs, Runtime.getRuntime().availableProcessors());
  }

  /**
   * {@return this cluster with another number of threads, which changes no figure}
   *
   * @param value at least 1
   */
  public Cluster withThreads(int value) {
    if (value < 1) {
      throw new IllegalArgumentException("number of threads is " + value + ", must be at least 1");
    }
    return new Cluster(engines, costs, value);
  }

  /** {@return the replicas; unmodifiable} */
  public List<EngineConfig> engines() {
    return engines;
  }

  /**
   * Runs every replica on requests of its own.
   *
   * @param sources the requests of each replica, in the order of the replicas
   * @param options horizon, end and detail
   * @param progress hears how many replicas are done and may cancel
   * @return what became of each replica
   * @throws IllegalArgumentException if the numbers of sources and replicas differ
   */
  public ClusterReport runIndependently(
      List<? extends RequestSource> sources, RunOptions options, Progress progress) {
    if (sources.size() != engines.size()) {
      throw new IllegalArgumentException(
          "there are "
              + sources.size()
              + " sources for "
              + engines.size()
              + " replicas; give each replica one");
    }
    return new ClusterReport(
        ParallelRuns.run(
            engines.size(),
            threads,
            i -> Replica.of(engines.get(i), costs).run(sources.get(i), options),
            "replicas",
            progress));
  }

  /**
   * Sends the requests of one source to the replicas. A waiting cap of the source holds for each
   * replica.
   *
   * @param source the requests; adapters are named by the same index in every replica
   * @param options horizon, end and detail
   * @param router which replica a request goes to
   * @param progress hears how far the simulated time is and may cancel
   * @return what became of each replica
   * @throws IllegalArgumentException if a replica lacks an adapter that the source may name, or the
   *     router names a replica that there is not
   */
  public ClusterReport run(
      RequestSource source, RunOptions options, Router router, Progress progress) {
    for (EngineConfig engine : engines) {
      if (engine.adapters().size() < source.adapterCount()) {
        throw new IllegalArgumentException(
            "a replica has "
                + engine.adapters().size()
                + " adapters, the source names "
                + source.adapterCount()
                + "; give every replica all of them");
      }
    }
    if (router instanceof Router.StaticShares shares) {
      return runIndependently(split(source, options, shares), options, progress);
    }
    return new RoutedRun(source, options, router).run(progress);
  }

  private List<RequestTrace> split(
      RequestSource source, RunOptions options, Router.StaticShares shares) {
    RandomStream stream = new RandomStreams(shares.seed()).stream("router/shares", 0);
    List<RequestTrace.Builder> parts = new ArrayList<>();
    for (int i = 0; i < engines.size(); i++) {
      RequestTrace.Builder part = RequestTrace.builder(source.adapterCount());
      parts.add(part.waitingCap(source.waitingCap()));
    }
    RequestCursor cursor = opened(source);
    for (; cursor.arrivalPicos() < options.horizonPicos(); cursor.advance()) {
      int row = cursor.adapter() < 0 ? source.adapterCount() : cursor.adapter();
      if (row >= shares.byAdapter().size()) {
        throw new IllegalArgumentException(
            "no shares are given for "
                + (cursor.adapter() < 0 ? "the base model" : "adapter " + row)
                + ", which has requests");
      }
      int replica = draw(shares.byAdapter().get(row), stream);
      parts
          .get(replica)
          .add(
              cursor.arrivalPicos(),
              cursor.adapter(),
              cursor.inputTokens(),
              cursor.outputTokens(),
              cursor.priority());
    }
    return parts.stream().map(RequestTrace.Builder::build).toList();
  }

  private int draw(List<Router.Share> shares, RandomStream stream) {
    double total = 0;
    for (Router.Share share : shares) {
      if (share.replica() >= engines.size()) {
        throw new IllegalArgumentException(
            "a share names replica " + share.replica() + " of " + engines.size());
      }
      total += share.weight();
    }
    double left = shares.size() == 1 ? 0 : stream.nextDouble() * total;
    for (Router.Share share : shares) {
      left -= share.weight();
      if (left < 0) {
        return share.replica();
      }
    }
    return shares.get(shares.size() - 1).replica();
  }

  /** One run whose router looks at the replicas. */
  private final class RoutedRun {
    private static final long PROGRESS_PARTS = 100;

    private final RequestSource source;
    private final RunOptions options;
    private final Router router;
    private final RandomStream draws;
    private final Engine[] replicas = new Engine[engines.size()];
    private final Inbox[] inboxes = new Inbox[engines.size()];
    private final RowHeap byLoad = new RowHeap(engines.size());
    private final EventCalendar calendar = new EventCalendar(engines.size());
    private final boolean[] onCalendar = new boolean[engines.size()];

    RoutedRun(RequestSource source, RunOptions options, Router router) {
      this.source = source;
      this.options = options;
      this.router = router;
      long seed = router instanceof Router.PowerOfTwoChoices two ? two.seed() : 0;
      draws = new RandomStreams(seed).stream("router/choices", 0);
      for (int i = 0; i < replicas.length; i++) {
        EngineConfig config = engines.get(i);
        replicas[i] = new Engine(config, costs.bind(config));
        inboxes[i] = new Inbox(source.adapterCount(), source.waitingCap());
        replicas[i].begin(inboxes[i], options, EngineListener.NONE);
        byLoad.put(i, i);
      }
    }

    ClusterReport run(Progress progress) {
      long part = options.horizonPicos() / PROGRESS_PARTS + 1;
      long told = 0;
      RequestCursor cursor = opened(source);
      for (; cursor.arrivalPicos() < options.horizonPicos(); cursor.advance()) {
        long now = cursor.arrivalPicos();
        if (now / part > told) {
          told = now / part;
          progress.done("simulated time", told, PROGRESS_PARTS);
        }
        send(choose(cursor.adapter(), now), cursor);
      }
      ImmutableList.Builder<ReplicaReport> reports = ImmutableList.builder();
      for (Engine replica : replicas) {
        replica.advance(Long.MAX_VALUE);
        reports.add(replica.close());
      }
      progress.done("simulated time", PROGRESS_PARTS, PROGRESS_PARTS);
      return new ClusterReport(reports.build());
    }

    private void send(int replica, RequestCursor cursor) {
      inboxes[replica].add(cursor);
      replicas[replica].arrivalAdded();
      post(replica);
    }

    /** Puts a replica where it belongs on the calendar and among the loads. */
    private void post(int replica) {
      byLoad.put(replica, (long) load(replica) << 32 | replica);
      long next = replicas[replica].nextEventPicos();
      if (!onCalendar[replica] && next != RequestCursor.NO_MORE) {
        onCalendar[replica] = true;
        calendar.post(next, replica, replica);
      }
    }

    private int load(int replica) {
      return replicas[replica].load() + inboxes[replica].size();
    }

    private void bringAllTo(long now) {
      while (!calendar.isEmpty() && calendar.nextTimePicos() < now) {
        int replica = (int) calendar.poll();
        onCalendar[replica] = false;
        replicas[replica].advance(now);
        post(replica);
      }
    }

    private int choose(int adapter, long now) {
      if (router instanceof Router.PowerOfTwoChoices) {
        return choosePowerOfTwo(now);
      }
      bringAllTo(now);
      int least = byLoad.first();
      if (router instanceof Router.AdapterAffinity affinity && adapter >= 0) {
        int holder = -1;
        for (int i = 0; i < replicas.length; i++) {
          if (replicas[i].holds(adapter) && (holder < 0 || load(i) < load(holder))) {
            holder = i;
          }
        }
        if (holder >= 0 && load(holder) - load(least) <= affinity.mostExtraRequests()) {
          return holder;
        }
      }
      return least;
    }

    private int choosePowerOfTwo(long now) {
      if (replicas.length == 1) {
        return 0;
      }
      int a = draws.nextInt(replicas.length);
      int b = draws.nextInt(replicas.length - 1);
      b += b >= a ? 1 : 0;
      replicas[a].advance(now);
      replicas[b].advance(now);
      int difference = load(a) - load(b);
      return difference < 0 || (difference == 0 && a < b) ? a : b;
    }
  }

  private static RequestCursor opened(RequestSource source) {
    RequestCursor cursor = source.open();
    if (cursor.isClosedLoop()) {
      throw new IllegalArgumentException(
          "the requests of "
              + source.getClass().getSimpleName()
              + " come in answer to others, which a router does not hear; run it on one replica");
    }
    return cursor;
  }
}
