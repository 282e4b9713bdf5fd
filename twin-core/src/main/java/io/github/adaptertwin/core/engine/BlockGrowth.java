package io.github.adaptertwin.core.engine;

import java.util.Arrays;

/**
 * The KV blocks that decoding requests take as they grow. A request needs one every block_size
 * steps, so the need of a step is a counter by (step mod block_size), and what a run of equal
 * decode steps takes is known without a look at any request.
 */
final class BlockGrowth {
  /** A run of fewer cycles is taken step by step. */
  private static final int CYCLES_WORTH = 4;

  private final int blockTokens;

  /** Logarithm of the block size, or -1 if it is no power of two. */
  private final int blockShift;

  /** Blocks needed in the steps of one residue. */
  private final int[] needs;

  /** Residue of the step at hand. */
  private int residue;

  // What the latest run came to.
  private int steps;
  private int free;
  private long clock;
  private long freePicos;
  private long nextPicos;
  private int lastNeed;

  BlockGrowth(int blockTokens) {
    this.blockTokens = blockTokens;
    blockShift =
        Integer.bitCount(blockTokens) == 1 ? Integer.numberOfTrailingZeros(blockTokens) : -1;
    needs = new int[blockTokens];
  }

  void clear() {
    Arrays.fill(needs, 0);
    residue = 0;
  }

  /** {@return blocks that hold so many tokens} */
  int blocks(int tokens) {
    return blockShift >= 0
        ? (tokens + blockTokens - 1) >> blockShift
        : (tokens + blockTokens - 1) / blockTokens;
  }

  /** {@return blocks needed in the step at hand} */
  int need() {
    return needs[residue];
  }

  /**
   * A request whose prefill of so many tokens ends with the step at hand decodes from the next one.
   *
   * @return residue of the steps in which it needs a block
   */
  int join(int prefillTokens) {
    // The next step adds a token to that many, so it needs a block if they fill theirs.
    int ahead = residue + 1 - prefillTokens;
    int at = blockShift >= 0 ? ahead & (blockTokens - 1) : Math.floorMod(ahead, blockTokens);
    needs[at]++;
    return at;
  }

  /** A request decodes no more. */
  void leave(int residueOfNeed) {
    needs[residueOfNeed]--;
  }

  /** The step at hand is over. */
  void nextStep() {
    residue = residue + 1 == blockTokens ? 0 : residue + 1;
  }

  /**
   * Takes decode steps until one ends at or after a time, or there is no block for the next one;
   * the figures below tell what they came to, {@link #keepRun} goes on behind them.
   *
   * @param most number of steps, at least 1
   * @param until time from which on no step begins, at least {@code begin}
   * @param begin when the first step begins
   * @param firstPicos how long it takes
   * @param increment how much longer each step is than the one before
   * @param freeBlocks free blocks before the first step
   */
  void takeRun(int most, long until, long begin, long firstPicos, long increment, int freeBlocks) {
    steps = 0;
    free = freeBlocks;
    clock = begin;
    freePicos = 0;
    nextPicos = firstPicos;
    lastNeed = 0;
    long worth = (long) CYCLES_WORTH * blockTokens;
    if (most >= worth && until - begin > firstPicos * worth) {
      takeCycles(most, until, increment);
    }
    takeSteps(most, until, increment);
  }

  /**
   * Takes decode steps from time 0 as {@link #takeRun} does, if the block size is a power of two,
   * they are not many, and there is a block for each; if not, the figures below tell nothing.
   *
   * @return whether it did
   */
  boolean takeShortRun(int most, long until, long firstPicos, long increment, int freeBlocks) {
    long worth = (long) CYCLES_WORTH * blockTokens;
    if (blockShift < 0 || (most >= worth && until > firstPicos * worth)) {
      return false;
    }
    final int[] need = needs;
    int at = residue;
    int left = freeBlocks;
    long duration = firstPicos;
    long sum = 0;
    // Both are negative until they have reached their end, and one test of a sign tells.
    long beyond = -until;
    long togo = -most;
    do {
      left -= need[at & (need.length - 1)];
      at++;
      sum += left * duration;
      beyond += duration;
      duration += increment;
      togo++;
    } while ((beyond & togo) < 0);
    steps = most + (int) togo;
    free = left;
    clock = until + beyond;
    freePicos = sum;
    return left >= 0;
  }

  /** Jumps over whole cycles, which all take the same blocks in the same order. */
  private void takeCycles(int most, long until, long increment) {
    int length = blockTokens;
    int taken = 0;
    long takenSum = 0;
    long takenMoment = 0;
    for (int i = 0; i < length; i++) {
      int at = residue + i;
      taken += needs[at < length ? at : at - length];
      takenSum += taken;
      takenMoment += (long) i * taken;
    }
    long spread = increment * ((long) length * (length - 1) / 2);
    while (steps + length <= most && taken <= free) {
      long cycle = nextPicos * length + spread;
      if (cycle >= until - clock) {
        break;
      }
      freePicos += free * cycle - nextPicos * takenSum - increment * takenMoment;
      free -= taken;
      clock += cycle;
      nextPicos += increment * length;
      steps += length;
    }
  }

  private void takeSteps(int most, long until, long increment) {
    // Few variables, so that all stay in registers: what is used comes from what is free.
    final int[] need = needs;
    int at = residue;
    int left = free;
    int count = steps;
    long picosLeft = until - clock;
    long duration = nextPicos;
    long sum = freePicos;
    int last = 0;
    while (count < most) {
      last = need[at];
      if (last > left) {
        break;
      }
      at = at + 1 == need.length ? 0 : at + 1;
      left -= last;
      sum += left * duration;
      picosLeft -= duration;
      duration += increment;
      count++;
      if (picosLeft <= 0) {
        break;
      }
    }
    steps = count;
    free = left;
    // A run that drains may outlive what a long can hold.
    clock = Math.subtractExact(until, picosLeft);
    nextPicos = duration;
    freePicos = sum;
    lastNeed = last;
  }

  /** The last step of the run is cut before its end, but has taken its blocks. */
  void cutLast(long increment) {
    nextPicos -= increment;
    clock -= nextPicos;
    freePicos -= free * nextPicos;
    steps--;
  }

  /** The steps of the run are over. */
  void keepRun() {
    residue =
        blockShift >= 0 ? (residue + steps) & (blockTokens - 1) : (residue + steps) % blockTokens;
  }

  /** {@return steps of the run} */
  int steps() {
    return steps;
  }

  /** {@return when the run ends} */
  long clock() {
    return clock;
  }

  /** {@return free blocks after the run, and after what a step that was cut had taken} */
  int free() {
    return free;
  }

  /** {@return blocks that the last step took, if it was cut} */
  int lastNeed() {
    return lastNeed;
  }

  /** {@return free blocks in each step, times its duration, summed} */
  long freePicos() {
    return freePicos;
  }
}
