package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.core.time.SimulatedTime;
import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The engine against the plain one that walks every list: every admission, preemption, load and
 * finish with its step and time, and every figure of the report, must be equal to the bit.
 */
class DifferentialTest {
  private static final int FIRST_CASES = 150;
  private static final int FIRST_LONG_CASES = 10;

  private static void compare(long seed, int mostRequests) {
    int requests = 1 + new RandomStreams(seed).stream("requests", 0).nextInt(mostRequests);
    EngineCase c = EngineCase.draw(seed, requests);
    ReferenceReplica plain = ReferenceReplica.of(c.config(), c.costs());
    Journal journal = new Journal();
    ReplicaReport report = compare(c, plain, journal);
    collect("preempts", report.engine().preemptions() > 0, 20);
    collect("passes over", plain.hasSkipped(), 20);
    collect("reloads an adapter", journal.isAnyReloaded(), 10);
    collect("finds known blocks", report.engine().prefixHitTokens() > 0, 5);
    Statistics.label("policy").collect(c.config().schedulingPolicy());
  }

  private static ReplicaReport compare(EngineCase c, ReferenceReplica plain, Journal expected) {
    ReplicaReport reference = plain.run(c.trace(), c.options(), expected);
    Journal actual = new Journal();
    ReplicaReport report = Replica.of(c.config(), c.costs()).run(c.trace(), c.options(), actual);
    int common = Math.min(expected.lines().size(), actual.lines().size());
    for (int i = 0; i < common; i++) {
      assertEquals(expected.lines().get(i), actual.lines().get(i), () -> describe(c));
    }
    assertEquals(expected.lines().size(), actual.lines().size(), () -> describe(c));
    assertEquals(reference, report, () -> describe(c));
    return report;
  }

  private static String describe(EngineCase c) {
    EngineConfig e = c.config();
    return e.schedulingPolicy()
        + " slots "
        + e.maxLoras()
        + " of "
        + e.adapters().size()
        + " adapters, KV blocks "
        + e.kvBlocks()
        + " of "
        + e.blockTokens()
        + ", max_num_seqs "
        + e.maxNumSeqs()
        + ", "
        + c.costs()
        + ", "
        + c.options();
  }

  private static void collect(String what, boolean happened, int leastPercent) {
    Statistics.label(what)
        .collect(happened)
        .coverage(coverage -> coverage.check(true).percentage(p -> p >= leastPercent));
  }

  /** The same cases in every build, and few enough to be run for each change of the engine. */
  @Test
  void both_engines_agree_to_the_bit_in_the_first_cases() {
    for (long seed = 0; seed < FIRST_CASES; seed++) {
      EngineCase c = EngineCase.draw(seed, 10 + (int) seed);
      compare(c, ReferenceReplica.of(c.config(), c.costs()), new Journal());
    }
    for (long seed = 0; seed < FIRST_LONG_CASES; seed++) {
      EngineCase c = EngineCase.drawLong(seed);
      compare(c, ReferenceReplica.of(c.config(), c.costs()), new Journal());
    }
  }

  /** Costs that weigh every count of a step. */
  private record ShapeCosts(UnitCosts of) implements StepCosts, BoundStepCosts {
    private static final long serialVersionUID = 1L;

    @Override
    public BoundStepCosts bind(EngineConfig config) {
      return this;
    }

    @Override
    public long computePicos(BatchShape shape) {
      return of.computePicos(shape)
          + 2L * shape.loraTokens
          + 3L * shape.prefillChunks
          + 5L * shape.completedPrefills
          + shape.prefillPairs % 7
          + shape.prefillHistoryTokens % 11
          + 13L * shape.distinctAdapters;
    }

    @Override
    public long picosPerContextToken() {
      return of.picosPerContextToken();
    }

    @Override
    public long schedulingPicos(int running, int waiting, int skipped) {
      return of.schedulingPicos(running, waiting, skipped) + 17L * running;
    }

    @Override
    public long loadPicos(int adapterRank, AdapterTier from) {
      return of.loadPicos(adapterRank, from) + adapterRank;
    }

    @Override
    public long frontEndPicos() {
      return of.frontEndPicos();
    }
  }

  @Test
  void both_engines_tell_their_costs_the_same_shapes() {
    for (long seed = 1000; seed < 1000 + FIRST_CASES / 2; seed++) {
      EngineCase c = EngineCase.draw(seed, 60);
      ShapeCosts costs = new ShapeCosts(c.costs());
      assertEquals(
          ReferenceReplica.of(c.config(), costs).run(c.trace(), c.options()),
          Replica.of(c.config(), costs).run(c.trace(), c.options()),
          () -> describe(c));
    }
  }

  @Property(tries = 4000)
  @Tag("thorough")
  void both_engines_agree_to_the_bit(@ForAll long seed) {
    compare(seed, 150);
  }

  @Property(tries = 300)
  @Tag("thorough")
  void long_decode_runs_are_taken_like_their_steps(@ForAll long seed) {
    EngineCase c = EngineCase.drawLong(seed);
    ReferenceReplica plain = ReferenceReplica.of(c.config(), c.costs());
    ReplicaReport report = compare(c, plain, new Journal());
    collect("preempts", report.engine().preemptions() > 0, 5);
  }

  @Property(tries = 1000)
  void quiet_stretches_are_taken_like_general_steps(@ForAll long seed) {
    EngineCase c = EngineCase.drawQuiet(seed);
    ReplicaReport report = compare(c, ReferenceReplica.of(c.config(), c.costs()), new Journal());
    Engine engine = new Engine(c.config(), c.costs());
    engine.begin(c.trace(), c.options(), EngineListener.NONE);
    engine.advance(Long.MAX_VALUE);
    // Who counts the stretches runs alone, without a listener.
    assertEquals(report, engine.close(), () -> describe(c));
    collect("has 4 stretches and general steps between", engine.quietStretches() > 3, 50);
    collect("has 10 stretches and general steps between", engine.quietStretches() > 9, 20);
    collect("loads an adapter", report.engine().hostLoads() > 0, 20);
    collect("preempts", report.engine().preemptions() > 0, 3);
    collect("drops", report.requests().dropped() > 0, 3);
  }

  @Test
  void requests_that_came_alone_and_far_apart_are_preempted_into_their_places() {
    // The urgent requests at the end preempt the first and the last of 32,769.
    List<LoraAdapter> adapters = List.of(new LoraAdapter("a", 8), new LoraAdapter("b", 8));
    int apart = 1 << 15;
    int longest = apart + 4000;
    EngineConfig config =
        EngineConfig.builder()
            .adapters(adapters)
            .maxLoras(1)
            .maxCpuLoras(2)
            .schedulingPolicy(SchedulingPolicy.PRIORITY)
            .maxModelLen(longest)
            .kvBlocks(61 + (longest + 15) / 16)
            .maxNumSeqs(64)
            .maxNumBatchedTokens(4096)
            .build();
    RequestTrace.Builder trace = RequestTrace.builder(2).add(0, 0, 1, longest - 2, 5);
    for (int i = 1; i < apart; i++) {
      trace.add(1000L * i + 500, -1, 1, 1, 0);
    }
    long later = 1000L * apart + 500;
    trace.add(later, 0, 481, 3000, 5).add(later + 1000, 0, 16, 3000, 5);
    long urgent = later + 11_000;
    trace.add(urgent, 0, 3000, 800, 0).add(urgent, 0, 3000, 800, 0);
    for (int i = 0; i < 40; i++) {
      trace.add(urgent + 300L * (i + 1), i % 3 - 1, 3 + i, 200, i % 8);
    }
    RunOptions options =
        new RunOptions(urgent + 12_001, RunOptions.AtHorizon.DRAIN, ReportDetail.PERCENTILES);
    UnitCosts costs = new UnitCosts(1000, 0, 0, 0, 1, 7, 0, 0, 0);
    EngineCase c = new EngineCase(config, costs, trace.build(), options);
    ReplicaReport report = compare(c, ReferenceReplica.of(config, costs), new Journal());
    assertTrue(report.engine().preemptions() >= 2);
  }

  /** Arrays begin with room for up to 1,024 requests, blocks or places, and must grow. */
  @ParameterizedTest
  @EnumSource(SchedulingPolicy.class)
  void thousands_of_requests_wait_run_and_finish_together(SchedulingPolicy policy) {
    EngineConfig config =
        EngineConfig.builder()
            .adapters(List.of(new LoraAdapter("a", 8), new LoraAdapter("b", 8)))
            .maxLoras(1)
            .maxCpuLoras(2)
            .schedulingPolicy(policy)
            .prefixCaching(policy != SchedulingPolicy.PRIORITY)
            .blockTokens(2)
            .kvBlocks(9000)
            .maxModelLen(512)
            .maxNumSeqs(2200)
            .maxNumBatchedTokens(4096)
            .build();
    RequestTrace.Builder trace = RequestTrace.builder(2).hashBlockTokens(2);
    long[] text = LongStream.range(0, 200).toArray();
    trace.add(0, 0, 400, 2, 0).prefixHashes(text).add(500, 0, 400, 2, 0).prefixHashes(text);
    for (int i = 0; i < 2600; i++) {
      trace.add(2000, i % 3 - 1, 1 + i % 5, 2 + i % 4, i % 3);
    }
    RunOptions options =
        new RunOptions(30_000, RunOptions.AtHorizon.DRAIN, ReportDetail.PERCENTILES);
    UnitCosts costs = new UnitCosts(100, 1, 1, 2, 1, 1, 3, 5, 0);
    EngineCase c = new EngineCase(config, costs, trace.build(), options);
    ReplicaReport report = compare(c, ReferenceReplica.of(config, costs), new Journal());
    assertTrue(report.running().max() > 1024, report.toString());
    assertTrue(report.waiting().max() > 2048);
  }

  @Test
  void a_long_run_at_the_end_of_time_is_cut_there() {
    long horizon = SimulatedTime.toPicos(SimulatedTime.MAX_SECONDS);
    long step = 35_184_000_000_000L;
    EngineConfig config =
        EngineConfig.builder().blockTokens(800).kvBlocks(20).maxModelLen(8192).build();
    RequestTrace trace = RequestTrace.builder(0).add(horizon - 3260 * step, -1, 10, 4090).build();
    EngineCase c =
        new EngineCase(
            config,
            UnitCosts.ofStep(step),
            trace,
            new RunOptions(horizon, RunOptions.AtHorizon.CUT, ReportDetail.PERCENTILES));
    ReplicaReport report = compare(c, ReferenceReplica.of(config, c.costs()), new Journal());
    assertEquals(3260, report.tokens().generated());
  }

  @Property(tries = 10_000)
  @Tag("nightly")
  void both_engines_agree_to_the_bit_in_many_long_cases(@ForAll long seed) {
    compare(seed, 500);
  }
}
