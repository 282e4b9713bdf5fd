package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.report.RequestTotals;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.request.RequestTrace;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Sources that let arrivals at a full queue go by as counts. */
class BulkDropTest {
  /**
   * A trace that can do so, and counts how often it did. Its prompts are cut to a length, so that
   * none is rejected: a source that counts does not know that an engine would.
   */
  private static final class Counting implements RequestSource {
    private static final long serialVersionUID = 1L;
    private final RequestTrace trace;
    private final int cap;
    private final int longestPrompt;
    private long inBulk;

    Counting(RequestTrace trace, int cap, int longestPrompt) {
      this.trace = trace;
      this.cap = cap;
      this.longestPrompt = longestPrompt;
    }

    @Override
    public int adapterCount() {
      return trace.adapterCount();
    }

    @Override
    public int waitingCap() {
      return cap;
    }

    @Override
    public RequestCursor open() {
      return new Cursor(trace.open());
    }

    private final class Cursor implements RequestCursor {
      private final RequestCursor of;

      /** By adapter, the base model's first: requests, input and output tokens. */
      private long[][] gone = new long[trace.adapterCount() + 1][3];

      Cursor(RequestCursor of) {
        this.of = of;
      }

      @Override
      public long arrivalPicos() {
        return of.arrivalPicos();
      }

      @Override
      public int adapter() {
        return of.adapter();
      }

      @Override
      public int inputTokens() {
        return Math.min(of.inputTokens(), longestPrompt);
      }

      @Override
      public int outputTokens() {
        return of.outputTokens();
      }

      @Override
      public int priority() {
        return of.priority();
      }

      @Override
      public int hashedTokens() {
        return Math.min(of.hashedTokens(), longestPrompt);
      }

      @Override
      public long prefixHash(int token) {
        return of.prefixHash(token);
      }

      @Override
      public void advance() {
        of.advance();
      }

      @Override
      public boolean dropBefore(long picos) {
        while (of.arrivalPicos() < picos) {
          long[] counts = gone[of.adapter() + 1];
          counts[0]++;
          counts[1] += inputTokens();
          counts[2] += of.outputTokens();
          inBulk++;
          of.advance();
        }
        return true;
      }

      @Override
      public void tellDropped(DropSink sink) {
        for (int a = 0; a < gone.length; a++) {
          sink.dropped(a - 1, gone[a][0], gone[a][1], gone[a][2]);
        }
        gone = new long[gone.length][3];
      }
    }
  }

  private static final RequestTrace EVERY_TEN = everyTen(RequestTrace.builder(0));

  private static RequestTrace everyTen(RequestTrace.Builder trace) {
    for (int i = 0; i < 100; i++) {
      trace.add(10L * i, -1, 4, 3);
    }
    return trace.build();
  }

  @Test
  void what_comes_to_a_full_queue_is_counted_and_nothing_else() {
    // Steps of 100, one request runs from 0 to 300 and the next until 600. Request 1 takes the
    // only place at 10, those from 20 to 300 find it taken: 29. At 300 request 1 is admitted after
    // request 30 was dropped, request 31 takes the place, those from 320 to 600 find it taken.
    EngineConfig engine = EngineConfig.builder().kvBlocks(10).maxModelLen(64).maxNumSeqs(1).build();
    Counting source = new Counting(EVERY_TEN, 1, 4);
    ReplicaReport report =
        Replica.of(engine, UnitCosts.ofStep(100))
            .run(source, new RunOptions(605, RunOptions.AtHorizon.CUT, ReportDetail.SUMMARY));
    assertEquals(new RequestTotals(61, 0, 2, 1, 0, 58, 0), report.requests());
    assertEquals(61 * 4, report.tokens().offeredInput());
    assertEquals(61 * 3, report.tokens().offeredOutput());
    assertEquals(61, report.adapters().get(0).arrived());
    assertEquals(61 * 7, report.adapters().get(0).offeredTokens());
    assertEquals(58, source.inBulk);
  }

  @Test
  void what_was_dropped_in_the_warm_up_is_forgotten() {
    EngineConfig engine = EngineConfig.builder().kvBlocks(10).maxModelLen(64).maxNumSeqs(1).build();
    RunOptions options =
        new RunOptions(605, RunOptions.AtHorizon.CUT, ReportDetail.SUMMARY, 250, 0, true);
    Counting source = new Counting(EVERY_TEN, 1, 4);
    ReplicaReport report = Replica.of(engine, UnitCosts.ofStep(100)).run(source, options);
    // The first step at or after 250 begins at 300, when 30 requests have come; of these one is
    // done, one waits, and the others were dropped before the figures count.
    ReplicaReport plain =
        Replica.of(engine, UnitCosts.ofStep(100))
            .run(everyTen(RequestTrace.builder(0).waitingCap(1)), options);
    assertEquals(plain, report);
  }

  @Property
  void an_engine_that_drops_in_bulk_agrees_with_one_that_drops_one_by_one(@ForAll long seed) {
    EngineCase c = EngineCase.draw(seed, 150);
    RunOptions drawn = c.options();
    RunOptions options =
        new RunOptions(
            drawn.horizonPicos(),
            drawn.atHorizon(),
            drawn.detail(),
            drawn.warmUpPicos(),
            0,
            drawn.checked());
    Counting source =
        new Counting(c.trace(), 1 + Math.floorMod(seed, 5), c.config().maxModelLen() - 1);
    ReplicaReport report = Replica.of(c.config(), c.costs()).run(source, options);
    assertEquals(ReferenceReplica.of(c.config(), c.costs()).run(source, options), report);
  }
}
