package io.github.adaptertwin.workload.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.workload.Workload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AzureTraceTest {
  @TempDir private Path folder = Path.of("");

  private static final String GOOD =
      """
      TIMESTAMP,ContextTokens,GeneratedTokens
      2023-11-16 18:15:46.6805900,374,44
      2023-11-16 18:15:50.9951690,396,109
      """;

  private RecordedRequests read(String text) throws IOException {
    Path file = folder.resolve("trace.csv");
    Files.writeString(file, text, StandardCharsets.UTF_8);
    return AzureTrace.read(file);
  }

  private static byte[] zipped(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private void refused(String text, String... words) {
    Exception e = assertThrows(MalformedInputException.class, () -> read(text));
    for (String word : words) {
      assertTrue(e.getMessage().contains(word), e.getMessage());
    }
  }

  @Test
  void rows_become_requests_from_time_zero() throws IOException {
    RecordedRequests requests = read(GOOD);
    assertEquals(2, requests.size());
    assertEquals(0, requests.arrivalPicos(0));
    assertEquals(4_314_579_000_000L, requests.arrivalPicos(1));
    assertEquals(396, requests.inputTokens(1));
    assertEquals(109, requests.outputTokens(1));
  }

  @Test
  void gzip_is_read_and_a_cut_or_false_one_refused() throws IOException {
    Path file = folder.resolve("trace.csv.gz");
    byte[] bytes = zipped(GOOD);
    Files.write(file, bytes);
    assertEquals(2, AzureTrace.read(file).size());
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 12));
    Exception cut = assertThrows(MalformedInputException.class, () -> AzureTrace.read(file));
    assertTrue(cut.getMessage().startsWith("trace.csv.gz"), cut.getMessage());
    Files.writeString(file, GOOD, StandardCharsets.UTF_8);
    assertThrows(MalformedInputException.class, () -> AzureTrace.read(file));
  }

  @Test
  void a_bad_line_names_file_line_column_and_value() {
    refused(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.0,many,44\n",
        "trace.csv",
        "line 2",
        "many");
    refused(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.0,5,-44\n", "-44", "line 2");
    refused("TIMESTAMP,ContextTokens,GeneratedTokens\nyesterday,5,44\n", "yesterday", "line 2");
    refused("a,b\n1,2\n", "trace.csv");
    refused("TIMESTAMP,ContextTokens,GeneratedTokens\n", "trace.csv");
  }

  @Test
  void the_published_conversation_trace_is_read_and_mapped() throws IOException {
    Path file = Path.of(System.getProperty("twin.traces", ""), "azure-llm-2023-conv.csv.gz");
    assumeTrue(Files.exists(file), "no published trace");
    RecordedRequests requests = AzureTrace.read(file);
    assertEquals(19_366, requests.size());
    Workload workload =
        new ZipfMapping(64, 0.92, List.of(8, 16), 1).apply("llama-3.1-8b-instruct", requests);
    assertEquals(requests.size(), workload.generate(1, 0).size());
    assertTrue(workload.isRecorded());
  }

  @Test
  void a_mapping_keeps_every_request_and_gives_the_first_ranks_the_most() throws IOException {
    StringBuilder text = new StringBuilder("TIMESTAMP,ContextTokens,GeneratedTokens\n");
    for (int i = 0; i < 600; i++) {
      text.append("2023-11-16 18:")
          .append(10 + i / 60)
          .append(':')
          .append(10 + i % 50)
          .append(".5,")
          .append(100 + i)
          .append(",7\n");
    }
    RecordedRequests requests = read(sortedByTime(text.toString()));
    Workload workload =
        new ZipfMapping(4, 1, List.of(8, 16), 1).apply("llama-3.1-8b-instruct", requests);
    assertEquals(4, workload.adapters().size());
    assertEquals(600, workload.generate(1, 0).size());
    // Shares of 12/25, 6/25, 4/25 and 3/25; five standard deviations of the first are 61.
    double first = workload.adapters().get(0).ratePerSecond() / workload.ratePerSecond();
    assertEquals(0.48, first, 61.0 / 600);
    Workload part = workload.restrictedTo(workload.adapters().subList(1, 3));
    assertTrue(part.generate(1, 0).size() < 400);
    assertEquals(2, part.generate(1, 0).adapterCount());
  }

  private static String sortedByTime(String text) {
    List<String> lines = text.lines().toList();
    return lines.get(0)
        + "\n"
        + String.join("\n", lines.subList(1, lines.size()).stream().sorted().toList())
        + "\n";
  }

  @Test
  void a_mapping_needs_adapters_and_ranks() {
    assertThrows(IllegalArgumentException.class, () -> new ZipfMapping(0, 0.92, List.of(8), 1));
    assertThrows(IllegalArgumentException.class, () -> new ZipfMapping(4, 0.92, List.of(), 1));
    assertThrows(IllegalArgumentException.class, () -> new ZipfMapping(4, -1, List.of(8), 1));
  }
}
