package io.github.adaptertwin.workload.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalStatistics;
import io.github.adaptertwin.workload.session.LruHitRatios;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceTest {
  @TempDir private Path folder = Path.of("");

  private static Path published(String name) {
    Path file = Path.of(System.getProperty("twin.traces", ""), name);
    assumeTrue(Files.exists(file), "no published trace");
    return file;
  }

  /** One request every half second, a and b in turn. */
  private Trace plain(int n) throws IOException {
    StringBuilder text = new StringBuilder("arrival_s,adapter,input_tokens,output_tokens\n");
    for (int i = 0; i < n; i++) {
      text.append(i / 2.0).append(i % 2 == 0 ? ",a," : ",b,").append(i + 1).append(",3\n");
    }
    Path file = folder.resolve("plain.csv");
    Files.writeString(file, text, StandardCharsets.UTF_8);
    return Trace.of(file);
  }

  private static double seconds(RecordedRequests requests, int i) {
    return requests.arrivalPicos(i) * 1e-12;
  }

  @Test
  void cutting_scaling_and_repeating_worked_out_by_hand() throws IOException {
    RecordedRequests cut = plain(20).between(2, 4).read();
    assertEquals(4, cut.size());
    assertEquals(5, cut.inputTokens(0));
    assertEquals(0, seconds(cut, 0));
    assertEquals(1.5, seconds(cut, 3), 1e-12);
    RecordedRequests slow = plain(20).scaled(3).read();
    assertEquals(1.5, seconds(slow, 1), 1e-12);
    RecordedRequests again = plain(20).repeated(3, 2.25).read();
    assertEquals(15, again.size());
    assertEquals(2.25, seconds(again, 5), 1e-12);
    assertEquals(1, again.inputTokens(5));
    assertEquals(4.5 + 2, seconds(again, 14), 1e-12);
    // Requests in memory behave alike, and changes follow each other.
    Trace memory = Trace.of(plain(20).read());
    RecordedRequests both = memory.between(2, 4).repeated(2, 2).scaled(0.5).read();
    assertEquals(8, both.size());
    assertEquals(1, seconds(both, 4), 1e-12);
    assertEquals(List.of("a", "b"), both.clients());
  }

  /** 10,000 requests of which 3,000 should stay: five deviations are 229. */
  @Test
  void thinning_keeps_a_random_part() throws IOException {
    Trace thin = plain(10_000).thinned(0.3, 5);
    RecordedRequests part = thin.read();
    assertEquals(3000, part.size(), 229);
    assertEquals(part.size(), thin.read().size());
    assertEquals(10_000, plain(10_000).thinned(1, 5).read().size());
  }

  @Test
  void spreading_keeps_order_and_cell() throws IOException {
    RecordedRequests spread = plain(60).spread(3, 1).read();
    assertEquals(60, spread.size());
    for (int i = 0; i < 60; i++) {
      assertEquals(i + 1, spread.inputTokens(i));
      assertEquals(Math.round(i / 2.0 / 3), (long) (seconds(spread, i) / 3), "cell of " + i);
      assertTrue(i == 0 || spread.arrivalPicos(i) >= spread.arrivalPicos(i - 1));
    }
    assertEquals("b", spread.clients().get(spread.client(1)));
  }

  @Test
  void changes_that_make_no_sense_are_refused() throws IOException {
    Trace trace = plain(2);
    assertThrows(IllegalArgumentException.class, () -> trace.between(3, 3));
    assertThrows(IllegalArgumentException.class, () -> trace.between(Double.NaN, 3));
    assertThrows(IllegalArgumentException.class, () -> trace.scaled(0));
    assertThrows(IllegalArgumentException.class, () -> trace.thinned(0, 1));
    assertThrows(IllegalArgumentException.class, () -> trace.repeated(0, 1));
    assertThrows(IllegalArgumentException.class, () -> trace.repeated(10, 1e6));
    assertThrows(IllegalArgumentException.class, () -> trace.spread(0, 1));
  }

  @Test
  void a_summary_of_a_regular_trace_worked_out_by_hand() throws IOException {
    TraceSummary summary = TraceSummary.of(plain(1001));
    assertEquals(1001, summary.requests());
    assertEquals(500, summary.spanSeconds(), 1e-9);
    assertEquals(1001 / 500.0, summary.ratePerSecond(), 1e-12);
    assertEquals(0, summary.gapCv(), 1e-9);
    assertEquals(0, summary.dispersion()[2], 1e-9);
    assertEquals(501, summary.input().mean(), 1e-9);
    assertEquals(501, summary.input().p50(), 0.3);
    assertEquals(new TraceSummary.Lengths(3, 3, 3, 3), summary.output());
    assertEquals(
        List.of(new TraceSummary.ClientShare("a", 501), new TraceSummary.ClientShare("b", 500)),
        summary.clients());
    assertEquals(999 / 1001.0, summary.hitRatios()[0], 1e-12);
    assertTrue(summary.toText().contains("requests 1,001 in 8.3 min, 2.002/s"), summary.toText());
    String svg = summary.picture("plain").toSvg();
    assertTrue(svg.contains("plain: rate") && svg.contains("LRU hits"));
    assertEquals(SkippedLines.NONE, summary.skipped());
    TraceSummary empty = TraceSummary.of(plain(0));
    assertTrue(Double.isNaN(empty.ratePerSecond()) && Double.isNaN(empty.input().mean()));
    assertTrue(empty.picture("empty").toSvg().contains("</svg>"));
  }

  private static void assertSummary(
      String name, double rate, double cv, double[] dispersion, double[] input, double[] output)
      throws IOException {
    TraceSummary summary = TraceSummary.of(Trace.of(published(name)));
    assertEquals(rate, summary.ratePerSecond(), 0.002, name);
    if (!Double.isNaN(cv)) {
      assertEquals(cv, summary.gapCv(), 0.005 * cv, name);
    }
    for (int i = 0; i < 3; i++) {
      if (!Double.isNaN(dispersion[i])) {
        assertEquals(dispersion[i], summary.dispersion()[i], 0.02 * dispersion[i], name + " " + i);
      }
    }
    TraceSummary.Lengths in = summary.input();
    TraceSummary.Lengths out = summary.output();
    double[] found = {in.mean(), in.p50(), in.p90(), in.p99()};
    double[] generated = {out.mean(), out.p50(), out.p90(), out.p99()};
    for (int i = 0; i < 4; i++) {
      assertEquals(input[i], found[i], 0.6 + 0.001 * input[i], name + " input " + i);
      assertEquals(output[i], generated[i], 1 + 0.001 * output[i], name + " output " + i);
    }
  }

  @Test
  void the_published_figures_of_azure_code_are_reproduced() throws IOException {
    assertSummary(
        "azure-llm-2023-code.csv.gz",
        2.567,
        13.15,
        new double[] {13.2, 71.6, 164},
        new double[] {2048, 1469, 5188, 7436},
        new double[] {27.9, 13, 55, 251});
  }

  @Test
  void the_published_figures_of_azure_conversation_are_reproduced() throws IOException {
    assertSummary(
        "azure-llm-2023-conv.csv.gz",
        5.530,
        1.094,
        new double[] {1.39, 3.86, 16.1},
        new double[] {1155, 1020, 2735, 4142},
        new double[] {211, 129, 424, 601});
  }

  @Test
  void the_published_figures_of_mooncake_are_reproduced() throws IOException {
    assertSummary(
        "mooncake-conversation.jsonl.gz",
        3.402,
        Double.NaN,
        new double[] {Double.NaN, 2.10, 2.90},
        new double[] {12035, 6909, 27367, 85400},
        new double[] {343, 350, 597, 1119});
    assertSummary(
        "mooncake-synthetic.jsonl.gz",
        3.907,
        1.011,
        new double[] {1.09, 1.18, 1.19},
        new double[] {15325, 11587, 38611, 66456},
        new double[] {149, 69, 389, 768});
  }

  @Test
  void mooncake_spread_over_its_grid_has_gaps_like_poisson_arrivals() throws IOException {
    Trace trace = Trace.of(published("mooncake-conversation.jsonl.gz"));
    assertTrue(TraceSummary.of(trace).gapCv() > 2, "the grid shows");
    assertEquals(1, TraceSummary.of(trace.spread(3, 1)).gapCv(), 0.1);
  }

  @Test
  void clients_of_the_servegen_rows_become_adapters() throws IOException {
    Trace trace = Trace.of(published("servegen-m-large-clients-2h.csv.gz"));
    RecordedRequests requests = trace.read();
    assertEquals(43_094, requests.size());
    Workload workload = new ClientMapping(List.of(8, 16)).apply("m", requests);
    assertEquals(requests.clients().size(), workload.adapters().size());
    assertEquals(43_094, workload.generate(1, 0).size());
    assertEquals(6, workload.ratePerSecond(), 0.1);
  }

  private static double[] hitRatios(RequestTrace trace) {
    LruHitRatios ratios = new LruHitRatios(8, 16, 32, 64);
    for (int i = 0; i < trace.size(); i++) {
      ratios.add(trace.adapter(i));
    }
    return ratios.ratios();
  }

  @Test
  void a_session_mapping_keeps_popularity_and_brings_locality() throws IOException {
    RecordedRequests requests = plain(40_000).read();
    double[] measured = {.83, .86, .88, .90};
    double[] sessions =
        hitRatios(
            new SessionMapping(874, 0.92, 2, 0.79, List.of(8), 1)
                .apply("m", requests)
                .generate(1, 0));
    double[] independent =
        hitRatios(new ZipfMapping(874, 0.92, List.of(8), 1).apply("m", requests).generate(1, 0));
    for (int i = 0; i < 4; i++) {
      assertEquals(measured[i], sessions[i], 0.03, "slots " + i);
      assertTrue(independent[i] < measured[i] - 0.3);
    }
    ArrivalStatistics same = new ArrivalStatistics(1);
    for (int i = 0; i < requests.size(); i++) {
      same.add(requests.arrivalPicos(i));
    }
    assertEquals(40_000, same.count());
  }

  @Test
  void a_mapping_keeps_every_request_and_gives_the_first_ranks_the_most() throws IOException {
    RecordedRequests requests = plain(600).read();
    Workload workload = new ZipfMapping(4, 1, List.of(8, 16), 1).apply("m", requests);
    assertEquals(4, workload.adapters().size());
    assertEquals(600, workload.generate(1, 0).size());
    assertTrue(workload.isRecorded());
    // Shares of 12/25, 6/25, 4/25 and 3/25; five standard deviations of the first are 61.
    double first = workload.adapters().get(0).ratePerSecond() / workload.ratePerSecond();
    assertEquals(0.48, first, 61.0 / 600);
    Workload part = workload.restrictedTo(workload.adapters().subList(1, 3));
    assertTrue(part.generate(1, 0).size() < 400);
    assertEquals(2, part.generate(1, 0).adapterCount());
  }

  @Test
  void a_mapping_needs_adapters_ranks_and_clients() throws IOException {
    assertThrows(IllegalArgumentException.class, () -> new ZipfMapping(0, 0.92, List.of(8), 1));
    assertThrows(IllegalArgumentException.class, () -> new ZipfMapping(4, 0.92, List.of(), 1));
    assertThrows(IllegalArgumentException.class, () -> new ZipfMapping(4, -1, List.of(8), 1));
    assertThrows(
        IllegalArgumentException.class, () -> new SessionMapping(4, 1, 0, 0.5, List.of(8), 1));
    assertThrows(
        IllegalArgumentException.class, () -> new SessionMapping(4, 1, 1, 1, List.of(8), 1));
    assertThrows(IllegalArgumentException.class, () -> new ClientMapping(List.of()));
    RecordedRequests none = plain(0).read();
    assertThrows(
        IllegalArgumentException.class, () -> new ClientMapping(List.of(8)).apply("m", none));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ZipfMapping(4, 1, List.of(8), 1).apply("m", none));
  }
}
