package io.github.adaptertwin.placement.capacity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.engine.BatchShape;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.StepCosts;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.Workloads;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Capacities of engines whose steps have round durations. A request has 100 input and 50 output
 * tokens; the demand grid begins at 50 tokens of 4 ms, 0.2 s.
 */
class SlotSettingTest {
  private static final LengthMoments LENGTHS = new LengthMoments(100, 50, 125, 5050);
  private static final double STEP_SECONDS = 0.010;

  /** A step of 10 ms and 2 ms for each active adapter, and 1 us for each registered one of it. */
  private record Affine(long requestPicos) implements StepCosts {
    @Override
    public BoundStepCosts bind(EngineConfig config) {
      long adapterPicos = 2_000_000_000L + 1_000_000L * config.maxCpuLoras();
      return new BoundStepCosts() {
        @Override
        public long computePicos(BatchShape shape) {
          return 10_000_000_000L
              + shape.distinctAdapters * adapterPicos
              + shape.decodeRequests * requestPicos;
        }

        @Override
        public long picosPerContextToken() {
          return 0;
        }

        @Override
        public long schedulingPicos(int running, int waiting, int skipped) {
          return 0;
        }

        @Override
        public long loadPicos(int adapterRank, AdapterTier from) {
          return from == AdapterTier.HOST_MEMORY ? 50_000_000_000L : 0;
        }

        @Override
        public long frontEndPicos() {
          return 0;
        }
      };
    }
  }

  private static SlotSetting setting(
      int slots, int kvBlocks, int seqs, int tokens, long perRequest) {
    EngineFlags flags =
        EngineFlags.builder()
            .maxLoras(slots)
            .maxNumSeqs(seqs)
            .maxNumBatchedTokens(tokens)
            .maxModelLen(1)
            .build();
    MemoryPlan.Fits fits =
        new MemoryPlan.Fits(kvBlocks, 16L * kvBlocks, 1, 1, 0, MemoryPlan.Basis.DIMENSIONS);
    return SlotSetting.of(
        new DemandGrid(50, 0),
        LENGTHS,
        flags,
        fits,
        new Affine(perRequest),
        registered ->
            EngineConfig.builder()
                .kvBlocks(kvBlocks)
                .maxLoras(slots)
                .maxCpuLoras(registered)
                .maxNumSeqs(seqs)
                .maxNumBatchedTokens(tokens)
                .maxModelLen(1)
                .build());
  }

  private static SlotSetting base(int kvBlocks, int seqs, int tokens) {
    return setting(0, kvBlocks, seqs, tokens, 0);
  }

  private static GpuDemand baseOnly(double ratePerSecond) {
    GpuDemand demand = new GpuDemand();
    demand.addBase(ratePerSecond);
    return demand;
  }

  /**
   * A request takes 50 steps of 10 ms, so n at once serve 2 n a second. As many run as 16,000 KV
   * tokens hold contexts of 125 and half a block, as the engine admits, or as 150 tokens a step
   * hold at 3 tokens a step for each.
   */
  @ParameterizedTest
  @CsvSource({
    "1001, 256, 2048, 120.30075187969925",
    "1001, 64, 2048, 64",
    "1001, 50, 150, 50",
    "1001, 100, 150, 50"
  })
  void capacityOfTheBaseModel_isWhatRunsAtOnce(int blocks, int seqs, int tokens, double running) {
    SlotSetting setting = base(blocks, seqs, tokens);
    double rate = 5;
    assertEquals(2 * running / rate, setting.capacityFactor(baseOnly(rate)), 1e-9);
    assertEquals(STEP_SECONDS, setting.stepSeconds(baseOnly(rate)), 1e-12);
    assertEquals(STEP_SECONDS, setting.stepSeconds(baseOnly(2 * running * 0.999)), 1e-9);
    assertEquals(Double.POSITIVE_INFINITY, setting.stepSeconds(baseOnly(2 * running * 1.001)));
    assertEquals(STEP_SECONDS, setting.longestStepSeconds(), 1e-12);
  }

  @Test
  void capacityForNothing_isWithoutBound() {
    SlotSetting setting = base(1001, 64, 2048);
    assertTrue(setting.starts());
    assertEquals(Double.POSITIVE_INFINITY, setting.capacityFactor(new GpuDemand()));
    assertEquals(STEP_SECONDS, setting.stepSeconds(new GpuDemand()), 1e-12);
  }

  /**
   * Two adapters with 1.25 requests a second each and eight requests at once: a request runs 3.2 s,
   * an adapter is active with probability 1 - exp(-4), and a step takes 10 ms and 2.004 ms for each
   * of 1.963 active ones: as many adapters are registered as there are slots, if not more.
   */
  @Test
  void capacityWithAdapters_paysForTheActiveOnes() {
    SlotSetting setting = setting(4, 1001, 8, 2048, 0);
    DemandGrid grid = new DemandGrid(50, 0);
    GpuDemand demand = new GpuDemand();
    demand.add(grid.demandOf(1.25), 1.25);
    demand.add(grid.demandOf(1.25), 1.25);
    double active = 2 * (1 - Math.exp(-4));
    double step = STEP_SECONDS + active * 0.002004;
    assertEquals(8 / (2.5 * 50 * step), setting.capacityFactor(demand), 1e-9);
    assertEquals(STEP_SECONDS + 4 * 0.002004, setting.longestStepSeconds(), 4e-5);
  }

  /**
   * Steps of 1 ms for each request: at 2.5 requests a second n run where n = 2.5 * 50 * (0.01 +
   * 0.001 n), which no n does; at 0.5 a second n = 0.25 / 0.975 is below one, and the step is that
   * of one request; at 16 a second and 50 tokens nothing is left.
   */
  @Test
  void stepInEquilibrium_isThatOfTheBatchThatServesTheRate() {
    SlotSetting setting = setting(0, 1001, 256, 2048, 1_000_000_000L);
    assertEquals(0.011, setting.stepSeconds(baseOnly(0.5)), 1e-9);
    // n = 10 * 50 * (0.01 + 0.001 n) gives 10 for a rate of 10: n / (50 (0.01 + 0.001 n)).
    double rate = 10;
    double running = rate * 50 * 0.01 / (1 - rate * 50 * 0.001);
    assertEquals(10, running, 1e-12);
    assertEquals(0.02, setting.stepSeconds(baseOnly(rate)), 0.0005);
    assertEquals(Double.POSITIVE_INFINITY, setting.stepSeconds(baseOnly(20)));
    // 110 at once in steps of 120 ms serve 18.33 a second, in the last part of the grid.
    assertEquals(0.12, setting.stepSeconds(baseOnly(110 / (50 * 0.12))), 0.005);
    // 120 at once in steps of 130 ms serve 18.4 a second, and more than that do not fit.
    assertEquals(120.3 / (50 * 0.1303) / rate, setting.capacityFactor(baseOnly(rate)), 0.01);
  }

  /** Twice as many adapters as slots: a step also waits for the load of those that came back. */
  @Test
  void adaptersBeyondTheSlots_costTheirLoads() {
    DemandGrid grid = new DemandGrid(50, 0);
    GpuDemand few = new GpuDemand();
    GpuDemand many = new GpuDemand();
    for (int a = 0; a < 8; a++) {
      many.add(grid.demandOf(0.05), 0.05);
      if (a < 4) {
        few.add(grid.demandOf(0.1), 0.1);
      }
    }
    SlotSetting setting = setting(4, 1001, 8, 2048, 0);
    double without = setting.stepSeconds(few);
    double with = setting.stepSeconds(many);
    assertTrue(with > without, with + " and " + without);
    // One request runs at a time, for 50 steps; if each one loads, a step waits for 1 ms.
    assertTrue(with < without + 0.05 / 50 + 1e-4, with + " and " + without);
    assertTrue(setting.capacityFactor(many) < setting.capacityFactor(few));
  }

  /** Of a step of 10 ms and 1 ms for each request the line is the law itself. */
  @Test
  void line_ofAnAffineLaw_isTheLaw() {
    SlotSetting setting = setting(0, 1001, 64, 2048, 1_000_000_000L);
    SlotSetting.Line line = setting.line(0.010, 0.042, 0);
    assertNotNull(line);
    // 32 requests take 42 ms.
    assertEquals(32, line.mostRunning(), 0.5);
    assertEquals(0, line.secondsPerAdapter());
    double at = line.startSeconds() + line.secondsPerRunning() * 32;
    assertEquals(0.042, at, 0.002);
    assertTrue(at <= 0.042 + 1e-12, "never above: " + at);
    assertEquals(0.001, line.secondsPerRunning(), 5e-5);
    assertEquals(0.010, line.startSeconds(), 1e-3);
    assertNull(setting.line(0, 0.0109, 0), "a single request takes 11 ms");
    assertNotNull(setting.line(0, 0.011, 0));
  }

  @Test
  void line_withAdapters_tellsWhatOneCosts() {
    SlotSetting setting = setting(4, 1001, 64, 2048, 0);
    SlotSetting.Line line = setting.line(STEP_SECONDS, 0.015, 2);
    assertNotNull(line);
    assertEquals(0.002004, line.secondsPerAdapter(), 1e-5);
    assertEquals(STEP_SECONDS, line.startSeconds(), 1e-9);
    assertEquals(0, line.secondsPerRunning(), 1e-12);
    assertEquals(64, line.mostRunning(), 1e-9);
  }

  /** What a step costs, as a function of its shape; nothing else costs anything. */
  private record Shaped(ToDoubleFunction<BatchShape> picos, long contextPicos, long perRunning)
      implements StepCosts, BoundStepCosts {
    @Override
    public BoundStepCosts bind(EngineConfig config) {
      return this;
    }

    @Override
    public long computePicos(BatchShape shape) {
      return Math.round(picos.applyAsDouble(shape));
    }

    @Override
    public long picosPerContextToken() {
      return contextPicos;
    }

    @Override
    public long schedulingPicos(int running, int waiting, int skipped) {
      return perRunning * running;
    }

    @Override
    public long loadPicos(int adapterRank, AdapterTier from) {
      return 0;
    }

    @Override
    public long frontEndPicos() {
      return 0;
    }
  }

  private static SlotSetting shaped(
      LengthMoments lengths, int slots, int seqs, int tokens, Shaped costs) {
    EngineFlags flags =
        EngineFlags.builder()
            .maxLoras(slots)
            .maxCpuLoras(Math.max(1, slots))
            .maxNumSeqs(seqs)
            .maxNumBatchedTokens(tokens)
            .maxModelLen(1)
            .build();
    MemoryPlan.Fits fits =
        new MemoryPlan.Fits(100_001, 1_600_016, 1, 1, 0, MemoryPlan.Basis.DIMENSIONS);
    return SlotSetting.of(
        new DemandGrid(lengths.outputTokens(), 0),
        lengths,
        flags,
        fits,
        costs,
        registered ->
            EngineConfig.builder()
                .kvBlocks(100_001)
                .maxLoras(slots)
                .maxCpuLoras(registered)
                .maxNumSeqs(seqs)
                .maxNumBatchedTokens(tokens)
                .maxModelLen(1)
                .build());
  }

  /** Step of the largest batch of 64 requests of 100 and 50 tokens, in picoseconds. */
  private static double longestPicos(
      int slots, int tokens, ToDoubleFunction<BatchShape> picos, long context, long running) {
    return 1e12
        * shaped(LENGTHS, slots, 64, tokens, new Shaped(picos, context, running))
            .longestStepSeconds();
  }

  /**
   * Of 64 requests with 50 outputs 1.28 begin in a step on average: 128 prompt tokens and 1.28
   * times 5,050 pairs; all have 64 times 125 tokens of context.
   */
  @Test
  void aStep_costsItsPromptsOnAverage() {
    double begin = 64 / 50.0;
    assertEquals(64e6, longestPicos(0, 20_000, s -> 1e6 * s.decodeRequests, 0, 0), 1);
    double tokens = longestPicos(0, 20_000, s -> 1e6 * s.prefillTokens, 0, 0);
    assertEquals(100e6 * begin, tokens, 5e-4 * tokens);
    double pairs = longestPicos(0, 20_000, s -> 1e3 * s.prefillPairs, 0, 0);
    assertEquals(5050e3 * begin, pairs, 5e-4 * pairs);
    double prompts = longestPicos(0, 20_000, s -> 1e6 * s.completedPrefills, 0, 0);
    assertEquals(1e6 * begin, prompts, 5e-4 * prompts);
    double chunks = longestPicos(0, 20_000, s -> 1e6 * s.prefillChunks, 0, 0);
    assertEquals(prompts, chunks, 1e-6);
    // The chance that none begins is e^-1.28.
    double some = longestPicos(0, 20_000, s -> s.prefillChunks > 0 ? 1e9 : 0, 0, 0);
    assertEquals(1e9 * (1 - Math.exp(-begin)), some, 5e-4 * some);
    assertEquals(64 * 125 * 1000.0, longestPicos(0, 20_000, s -> 0, 1000, 0), 1e-3);
    assertEquals(64 * 1000.0, longestPicos(0, 20_000, s -> 0, 0, 1000), 1e-3);
  }

  /**
   * Requests of 4 outputs: of 512 at once 128 begin in a step, and the number is summed from 47
   * below that to 47 above, four deviations.
   */
  @Test
  void aLargeStep_isSummedAroundItsMean() {
    LengthMoments brief = new LengthMoments(10, 4, 12, 55);
    Shaped linear = new Shaped(s -> 1e6 * s.prefillTokens, 0, 0);
    double tokens = 1e12 * shaped(brief, 0, 512, 20_000, linear).longestStepSeconds();
    assertEquals(1280e6, tokens, 5e-4 * tokens);
    Shaped square = new Shaped(s -> 1e6 * s.prefillChunks * s.prefillChunks, 0, 0);
    double squares = 1e12 * shaped(brief, 0, 512, 20_000, square).longestStepSeconds();
    // Of a Poisson number the mean square is m^2 + m.
    assertEquals(1e6 * (128 * 128 + 128), squares, 1e-3 * squares);
  }

  /** A budget of 192 tokens admits 64 requests; beside them a prompt has 128, so all of its 100. */
  @Test
  void aStep_hasNoMoreTokensThanItsBudget() {
    double begin = 64 / 50.0;
    double none = Math.exp(-begin);
    double one = none * begin;
    double tokens = longestPicos(0, 192, s -> 1e6 * s.prefillTokens, 0, 0);
    assertEquals(1e6 * (100 * one + 128 * (1 - none - one)), tokens, 5e-4 * tokens);
  }

  /** With adapters the tokens of a step are adapters' tokens, of however many adapters. */
  @Test
  void tokensOfAdapters_areAllTokens() {
    double begin = 64 / 50.0;
    assertEquals(0, longestPicos(0, 20_000, s -> 1e6 * s.loraTokens, 0, 0), 1e-9);
    double tokens = longestPicos(4, 20_000, s -> 1e6 * s.loraTokens, 0, 0);
    assertEquals(1e6 * (64 + 100 * begin), tokens, 5e-4 * tokens);
    double both = longestPicos(4, 20_000, s -> 1e6 * s.loraTokens + 1e9 * s.distinctAdapters, 0, 0);
    assertEquals(tokens + 4e9, both, 1e-3 * tokens);
  }

  /**
   * Eight adapters with .0390625 requests a second in four slots, one request at a time: of its 3.2
   * s an adapter is active with probability 1 - e^-.125. Each active one costs 2 ms and 1 us for
   * each of eight registered. An idle one is evicted when four others have been used since, after
   * 17.7 s, which is between the grid's 12.8 and 18.1 s: it is found idle for so long with
   * probability e^-.5, and then a 50th of the load of 50 ms falls on a step.
   */
  @Test
  void adaptersBeyondTheSlots_areRegisteredEvictedAndLoaded() {
    double rate = 0.0390625;
    GpuDemand demand = new GpuDemand();
    DemandGrid grid = new DemandGrid(50, 0);
    for (int a = 0; a < 8; a++) {
      demand.add(grid.demandOf(rate), rate);
    }
    double active = 8 * (1 - Math.exp(-0.125));
    double expected = STEP_SECONDS + active * 0.002008 + 0.050 * Math.exp(-0.5) / 50;
    assertEquals(expected, setting(4, 1001, 8, 2048, 0).stepSeconds(demand), 1e-9);
    // With as many slots nobody is evicted.
    assertEquals(
        STEP_SECONDS + active * 0.002008, setting(8, 1001, 8, 2048, 0).stepSeconds(demand), 1e-9);
  }

  /**
   * Eight adapters of .3125 requests a second in four slots: half of the time each holds one if
   * .3125 x = ln 2, so 8 ln 2 = 5.5 requests run. A step takes 10 ms, four times 2.008 ms, and the
   * loads of the half of the requests that find their adapter evicted: 50 ms for each of 5.5 / 50
   * arrivals.
   */
  @Test
  void slots_boundHowManyRun() {
    GpuDemand demand = new GpuDemand();
    DemandGrid grid = new DemandGrid(50, 0);
    for (int a = 0; a < 8; a++) {
      demand.add(grid.demandOf(0.3125), 0.3125);
    }
    double running = 8 * Math.log(2);
    double step = STEP_SECONDS + 4 * 0.002008 + 0.050 * 0.5 * running / 50;
    double served = running / (50 * step);
    assertEquals(
        served / 2.5, setting(4, 1001, 64, 2048, 0).capacityFactor(demand), 0.03 * served / 2.5);
    // Eight slots let all run that the engine admits.
    double free = 64 / (50 * (STEP_SECONDS + 8 * 0.002008));
    assertEquals(
        free / 2.5, setting(8, 1001, 64, 2048, 0).capacityFactor(demand), 0.01 * free / 2.5);
  }

  /** Steps take ten times as long beyond a number of requests, as where graphs end. */
  private static SlotSetting jumping(int last) {
    Shaped costs = new Shaped(s -> s.decodeRequests > last ? 100e9 : 10e9, 0, 0);
    return shaped(LENGTHS, 0, 64, 20_000, costs);
  }

  /**
   * 64 at once in steps of 100 ms serve 12.8 a second; 32 in steps of 10 ms serve 64, 11 serve 22.
   * Three octaves below the largest batch nothing is looked at: 8 serve 16.
   */
  @Test
  void aSmallerBatch_mayServeMore() {
    assertEquals(64 / 2.0, jumping(32).capacityFactor(baseOnly(2)), 1e-9);
    double eleven = DemandGrid.halfOctaves(7);
    assertEquals(2 * eleven / 2, jumping(11).capacityFactor(baseOnly(2)), 1e-9);
    assertEquals(12.8 / 2, jumping(8).capacityFactor(baseOnly(2)), 1e-9);
    assertEquals(0.1, jumping(32).longestStepSeconds(), 1e-12);
    // At 50 requests a second 25 run in steps of 10 ms, before the jump.
    assertEquals(STEP_SECONDS, jumping(32).stepSeconds(baseOnly(50)), 1e-12);
  }

  @Test
  void whatDoesNotStart_hasNoStep() {
    MemoryPlan refused =
        MemoryModel.of(Workloads.H100, Models.named("llama-3.1-70b"))
            .plan(EngineFlags.builder().build());
    SlotSetting setting = SlotSetting.refused(EngineFlags.builder().build(), refused);
    assertFalse(setting.starts());
    assertEquals(Double.POSITIVE_INFINITY, setting.stepSeconds(baseOnly(1)));
    assertEquals(0, setting.longestStepSeconds());
    assertSame(refused, setting.memory());
  }

  /** The law of a step between the points of the grid: straight in the requests. */
  private static double law(double[] perPoint, double running) {
    int p = 0;
    while (p < 23 && DemandGrid.halfOctaves(p + 1) <= running) {
      p++;
    }
    double from = DemandGrid.halfOctaves(p);
    double part = (running - from) / (DemandGrid.halfOctaves(p + 1) - from);
    return perPoint[p] + part * (perPoint[p + 1] - perPoint[p]);
  }

  /** Laws of any shape: the line is below every batch whose step lasts from least to most. */
  @Property(tries = 150)
  void aLine_isNowhereAboveTheLaw(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 6) int slots,
      @ForAll @IntRange(max = 6) int distinct,
      @ForAll @IntRange(min = 2, max = 400) int seqs,
      @ForAll boolean jumps) {
    Random draws = new Random(seed);
    double[] perPoint = new double[25];
    double now = 1 + 10 * draws.nextDouble();
    for (int p = 1; p < 25; p++) {
      // The first two points are both one request.
      now += p == 1 ? 0 : jumps ? 20 * draws.nextDouble() * draws.nextInt(2) : 4;
      perPoint[p] = now;
    }
    perPoint[0] = perPoint[1];
    double adapter = slots == 0 ? 0 : draws.nextDouble();
    Shaped costs =
        new Shaped(
            s -> 1e9 * (atRounded(perPoint, s.decodeRequests) + adapter * s.distinctAdapters),
            0,
            0);
    SlotSetting setting = shaped(LENGTHS, slots, seqs, 20_000, costs);
    double least = (perPoint[0] + 60 * draws.nextDouble()) / 1000;
    double most = least * (1 + draws.nextDouble());
    SlotSetting.Line line = setting.line(least, most, distinct);
    assertNotNull(line);
    assertEquals(adapter / 1000, line.secondsPerAdapter(), 1e-6);
    boolean any = false;
    for (double running = 1; running <= seqs; running *= 1.01) {
      double without = law(perPoint, running) / 1000;
      for (int active = 0; active <= slots; active++) {
        double step = without + active * adapter / 1000;
        if (step >= least && step <= most) {
          any = true;
          double below =
              line.startSeconds()
                  + line.secondsPerRunning() * running
                  + line.secondsPerAdapter() * active;
          assertTrue(below <= step + 1e-6, below + " and " + step + " at " + running);
          assertTrue(running <= line.mostRunning() + 1e-6, running + " of " + line.mostRunning());
        }
      }
    }
    assertTrue(line.startSeconds() >= 0 && line.secondsPerRunning() >= 0);
    assertTrue(line.mostRunning() <= seqs + 1e-9);
    if (any && !jumps && slots == 0) {
      // A law that only bends is touched at its largest batch.
      double at = line.startSeconds() + line.secondsPerRunning() * line.mostRunning();
      assertTrue(at <= most + 1e-9, at + " and " + most);
    }
  }

  private static double atRounded(double[] perPoint, int requests) {
    int p = 0;
    while (p < 24 && Math.round(DemandGrid.halfOctaves(p + 1)) <= requests) {
      p++;
    }
    return perPoint[p];
  }

  /**
   * Steps of n ms for n requests from 4 on: of 8 to 16 ms the line is n itself, from nothing; below
   * 4 a step lasts 4 ms, so of all steps up to 16 ms the line from 1 on is flat at its start.
   */
  @Test
  void line_touchesTheLawAtTheLargestBatch() {
    Shaped costs = new Shaped(s -> 1e9 * Math.max(4, s.decodeRequests), 0, 0);
    SlotSetting setting = shaped(LENGTHS, 0, 256, 20_000, costs);
    SlotSetting.Line line = setting.line(0.008, 0.016, 0);
    assertNotNull(line);
    assertEquals(16, line.mostRunning(), 1e-9);
    // Of 11.3 requests the law counts 11, so the line is half a millisecond below.
    double at = line.startSeconds() + 16 * line.secondsPerRunning();
    assertTrue(at <= 0.016 && at > 0.0155, "at 16: " + at);
    assertEquals(0.001, line.secondsPerRunning(), 1e-4);
    SlotSetting.Line all = setting.line(0, 0.016, 0);
    assertNotNull(all);
    assertEquals(16, all.mostRunning(), 1e-9);
    assertTrue(all.startSeconds() + 2 * all.secondsPerRunning() <= 0.004 + 1e-12);
    // Between 16 and 22.6 requests the law is straight: 20 ms is 20 requests, but for rounding.
    SlotSetting.Line between = setting.line(0.018, 0.020, 0);
    assertNotNull(between);
    assertEquals(20, between.mostRunning(), 0.5);
    SlotSetting.Line beyond = setting.line(0.2, 1, 0);
    assertNotNull(beyond);
    assertEquals(256, beyond.mostRunning(), 1e-9);
  }
}
