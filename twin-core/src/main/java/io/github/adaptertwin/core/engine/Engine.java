package io.github.adaptertwin.core.engine;

import static io.github.adaptertwin.core.engine.RequestTable.NONE;
import static io.github.adaptertwin.core.engine.WaitingQueue.NO_LIST;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The engine behind {@link Replica}: the semantics told there, with data structures that need no
 * look at the running batch and no walk of the queue in a step.
 *
 * <ul>
 *   <li>Every running request but the last is decoding: a prompt that is admitted in part has used
 *       up the budget, and later steps give what their decodes leave to it alone. So a step is a
 *       number of decodes, at most one continued chunk, and the admissions.
 *   <li>A decoding request needs a block every block_size steps, so the blocks that a step needs
 *       are a counter by (step mod block_size); its last token comes in a step known when it joins.
 *   <li>Preemption pops the request admitted last while the step needs more blocks than are free,
 *       which is what the walk in order of admission comes to.
 *   <li>Steps in which nothing is admitted, finished or preempted differ by their context alone and
 *       are taken in one inner loop.
 * </ul>
 */
final class Engine {
  private static final long SAFE_BLOCK_PICOS = 1L << 62;
  private static final long LONG_STEP_PICOS = 1L << 45;
  private static final long LARGE_INCREMENT_PICOS = 1L << 30;

  private final EngineConfig config;
  private final BoundStepCosts costs;
  private final RunAccounts accounts;
  private final RequestTable requests = new RequestTable();
  private final WaitingQueue waiting;
  private final RunningOrder running = new RunningOrder(requests);
  private final FinishRing finishes;
  private final AdapterSlots slots;
  private final BatchShape shape = new BatchShape();
  private final @Nullable PrefixCache prefixes;
  private final int blockTokens;

  /** Logarithm of the block size, or -1 if it is no power of two. */
  private final int blockShift;

  /** Turns residue + count into a residue, or -1 if that takes a division. */
  private final int indexMask;

  private final int baseRow;
  private final long contextPicos;
  private final long frontEndPicos;

  /** Time for which the use of all blocks, summed, fits a long. */
  private final long safePicos;

  private final boolean byPriority;
  private final boolean fair;
  private final boolean wholeRequests;
  private final boolean overlapped;

  /** Blocks that decoding requests need in the steps of one residue. */
  private final int[] growth;

  /** Running requests by adapter row. */
  private final int[] runningOf;

  /** Since when an adapter has been in the batch, by row. */
  private final long[] inBatchSince;

  private int[] joined = new int[64];
  private int joinedCount;

  // The run.
  private RequestCursor cursor = NoRequests.CURSOR;
  private RunOptions options = RunOptions.ofSeconds(1);
  private EngineListener listener = EngineListener.NONE;
  private boolean closedLoop;
  private int waitingCap;
  private long nextIndex;
  private long nextQueued;
  private long lastArrival;
  private long end;
  private boolean ended;
  private boolean warmingUp;

  /** End of the warm-up, from which on everything counts. */
  private long countedFrom;

  private long checkedClock;
  private @Nullable SeriesRecorder series;

  // The state between two steps.
  private long clock;
  private long step;
  private int residue;
  private int freeBlocks;
  private int decoding;
  private int loraDecoding;
  private int distinctAdapters;
  private long contextTokens;
  private int partial;

  // The step at hand.
  private int budget;
  private int skipped;
  private long agesAt;

  /** Tokens that the candidate's prefill computes. */
  private int candidateTokens;

  /** Tokens that the candidate is to generate yet. */
  private int candidateOutput;

  /** Tokens of the candidate's prompt whose blocks are known; 0 without prefix caching. */
  private int foundTokens;

  Engine(EngineConfig config, BoundStepCosts costs) {
    this.config = config;
    this.costs = costs;
    accounts = new RunAccounts(config);
    byPriority = config.schedulingPolicy() == SchedulingPolicy.PRIORITY;
    fair = config.schedulingPolicy() == SchedulingPolicy.FAIR;
    wholeRequests = config.kvReservation() == KvReservation.WHOLE_REQUEST;
    overlapped = config.adapterLoading() == AdapterLoading.OVERLAPPED;
    baseRow = config.adapters().size();
    waiting = new WaitingQueue(baseRow, config.maxLoras(), byPriority);
    finishes = new FinishRing(requests);
    slots = new AdapterSlots(config, costs);
    blockTokens = config.blockTokens();
    prefixes = config.prefixCaching() ? new PrefixCache(blockTokens) : null;
    blockShift =
        Integer.bitCount(blockTokens) == 1 ? Integer.numberOfTrailingZeros(blockTokens) : -1;
    indexMask = blockShift >= 0 ? blockTokens - 1 : -1;
    safePicos = SAFE_BLOCK_PICOS / config.kvBlocks();
    contextPicos = costs.picosPerContextToken();
    frontEndPicos = costs.frontEndPicos();
    growth = new int[blockTokens];
    runningOf = new int[baseRow + 1];
    inBatchSince = new long[baseRow + 1];
  }

  /** Starts a run from an empty engine. */
  void begin(RequestSource source, RunOptions runOptions, EngineListener events) {
    if (source.adapterCount() > baseRow) {
      throw new IllegalArgumentException(
          "the source names "
              + source.adapterCount()
              + " adapters, the engine has "
              + baseRow
              + "; give the engine every adapter that requests may name");
    }
    accounts.clear(runOptions);
    requests.clear();
    waiting.clear();
    finishes.clear();
    slots.clear();
    Arrays.fill(growth, 0);
    Arrays.fill(runningOf, 0);
    listener = events;
    options = runOptions;
    series = accounts.series();
    warmingUp = runOptions.warmUpPicos() > 0;
    countedFrom = 0;
    checkedClock = 0;
    end =
        runOptions.atHorizon() == RunOptions.AtHorizon.CUT
            ? runOptions.horizonPicos()
            : Long.MAX_VALUE;
    ended = false;
    clock = 0;
    step = 0;
    residue = 0;
    freeBlocks = config.kvBlocks() - 1;
    if (prefixes != null) {
      prefixes.clear(freeBlocks);
    }
    running.clear();
    decoding = 0;
    loraDecoding = 0;
    distinctAdapters = 0;
    contextTokens = 0;
    partial = NONE;
    waitingCap = source.waitingCap();
    nextIndex = 0;
    lastArrival = 0;
    cursor = source.open();
    closedLoop = cursor.isClosedLoop();
    readArrival();
  }

  /** Takes every step that begins before a time. */
  void advance(long limit) {
    if (warmingUp) {
      takeUntil(Math.min(limit, options.warmUpPicos()));
      if (limit < options.warmUpPicos() || clock >= end) {
        return;
      }
      endWarmUp();
    }
    takeUntil(limit);
  }

  private void endWarmUp() {
    warmingUp = false;
    idleUntil(options.warmUpPicos());
    countedFrom = clock;
    cursor.tellDropped(
        (adapter, dropped, input, output) -> {
          // The warm-up does not count.
        });
    accounts.endWarmUp(options, clock, (long) running.size() + waiting.size());
  }

  private void takeUntil(long limit) {
    long last = Math.min(limit, end);
    while (!ended && clock < last) {
      drain(clock);
      if (running.size() == 0 && waiting.size() == 0) {
        long next = nextQueued;
        if (next >= last) {
          return;
        }
        idleUntil(next);
        continue;
      }
      takeSteps(last);
      if (options.checked()) {
        check();
      }
    }
  }

  /** A source that had no request left has got another one. */
  void arrivalAdded() {
    if (nextQueued == RequestCursor.NO_MORE) {
      readArrival();
    }
  }

  /**
   * {@return when there is something to do next: now if requests run or wait, else when the next
   * one comes, NO_MORE if none does}
   */
  long nextEventPicos() {
    return running.size() + waiting.size() > 0 ? clock : Math.max(clock, nextQueued);
  }

  /** {@return requests running and waiting} */
  int load() {
    return running.size() + waiting.size();
  }

  /** {@return whether an adapter is in a slot or about to be loaded into one} */
  boolean holds(int adapter) {
    return slots.isOnGpu(adapter) || runningOf[adapter] > 0;
  }

  /** Ends the run and says what it came to. */
  ReplicaReport close() {
    if (end != Long.MAX_VALUE) {
      drain(end - 1);
      idleUntil(end);
    } else {
      idleUntil(options.horizonPicos());
    }
    waiting.forEach(this::waited);
    for (int place = 0; place < running.places(); place++) {
      if (running.at(place) != NONE) {
        ran(running.at(place));
      }
    }
    for (int row = 0; row < baseRow; row++) {
      if (runningOf[row] > 0) {
        adapterRan(row);
      }
    }
    cursor.tellDropped(accounts::dropped);
    // Requests still on their way through the front end wait as well, for no time yet.
    long waitingAtEnd = waiting.size() + inFrontEnd();
    if (options.checked() && !accounts.isBalanced(running.size(), waitingAtEnd)) {
      throw broken("a request is in no place, or in two", waitingAtEnd, running.size());
    }
    return accounts.report(clock, running.size(), waitingAtEnd);
  }

  private void idleUntil(long time) {
    if (clock < time) {
      accounts.idle(time - clock);
      if (series != null) {
        series.span(clock, time - clock, 0, 0, 1, 0);
      }
      clock = time;
    }
  }

  /** The wait of a request ends now, with its admission or with the run. */
  private void waited(int r, long arrival) {
    long queued = arrival + frontEndPicos;
    boolean isFirst = r == NONE || requests.admissions(r) == 0;
    long since = isFirst ? queued : requests.waitingSince(r);
    accounts.waited(clock - Math.max(since, countedFrom));
    if (isFirst) {
      accounts.firstWait(queued, clock - queued);
    }
  }

  /** The run of a request ends now. */
  private void ran(int r) {
    accounts.ran(clock - Math.max(requests.runningSince(r), countedFrom));
  }

  /** An adapter leaves the batch now. */
  private void adapterRan(int row) {
    accounts.adapterRan(clock - Math.max(inBatchSince[row], countedFrom));
  }

  // Checks.

  /** Counts the running requests one by one and compares with what is kept. */
  private void check() {
    if (clock < checkedClock) {
      throw broken("time runs back", clock, checkedClock);
    }
    checkedClock = clock;
    int listed = 0;
    int held = 0;
    int distinct = 0;
    long context = 0;
    for (int place = 0; place < running.places() && !ended; place++) {
      int r = running.at(place);
      if (r == NONE) {
        continue;
      }
      listed++;
      int computed = r == partial ? requests.computed(r) : computedTokens(r);
      held += blocks(wholeRequests ? requests.input(r) + requests.output(r) : computed);
      context += r == partial ? 0 : computed + 1;
    }
    for (int row = 0; row < baseRow; row++) {
      distinct += runningOf[row] > 0 ? 1 : 0;
    }
    if (ended) {
      // The step at hand was cut, so its tokens are in no count.
      return;
    }
    if (listed != running.size() || decoding + (partial == NONE ? 0 : 1) != listed) {
      throw broken("running requests", listed, running.size());
    }
    // Shared blocks are held more than once.
    int sum = held + freeBlocks;
    int usable = config.kvBlocks() - 1;
    if (freeBlocks < 0 || (prefixes == null ? sum != usable : sum < usable)) {
      throw broken("KV blocks held and free", held + freeBlocks, config.kvBlocks() - 1);
    }
    if (context != contextTokens) {
      throw broken("context tokens", context, contextTokens);
    }
    if (distinct != distinctAdapters || distinct > config.maxLoras()) {
      throw broken("adapters in the batch", distinct, distinctAdapters);
    }
  }

  private IllegalStateException broken(String what, long found, long expected) {
    return new IllegalStateException(
        "invariant broken in step "
            + step
            + " at "
            + clock
            + " ps: "
            + what
            + ": "
            + found
            + " against "
            + expected);
  }

  // Arrivals.

  private void readArrival() {
    long arrival = cursor.arrivalPicos();
    if (options.checked() && arrival < lastArrival) {
      throw broken("the source's arrivals run back at request " + nextIndex, arrival, lastArrival);
    }
    nextQueued =
        arrival >= options.horizonPicos() ? RequestCursor.NO_MORE : arrival + frontEndPicos;
  }

  private void drain(long now) {
    while (nextQueued <= now) {
      long queued = nextQueued;
      lastArrival = queued - frontEndPicos;
      if (waiting.size() >= waitingCap && cursor.dropBefore(droppedBefore(now))) {
        readArrival();
        continue;
      }
      boolean refused = !accept();
      cursor.advance();
      if (refused && closedLoop) {
        cursor.ended(nextIndex - 1, queued);
      }
      readArrival();
    }
  }

  /** First arrival time that would be queued after a time, or lies beyond the horizon. */
  private long droppedBefore(long now) {
    return Math.min(now - frontEndPicos, options.horizonPicos() - 1) + 1;
  }

  /** Queues the current request; false if it is refused. */
  private boolean accept() {
    int input = cursor.inputTokens();
    int wanted = cursor.outputTokens();
    int adapter = cursor.adapter();
    int output = Math.min(wanted, config.maxModelLen() - input);
    accounts.arrived(adapter, input, wanted);
    long index = nextIndex++;
    if (series != null) {
      series.arrived(nextQueued);
    }
    if (output < 1) {
      accounts.rejected();
      return false;
    }
    if (waiting.size() >= waitingCap) {
      accounts.dropped();
      return false;
    }
    int row = adapter < 0 ? baseRow : adapter;
    int priority = byPriority ? priority(index) : 0;
    long arrival = nextQueued - frontEndPicos;
    if (prefixes == null) {
      waiting.addLast(row, priority, index, arrival, input, output);
    } else {
      int r = newRow(index, arrival, row, priority, input, output);
      prefixes.accept(r, adapter, Math.min(cursor.hashedTokens(), input), cursor);
      waiting.addLast(row, priority, index, arrival, r);
    }
    return true;
  }

  private int newRow(
      long index, long arrival, int adapterRow, int priority, int input, int output) {
    int r = requests.take();
    requests.setIndex(r, index);
    requests.setArrival(r, arrival);
    requests.setAdapterRow(r, adapterRow);
    requests.setPriority(r, priority);
    requests.setInput(r, input);
    requests.setOutput(r, output);
    requests.setGenerated(r, 0);
    requests.setAdmissions(r, 0);
    return r;
  }

  private int priority(long index) {
    int priority = cursor.priority();
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

  /** Counts the requests that arrived before the horizon but had not reached the queue. */
  private long inFrontEnd() {
    long count = 0;
    while (nextQueued != RequestCursor.NO_MORE) {
      accounts.arrived(cursor.adapter(), cursor.inputTokens(), cursor.outputTokens());
      count++;
      cursor.advance();
      readArrival();
    }
    return count;
  }

  // Steps.

  /** Takes one step that changes the batch, or a run of equal decode steps. */
  private void takeSteps(long limit) {
    accounts.queued(waiting.size());
    boolean preempted = makeRoom();
    if (preempted || partial != NONE) {
      mixedStep(!preempted);
      return;
    }
    budget = config.maxNumBatchedTokens() - decoding;
    boolean room = running.size() < config.maxNumSeqs() && budget > 0;
    // Which prefixes are known is seen only after the running requests have taken their blocks.
    boolean unsure = prefixes != null && room && waiting.size() > 0;
    if (unsure || candidate(room, freeBlocks - growth[residue]) != NO_LIST) {
      mixedStep(true);
    } else {
      decodeRun(limit);
    }
  }

  /**
   * Finds the request that is admitted next; if there is none, sets how many requests the scheduler
   * passes over until it gives up.
   *
   * @return the list of the waiting queue that it heads, or NO_LIST
   */
  private int candidate(boolean room, int free) {
    agesAt = Long.MAX_VALUE;
    skipped = 0;
    if (!room || waiting.size() == 0) {
      return NO_LIST;
    }
    boolean slotFree = distinctAdapters < config.maxLoras();
    int candidate = waiting.first(slotFree);
    if (fair && !slotFree && holdsUp(candidate)) {
      return NO_LIST;
    }
    if (candidate == NO_LIST) {
      skipped = waiting.size();
      return NO_LIST;
    }
    int r = waiting.headRow(candidate);
    int idleHits = 0;
    if (r == NONE) {
      candidateTokens = waiting.headInput(candidate);
      candidateOutput = waiting.headOutput(candidate);
    } else {
      candidateTokens = requests.prefillTokens(r);
      candidateOutput = requests.output(r) - requests.generated(r);
      if (prefixes != null) {
        foundTokens = blockTokens * prefixes.find(r, requests.index(r), candidateTokens);
        idleHits = prefixes.idleHits();
      }
    }
    if (blocksAtAdmission() > free - idleHits) {
      skipped = waiting.countBefore(waiting.priorityOf(candidate), waiting.headOrder(candidate));
      return NO_LIST;
    }
    return candidate;
  }

  /** Whether a request without a slot is old enough to hold up a candidate behind it. */
  private boolean holdsUp(int candidate) {
    int blocked = waiting.firstWithoutSlot();
    if (blocked == NO_LIST || (candidate != NO_LIST && waiting.before(candidate, blocked))) {
      return false;
    }
    int r = waiting.headRow(blocked);
    if (r != NONE && requests.admissions(r) > 0) {
      return true;
    }
    long since = waiting.headArrival(blocked) + frontEndPicos;
    if (clock - since >= config.agingPicos()) {
      return true;
    }
    agesAt = since + config.agingPicos();
    return false;
  }

  /** Tokens that the candidate computes first, after those of a known prefix. */
  private int admissionTokens() {
    return Math.min(candidateTokens - foundTokens, budget);
  }

  /** Blocks that the candidate takes for its first tokens, besides those of a known prefix. */
  private int blocksAtAdmission() {
    if (prefixes != null) {
      return blocks(foundTokens + admissionTokens()) - foundTokens / blockTokens;
    }
    return blocks(wholeRequests ? candidateTokens + candidateOutput : admissionTokens());
  }

  private int blocks(int tokens) {
    return blockShift >= 0
        ? (tokens + blockTokens - 1) >> blockShift
        : (tokens + blockTokens - 1) / blockTokens;
  }

  /** Preempts until the running requests find their blocks; whether it had to. */
  private boolean makeRoom() {
    if (growth[residue] + (partial == NONE ? 0 : chunkBlocks()) <= freeBlocks) {
      return false;
    }
    if (byPriority) {
      preemptByPriority();
      return true;
    }
    do {
      preempt(running.last());
    } while (growth[residue] > freeBlocks);
    return true;
  }

  private int chunkTokens() {
    return Math.min(
        requests.prefillTokens(partial) - requests.computed(partial),
        config.maxNumBatchedTokens() - decoding);
  }

  /** Blocks that the next chunk of the partial prefill needs. */
  private int chunkBlocks() {
    int computed = requests.computed(partial);
    return wholeRequests ? 0 : blocks(computed + chunkTokens()) - blocks(computed);
  }

  /** The walk in order of admission, where the victim may be anywhere and have had its blocks. */
  private void preemptByPriority() {
    for (int place = 0; place < running.places(); place++) {
      int r = running.at(place);
      if (r == NONE) {
        continue;
      }
      int need = r == partial ? chunkBlocks() : blockNeed(r);
      boolean lost = false;
      while (need > freeBlocks && !lost) {
        int victim = leastUrgent();
        lost = victim == r;
        if (requests.runningPlace(victim) < place) {
          // It gives back what it took in this walk, too.
          freeBlocks += blockNeed(victim);
        }
        preempt(victim);
        if (!lost && r == partial) {
          need = chunkBlocks();
        }
      }
      freeBlocks -= lost ? 0 : need;
    }
    // What the walk took is taken again by the step.
    freeBlocks += growth[residue] + (partial == NONE ? 0 : chunkBlocks());
  }

  private int blockNeed(int decodingRequest) {
    return wholeRequests || computedTokens(decodingRequest) % blockTokens != 0 ? 0 : 1;
  }

  private int leastUrgent() {
    int worst = running.last();
    for (int place = 0; place < running.places(); place++) {
      int r = running.at(place);
      if (r == NONE) {
        continue;
      }
      int byClass = Integer.compare(requests.priority(r), requests.priority(worst));
      if (byClass > 0 || (byClass == 0 && requests.index(r) > requests.index(worst))) {
        worst = r;
      }
    }
    return worst;
  }

  /** Tokens in the KV cache of a decoding request before the step at hand. */
  private int computedTokens(int r) {
    return requests.prefillTokens(r) + (int) (step - 1 - requests.joinStep(r));
  }

  /** Residue of the steps in which a request that joins in the step at hand needs a block. */
  private int growthResidue(int prefillTokens) {
    // The next step adds a token to that many, so it needs a block if they fill theirs.
    int at = residue + 1 - prefillTokens;
    return blockShift >= 0 ? at & (blockTokens - 1) : Math.floorMod(at, blockTokens);
  }

  private void preempt(int victim) {
    running.remove(victim);
    ran(victim);
    int held;
    if (victim == partial) {
      partial = NONE;
      held = requests.computed(victim);
    } else {
      held = computedTokens(victim);
      finishes.remove(victim);
      stopDecoding(victim);
      contextTokens -= held + 1;
      requests.setGenerated(
          victim, requests.generated(victim) + (int) (step - requests.joinStep(victim)));
      requests.setLastToken(victim, clock);
    }
    if (prefixes != null) {
      freeBlocks += prefixes.release(victim, requests.index(victim), held, true);
    } else {
      freeBlocks +=
          wholeRequests ? blocks(requests.input(victim) + requests.output(victim)) : blocks(held);
    }
    stopRunning(victim, step - 1);
    requests.setWaitingSince(victim, clock);
    waiting.putBack(
        requests.adapterRow(victim),
        requests.priority(victim),
        requests.index(victim),
        requests.arrival(victim),
        victim);
    accounts.preempted();
    listener.preempted(requests.index(victim), step, clock);
  }

  /** A step with a prefill chunk, admissions or a preemption. */
  private void mixedStep(boolean admits) {
    accounts.stepBegun();
    shape.clear();
    shape.decodeRequests = decoding;
    shape.loraTokens = loraDecoding;
    takeBlocks(growth[residue]);
    budget = config.maxNumBatchedTokens() - decoding;
    skipped = 0;
    joinedCount = 0;
    int continued = partial;
    int chunk = 0;
    if (continued != NONE) {
      chunk = chunkTokens();
      takeBlocks(chunkBlocks());
      if (prefixes != null) {
        prefixes.publish(continued, requests.computed(continued) + chunk);
      }
      include(continued, chunk);
    }
    int opened = NONE;
    int openedChunk = 0;
    if (admits) {
      int admittedPriority = NONE;
      long admittedOrder = 0;
      while (true) {
        boolean room = budget > 0 && running.size() < config.maxNumSeqs();
        int next = candidate(room, freeBlocks);
        if (next == NO_LIST) {
          if (!room && admittedPriority != NONE) {
            skipped = waiting.countBefore(admittedPriority, admittedOrder);
          }
          break;
        }
        admittedPriority = waiting.priorityOf(next);
        admittedOrder = waiting.headOrder(next);
        int total = foundTokens + admissionTokens();
        int admitted = admit(next);
        if (total < candidateTokens) {
          opened = admitted;
          openedChunk = total;
        }
      }
    }
    shape.distinctAdapters = distinctAdapters;
    if (finishStep()) {
      if (continued != NONE) {
        requests.setComputed(continued, requests.computed(continued) + chunk);
        if (requests.computed(continued) == requests.prefillTokens(continued)) {
          partial = NONE;
        }
      }
      if (opened != NONE) {
        requests.setComputed(opened, openedChunk);
        partial = opened;
      }
      contextTokens += decoding;
      for (int i = 0; i < joinedCount; i++) {
        join(joined[i]);
      }
      finishDue();
    }
    nextStep();
  }

  private void takeBlocks(int blocks) {
    freeBlocks -= blocks;
    if (prefixes != null) {
      prefixes.take(blocks);
    }
  }

  private void nextStep() {
    step++;
    residue = residue + 1 == blockTokens ? 0 : residue + 1;
  }

  /** Admits the candidate, the head of a list, and returns its row. */
  private int admit(int list) {
    int tokens = admissionTokens();
    int r = waiting.headRow(list);
    waited(r, waiting.headArrival(list));
    if (r == NONE) {
      r =
          newRow(
              waiting.headOrder(list),
              waiting.headArrival(list),
              waiting.headAdapterRow(list),
              waiting.priorityOf(list),
              candidateTokens,
              candidateOutput);
    }
    requests.setAdmissions(r, 1);
    waiting.removeHead(list);
    if (prefixes != null) {
      freeBlocks -= prefixes.idleHits();
      prefixes.takeFound(r);
      accounts.prefixHit(foundTokens);
    }
    takeBlocks(blocksAtAdmission());
    if (prefixes != null) {
      prefixes.publish(r, foundTokens + tokens);
    }
    listener.admitted(requests.index(r), step, clock);
    running.add(r);
    requests.setRunningSince(r, clock);
    int row = requests.adapterRow(r);
    if (runningOf[row]++ == 0 && row != baseRow) {
      distinctAdapters++;
      inBatchSince[row] = clock;
      slots.join(row);
      waiting.setRuns(row, true);
    }
    requests.setComputed(r, foundTokens);
    include(r, tokens);
    return r;
  }

  /** Puts a prefill chunk into the step. */
  private void include(int r, int tokens) {
    int history = requests.computed(r);
    boolean completes = history + tokens == requests.prefillTokens(r);
    budget -= tokens;
    if (requests.adapterRow(r) != baseRow) {
      shape.loraTokens += tokens;
    }
    accounts.prefilled(tokens);
    shape.addChunk(tokens, history, completes);
    if (completes) {
      if (joinedCount == joined.length) {
        joined = Arrays.copyOf(joined, 2 * joinedCount);
      }
      joined[joinedCount++] = r;
    }
  }

  /** Charges a mixed step; false if the run ends within it. */
  private boolean finishStep() {
    long loading = slots.isAnyMissing() ? slots.load(step, clock, accounts, listener) : 0;
    long scheduling = costs.schedulingPicos(running.size(), waiting.size(), skipped);
    long compute =
        Math.addExact(costs.computePicos(shape), Math.multiplyExact(contextTokens, contextPicos));
    if (overlapped) {
      loading = Math.max(0, loading - compute);
    }
    long duration = Math.addExact(Math.addExact(scheduling, loading), compute);
    boolean whole = duration <= end - clock;
    if (!whole) {
      chargeUntilEnd(scheduling, loading);
      return false;
    }
    accounts.stepTime(scheduling, loading, compute);
    accounts.batch(running.size(), distinctAdapters);
    accounts.kvUsed(duration, config.kvBlocks() - freeBlocks);
    record(duration);
    clock += duration;
    if (decoding > 0) {
      accounts.gaps(duration, decoding);
    }
    if (series != null) {
      series.generated(clock, (long) decoding + joinedCount);
    }
    return true;
  }

  /** The run ends within this step: its tokens do not count, the time until then does. */
  private void chargeUntilEnd(long schedulingPicos, long loadingPicos) {
    long left = end - clock;
    long scheduling = Math.min(schedulingPicos, left);
    long loading = Math.min(loadingPicos, left - scheduling);
    accounts.stepTime(scheduling, loading, left - scheduling - loading);
    accounts.batch(running.size(), distinctAdapters);
    accounts.kvUsed(left, config.kvBlocks() - freeBlocks);
    record(left);
    clock = end;
    ended = true;
  }

  private void record(long picos) {
    if (series != null) {
      series.span(
          clock,
          picos,
          running.size(),
          waiting.size(),
          config.kvBlocks() - freeBlocks,
          distinctAdapters);
    }
  }

  /** A request has computed its prefill and makes a token at the end of this step. */
  private void join(int r) {
    int made = requests.generated(r);
    if (made == 0) {
      requests.setFirstToken(r, clock);
      accounts.firstTokens(1);
    } else {
      accounts.gaps(clock - requests.lastToken(r), 1);
    }
    requests.setJoinStep(r, step);
    requests.setFinishStep(r, step + requests.output(r) - made - 1);
    finishes.add(r);
    decoding++;
    if (requests.adapterRow(r) != baseRow) {
      loraDecoding++;
    }
    if (!wholeRequests) {
      int at = growthResidue(requests.prefillTokens(r));
      requests.setGrowthResidue(r, at);
      growth[at]++;
    }
    contextTokens += requests.prefillTokens(r) + 1;
  }

  /** Ends the requests whose last token came with this step. */
  private void finishDue() {
    int count = finishes.takeDue(step);
    for (int i = 0; i < count; i++) {
      finish(finishes.due(i, count));
    }
  }

  private void finish(int r) {
    int input = requests.input(r);
    int output = requests.output(r);
    running.remove(r);
    ran(r);
    stopDecoding(r);
    contextTokens -= input + output;
    freeBlocks +=
        prefixes != null
            ? prefixes.release(r, requests.index(r), input + output - 1, false)
            : blocks(wholeRequests ? input + output : input + output - 1);
    int row = requests.adapterRow(r);
    stopRunning(r, step);
    accounts.finished(row, input, output, requests.arrival(r), requests.firstToken(r), clock);
    if (series != null) {
      series.completed(clock);
    }
    listener.finished(requests.index(r), step, clock);
    if (closedLoop) {
      cursor.ended(requests.index(r), clock);
      readArrival();
    }
    requests.free(r);
  }

  private void stopDecoding(int r) {
    decoding--;
    if (requests.adapterRow(r) != baseRow) {
      loraDecoding--;
    }
    if (!wholeRequests) {
      growth[requests.growthResidue(r)]--;
    }
  }

  private void stopRunning(int r, long lastStep) {
    int row = requests.adapterRow(r);
    if (--runningOf[row] == 0 && row != baseRow) {
      distinctAdapters--;
      adapterRan(row);
      slots.leave(row, lastStep);
      waiting.setRuns(row, false);
    }
  }

  /**
   * Decode steps in which nobody is admitted, until a request finishes, an arrival may change the
   * queue, a block is wanting, or the time is up.
   */
  private void decodeRun(long limit) {
    // What a full queue drops changes nothing, but in the warm-up it must be known when.
    boolean full = waiting.size() >= waitingCap && !warmingUp;
    long until = full ? limit : Math.min(limit, nextQueued);
    until = Math.min(until, agesAt);
    int n = decoding;
    shape.clear();
    shape.decodeRequests = n;
    shape.loraTokens = loraDecoding;
    shape.distinctAdapters = distinctAdapters;
    long scheduling = costs.schedulingPicos(n, waiting.size(), skipped);
    long context = Math.multiplyExact(contextTokens, contextPicos);
    long first = Math.addExact(Math.addExact(scheduling, costs.computePicos(shape)), context);
    long increment = Math.multiplyExact((long) n, contextPicos);
    if (first > end - clock) {
      takeBlocks(growth[residue]);
      accounts.stepBegun();
      chargeUntilEnd(scheduling, 0);
      step++;
      return;
    }
    int most = finishes.stepsUntilNext(step) + 1;
    if (first > LONG_STEP_PICOS || increment > LARGE_INCREMENT_PICOS) {
      // Sums over the run might overflow, those of one step are wide.
      most = 1;
    } else {
      long last = first + increment * most;
      if (last * most > safePicos) {
        most = (int) Math.max(1, safePicos / last);
      }
    }
    if (series != null) {
      most = 1;
    }
    if (indexMask < 0) {
      most = Math.min(most, blockTokens - residue);
    }
    // Few variables, so that all stay in registers: what is used comes from what is free.
    final int[] needs = growth;
    final int phase = residue;
    final int mask = indexMask;
    long now = clock;
    long duration = first;
    long freePicos = 0;
    int free = freeBlocks;
    int count = 0;
    while (count < most) {
      int need = needs[(phase + count) & mask];
      if (need > free) {
        break;
      }
      free -= need;
      freePicos += free * duration;
      now += duration;
      duration += increment;
      count++;
      if (now >= until) {
        break;
      }
    }
    // Until is not behind the end, so only the last step can reach beyond it.
    boolean cut = now > end;
    int freeAfterWhole = free;
    if (cut) {
      duration -= increment;
      now -= duration;
      freePicos -= free * duration;
      count--;
      freeAfterWhole += needs[(phase + count) & mask];
    }
    takeBlocks(freeBlocks - free);
    if (count > 0) {
      long total = now - clock;
      accounts.stepsBegun(count);
      accounts.batch(n, distinctAdapters);
      accounts.stepTime(scheduling * count, 0, total - scheduling * count);
      // Blocks are only taken during the run, so the last whole step used the most.
      int used = config.kvBlocks() - freeAfterWhole;
      if (count == 1) {
        accounts.kvUsed(total, used);
      } else {
        accounts.kvUsedInRun(config.kvBlocks() * total - freePicos, used);
      }
      accounts.gaps(first, increment, count, n);
      record(total);
      if (series != null) {
        series.generated(now, (long) n * count);
      }
      clock = now;
      contextTokens += (long) n * count;
      step += count;
      residue = indexMask < 0 ? (phase + count) % blockTokens : (phase + count) & mask;
    }
    if (cut) {
      accounts.stepBegun();
      chargeUntilEnd(scheduling, 0);
      step++;
    } else {
      // The bucket belongs to the last step taken.
      step--;
      finishDue();
      step++;
    }
  }
}
