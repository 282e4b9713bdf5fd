package io.github.adaptertwin.core.engine;

import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import org.jspecify.annotations.Nullable;

/** The way of requests from their source through the front end into the waiting queue. */
final class Intake {
  private final EngineConfig config;
  private final long frontEndPicos;
  private final RunAccounts accounts;
  private final RequestTable requests;
  private final WaitingQueue waiting;
  private final @Nullable PrefixCache prefixes;
  private final int baseRow;
  private final boolean byPriority;

  private RequestCursor cursor = NoRequests.CURSOR;
  private boolean closedLoop;

  /** Whether it matters to nobody when an arrival is dropped. */
  private boolean dropsUnseen;

  private boolean checked;
  private long horizonPicos;
  private int waitingCap;
  private @Nullable SeriesRecorder series;
  private long nextIndex;
  private long next;
  private long lastArrival;

  Intake(
      EngineConfig config,
      long frontEndPicos,
      RunAccounts accounts,
      RequestTable requests,
      WaitingQueue waiting,
      @Nullable PrefixCache prefixes) {
    this.config = config;
    this.frontEndPicos = frontEndPicos;
    this.accounts = accounts;
    this.requests = requests;
    this.waiting = waiting;
    this.prefixes = prefixes;
    baseRow = config.adapters().size();
    byPriority = config.schedulingPolicy() == SchedulingPolicy.PRIORITY;
  }

  /** Opens the source of a run. */
  void begin(RequestSource source, RunOptions options) {
    checked = options.checked();
    horizonPicos = options.horizonPicos();
    waitingCap = source.waitingCap();
    series = accounts.series();
    nextIndex = 0;
    lastArrival = 0;
    cursor = source.open();
    closedLoop = cursor.isClosedLoop();
    // Users learn of their refusal, and a router counts what a replica has not read.
    dropsUnseen = !closedLoop && !(source instanceof Inbox);
    readArrival(cursor);
  }

  /**
   * {@return when the next request reaches the queue, NO_MORE if none arrives before the horizon}
   */
  long next() {
    return next;
  }

  /** {@return whether arrivals are dropped, and nobody wants to know when} */
  boolean dropsUnseen() {
    return dropsUnseen && isFull();
  }

  private boolean isFull() {
    return waiting.size() >= waitingCap;
  }

  /** A source that had no request left has got another one. */
  void arrivalAdded() {
    if (next == RequestCursor.NO_MORE) {
      readArrival(cursor);
    }
  }

  /** A request has left the engine, which may bring the source to another one. */
  void ended(long index, long timePicos) {
    if (closedLoop) {
      cursor.ended(index, timePicos);
      readArrival(cursor);
    }
  }

  /** {@return whether requests come in answer to others} */
  boolean isClosedLoop() {
    return closedLoop;
  }

  /** {@return the source; it stands at the request that reaches the queue {@link #next}} */
  RequestCursor cursor() {
    return cursor;
  }

  /** {@return the number of the current request in the source} */
  long nextIndex() {
    return nextIndex;
  }

  /** {@return the number of the current request, which goes past the queue} */
  long passQueue() {
    long index = nextIndex++;
    lastArrival = next - frontEndPicos;
    RequestCursor from = cursor;
    from.advance();
    readArrival(from);
    return index;
  }

  /** Books what the source has dropped as counts. */
  void bookDropped() {
    cursor.tellDropped(accounts::dropped);
  }

  /** What the source has dropped as counts until now is not booked. */
  void forgetDropped() {
    cursor.tellDropped(
        (adapter, dropped, input, output) -> {
          // The warm-up does not count.
        });
  }

  /** Queues the requests that reach the queue until a time, and drops what it has no room for. */
  void queueUntil(long now) {
    RequestCursor from = cursor;
    while (next <= now) {
      long queued = next;
      lastArrival = queued - frontEndPicos;
      if (isFull() && from.dropBefore(droppedBefore(now))) {
        readArrival(from);
        continue;
      }
      boolean refused = !accept(from, queued);
      from.advance();
      if (refused && closedLoop) {
        from.ended(nextIndex - 1, queued);
      }
      readArrival(from);
    }
  }

  /** Counts the requests that arrived before the horizon but had not reached the queue. */
  long inFrontEnd() {
    RequestCursor from = cursor;
    long count = 0;
    while (next != RequestCursor.NO_MORE) {
      accounts.arrived(from.adapter(), from.inputTokens(), from.outputTokens());
      count++;
      from.advance();
      readArrival(from);
    }
    return count;
  }

  private void readArrival(RequestCursor from) {
    long arrival = from.arrivalPicos();
    if (checked && arrival < lastArrival) {
      throw new IllegalStateException(
          "invariant broken: the source's arrivals run back at request "
              + nextIndex
              + ": "
              + arrival
              + " against "
              + lastArrival);
    }
    next = arrival >= horizonPicos ? RequestCursor.NO_MORE : arrival + frontEndPicos;
  }

  /** First arrival time that would be queued after a time, or lies beyond the horizon. */
  private long droppedBefore(long now) {
    return Math.min(now - frontEndPicos, horizonPicos - 1) + 1;
  }

  /** Queues the current request; false if it is refused. */
  private boolean accept(RequestCursor from, long queued) {
    int input = from.inputTokens();
    int wanted = from.outputTokens();
    int adapter = from.adapter();
    int output = Math.min(wanted, config.maxModelLen() - input);
    accounts.arrived(adapter, input, wanted);
    long index = nextIndex++;
    if (series != null) {
      series.arrived(queued);
    }
    if (output < 1) {
      accounts.rejected();
      return false;
    }
    if (isFull()) {
      accounts.dropped();
      return false;
    }
    int row = adapter < 0 ? baseRow : adapter;
    int priority = byPriority ? priority(from, index) : 0;
    long arrival = queued - frontEndPicos;
    long what = WaitingList.lengths(input, output);
    if (prefixes != null) {
      Request r = requests.take(index, arrival, row, priority, what);
      prefixes.accept(r.row, adapter, Math.min(from.hashedTokens(), input), from);
      what = ~(long) r.row;
    }
    waiting.addLast(row, priority, index, arrival, what);
    return true;
  }

  private static int priority(RequestCursor from, long index) {
    int priority = from.priority();
    if (priority < 0 || priority >= EngineConfig.PRIORITY_CLASSES) {
      throw new IllegalArgumentException(
          "request "
              + index
              + " has priority "
              + priority
              + ", must be in [0, "
              + (EngineConfig.PRIORITY_CLASSES - 1)
              + "]");
    }
    return priority;
  }
}
