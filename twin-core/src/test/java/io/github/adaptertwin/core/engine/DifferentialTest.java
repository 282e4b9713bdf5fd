package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.ReplicaReport;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.statistics.Statistics;

/**
 * The engine against the plain one that walks every list: every admission, preemption, load and
 * finish with its step and time, and every figure of the report, must be equal to the bit.
 */
class DifferentialTest {
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

  @Property(tries = 4000)
  void both_engines_agree_to_the_bit(@ForAll long seed) {
    compare(seed, 150);
  }

  @Property(tries = 300)
  void long_decode_runs_are_taken_like_their_steps(@ForAll long seed) {
    EngineCase c = EngineCase.drawLong(seed);
    ReferenceReplica plain = ReferenceReplica.of(c.config(), c.costs());
    ReplicaReport report = compare(c, plain, new Journal());
    collect("preempts", report.engine().preemptions() > 0, 5);
  }

  @Property(tries = 10_000)
  @Tag("nightly")
  void both_engines_agree_to_the_bit_in_many_long_cases(@ForAll long seed) {
    compare(seed, 500);
  }
}
