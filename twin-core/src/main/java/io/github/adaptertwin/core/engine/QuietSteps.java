package io.github.adaptertwin.core.engine;

import static io.github.adaptertwin.core.engine.RequestTable.NONE;

import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;

/**
 * The quiet stretches of a run: nobody waits, no prefill is partial, and requests come one at a
 * time and are admitted whole. That is the life of an engine that keeps up with its traffic, and
 * there the way through the queue and the choice of the kind of step would cost more than the
 * steps.
 *
 * <p>A stretch is a shorter way over the same state, with the same outcome as the general steps of
 * {@link Engine}, and leaves that state between two steps as they do. What it cannot do it does not
 * begin: it returns, and a general step goes on.
 *
 * <ul>
 *   <li>It may begin where {@link #isQuiet} says so.
 *   <li>It goes on while what comes next is an idle wait for an arrival; decode steps, not too
 *       many, that find their blocks and end before the limit; or the step that admits one request,
 *       which finds budget, blocks and a slot. Adapters are loaded, and requests finish, as ever.
 *   <li>Of two requests that come within one step the first is in the queue when it returns.
 *   <li>Nothing need have happened when it returns, so a general step must follow.
 * </ul>
 */
abstract class QuietSteps extends EngineState {
  /** Whether the options of the engine and of the run let a stretch begin. */
  private boolean allowed;

  private int stretches;

  QuietSteps(EngineConfig config, BoundStepCosts costs) {
    super(config, costs);
  }

  @Override
  void begin(RequestSource source, RunOptions runOptions, EngineListener events) {
    super.begin(source, runOptions, events);
    // So small that the decode context of a full batch costs less than a long can hold.
    boolean smallIncrement = contextPicos <= LARGE_INCREMENT_PICOS / config.maxNumSeqs();
    allowed =
        smallIncrement
            && series == null
            && prefixes == null
            && !byPriority
            && !wholeRequests
            && !intake.isClosedLoop();
    stretches = 0;
  }

  /** {@return whether a quiet stretch may begin} */
  final boolean isQuiet() {
    return allowed && partial == NONE && waiting.size() == 0;
  }

  /** {@return stretches of this run in which at least one step was taken} */
  final int quietStretches() {
    return stretches;
  }

  /** Takes steps that begin before a time, as long as they are quiet; the run may end with it. */
  final void takeQuietSteps(long limit) {
    long begun = step;
    long firstIndex = intake.nextIndex();
    boolean quiet = true;
    while (quiet && clock < limit) {
      long next = intake.next();
      if (next <= clock) {
        quiet = admitNext();
      } else if (next >= limit) {
        quiet = false;
      } else if (decoding > 0) {
        quiet = decodeUntil(next);
      } else {
        idleUntil(next);
      }
      if (checked) {
        check();
      }
    }
    if (intake.nextIndex() > firstIndex) {
      accounts.queued(1);
      waiting.pass(intake.nextIndex() - 1);
    }
    if (step > begun) {
      stretches++;
    }
  }

  /** Takes the step that admits who has come; false if it is not quiet, or the run's last. */
  private boolean admitNext() {
    RequestCursor from = intake.cursor();
    int input = from.inputTokens();
    int wanted = from.outputTokens();
    int adapter = from.adapter();
    int output = Math.min(wanted, config.maxModelLen() - input);
    int row = adapter < 0 ? baseRow : adapter;
    int n = decoding;
    int free = freeBlocks - growth.need() - growth.blocks(input);
    boolean joinsBatch = runningOf[row] == 0 && row != baseRow;
    if (output < 1
        || input > config.maxNumBatchedTokens() - n
        || n >= config.maxNumSeqs()
        || free < 0
        || (joinsBatch && distinctAdapters >= config.maxLoras())) {
      return false;
    }
    long arrival = intake.next() - frontEndPicos;
    long what = WaitingList.lengths(input, output);
    accounts.arrived(adapter, input, wanted);
    long index = intake.passQueue();
    if (intake.next() <= clock) {
      waiting.addLast(row, 0, index, arrival, what);
      return false;
    }
    freeBlocks = free;
    Request r = requests.take(index, arrival, row, 0, what);
    r.admitted = true;
    r.firstAdmitted = clock;
    startRunning(r);
    accounts.prefilled(input);
    shape.clear();
    shape.decodeRequests = n;
    shape.loraTokens = loraDecoding + (row == baseRow ? 0 : input);
    shape.distinctAdapters = distinctAdapters;
    shape.addChunk(input, 0, true);
    if (!chargeMixedStep(0, 0, 1)) {
      nextStep();
      return false;
    }
    contextTokens += n;
    join(r);
    if (isAnyDue()) {
      finishDue();
    }
    nextStep();
    return true;
  }

  /** Decodes until a step ends at or after a time or may be someone's last; false if it did not. */
  private boolean decodeUntil(long time) {
    int n = decoding;
    shape.clear();
    shape.decodeRequests = n;
    shape.loraTokens = loraDecoding;
    shape.distinctAdapters = distinctAdapters;
    long scheduling = costs.schedulingPicos(n, 0, 0);
    long compute = Math.addExact(costs.computePicos(shape), contextTokens * contextPicos);
    long first = Math.addExact(scheduling, compute);
    long increment = n * contextPicos;
    int most = finishes.stepsUntilNext(step) + 1;
    if (first > LONG_STEP_PICOS
        || (first + increment * most) * most > safePicos
        || !growth.takeShortRun(most, time - clock, first, increment, freeBlocks)) {
      return false;
    }
    int count = growth.steps();
    long total = growth.clock();
    if (total > end - clock) {
      return false;
    }
    accounts.stepTime(scheduling * count, 0);
    freeBlocks = growth.free();
    bookRun(first, increment, total, config.kvBlocks() - freeBlocks);
    clock += total;
    contextTokens += (long) n * count;
    step += count;
    growth.keepRun();
    if (count == most) {
      // The bucket belongs to the last step taken.
      step--;
      if (isAnyDue()) {
        finishDue();
      }
      step++;
    }
    return true;
  }
}
