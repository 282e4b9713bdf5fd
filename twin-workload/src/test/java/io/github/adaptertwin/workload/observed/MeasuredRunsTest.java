package io.github.adaptertwin.workload.observed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.report.ObservedRun;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasuredRunsTest {
  private static final String HEADER =
      "id,model,adapters,adapter_slots,max_lora_rank,rates_rps,ranks,duration_s,status,arrivals,"
          + "mean_requested_input_tokens,mean_requested_output_tokens,"
          + "mean_completed_output_tokens,mean_completed_input_tokens,completed,"
          + "kv_capacity_tokens,throughput_tok_s,ideal_throughput_tok_s,mean_itl_ms,mean_ttft_ms\n";
  private static final String ROW =
      "run-1,m,3,2,16,0.5 0.25,8 16,100,ok,120,200,100,99,201,118,1000,300,330,20,50\n";

  private static List<MeasuredRun> read(String text) throws IOException {
    return MeasuredRuns.read("runs.csv", new StringReader(text));
  }

  @Test
  void a_row_becomes_a_run_with_as_many_requests_as_were_sent() throws IOException {
    MeasuredRun run = read(HEADER + ROW).get(0);
    assertEquals(3, run.traffic().size());
    assertEquals(0.5, run.traffic().get(2).ratePerSecond());
    assertEquals(3, run.loraAdapters().size());
    RequestSource source = run.requests(0.99, 40, 0, 1).get(0).source();
    assertEquals(40, source.waitingCap());
    int count = 0;
    RequestCursor cursor = source.open();
    while (cursor.arrivalPicos() != RequestCursor.NO_MORE) {
      assertTrue(cursor.arrivalPicos() < 100_000_000_000_000L);
      count++;
      cursor.advance();
    }
    assertEquals(120, count);
  }

  /** 120 requests of 200 in and 99 out on average: exactly, whatever the seed. */
  @Test
  void the_requests_have_the_means_that_were_sent() throws IOException {
    MeasuredRun run = read(HEADER + ROW).get(0);
    for (MeasuredRun.Requests requests : run.requests(0.99, 40, 0, 1, 2)) {
      RequestCursor cursor = requests.source().open();
      long input = 0;
      long output = 0;
      long last = 0;
      while (cursor.arrivalPicos() != RequestCursor.NO_MORE) {
        assertTrue(cursor.arrivalPicos() >= last);
        last = cursor.arrivalPicos();
        input += cursor.inputTokens();
        output += cursor.outputTokens();
        cursor.advance();
      }
      assertEquals(200, input / 120.0, 0.5);
      assertEquals(99, output / 120.0, 0.5);
      assertEquals(0, requests.firstUseDelaySeconds());
    }
  }

  /** Three adapters whose first requests take 5 s each hold up what comes behind them. */
  @Test
  void first_uses_hold_up_those_behind_them() throws IOException {
    MeasuredRun run = read(HEADER + ROW).get(0);
    MeasuredRun.Requests late = run.requests(0.99, 40, 5, 1).get(0);
    MeasuredRun.Requests prompt = run.requests(0.99, 40, 0, 1).get(0);
    RequestCursor a = late.source().open();
    RequestCursor b = prompt.source().open();
    double delay = 0;
    int count = 0;
    while (b.arrivalPicos() != RequestCursor.NO_MORE) {
      assertTrue(a.arrivalPicos() >= b.arrivalPicos());
      assertEquals(b.adapter(), a.adapter());
      delay += a.arrivalPicos() - b.arrivalPicos();
      count++;
      a.advance();
      b.advance();
    }
    assertEquals(delay / count / 1e12, late.firstUseDelaySeconds(), 1e-6);
    assertTrue(late.firstUseDelaySeconds() > 0.1, "delay " + late.firstUseDelaySeconds());
  }

  /** What goes by as a count and what is read one by one are together what was sent. */
  @Test
  void dropped_requests_are_counted() throws IOException {
    RequestCursor cursor =
        read(HEADER + ROW).get(0).requests(0.99, 40, 0, 1).get(0).source().open();
    long read = 0;
    for (int second = 0; second < 50; second++) {
      assertTrue(cursor.dropBefore(second * 1_000_000_000_000L));
    }
    while (cursor.arrivalPicos() != RequestCursor.NO_MORE) {
      read++;
      cursor.advance();
    }
    long[] gone = new long[2];
    cursor.tellDropped(
        (adapter, requests, input, output) -> {
          gone[0] += requests;
          gone[1] += input;
        });
    assertEquals(120, read + gone[0]);
    assertTrue(gone[0] > 40 && gone[0] < 80, "dropped " + gone[0]);
    assertEquals(200.0, gone[1] / (double) gone[0], 2);
  }

  @Test
  void a_run_that_did_not_start_has_no_requests_and_bad_inputs_are_refused() throws IOException {
    String refusedRow = ROW.replace(",ok,120,200,100,", ",memory_error,,,,");
    MeasuredRun refused = read(HEADER + refusedRow).get(0);
    assertThrows(IllegalStateException.class, () -> refused.requests(0.99, 40, 0, 1));
    assertThrows(MalformedInputException.class, () -> read(HEADER + ROW.replace(",ok,", ",fine,")));
    assertThrows(MalformedInputException.class, () -> read(HEADER + ROW.replace(",120,", ",NaN,")));
    Exception seconds =
        assertThrows(
            MalformedInputException.class,
            () -> read(HEADER + ROW.replace(",300,330,20,", ",300,330,0.02,")));
    assertTrue(seconds.getMessage().contains("unit"), seconds.getMessage());
    MeasuredRun run = read(HEADER + ROW).get(0);
    assertThrows(IllegalArgumentException.class, () -> run.requests(1.5, 40, 0, 1));
  }

  @Test
  void a_bad_value_names_file_line_and_value() {
    Exception e =
        assertThrows(
            MalformedInputException.class, () -> read(HEADER + ROW.replace(",120,", ",lots,")));
    assertTrue(e.getMessage().contains("runs.csv, line 2"), e.getMessage());
    assertTrue(e.getMessage().contains("lots"), e.getMessage());
    assertThrows(MalformedInputException.class, () -> read("id\nrun-1\n"));
  }

  @Test
  void a_table_that_is_not_utf8_is_named(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("latin.csv");
    Files.write(
        file, (HEADER + ROW.replace("run-1", "x\u00e9")).getBytes(StandardCharsets.ISO_8859_1));
    Exception e = assertThrows(MalformedInputException.class, () -> MeasuredRuns.read(file));
    assertTrue(e.getMessage().startsWith("latin.csv: the bytes are not UTF-8"), e.getMessage());
  }

  /** A disk that fails is no fault of the table. */
  @Test
  void a_text_that_cannot_be_read_gives_the_reason() {
    IOException reason = new IOException("gone");
    Reader broken =
        new Reader() {
          @Override
          public int read(char[] into, int from, int length) throws IOException {
            throw reason;
          }

          @Override
          public void close() {}
        };
    assertSame(reason, assertThrows(IOException.class, () -> MeasuredRuns.read("r", broken)));
  }

  @Test
  void the_published_table_is_read_whole() throws IOException {
    Path table = Path.of(System.getProperty("twin.measurements", ""), "serving-runs.csv");
    assumeTrue(Files.exists(table), "no published table");
    assertEquals(805, MeasuredRuns.read(table).size());
  }

  @Test
  void runs_without_rates_or_ranks_are_refused() {
    double none = Double.NaN;
    ObservedRun notMeasured =
        new ObservedRun("r", "s", none, none, none, none, none, none, none, none, none);
    for (boolean rates : new boolean[] {true, false}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () ->
                      new MeasuredRun(
                          "r",
                          "m",
                          2,
                          1,
                          8,
                          rates ? List.of(1.0) : List.of(),
                          rates ? List.of() : List.of(8),
                          60,
                          true,
                          60,
                          20,
                          20,
                          Double.NaN,
                          notMeasured))
              .getMessage();
      assertTrue(
          message.contains(rates ? "number of ranks is 0" : "number of rates is 0"), message);
    }
  }
}
