package io.github.adaptertwin.core.engine;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.time.SimulatedTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;

/**
 * One serving engine: a deterministic twin of vLLM's V1 scheduler and adapter caches on one GPU or
 * one tensor-parallel group. A run is a pure function of (configuration, costs, source, options).
 *
 * <p>The scheduler, once a step: running requests first, in order of admission, within a token
 * budget (prefill in chunks); a request that finds no KV block preempts the one admitted last,
 * which is recomputed later and keeps its generated tokens; then, if nothing was preempted, waiting
 * requests in order of arrival, where one whose adapter finds all slots taken by other adapters of
 * this step is passed over, and one whose first chunk finds no KV blocks holds up everyone behind
 * it.
 *
 * <p>A replica can run any number of times, one run at a time; not thread-safe.
 */
final class ReferenceReplica {
  private static final Comparator<Request> LATER =
      Comparator.<Request>comparingInt(r -> r.priority).thenComparingLong(r -> r.index);

  private final EngineConfig config;
  private final BoundStepCosts costs;
  private final PlainBooks books;
  private final PlainAdapterSlots slots;
  private final BatchShape shape = new BatchShape();

  private final List<Request> waiting = new ArrayList<>();
  private final List<Request> running = new ArrayList<>();
  private final List<Request> scheduled = new ArrayList<>();
  private final TreeSet<Integer> batchAdapters = new TreeSet<>();

  private EngineListener listener = EngineListener.NONE;
  private long clock;
  private long waitsCountFrom;

  /** Time in which steps computed, for the report's is what other uses leave. */
  private long computePicos;

  private RequestCursor answered = NoRequests.CURSOR;
  private long step;
  private final PlainBlockPool pool = new PlainBlockPool();
  private int budget;
  private int skipped;
  private boolean hasSkipped;
  private long contextTokens;

  private ReferenceReplica(EngineConfig config, StepCosts costs) {
    this.config = config;
    this.costs = costs.bind(config);
    this.books = new PlainBooks(config);
    this.slots = new PlainAdapterSlots(config, this.costs);
  }

  /** What the engine knows of one request. */
  private static final class Request {
    final long index;
    final int adapter;
    final int input;
    final int output;
    final long arrival;
    final long queued;
    final int priority;
    long waitingSince;
    boolean everAdmitted;
    int prefillTarget;
    int computed;
    int generated;
    final List<PlainBlockPool.Block> blocks = new ArrayList<>();
    long[] hashes = {};
    int scheduledTokens;
    long firstToken;
    long lastToken;

    Request(
        long index, int adapter, int input, int output, int priority, long arrival, long queued) {
      this.index = index;
      this.adapter = adapter;
      this.input = input;
      this.output = output;
      this.priority = priority;
      this.arrival = arrival;
      this.queued = queued;
      this.waitingSince = queued;
    }

    int tokens() {
      return input + generated;
    }

    boolean prefilling() {
      return computed < prefillTarget;
    }
  }

  /**
   * Makes a replica.
   *
   * @param config how the engine is set up
   * @param costs what its work costs
   * @return a replica that has not run yet
   * @throws IllegalArgumentException if the costs are not defined for the configuration
   */
  public static ReferenceReplica of(EngineConfig config, StepCosts costs) {
    return new ReferenceReplica(config, costs);
  }

  /** {@return how the engine is set up} */
  public EngineConfig config() {
    return config;
  }

  /** {@return whether a run passed over a request for want of a slot} */
  boolean hasSkipped() {
    return hasSkipped;
  }

  /**
   * Runs from an empty engine.
   *
   * @param source the requests
   * @param options horizon, end and detail
   * @return what the run came to
   * @throws IllegalArgumentException if the source names more adapters than the engine has
   */
  public ReplicaReport run(RequestSource source, RunOptions options) {
    return run(source, options, EngineListener.NONE);
  }

  /**
   * Runs from an empty engine and tells what happens.
   *
   * @param source the requests
   * @param options horizon, end and detail
   * @param events hears what the engine does
   * @return what the run came to
   * @throws IllegalArgumentException if the source names more adapters than the engine has
   */
  public ReplicaReport run(RequestSource source, RunOptions options, EngineListener events) {
    if (source.adapterCount() > config.adapters().size()) {
      throw new IllegalArgumentException(
          "the source names "
              + source.adapterCount()
              + " adapters, the engine has "
              + config.adapters().size()
              + "; give the engine every adapter that requests may name");
    }
    reset(options, events);
    Arrivals arrivals = new Arrivals(source, options);
    answered = arrivals.cursor;
    boolean cut = options.atHorizon() == RunOptions.AtHorizon.CUT;
    long end = cut ? options.horizonPicos() : Long.MAX_VALUE;
    boolean warmingUp = options.warmUpPicos() > 0;
    while (clock < end) {
      if (warmingUp && clock >= options.warmUpPicos()) {
        warmingUp = false;
        waitsCountFrom = clock;
        books.countFrom(clock, (long) running.size() + waiting.size());
        computePicos = 0;
      }
      arrivals.drain(clock);
      if (running.isEmpty() && waiting.isEmpty()) {
        long next = arrivals.nextPicos();
        if (warmingUp && next >= options.warmUpPicos()) {
          next = options.warmUpPicos();
        }
        if (next == RequestCursor.NO_MORE || next >= end) {
          break;
        }
        idleUntil(next);
        continue;
      }
      if (!takeStep(end)) {
        break;
      }
    }
    return close(arrivals, options, end);
  }

  private void reset(RunOptions options, EngineListener events) {
    books.clear(options);
    computePicos = 0;
    slots.clear();
    waiting.clear();
    running.clear();
    listener = events;
    clock = 0;
    waitsCountFrom = 0;
    step = 0;
    pool.clear(config.kvBlocks() - 1);
  }

  private ReplicaReport close(Arrivals arrivals, RunOptions options, long end) {
    if (end != Long.MAX_VALUE) {
      arrivals.drain(end - 1);
      idleUntil(end);
    } else {
      idleUntil(options.horizonPicos());
    }
    for (Request request : waiting) {
      books.waited(clock - Math.max(request.waitingSince, waitsCountFrom));
      if (!request.everAdmitted) {
        books.firstWait(request.queued, clock - request.queued);
      }
    }
    // Requests still on their way through the front end wait as well, for no time yet.
    ReplicaReport report =
        books.report(clock, running.size(), waiting.size() + arrivals.inFrontEnd());
    if (report.time().compute() != SimulatedTime.toSeconds(computePicos)) {
      throw new IllegalStateException(
          "steps computed for " + computePicos + " ps, the report says " + report.time());
    }
    return report;
  }

  private void idleUntil(long time) {
    if (clock < time) {
      books.idle(clock, time - clock);
      clock = time;
    }
  }

  /** Brings requests from the source into the waiting queue. */
  private final class Arrivals {
    private final RequestCursor cursor;
    private final long horizon;
    private final int cap;
    private final long frontEnd = costs.frontEndPicos();
    private long index;

    Arrivals(RequestSource source, RunOptions options) {
      cursor = source.open();
      horizon = options.horizonPicos();
      cap = source.waitingCap();
    }

    long nextPicos() {
      long arrival = cursor.arrivalPicos();
      return arrival >= horizon ? RequestCursor.NO_MORE : arrival + frontEnd;
    }

    void drain(long now) {
      while (nextPicos() <= now) {
        accept();
      }
    }

    private void accept() {
      int input = cursor.inputTokens();
      int adapter = cursor.adapter();
      int output = Math.min(cursor.outputTokens(), config.maxModelLen() - input);
      books.arrived(adapter, input, cursor.outputTokens());
      books.seen(nextPicos());
      long queued = nextPicos();
      boolean refused = true;
      if (output < 1) {
        books.rejected();
      } else if (waiting.size() >= cap) {
        books.dropped();
      } else {
        refused = false;
        long arrival = cursor.arrivalPicos();
        Request request =
            new Request(
                index, adapter, input, output, cursor.priority(), arrival, arrival + frontEnd);
        request.hashes = new long[Math.min(cursor.hashedTokens(), input)];
        for (int t = 0; t < request.hashes.length; t++) {
          request.hashes[t] = cursor.prefixHash(t);
        }
        enqueue(request);
      }
      index++;
      cursor.advance();
      if (refused) {
        cursor.ended(index - 1, queued);
      }
    }

    /** Counts the requests that arrived before the horizon but had not reached the queue. */
    long inFrontEnd() {
      long count = 0;
      while (cursor.arrivalPicos() < horizon) {
        books.arrived(cursor.adapter(), cursor.inputTokens(), cursor.outputTokens());
        count++;
        cursor.advance();
      }
      return count;
    }
  }

  private boolean byPriority() {
    return config.schedulingPolicy() == SchedulingPolicy.PRIORITY;
  }

  private boolean wholeRequests() {
    return config.kvReservation() == KvReservation.WHOLE_REQUEST;
  }

  private void enqueue(Request request) {
    int at = waiting.size();
    while (byPriority() && at > 0 && LATER.compare(waiting.get(at - 1), request) > 0) {
      at--;
    }
    waiting.add(at, request);
  }

  /** Takes one step; false if the run ended within it. */
  private boolean takeStep(long end) {
    books.stepBegins(waiting.size());
    schedule();
    long loading = slots.use(batch(), step, clock, books, listener);
    long scheduling = costs.schedulingPicos(running.size(), waiting.size(), skipped);
    long compute =
        Math.addExact(
            costs.computePicos(shape),
            Math.multiplyExact(contextTokens, costs.picosPerContextToken()));
    if (config.adapterLoading() == AdapterLoading.OVERLAPPED) {
      loading = Math.max(0, loading - compute);
    }
    long duration = Math.addExact(Math.addExact(scheduling, loading), compute);
    boolean whole = duration <= end - clock;
    if (!whole) {
      // The run ends within this step: its tokens do not count, the time until then does.
      long left = end - clock;
      scheduling = Math.min(scheduling, left);
      loading = Math.min(loading, left - scheduling);
      duration = left;
    }
    computePicos += duration - scheduling - loading;
    books.step(
        clock,
        duration,
        scheduling,
        loading,
        running.size(),
        waiting.size(),
        config.kvBlocks() - pool.freeBlocks(),
        batchAdapters.size());
    clock = Math.addExact(clock, duration);
    if (whole) {
      emitTokens();
    }
    step++;
    return whole;
  }

  private int[] batch() {
    int[] batch = new int[batchAdapters.size()];
    int i = 0;
    for (int adapter : batchAdapters) {
      batch[i++] = adapter;
    }
    return batch;
  }

  private void schedule() {
    shape.clear();
    scheduled.clear();
    batchAdapters.clear();
    contextTokens = 0;
    skipped = 0;
    budget = config.maxNumBatchedTokens();
    if (!scheduleRunning()) {
      scheduleWaiting();
    }
    shape.distinctAdapters = batchAdapters.size();
  }

  /** Phase A; true if it preempted. */
  private boolean scheduleRunning() {
    boolean preempted = false;
    for (int i = 0; i < running.size() && budget > 0; i++) {
      Request request = running.get(i);
      int tokens = Math.min(request.tokens() - request.computed, budget);
      boolean lost = false;
      while (!lost && !allocate(request, tokens)) {
        Request victim = byPriority() ? Collections.max(running, LATER) : last(running);
        int place = running.indexOf(victim);
        running.remove(place);
        if (place <= i) {
          i--;
        }
        if (scheduled.remove(victim)) {
          budget += victim.scheduledTokens;
        }
        preempt(victim);
        preempted = true;
        lost = victim == request;
        tokens = Math.min(request.tokens() - request.computed, budget);
      }
      if (!lost) {
        request.scheduledTokens = tokens;
        scheduled.add(request);
        budget -= tokens;
      }
    }
    for (Request request : scheduled) {
      include(request);
    }
    return preempted;
  }

  private static Request last(List<Request> requests) {
    return requests.get(requests.size() - 1);
  }

  /** Phase B. */
  private void scheduleWaiting() {
    Iterator<Request> queue = waiting.iterator();
    while (queue.hasNext() && budget > 0 && running.size() < config.maxNumSeqs()) {
      Request request = queue.next();
      if (request.adapter >= 0
          && batchAdapters.size() == config.maxLoras()
          && !batchAdapters.contains(request.adapter)) {
        boolean aged = request.everAdmitted || clock - request.queued >= config.agingPicos();
        if (config.schedulingPolicy() == SchedulingPolicy.FAIR && aged) {
          break;
        }
        skipped++;
        hasSkipped = true;
        continue;
      }
      if (!allocateFirst(request)) {
        break;
      }
      queue.remove();
      request.prefillTarget = request.tokens();
      books.waited(clock - Math.max(request.waitingSince, waitsCountFrom));
      if (!request.everAdmitted) {
        request.everAdmitted = true;
        books.firstWait(request.queued, clock - request.queued);
      }
      listener.admitted(request.index, step, clock);
      running.add(request);
      scheduled.add(request);
      budget -= request.scheduledTokens;
      include(request);
    }
  }

  private boolean allocate(Request request, int tokens) {
    int held = wholeRequests() ? request.input + request.output : request.computed + tokens;
    int required = (held + config.blockTokens() - 1) / config.blockTokens() - request.blocks.size();
    if (required > pool.freeBlocks()) {
      return false;
    }
    for (int i = 0; i < required; i++) {
      request.blocks.add(pool.take());
    }
    if (config.prefixCaching()) {
      int full = (request.computed + tokens) / config.blockTokens();
      for (int b = 0; b < full; b++) {
        pool.publish(request.blocks.get(b), key(request, b));
      }
    }
    return true;
  }

  private PlainBlockPool.Key key(Request request, int block) {
    int last = (block + 1) * config.blockTokens() - 1;
    return last < request.hashes.length
        ? new PlainBlockPool.Key(false, request.adapter, request.hashes[last], block)
        : new PlainBlockPool.Key(true, request.adapter, request.index, block);
  }

  /** Allocates for a waiting request, which may find the begin of its prompt in known blocks. */
  private boolean allocateFirst(Request request) {
    List<PlainBlockPool.Block> found = new ArrayList<>();
    int idle = 0;
    while (config.prefixCaching() && found.size() < (request.tokens() - 1) / config.blockTokens()) {
      PlainBlockPool.Block block = pool.find(key(request, found.size()));
      if (block == null) {
        break;
      }
      found.add(block);
      idle += block.users == 0 ? 1 : 0;
    }
    int cached = found.size() * config.blockTokens();
    int tokens = Math.min(request.tokens() - cached, budget);
    int blocks = (cached + tokens + config.blockTokens() - 1) / config.blockTokens();
    if (!wholeRequests() && blocks - found.size() > pool.freeBlocks() - idle) {
      return false;
    }
    found.forEach(pool::touch);
    request.blocks.addAll(found);
    request.computed = cached;
    if (!allocate(request, tokens)) {
      return false;
    }
    books.prefixHit(cached);
    request.scheduledTokens = tokens;
    return true;
  }

  private void preempt(Request victim) {
    pool.release(victim.blocks);
    victim.blocks.clear();
    victim.computed = 0;
    victim.waitingSince = clock;
    if (byPriority()) {
      enqueue(victim);
    } else {
      waiting.add(0, victim);
    }
    books.preempted();
    listener.preempted(victim.index, step, clock);
  }

  private void include(Request request) {
    int tokens = request.scheduledTokens;
    if (request.adapter >= 0) {
      batchAdapters.add(request.adapter);
      shape.loraTokens += tokens;
    }
    if (request.prefilling()) {
      books.prefilled(tokens);
      shape.addChunk(tokens, request.computed, request.computed + tokens == request.prefillTarget);
    } else {
      shape.decodeRequests++;
      contextTokens += request.tokens();
    }
  }

  private void emitTokens() {
    for (Request request : scheduled) {
      request.computed += request.scheduledTokens;
      if (request.computed < request.tokens()) {
        continue;
      }
      if (request.generated++ == 0) {
        request.firstToken = clock;
        books.firstToken(clock);
      } else {
        books.token(clock, clock - request.lastToken);
      }
      request.lastToken = clock;
      if (request.generated == request.output) {
        pool.release(request.blocks);
        running.remove(request);
        books.finished(
            request.adapter,
            request.input,
            request.output,
            request.arrival,
            request.firstToken,
            clock);
        listener.finished(request.index, step, clock);
        answered.ended(request.index, clock);
      }
    }
  }
}
