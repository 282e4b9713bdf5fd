package io.github.adaptertwin.placement.capacity;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.engine.BatchShape;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.StepCosts;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One number of slots of one rank on one card: what it leaves for the KV cache, and how long a step
 * lasts by the requests that run. Immutable and thread-safe.
 */
public final class SlotSetting {
  private static final int BLOCK_TOKENS = 16;
  private static final double SECONDS_PER_PICO = 1e-12;
  private static final int REGISTERED_STEP = 1024;

  /** Largest batch of the table: 2^12 requests. */
  private static final int POINTS = 25;

  private final EngineFlags flags;
  private final MemoryPlan memory;
  private final double firstSeconds;
  private final double outputTokens;

  /** Where on the grid of running requests the KV cache or the token budget ends; -1 = nowhere. */
  private final double lastPoint;

  /** Step time without adapters, by grid point. */
  private final double[] baseSeconds;

  /** What each distinct adapter adds with as many adapters registered as there are slots. */
  private final double[] adapterSeconds;

  /** What each distinct adapter adds for each adapter registered beyond the slots. */
  private final double[] registeredSeconds;

  private final double loadSeconds;

  private SlotSetting(
      EngineFlags flags,
      MemoryPlan memory,
      double firstSeconds,
      double outputTokens,
      double lastPoint,
      double[][] seconds,
      double loadSeconds) {
    this.flags = flags;
    this.memory = memory;
    this.firstSeconds = firstSeconds;
    this.outputTokens = outputTokens;
    this.lastPoint = lastPoint;
    this.baseSeconds = seconds[0];
    this.adapterSeconds = seconds[1];
    this.registeredSeconds = seconds[2];
    this.loadSeconds = loadSeconds;
  }

  static SlotSetting refused(EngineFlags flags, MemoryPlan plan) {
    return new SlotSetting(flags, plan, 1, 1, -1, new double[3][0], 0);
  }

  static SlotSetting of(
      DemandGrid grid,
      LengthMoments lengths,
      EngineFlags flags,
      MemoryPlan.Fits memory,
      StepCosts stepTime,
      IntFunction<EngineConfig> configs) {
    BoundStepCosts few = stepTime.bind(configs.apply(flags.maxLoras()));
    BoundStepCosts many = stepTime.bind(configs.apply(flags.maxLoras() + REGISTERED_STEP));
    double[][] seconds = new double[3][POINTS];
    for (int p = 0; p < POINTS; p++) {
      double running = DemandGrid.halfOctaves(p);
      double without = stepSeconds(few, lengths, flags, running, 0);
      seconds[0][p] = without;
      if (flags.maxLoras() > 0) {
        // The law is affine in the distinct adapters from the first one on.
        double one = stepSeconds(few, lengths, flags, running, 1);
        double three = stepSeconds(few, lengths, flags, running, 3);
        seconds[1][p] = (three - one) / 2;
        seconds[0][p] = one - seconds[1][p];
        double threeOfMany = stepSeconds(many, lengths, flags, running, 3);
        seconds[2][p] = (threeOfMany - three) / (3.0 * REGISTERED_STEP);
      }
    }
    double kvTokens = (memory.kvBlocks() - 1) * (double) BLOCK_TOKENS;
    double most =
        Math.min(
            kvTokens / (lengths.contextTokens() + BLOCK_TOKENS / 2.0),
            Math.min(
                flags.maxNumSeqs(),
                flags.maxNumBatchedTokens()
                    / (1 + lengths.inputTokens() / lengths.outputTokens())));
    return new SlotSetting(
        flags,
        memory,
        grid.firstSeconds(),
        lengths.outputTokens(),
        pointOf(most),
        seconds,
        few.loadPicos(flags.maxLoraRank(), AdapterTier.HOST_MEMORY) * SECONDS_PER_PICO);
  }

  private static double pointOf(double running) {
    int p = 0;
    while (p < POINTS - 1 && DemandGrid.halfOctaves(p + 1) <= running) {
      p++;
    }
    double from = DemandGrid.halfOctaves(p);
    return Math.min(
        POINTS - 1.0, p + Math.max(0, (running - from) / (DemandGrid.halfOctaves(p + 1) - from)));
  }

  /** Mean step time over the Poisson number of prompts that a step takes up. */
  private static double stepSeconds(
      BoundStepCosts costs,
      LengthMoments lengths,
      EngineFlags flags,
      double running,
      int distinct) {
    double mean = running / lengths.outputTokens();
    int budget = flags.maxNumBatchedTokens();
    BatchShape shape = new BatchShape();
    shape.decodeRequests = (int) Math.min(Math.round(running), budget);
    double seconds = 0;
    double mass = 0;
    int spread = (int) Math.ceil(4 * StrictMath.sqrt(mean)) + 1;
    int first = Math.max(0, (int) mean - spread);
    double probability = 1;
    for (int k = first; k <= mean + spread; k++) {
      shape.prefillTokens =
          (int) Math.min(Math.round(k * lengths.inputTokens()), budget - shape.decodeRequests);
      shape.prefillChunks = k;
      shape.completedPrefills = k;
      shape.prefillPairs = Math.round(k * lengths.prefillPairs());
      shape.loraTokens = distinct == 0 ? 0 : shape.tokens();
      shape.distinctAdapters = distinct;
      seconds += probability * (double) costs.computePicos(shape);
      mass += probability;
      probability *= mean / (k + 1);
    }
    double context = running * lengths.contextTokens() * (double) costs.picosPerContextToken();
    double scheduling = (double) costs.schedulingPicos((int) running, 0, 0);
    return (seconds / mass + context + scheduling) * SECONDS_PER_PICO;
  }

  /** {@return the flags, with as many adapters in host memory as there are slots} */
  public EngineFlags flags() {
    return flags;
  }

  /** {@return what memory says of the setting} */
  public MemoryPlan memory() {
    return memory;
  }

  /** {@return whether the engine starts} */
  public boolean starts() {
    return lastPoint >= 0;
  }

  /**
   * The setting as linear bounds that never understate it, for batches of about one step time.
   *
   * @param startSeconds step time without requests, by the supporting line, at least 0
   * @param secondsPerRunning what each running request adds to a step, by the supporting line
   * @param secondsPerAdapter what each distinct adapter adds at least
   * @param mostRunning requests that can run at once in so long a step
   */
  public record Line(
      double startSeconds,
      double secondsPerRunning,
      double secondsPerAdapter,
      double mostRunning) {}

  /**
   * Gives a line below the step time of every batch whose step, adapters included, lasts from
   * {@code leastSeconds} to {@code mostSeconds}. It touches the law at the largest batch that lasts
   * {@code mostSeconds} with so many distinct adapters.
   *
   * @param leastSeconds shortest step, at least 0
   * @param mostSeconds longest step, at least {@code leastSeconds}
   * @param distinct adapters in the batch where the line is tight, at least 0
   * @return the line; null if no batch has so short a step, or the engine does not start
   */
  public @Nullable Line line(double leastSeconds, double mostSeconds, double distinct) {
    double last = starts() ? lastWithin(mostSeconds, 0) : -1;
    if (last < 0) {
      return null;
    }
    // Batches below this one do not last so long even with all slots in use.
    double first = Math.max(0, lastWithin(leastSeconds, flags.maxLoras()));
    first = Math.min(first, last);
    double touch = Math.max(first, lastWithin(mostSeconds, Math.min(distinct, flags.maxLoras())));
    double at = value(RUNNING, touch);
    double slope = 0;
    for (double point = Math.max(0, Math.min(first, touch - 1));
        point < touch;
        point = Math.floor(point) + 1) {
      double rise = value(baseSeconds, touch) - value(baseSeconds, point);
      slope = Math.max(slope, rise / (at - value(RUNNING, point)));
    }
    double start = Double.POSITIVE_INFINITY;
    double steepest = Double.POSITIVE_INFINITY;
    double adapter = flags.maxLoras() == 0 ? 0 : Double.POSITIVE_INFINITY;
    for (double point = first; ; point = Math.min(last, Math.floor(point) + 1)) {
      start = Math.min(start, value(baseSeconds, point) - slope * value(RUNNING, point));
      steepest = Math.min(steepest, value(baseSeconds, point) / value(RUNNING, point));
      adapter = Math.min(adapter, flags.maxLoras() == 0 ? 0 : value(adapterSeconds, point));
      if (point >= last) {
        break;
      }
    }
    double most = value(RUNNING, last);
    return start >= 0
        ? new Line(start, slope, Math.max(0, adapter), most)
        : new Line(0, steepest, Math.max(0, adapter), most);
  }

  /** {@return step time of the dearest batch, with an adapter in every slot; 0 without a start} */
  public double longestStepSeconds() {
    double longest = 0;
    for (int p = 0; starts() && p <= (int) Math.ceil(lastPoint); p++) {
      longest = Math.max(longest, secondsWith(flags.maxLoras(), p));
    }
    return longest;
  }

  /** Largest batch, as a grid point, that lasts at most so long with some adapters; or -1. */
  private double lastWithin(double seconds, double distinct) {
    double above = lastPoint;
    double over = secondsWith(distinct, above);
    if (over <= seconds) {
      return above;
    }
    for (double point = Math.ceil(lastPoint) - 1; point >= 0; point--) {
      double here = secondsWith(distinct, point);
      if (here <= seconds) {
        return point + (above - point) * (seconds - here) / (over - here);
      }
      above = point;
      over = here;
    }
    return -1;
  }

  private double secondsWith(double distinct, double point) {
    return value(baseSeconds, point)
        + (flags.maxLoras() == 0 ? 0 : distinct * value(adapterSeconds, point));
  }

  /**
   * Says by which factor the rates of a set could be multiplied until this setting is full.
   *
   * @param demand the set, with at least some traffic
   * @return the factor; 0 if the engine does not start, infinite for a set without traffic
   */
  public double capacityFactor(GpuDemand demand) {
    if (!starts()) {
      return 0;
    }
    double rate = demand.ratePerSecond();
    if (!(rate > 0)) {
      return Double.POSITIVE_INFINITY;
    }
    double offset = offset(rate);
    double last = lastWithSlots(demand, offset);
    double best = factorAt(demand, rate, offset, last);
    // The step time jumps where graphs end: a smaller batch may serve more.
    for (int p = (int) Math.ceil(last) - 1; p >= 0 && p > last - 6; p--) {
      best = Math.max(best, factorAt(demand, rate, offset, p));
    }
    return best;
  }

  /**
   * Gives the step time in equilibrium at the offered rates, the mean inter-token latency.
   *
   * @param demand the set, with at least some traffic
   * @return seconds; infinite if the set is beyond capacity
   */
  public double stepSeconds(GpuDemand demand) {
    double rate = demand.ratePerSecond();
    if (!starts()) {
      return Double.POSITIVE_INFINITY;
    }
    if (!(rate > 0)) {
      return baseSeconds[0];
    }
    double offset = offset(rate);
    double last = lastWithSlots(demand, offset);
    double before = factorAt(demand, rate, offset, 0);
    if (before >= 1) {
      return stepAt(demand, rate, offset, 0);
    }
    for (int p = 1; p <= last + 1; p++) {
      double at = Math.min(p, last);
      double factor = factorAt(demand, rate, offset, at);
      if (factor >= 1) {
        double weight = (1 - before) / (factor - before);
        return stepAt(demand, rate, offset, p - 1 + weight * (at - p + 1));
      }
      before = factor;
    }
    return Double.POSITIVE_INFINITY;
  }

  /** By how much the grids of running requests and of x = running / rate are apart. */
  private double offset(double rate) {
    return -2 * StrictMath.log(rate * firstSeconds) / StrictMath.log(2);
  }

  private double lastWithSlots(GpuDemand demand, double offset) {
    int slots = flags.maxLoras();
    if (demand.adapters() <= slots || interpolate(demand, 1, lastPoint + offset) <= slots) {
      return lastPoint;
    }
    double low = 0;
    double high = lastPoint;
    while (high - low > 0.05) {
      double middle = (low + high) / 2;
      if (interpolate(demand, 1, middle + offset) <= slots) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private double factorAt(GpuDemand demand, double rate, double offset, double point) {
    double running = value(RUNNING, point);
    return running / (rate * outputTokens * stepAt(demand, rate, offset, point));
  }

  private double stepAt(GpuDemand demand, double rate, double offset, double point) {
    double running = value(RUNNING, point);
    int slots = flags.maxLoras();
    double active = Math.min(slots, interpolate(demand, 0, point + offset));
    double step =
        value(baseSeconds, point)
            + active
                * (value(adapterSeconds, point)
                    + value(registeredSeconds, point) * Math.max(0, demand.adapters() - slots));
    if (demand.adapters() > slots) {
      // Idle adapters are evicted once `slots` others were used: the age at which that happens is
      // where the expected number of adapters used since then reaches the slots.
      double evicted = pointWhereActive(demand, slots, point + offset);
      double missShare = Math.min(1, interpolate(demand, 2, evicted) / rate);
      step += loadSeconds * missShare * running / outputTokens;
    }
    return step;
  }

  private static double pointWhereActive(GpuDemand demand, int slots, double from) {
    int p = (int) Math.max(0, from);
    while (p < DemandGrid.POINTS - 1 && demand.sums[p + 1] < slots) {
      p++;
    }
    return Math.max(from, p);
  }

  private static final double[] RUNNING = running();

  private static double[] running() {
    double[] values = new double[POINTS];
    for (int p = 0; p < POINTS; p++) {
      values[p] = DemandGrid.halfOctaves(p);
    }
    return values;
  }

  private static double value(double[] table, double point) {
    int p = Math.min((int) point, POINTS - 2);
    return table[p] + (point - p) * (table[p + 1] - table[p]);
  }

  private static double interpolate(GpuDemand demand, int table, double point) {
    double clamped = Math.max(0, Math.min(point, DemandGrid.POINTS - 1.001));
    int p = (int) clamped;
    int at = table * DemandGrid.POINTS + p;
    return demand.sums[at] + (clamped - p) * (demand.sums[at + 1] - demand.sums[at]);
  }
}
