package io.github.adaptertwin.placement.capacity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.engine.AdapterTier;
import io.github.adaptertwin.core.engine.BatchShape;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.StepCosts;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
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
}
