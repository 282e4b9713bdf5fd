package io.github.adaptertwin.workload.observed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.length.LengthLaw;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ObservedTrafficTest {
  private static MetricsSnapshot snapshot(String text) throws IOException {
    return MetricsSnapshot.read("metrics.txt", new StringReader(text));
  }

  private static String metrics(int sql, int chat, int base, int scale) {
    return String.format(
        Locale.ROOT,
        """
        # HELP vllm:request_success_total Count of successfully processed requests.
        # TYPE vllm:request_success_total counter
        vllm:request_success_total{finished_reason="stop",model_name="sql"} %d.0
        vllm:request_success_total{finished_reason="length",model_name="sql"} 5.0
        vllm:request_success_total{finished_reason="stop",model_name="chat \\"x\\""} %d 1700000000
        vllm:request_success_total{finished_reason="stop",model_name="base",} %de0

        vllm:request_prompt_tokens_bucket{le="100.0",model_name="base"} %d
        vllm:request_prompt_tokens_bucket{le="200.0",model_name="base"} %d
        vllm:request_prompt_tokens_bucket{le="+Inf",model_name="base"} %d
        vllm:request_prompt_tokens_sum{model_name="base"} %d
        vllm:request_prompt_tokens_count{model_name="base"} %d
        vllm:request_generation_tokens_bucket{le="50.0",model_name="base"} %d
        vllm:request_generation_tokens_bucket{le="+Inf",model_name="base"} %d
        vllm:request_generation_tokens_sum{model_name="base"} %d
        vllm:request_generation_tokens_count{model_name="base"} %d
        python_gc_seconds NaN
        up +Inf
        """,
        sql,
        chat,
        base,
        50 * scale,
        100 * scale,
        100 * scale,
        12_000 * scale,
        100 * scale,
        100 * scale,
        100 * scale,
        3000 * scale,
        100 * scale);
  }

  /** In 100 s: 600 of sql, chat reset to 30, 200 of the base model. */
  @Test
  void counters_at_two_times_become_a_workload() throws IOException {
    MetricsSnapshot earlier = snapshot(metrics(1000, 400, 10, 1));
    MetricsSnapshot later = snapshot(metrics(1600, 30, 210, 3));
    Workload workload =
        CountedTraffic.VLLM.workload(
            "base", earlier, later, 100, Map.of("sql", 16, "chat \"x\"", 8), 3600);
    assertEquals(
        List.of("chat \"x\"", "sql"), workload.loraAdapters().stream().map(a -> a.id()).toList());
    assertEquals(0.3, workload.adapters().get(0).ratePerSecond(), 1e-12);
    assertEquals(6, workload.adapters().get(1).ratePerSecond(), 1e-12);
    assertEquals(16, workload.adapters().get(1).adapter().rank());
    assertEquals(2, workload.baseModelArrivals().orElseThrow().ratePerSecond(), 1e-12);
    LengthLaw lengths = workload.lengths();
    assertEquals(120, lengths.meanInputTokens(), 0.1);
    assertEquals(30, lengths.meanOutputTokens(), 0.1);
    // Half of the prompts lie in each bucket, stretched by 1.2.
    assertTrue(lengths.maxTotalTokens() <= 240 + 60);
  }

  @Test
  void snapshots_in_the_wrong_order_are_told_by_the_start_of_the_process() throws IOException {
    String start = "process_start_time_seconds 1.7e9\n";
    MetricsSnapshot earlier = snapshot(metrics(1000, 400, 10, 1) + start);
    MetricsSnapshot later = snapshot(metrics(1600, 430, 210, 3) + start);
    assertEquals(600, CountedTraffic.VLLM.requests(earlier, later).get("sql"));
    Exception swapped =
        assertThrows(
            IllegalArgumentException.class, () -> CountedTraffic.VLLM.requests(later, earlier));
    assertTrue(swapped.getMessage().contains("fell from 1600.0 to 1000.0"), swapped.getMessage());
    assertTrue(swapped.getMessage().contains("order in which they were taken"));
    // A process that began again counts from 0; one that began before its time is swapped as well.
    MetricsSnapshot again = snapshot(metrics(20, 3, 2, 1) + "process_start_time_seconds 1.8e9\n");
    assertEquals(20 + 0, CountedTraffic.VLLM.requests(later, again).get("sql"));
    assertThrows(
        IllegalArgumentException.class,
        () -> CountedTraffic.VLLM.requests(again, snapshot(metrics(10, 3, 2, 1) + start)));
  }

  @Test
  void what_the_counters_do_not_tell_is_asked_for() throws IOException {
    MetricsSnapshot earlier = snapshot(metrics(1000, 400, 10, 1));
    MetricsSnapshot later = snapshot(metrics(1600, 430, 210, 3));
    Exception rank =
        assertThrows(
            IllegalArgumentException.class,
            () -> CountedTraffic.VLLM.workload("base", earlier, later, 100, Map.of("sql", 8), 10));
    assertTrue(rank.getMessage().contains("chat"), rank.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> CountedTraffic.VLLM.workload("base", earlier, later, 0, Map.of(), 10));
    MetricsSnapshot none = snapshot("up 1\n");
    assertThrows(IllegalArgumentException.class, () -> CountedTraffic.VLLM.requests(earlier, none));
    assertThrows(IllegalArgumentException.class, () -> CountedTraffic.VLLM.lengths(none, none));
    MetricsSnapshot odd = snapshot(metrics(1, 1, 1, 1).replace("le=\"100.0\"", "le=\"x\""));
    assertThrows(IllegalArgumentException.class, () -> CountedTraffic.VLLM.lengths(none, odd));
    assertEquals(15, later.samples().size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a{b=\"c} 1 | line 2, column 10 | not closed",
        "a{b=c} 1 | line 2, column 5 | expected \"",
        "a{b} 1 | line 2, column 4 | expected =",
        "a one | line 2, column 3 | expected a number",
        "a 1 2 3 | line 2, column 7 | follows",
        "{x=\"1\"} 2 | line 2, column 1 | expected a name",
      })
  void a_bad_sample_names_line_column_and_trouble(String line, String place, String words) {
    Exception e =
        assertThrows(MalformedInputException.class, () -> snapshot("# comment\n" + line + "\n"));
    assertTrue(e.getMessage().contains(place), e.getMessage());
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  private static final String LOG =
      """
      INFO 12-31 23:59:58 [api_server.py:100] Started server process [1]
      INFO 12-31 23:59:58 [logger.py:42] Received request cmpl-1: prompt: 'say lora_request: \
      LoRARequest(lora_name=\\'trap\\'), max_tokens=9', params: SamplingParams(n=1, \
      temperature=0.0, max_tokens=128, min_tokens=0), prompt_token_ids: [1, 2, 3], lora_request: \
      LoRARequest(lora_name='sql', lora_int_id=1, lora_path='/x'), prompt_adapter_request: None.
      INFO 12-31 23:59:59 [async_llm.py:252] Added request cmpl-1.
      (APIServer pid=7) INFO 01-01 00:00:03 [logger.py:39] Received request chatcmpl-2: prompt: \
      None, params: SamplingParams(n=1, max_tokens=5), prompt_token_ids: None, \
      prompt_embeds shape: None, lora_request: None.
      (APIServer pid=7) INFO 01-01 00:00:01 [logger.py:39] Received request chatcmpl-3: params: \
      SamplingParams(n=1), lora_request: LoRARequest(lora_name='chat', lora_int_id=2).
      """;

  @Test
  void request_lines_of_the_log_become_a_workload(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("vllm.log");
    Files.writeString(file, LOG, StandardCharsets.UTF_8);
    VllmRequestLog log = VllmRequestLog.read(file);
    assertEquals(2, log.otherLines());
    assertEquals(
        List.of(
            new VllmRequestLog.LoggedRequest(0, "sql", 3, 128),
            new VllmRequestLog.LoggedRequest(3, "chat", 0, 0),
            new VllmRequestLog.LoggedRequest(5, "", 0, 5)),
        log.requests());
    Workload workload =
        log.workload("base", Map.of("sql", 8, "chat", 16), new FixedLengths(40, 60), 1);
    RequestTrace requests = workload.generate(1, 0);
    assertEquals(3, requests.size());
    assertEquals(3, requests.inputTokens(0));
    assertEquals(60, requests.outputTokens(0));
    assertEquals(40, requests.inputTokens(1));
    assertEquals(RequestCursor.BASE_MODEL, requests.adapter(2));
    assertEquals(5, requests.outputTokens(2));
    assertEquals(0.5, requests.arrivalPicos(0) * 1e-12, 0.5);
    assertEquals(5.5, requests.arrivalPicos(2) * 1e-12, 0.5);
    assertThrows(
        IllegalArgumentException.class,
        () -> log.workload("base", Map.of("sql", 8), new FixedLengths(40, 60), 1));
  }

  @Test
  void times_with_fractions_are_kept() throws IOException {
    String lines =
        "2025-11-24 10:00:00,250 INFO Received request a: params: x, lora_request: None.\n"
            + "2025-11-24 10:00:01,500 INFO Received request b: lora_name='no', lora_request:"
            + " LoRARequest(lora_name='yes').\n";
    VllmRequestLog log = VllmRequestLog.read("log", new StringReader(lines));
    assertEquals(1.25, log.requests().get(1).seconds(), 1e-9);
    Workload workload = log.workload("m", Map.of("yes", 8), new FixedLengths(1, 1), 1);
    assertEquals(1.25, workload.generate(1, 0).arrivalPicos(1) * 1e-12, 1e-6);
  }

  @Test
  void a_log_without_requests_or_times_is_refused() {
    Exception none =
        assertThrows(
            MalformedInputException.class,
            () -> VllmRequestLog.read("log", new StringReader("INFO hello\n")));
    assertTrue(none.getMessage().contains("request logging"), none.getMessage());
    Exception time =
        assertThrows(
            MalformedInputException.class,
            () -> VllmRequestLog.read("log", new StringReader("x\nReceived request 1\n")));
    assertTrue(time.getMessage().contains("log, line 2"), time.getMessage());
    assertThrows(
        MalformedInputException.class,
        () -> VllmRequestLog.read("log", new StringReader("13-45 10:00:00 Received request 1\n")));
  }

  private static MetricsSnapshot histograms(String sum) throws IOException {
    StringBuilder text = new StringBuilder("vllm:request_success_total{model_name=\"a\"} 9\n");
    for (String name : List.of("vllm:request_prompt_tokens", "vllm:request_generation_tokens")) {
      text.append(name).append("_bucket{le=\"100\"} 9\n");
      text.append(name).append("_bucket{le=\"+Inf\"} 9\n");
      text.append(name).append("_sum ").append(sum).append('\n');
      text.append(name).append("_count 9\n");
    }
    return MetricsSnapshot.read("metrics", new StringReader(text.toString()));
  }

  /** The sum of another histogram, say of nanoseconds, would wrap around to any length at all. */
  @Test
  void lengths_beyond_any_context_are_refused() throws IOException {
    MetricsSnapshot none = MetricsSnapshot.read("metrics", new StringReader(""));
    assertEquals(50, CountedTraffic.VLLM.lengths(none, histograms("450")).meanInputTokens(), 0.1);
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> CountedTraffic.VLLM.lengths(none, histograms("9e14")))
            .getMessage();
    assertTrue(message.contains("must be at most 10000000"), message);
  }

  /** Threads change places around midnight: the third line is of the old year, not of the next. */
  @Test
  void a_line_of_december_behind_one_of_january_is_of_the_old_year() throws IOException {
    String text =
        """
        INFO 12-31 23:59:58 [x] Received request 1: prompt: 'a', lora_request: None.
        INFO 01-01 00:00:01 [x] Received request 2: prompt: 'a', lora_request: None.
        INFO 12-31 23:59:59 [x] Received request 3: prompt: 'a', lora_request: None.
        INFO 01-01 00:00:02 [x] Received request 4: prompt: 'a', lora_request: None.
        """;
    assertEquals(
        List.of(0.0, 1.0, 3.0, 4.0),
        VllmRequestLog.read("server.log", new StringReader(text)).requests().stream()
            .map(VllmRequestLog.LoggedRequest::seconds)
            .toList());
  }
}
