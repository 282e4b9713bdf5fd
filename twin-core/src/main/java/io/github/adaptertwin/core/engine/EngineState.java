package io.github.adaptertwin.core.engine;

import static io.github.adaptertwin.core.engine.RequestTable.NONE;

import io.github.adaptertwin.core.request.RequestSource;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What an engine knows between two steps, and what every kind of step does to it: time goes by,
 * blocks are taken, requests end, the books are kept. {@link QuietSteps} and {@link Engine} decide
 * what the next step is.
 *
 * <p>Arrivals ({@link Intake}), the queue, the growth of requests and the books are classes of
 * their own. What remains is the same dozen counters in every step. The kinds of step share them by
 * inheritance, because one object behind another would cost the quiet steps a twentieth.
 */
abstract class EngineState {
  private static final long SAFE_BLOCK_PICOS = 1L << 62;
  static final long LONG_STEP_PICOS = 1L << 45;
  static final long LARGE_INCREMENT_PICOS = 1L << 30;

  final EngineConfig config;
  final BoundStepCosts costs;
  final RunAccounts accounts;
  final RequestTable requests = new RequestTable();
  final WaitingQueue waiting;
  final RunningOrder running = new RunningOrder(requests);
  final FinishRing finishes;
  final AdapterSlots slots;
  final BatchShape shape = new BatchShape();
  final @Nullable PrefixCache prefixes;
  final BlockGrowth growth;
  final Intake intake;

  final int baseRow;
  final long contextPicos;
  final long frontEndPicos;

  /** Time for which the use of all blocks, summed, fits a long. */
  final long safePicos;

  final boolean byPriority;
  final boolean wholeRequests;
  final boolean overlapped;

  /** Running requests by adapter row. */
  final int[] runningOf;

  /** Since when an adapter has been in the batch, by row. */
  final long[] inBatchSince;

  // The run.
  RunOptions options = RunOptions.ofSeconds(1);
  EngineListener listener = EngineListener.NONE;
  long end;
  boolean ended;
  boolean warmingUp;
  boolean checked;

  /** Whether more requests or adapters may be in the batch than in any step counted yet. */
  boolean batchGrew;

  /** Steps taken before the warm-up ended. */
  long uncountedSteps;

  /** End of the warm-up, from which on everything counts. */
  long countedFrom;

  long checkedClock;
  @Nullable SeriesRecorder series;

  // The state between two steps.
  long clock;
  long step;
  int freeBlocks;
  int decoding;
  int loraDecoding;
  int distinctAdapters;
  long contextTokens;
  int partial;

  EngineState(EngineConfig config, BoundStepCosts costs) {
    this.config = config;
    this.costs = costs;
    contextPicos = costs.picosPerContextToken();
    frontEndPicos = costs.frontEndPicos();
    accounts = new RunAccounts(config, frontEndPicos);
    byPriority = config.schedulingPolicy() == SchedulingPolicy.PRIORITY;
    wholeRequests = config.kvReservation() == KvReservation.WHOLE_REQUEST;
    overlapped = config.adapterLoading() == AdapterLoading.OVERLAPPED;
    baseRow = config.adapters().size();
    waiting = new WaitingQueue(baseRow, config.maxLoras(), byPriority);
    finishes = new FinishRing(requests);
    slots = new AdapterSlots(config, costs);
    prefixes = config.prefixCaching() ? new PrefixCache(config.blockTokens()) : null;
    growth = new BlockGrowth(config.blockTokens());
    intake = new Intake(config, frontEndPicos, accounts, requests, waiting, prefixes);
    safePicos = SAFE_BLOCK_PICOS / config.kvBlocks();
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
    growth.clear();
    Arrays.fill(runningOf, 0);
    listener = events;
    options = runOptions;
    series = accounts.series();
    warmingUp = runOptions.warmUpPicos() > 0;
    checked = runOptions.checked();
    batchGrew = true;
    uncountedSteps = 0;
    countedFrom = 0;
    checkedClock = 0;
    end =
        runOptions.atHorizon() == RunOptions.AtHorizon.CUT
            ? runOptions.horizonPicos()
            : Long.MAX_VALUE;
    ended = false;
    clock = 0;
    step = 0;
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
    intake.begin(source, runOptions);
  }

  void idleUntil(long time) {
    if (clock < time) {
      accounts.idle(time - clock);
      if (series != null) {
        series.span(clock, time - clock, 0, 0, 1, 0);
      }
      clock = time;
    }
  }

  /** The run of a request ends now. */
  void ran(Request r) {
    accounts.ran(clock - Math.max(r.runningSince, countedFrom));
  }

  /** An adapter leaves the batch now. */
  void adapterRan(int row) {
    accounts.adapterRan(clock - Math.max(inBatchSince[row], countedFrom));
  }

  void takeBlocks(int blocks) {
    freeBlocks -= blocks;
    if (prefixes != null) {
      prefixes.take(blocks);
    }
  }

  void nextStep() {
    step++;
    growth.nextStep();
  }

  int blocks(int tokens) {
    return growth.blocks(tokens);
  }

  /** Tokens in the KV cache of a decoding request before the step at hand. */
  int computedTokens(Request r) {
    return r.prefillTokens() + (int) (step - 1 - r.joinStep);
  }

  void countBatch() {
    if (batchGrew) {
      batchGrew = false;
      accounts.batch(running.size(), distinctAdapters);
    }
  }

  /** The run ends within this step: its tokens do not count, the time until then does. */
  void chargeUntilEnd(long schedulingPicos, long loadingPicos) {
    long left = end - clock;
    long scheduling = Math.min(schedulingPicos, left);
    accounts.stepTime(scheduling, Math.min(loadingPicos, left - scheduling));
    countBatch();
    accounts.kvUsed(left, config.kvBlocks() - freeBlocks);
    record(left);
    clock = end;
    ended = true;
  }

  /**
   * Charges a step that computes prompts, as {@link #shape} tells.
   *
   * @param left requests left waiting
   * @param skipped how many of them were passed over
   * @param joining requests that make their first token, or one after a preemption, with this step
   * @return false if the run ends within it
   */
  boolean chargeMixedStep(int left, int skipped, int joining) {
    long loading = slots.isAnyMissing() ? slots.load(step, clock, accounts, listener) : 0;
    long scheduling = costs.schedulingPicos(running.size(), left, skipped);
    long compute =
        Math.addExact(costs.computePicos(shape), Math.multiplyExact(contextTokens, contextPicos));
    if (overlapped) {
      loading = Math.max(0, loading - compute);
    }
    long duration = Math.addExact(Math.addExact(scheduling, loading), compute);
    if (duration > end - clock) {
      chargeUntilEnd(scheduling, loading);
      return false;
    }
    accounts.stepTime(scheduling, loading);
    countBatch();
    accounts.kvUsed(duration, config.kvBlocks() - freeBlocks);
    record(duration);
    clock += duration;
    if (decoding > 0) {
      accounts.gaps(duration, decoding);
    }
    if (series != null) {
      series.generated(clock, (long) decoding + joining);
    }
    return true;
  }

  void record(long picos) {
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

  /** A request is admitted. */
  void startRunning(Request r) {
    listener.admitted(r.index, step, clock);
    running.add(r);
    batchGrew = true;
    r.runningSince = clock;
    int row = r.adapterRow;
    if (runningOf[row]++ == 0 && row != baseRow) {
      distinctAdapters++;
      inBatchSince[row] = clock;
      slots.join(row);
      waiting.setRuns(row, true);
    }
  }

  /** A request has computed its prefill and makes a token at the end of this step. */
  void join(Request r) {
    int made = r.generated;
    if (made == 0) {
      r.firstToken = clock;
      accounts.firstTokens(1);
    } else {
      accounts.gaps(clock - r.lastToken, 1);
    }
    r.joinStep = step;
    r.finishStep = step + r.output - made - 1;
    finishes.add(r);
    decoding++;
    if (r.adapterRow != baseRow) {
      loraDecoding++;
    }
    int prefill = r.prefillTokens();
    if (!wholeRequests) {
      r.growthResidue = growth.join(prefill);
    }
    contextTokens += prefill + 1;
  }

  /** Books the run of decode steps that {@link #growth} has taken. */
  void bookRun(long first, long increment, long total, int mostUsed) {
    countBatch();
    int steps = growth.steps();
    if (steps == 1) {
      accounts.kvUsed(total, mostUsed);
      accounts.gaps(total, decoding);
    } else {
      accounts.kvUsedInRun(config.kvBlocks() * total - growth.freePicos(), mostUsed);
      accounts.gaps(first, increment, steps, total, decoding);
    }
  }

  /** {@return whether the last token of a request may have come with this step} */
  boolean isAnyDue() {
    return finishes.isAnyDue(step);
  }

  /**
   * Ends the requests whose last token came with this step; asked for only if {@link #isAnyDue}.
   */
  void finishDue() {
    int count = finishes.takeDue(step);
    for (int i = 0; i < count; i++) {
      finish(requests.at(finishes.due(i, count)));
    }
  }

  void finish(Request r) {
    running.remove(r);
    stopDecoding(r);
    int tokens = r.input + r.output;
    contextTokens -= tokens;
    freeBlocks +=
        prefixes != null
            ? prefixes.release(r.row, r.index, tokens - 1, false)
            : blocks(wholeRequests ? tokens : tokens - 1);
    stopRunning(r.adapterRow, step);
    accounts.logFinished(r, clock);
    if (series != null) {
      series.completed(clock);
    }
    listener.finished(r.index, step, clock);
    intake.ended(r.index, clock);
    requests.free(r);
  }

  void stopDecoding(Request r) {
    decoding--;
    if (r.adapterRow != baseRow) {
      loraDecoding--;
    }
    if (!wholeRequests) {
      growth.leave(r.growthResidue);
    }
  }

  void stopRunning(int row, long lastStep) {
    if (--runningOf[row] == 0 && row != baseRow) {
      distinctAdapters--;
      adapterRan(row);
      slots.leave(row, lastStep);
      waiting.setRuns(row, false);
    }
  }

  // Checks.

  /** Counts the running requests one by one and compares with what is kept. */
  void check() {
    if (clock < checkedClock) {
      throw broken("time runs back", clock, checkedClock);
    }
    checkedClock = clock;
    int listed = 0;
    int held = 0;
    int distinct = 0;
    long context = 0;
    for (int place = 0; place < running.places() && !ended; place++) {
      int row = running.at(place);
      if (row == NONE) {
        continue;
      }
      Request r = requests.at(row);
      listed++;
      int computed = row == partial ? r.computed : computedTokens(r);
      held += blocks(wholeRequests ? r.input + r.output : computed);
      context += row == partial ? 0 : computed + 1;
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

  IllegalStateException broken(String what, long found, long expected) {
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
}
