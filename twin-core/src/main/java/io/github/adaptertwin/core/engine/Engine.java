package io.github.adaptertwin.core.engine;

import static io.github.adaptertwin.core.engine.RequestTable.NONE;

import io.github.adaptertwin.core.report.ReplicaReport;
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
 *
 * <p>The engine takes general steps, in which anything may happen; stretches where little does are
 * left to {@link QuietSteps}.
 */
final class Engine extends QuietSteps {
  private final boolean fair;
  private int[] joined = new int[64];
  private int joinedCount;

  // The step at hand.
  private int budget;
  private int skipped;
  private long agesAt;

  /** The candidate's lengths, or the complement of its row. */
  private long candidateWhat;

  /** Tokens that the candidate's prefill computes. */
  private int candidateTokens;

  /** Tokens that the candidate computes in this step, after those of a known prefix. */
  private int candidateChunk;

  /** Blocks that the candidate takes for them. */
  private int candidateBlocks;

  /** Tokens of the candidate's prompt whose blocks are known; 0 without prefix caching. */
  private int foundTokens;

  Engine(EngineConfig config, BoundStepCosts costs) {
    super(config, costs);
    fair = config.schedulingPolicy() == SchedulingPolicy.FAIR;
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
    intake.forgetDropped();
    accounts.endWarmUp(options, clock, (long) running.size() + waiting.size());
    batchGrew = true;
    uncountedSteps = step;
  }

  private void takeUntil(long limit) {
    long last = Math.min(limit, end);
    while (clock < last && !ended) {
      if (isQuiet()) {
        takeQuietSteps(last);
        if (clock >= last || ended) {
          return;
        }
      }
      intake.queueUntil(clock);
      if (running.size() + waiting.size() == 0) {
        if (intake.next() >= last) {
          return;
        }
        idleUntil(intake.next());
        continue;
      }
      takeSteps(last);
      if (checked) {
        check();
      }
    }
  }

  /** A source that had no request left has got another one. */
  void arrivalAdded() {
    intake.arrivalAdded();
  }

  /**
   * {@return when there is something to do next: now if requests run or wait, else when the next
   * one comes, NO_MORE if none does}
   */
  long nextEventPicos() {
    return running.size() + waiting.size() > 0 ? clock : Math.max(clock, intake.next());
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
      intake.queueUntil(end - 1);
      idleUntil(end);
    } else {
      idleUntil(options.horizonPicos());
    }
    waiting.forEach(this::waits);
    for (int place = 0; place < running.places(); place++) {
      if (running.at(place) != NONE) {
        Request r = requests.at(running.at(place));
        accounts.firstAdmission(r.arrival + frontEndPicos, r.firstAdmitted);
        ran(r);
      }
    }
    accounts.stepsBegun(step - uncountedSteps);
    for (int row = 0; row < baseRow; row++) {
      if (runningOf[row] > 0) {
        adapterRan(row);
      }
    }
    intake.bookDropped();
    // Requests still on their way through the front end wait as well, for no time yet.
    long waitingAtEnd = waiting.size() + intake.inFrontEnd();
    if (checked && !accounts.isBalanced(running.size(), waitingAtEnd)) {
      throw broken("a request is in no place, or in two", waitingAtEnd, running.size());
    }
    return accounts.report(clock, running.size(), waitingAtEnd);
  }

  /** A request waits when the run ends. */
  private void waits(int row, long arrival) {
    long queued = arrival + frontEndPicos;
    if (row != NONE && requests.at(row).admitted) {
      Request r = requests.at(row);
      accounts.firstAdmission(queued, r.firstAdmitted);
      accounts.waited(clock - Math.max(r.waitingSince, countedFrom));
    } else {
      accounts.waited(clock - Math.max(queued, countedFrom));
      accounts.firstWait(queued, clock - queued);
    }
  }

  /** Takes one step that changes the batch, or a run of equal decode steps. */
  private void takeSteps(long limit) {
    accounts.queued(waiting.size());
    boolean preempted = makeRoom();
    if (preempted || partial != NONE) {
      mixedStep(!preempted, null);
      return;
    }
    budget = config.maxNumBatchedTokens() - decoding;
    boolean room = running.size() < config.maxNumSeqs() && budget > 0;
    if (prefixes != null && room && waiting.size() > 0) {
      // Which prefixes are known is seen only after the running requests have taken their blocks.
      mixedStep(true, null);
      return;
    }
    WaitingList first = candidate(room, freeBlocks - growth.need());
    if (first != null) {
      mixedStep(true, first);
    } else {
      decodeRun(limit);
    }
  }

  /**
   * Finds the request that is admitted next; if there is none, sets how many requests the scheduler
   * passes over until it gives up.
   *
   * @return the list of the waiting queue that it heads, or null
   */
  private @Nullable WaitingList candidate(boolean room, int free) {
    agesAt = Long.MAX_VALUE;
    skipped = 0;
    if (!room || waiting.size() == 0) {
      return null;
    }
    boolean slotFree = distinctAdapters < config.maxLoras();
    WaitingList list = waiting.first(slotFree);
    if (fair && !slotFree && holdsUp(list)) {
      return null;
    }
    if (list == null) {
      skipped = waiting.size();
      return null;
    }
    long what = list.headWhat();
    candidateWhat = what;
    int usable = free;
    int output;
    if (what >= 0) {
      candidateTokens = WaitingList.input(what);
      output = WaitingList.output(what);
    } else {
      Request r = requests.at((int) ~what);
      candidateTokens = r.prefillTokens();
      output = r.output - r.generated;
      if (prefixes != null) {
        foundTokens = config.blockTokens() * prefixes.find(r.row, r.index, candidateTokens);
        usable -= prefixes.idleHits();
      }
    }
    candidateChunk = Math.min(candidateTokens - foundTokens, budget);
    candidateBlocks =
        wholeRequests
            ? blocks(candidateTokens + output)
            : blocks(foundTokens + candidateChunk) - blocks(foundTokens);
    if (candidateBlocks > usable) {
      skipped = waiting.countBefore(list.priority, list.headOrder());
      return null;
    }
    return list;
  }

  /** Whether a request without a slot is old enough to hold up a candidate behind it. */
  private boolean holdsUp(@Nullable WaitingList candidates) {
    WaitingList blocked = waiting.firstWithoutSlot();
    if (blocked == null || (candidates != null && candidates.headKey() < blocked.headKey())) {
      return false;
    }
    long what = blocked.headWhat();
    if (what < 0 && requests.at((int) ~what).admitted) {
      return true;
    }
    long since = blocked.headArrival() + frontEndPicos;
    if (clock - since >= config.agingPicos()) {
      return true;
    }
    long left = Long.MAX_VALUE - since;
    agesAt = config.agingPicos() < left ? since + config.agingPicos() : Long.MAX_VALUE;
    return false;
  }

  /** Preempts until the running requests find their blocks; whether it had to. */
  private boolean makeRoom() {
    if (growth.need() + (partial == NONE ? 0 : chunkBlocks()) <= freeBlocks) {
      return false;
    }
    if (byPriority) {
      preemptByPriority();
      return true;
    }
    do {
      preempt(running.last());
    } while (growth.need() > freeBlocks);
    return true;
  }

  private int chunkTokens() {
    Request r = requests.at(partial);
    return Math.min(r.prefillTokens() - r.computed, config.maxNumBatchedTokens() - decoding);
  }

  /** Blocks that the next chunk of the partial prefill needs. */
  private int chunkBlocks() {
    int computed = requests.at(partial).computed;
    return wholeRequests ? 0 : blocks(computed + chunkTokens()) - blocks(computed);
  }

  /** The walk in order of admission, where the victim may be anywhere and have had its blocks. */
  private void preemptByPriority() {
    for (int place = 0; place < running.places(); place++) {
      int row = running.at(place);
      if (row == NONE) {
        continue;
      }
      int need = row == partial ? chunkBlocks() : blockNeed(requests.at(row));
      boolean lost = false;
      while (need > freeBlocks && !lost) {
        Request victim = leastUrgent();
        lost = victim.row == row;
        if (victim.runningPlace < place) {
          // It gives back what it took in this walk, too.
          freeBlocks += blockNeed(victim);
        }
        preempt(victim);
        if (!lost && row == partial) {
          need = chunkBlocks();
        }
      }
      freeBlocks -= lost ? 0 : need;
    }
    // What the walk took is taken again by the step.
    freeBlocks += growth.need() + (partial == NONE ? 0 : chunkBlocks());
  }

  private int blockNeed(Request decodingRequest) {
    return wholeRequests || computedTokens(decodingRequest) % config.blockTokens() != 0 ? 0 : 1;
  }

  private Request leastUrgent() {
    Request worst = running.last();
    for (int place = 0; place < running.places(); place++) {
      int row = running.at(place);
      if (row == NONE) {
        continue;
      }
      Request r = requests.at(row);
      int byClass = Integer.compare(r.priority, worst.priority);
      if (byClass > 0 || (byClass == 0 && r.index > worst.index)) {
        worst = r;
      }
    }
    return worst;
  }

  private void preempt(Request victim) {
    running.remove(victim);
    ran(victim);
    int held;
    if (victim.row == partial) {
      partial = NONE;
      held = victim.computed;
    } else {
      held = computedTokens(victim);
      finishes.remove(victim);
      stopDecoding(victim);
      contextTokens -= held + 1;
      victim.generated += (int) (step - victim.joinStep);
      victim.lastToken = clock;
    }
    if (prefixes != null) {
      freeBlocks += prefixes.release(victim.row, victim.index, held, true);
    } else {
      freeBlocks += wholeRequests ? blocks(victim.input + victim.output) : blocks(held);
    }
    stopRunning(victim.adapterRow, step - 1);
    victim.waitingSince = clock;
    waiting.putBack(victim.adapterRow, victim.priority, victim.index, victim.arrival, victim.row);
    accounts.preempted();
    listener.preempted(victim.index, step, clock);
  }

  /**
   * A step with a prefill chunk, admissions or a preemption.
   *
   * @param first the list whose head is the candidate found, null if none was looked for
   */
  private void mixedStep(boolean admits, @Nullable WaitingList first) {
    shape.clear();
    shape.decodeRequests = decoding;
    shape.loraTokens = loraDecoding;
    takeBlocks(growth.need());
    budget = config.maxNumBatchedTokens() - decoding;
    joinedCount = 0;
    int continued = partial;
    int chunk = 0;
    if (continued != NONE) {
      chunk = chunkTokens();
      takeBlocks(chunkBlocks());
      Request r = requests.at(continued);
      if (prefixes != null) {
        prefixes.publish(continued, r.computed + chunk);
      }
      include(r, chunk);
    }
    skipped = 0;
    int opened = admits ? admitAll(first) : NONE;
    int openedChunk = opened == NONE ? 0 : foundTokens + candidateChunk;
    shape.distinctAdapters = distinctAdapters;
    if (chargeMixedStep(waiting.size(), skipped, joinedCount)) {
      if (continued != NONE) {
        Request r = requests.at(continued);
        r.computed += chunk;
        if (r.computed == r.prefillTokens()) {
          partial = NONE;
        }
      }
      if (opened != NONE) {
        requests.at(opened).computed = openedChunk;
        partial = opened;
      }
      contextTokens += decoding;
      for (int i = 0; i < joinedCount; i++) {
        join(requests.at(joined[i]));
      }
      if (isAnyDue()) {
        finishDue();
      }
    }
    nextStep();
  }

  /**
   * Admits as long as there is a candidate.
   *
   * @param first the list whose head is the first one, null if it is not known
   * @return row of the request that was admitted last if its prefill is not whole, else NONE; then
   *     the figures of the candidate are its own
   */
  private int admitAll(@Nullable WaitingList first) {
    boolean room = budget > 0 && running.size() < config.maxNumSeqs();
    WaitingList next = first != null ? first : candidate(room, freeBlocks);
    while (next != null) {
      int priority = next.priority;
      long order = next.headOrder();
      Request admitted = admit(next);
      room = budget > 0 && running.size() < config.maxNumSeqs();
      if (!room) {
        skipped = waiting.countBefore(priority, order);
        return foundTokens + candidateChunk < candidateTokens ? admitted.row : NONE;
      }
      next = candidate(true, freeBlocks);
    }
    return NONE;
  }

  /** Admits the candidate, which is the head of a list. */
  private Request admit(WaitingList list) {
    Request r;
    if (candidateWhat >= 0) {
      r =
          requests.take(
              list.headOrder(),
              list.headArrival(),
              list.headAdapterRow(),
              list.priority,
              candidateWhat);
    } else {
      r = requests.at((int) ~candidateWhat);
    }
    if (r.admitted) {
      accounts.waited(clock - Math.max(r.waitingSince, countedFrom));
    } else {
      r.admitted = true;
      r.firstAdmitted = clock;
    }
    waiting.removeHead(list);
    if (prefixes != null) {
      freeBlocks -= prefixes.idleHits();
      prefixes.takeFound(r.row);
      accounts.prefixHit(foundTokens);
    }
    takeBlocks(candidateBlocks);
    if (prefixes != null) {
      prefixes.publish(r.row, foundTokens + candidateChunk);
    }
    startRunning(r);
    r.computed = foundTokens;
    include(r, candidateChunk);
    return r;
  }

  /** Puts a prefill chunk into the step. */
  private void include(Request r, int tokens) {
    int history = r.computed;
    boolean completes = history + tokens == r.prefillTokens();
    budget -= tokens;
    if (r.adapterRow != baseRow) {
      shape.loraTokens += tokens;
    }
    accounts.prefilled(tokens);
    shape.addChunk(tokens, history, completes);
    if (completes) {
      if (joinedCount == joined.length) {
        joined = Arrays.copyOf(joined, 2 * joinedCount);
      }
      joined[joinedCount++] = r.row;
    }
  }

  /**
   * Decode steps in which nobody is admitted, until a request finishes, an arrival may change the
   * queue, a block is wanting, or the time is up.
   */
  private void decodeRun(long limit) {
    long until = nothingNewBefore(limit);
    int n = decoding;
    shape.clear();
    shape.decodeRequests = n;
    shape.loraTokens = loraDecoding;
    shape.distinctAdapters = distinctAdapters;
    long scheduling = costs.schedulingPicos(n, waiting.size(), skipped);
    long compute =
        Math.addExact(costs.computePicos(shape), Math.multiplyExact(contextTokens, contextPicos));
    long first = Math.addExact(scheduling, compute);
    long increment = Math.multiplyExact((long) n, contextPicos);
    if (first > end - clock) {
      takeBlocks(growth.need());
      chargeUntilEnd(scheduling, 0);
      step++;
      return;
    }
    int most = stepsAtOnce(first, increment);
    growth.takeRun(most, until, clock, first, increment, freeBlocks);
    // Until is not behind the end, so only the last step can reach beyond it.
    boolean cut = growth.clock() > end;
    int freeAfterWhole = growth.free();
    if (cut) {
      growth.cutLast(increment);
      freeAfterWhole += growth.lastNeed();
    }
    takeBlocks(freeBlocks - growth.free());
    int count = growth.steps();
    // The first step found its blocks and ends before the run, so there is one.
    long now = growth.clock();
    long total = now - clock;
    accounts.stepTime(scheduling * count, 0);
    // Blocks are only taken during the run, so the last whole step used the most.
    bookRun(first, increment, total, config.kvBlocks() - freeAfterWhole);
    record(total);
    if (series != null) {
      series.generated(now, (long) n * count);
    }
    clock = now;
    contextTokens += (long) n * count;
    step += count;
    growth.keepRun();
    if (cut) {
      chargeUntilEnd(scheduling, 0);
      step++;
    } else {
      // The bucket belongs to the last step taken.
      step--;
      if (isAnyDue()) {
        finishDue();
      }
      step++;
    }
  }

  /** First time at which an arrival or the age of a request may change who is admitted. */
  private long nothingNewBefore(long limit) {
    // What a full queue drops changes nothing, but in the warm-up it must be known when.
    boolean full = intake.dropsUnseen() && !warmingUp;
    return Math.min(full ? limit : Math.min(limit, intake.next()), agesAt);
  }

  /** Decode steps until a request may finish, and no more than the sums over them can hold. */
  private int stepsAtOnce(long first, long increment) {
    if (series != null || first > LONG_STEP_PICOS || increment > LARGE_INCREMENT_PICOS) {
      // A series wants each step, and sums over a run might overflow; those of one step are wide.
      return 1;
    }
    int most = finishes.stepsUntilNext(step) + 1;
    long last = first + increment * most;
    return last * most > safePicos ? (int) Math.max(1, safePicos / last) : most;
  }
}
