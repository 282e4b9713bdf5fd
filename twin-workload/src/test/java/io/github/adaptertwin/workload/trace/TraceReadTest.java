package io.github.adaptertwin.workload.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.workload.Workload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceReadTest {
  @TempDir private Path folder = Path.of("");

  private static final String AZURE_HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n";

  private static final String AZURE =
      AZURE_HEADER
          + "2023-11-16 18:15:46.6805900,374,44\n"
          + "2023-11-16 18:15:50.9951690,396,109\n";

  private static final String MOONCAKE =
      """
      {"timestamp": 0, "input_length": 600, "output_length": 5, "hash_ids": [0, 1]}
      {"timestamp": 3000, "input_length": 1100, "output_length": 6, "hash_ids": [0, 1, 2]}
      """;

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private RecordedRequests read(String text) throws IOException {
    return Trace.of(file("trace.csv", text.getBytes(StandardCharsets.UTF_8))).read();
  }

  private RecordedRequests read(String text, TraceFormat format, BadLines badLines)
      throws IOException {
    Path file = file("trace.csv", text.getBytes(StandardCharsets.UTF_8));
    return Trace.of(file, format, badLines).read();
  }

  private static byte[] zipped(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Test
  void azure_rows_become_requests_from_time_zero() throws IOException {
    for (String text : List.of(AZURE, AZURE.replace("\n", "\r\n"), "\ufeff" + AZURE.trim())) {
      RecordedRequests requests = read(text);
      assertEquals(2, requests.size());
      assertEquals(0, requests.arrivalPicos(0));
      assertEquals(4_314_579_000_000L, requests.arrivalPicos(1));
      assertEquals(396, requests.inputTokens(1));
      assertEquals(109, requests.outputTokens(1));
      assertEquals(-1, requests.client(1));
      assertEquals(SkippedLines.NONE, requests.skipped());
    }
  }

  @Test
  void azure_timestamps_of_2024_have_a_zone_and_may_cross_midnight() throws IOException {
    RecordedRequests requests =
        read(
            AZURE_HEADER
                + "2024-05-11 23:59:59.999999+00:00,374,44\n"
                + "2024-05-12T00:00:00Z,396,109\n"
                + "2024-05-12 00:00:00.25,396,109\n");
    assertEquals(1_000_000L, requests.arrivalPicos(1));
    assertEquals(250_001_000_000L, requests.arrivalPicos(2));
  }

  @Test
  void burst_gpt_leaves_failures_out_and_counts_them() throws IOException {
    RecordedRequests first =
        read(
            """
            Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type
            5,ChatGPT,472,18,490,Conversation log
            45.5,GPT-4,1087,0,1087,API log
            118,GPT-4,417,276,693,"API, ""log""\"
            """);
    assertEquals(2, first.size());
    assertEquals(118_000_000_000_000L, first.arrivalPicos(1));
    assertEquals(List.of("ChatGPT", "GPT-4"), first.clients());
    assertEquals(new SkippedLines(1, 0, ""), first.skipped());
    RecordedRequests later =
        read(
            """
            Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type
            0,17,1.5,ChatGPT,472,18,490,Conversation log
            """);
    assertEquals(List.of("17"), later.clients());
  }

  @Test
  void mooncake_brings_prefix_hashes_to_the_workload() throws IOException {
    RecordedRequests requests = read(MOONCAKE);
    assertEquals(3_000_000_000_000L, requests.arrivalPicos(1));
    assertEquals(512, requests.hashBlockTokens());
    assertArrayEquals(new long[] {0, 1, 2}, requests.prefixHashes(1));
    Workload workload = new ZipfMapping(1, 1, List.of(8), 1).apply("m", requests);
    var cursor = workload.generate(1, 0).open();
    cursor.advance();
    assertEquals(1100, cursor.hashedTokens());
    assertEquals(2, cursor.prefixHash(1099));
    assertEquals(1, cursor.prefixHash(1023));
  }

  @Test
  void client_rows_and_own_formats_name_adapters() throws IOException {
    RecordedRequests clients =
        read("t_s,client_id,input_tokens,output_tokens,x\n0.0,143,580,3,1\n1.25,61,738,3,0\n");
    assertEquals(List.of("143", "61"), clients.clients());
    assertEquals(1_250_000_000_000L, clients.arrivalPicos(1));
    RecordedRequests own =
        read("adapter,arrival_s,input_tokens,output_tokens\n\"a,\"\"b\",0.5,10,20\n,1e1,12.0,7\n");
    assertEquals(List.of("a,\"b"), own.clients());
    assertEquals(-1, own.client(1));
    assertEquals(10_000_000_000_000L, own.arrivalPicos(1));
    assertEquals(12, own.inputTokens(1));
    RecordedRequests lines =
        read(
            """
            {"arrival_s": 0.5, "adapter": "a", "input_tokens": 10, "output_tokens": 20, "x": [1]}
            {"arrival_s": 2, "adapter": null, "input_tokens": 10, "output_tokens": 20, \
            "block_tokens": 16, "hashes": [7]}
            """);
    assertEquals(List.of("a"), lines.clients());
    assertEquals(0, lines.prefixHashes(0).length);
    assertArrayEquals(new long[] {7}, lines.prefixHashes(1));
  }

  @Test
  void the_format_is_told_by_the_first_line() throws IOException {
    assertEquals(TraceFormat.AZURE_LLM, TraceFormat.of(file("a", zipped(AZURE))));
    assertEquals(TraceFormat.MOONCAKE, TraceFormat.of(file("m", zipped(MOONCAKE))));
    Path other = file("x", "a,b\n1,2\n".getBytes(StandardCharsets.UTF_8));
    Exception e = assertThrows(MalformedInputException.class, () -> TraceFormat.of(other));
    assertTrue(e.getMessage().contains("a,b"), e.getMessage());
    Path empty = file("e", new byte[0]);
    assertThrows(MalformedInputException.class, () -> TraceFormat.of(empty));
    assertThrows(MalformedInputException.class, () -> TraceFormat.CSV.open(empty, BadLines.SKIP));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2023-11-16 18:15:46.0,many,44 | column 23 | ContextTokens | many | whole number",
        "2023-11-16 18:15:46.0,5,-44 | column 25 | GeneratedTokens | -44 | [1, 10000000]",
        "2023-11-16 18:15:46.0,5,0 | column 25 | GeneratedTokens | 0 | leave requests",
        "2023-11-16 18:15:46.0,99999999999,4 | column 23 | ContextTokens | 99999999999 | 10000000",
        "2023-11-16 18:15:46.0,5.5,4 | column 23 | ContextTokens | 5.5 | whole number",
        "yesterday,5,44 | column 1 | time | yesterday | UTC like",
        "2023-13-16 18:15:46.0,5,44 | column 1 | time | 2023-13-16 | UTC like",
        "2023-11-16 24:15:46.0,5,44 | column 1 | time | 24:15 | UTC like",
        "2023-11-16 18:15:46x5,5,44 | column 1 | time | 46x5 | UTC like",
        "2023-11-15 18:15:46.0,5,44 | column 1 | time | 2023-11-15 | before",
        "2024-11-16 18:15:46.0,5,44 | column 1 | time | 2024-11-16 | 106 days",
        "2023-11-16 18:15:46.0,5 | column 1 | columns | 2 | 3",
        "2023-11-16 18:15:46.0,5,\"4 | column 25 | quote | not closed | span",
      })
  void a_bad_line_names_line_column_value_and_remedy_or_is_skipped(
      String line, String place, String what, String value, String remedy) throws IOException {
    String text = AZURE_HEADER + "2023-11-16 18:15:45.0,7,8\n" + line + "\n";
    Exception e = assertThrows(MalformedInputException.class, () -> read(text));
    for (String word : List.of("trace.csv, line 3", place, what, value, remedy)) {
      assertTrue(e.getMessage().contains(word), e.getMessage() + " lacks " + word);
    }
    RecordedRequests others =
        read(text + "2023-11-16 18:15:50.0,7,8\n", TraceFormat.AZURE_LLM, BadLines.SKIP);
    assertEquals(2, others.size());
    assertEquals(1, others.skipped().malformed());
    assertEquals(e.getMessage(), others.skipped().firstProblem());
  }

  @Test
  void time_that_runs_backwards_is_refused_in_every_format() throws IOException {
    Exception azure =
        assertThrows(
            MalformedInputException.class, () -> read(AZURE + "2023-11-16 18:15:50.9951689,1,1\n"));
    assertTrue(azure.getMessage().contains("line 4"), azure.getMessage());
    assertTrue(azure.getMessage().contains("sort"), azure.getMessage());
    Exception json = assertThrows(MalformedInputException.class, () -> read(MOONCAKE + MOONCAKE));
    assertTrue(json.getMessage().contains("line 3"), json.getMessage());
    RecordedRequests skipped = read(MOONCAKE + MOONCAKE, TraceFormat.MOONCAKE, BadLines.SKIP);
    assertEquals(3, skipped.size());
    assertEquals(1, skipped.skipped().malformed());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"timestamp\": -1, \"input_length\": 6, \"output_length\": 5} | -1",
        "{\"timestamp\": 1, \"input_length\": 0, \"output_length\": 5} | input_length",
        "{\"timestamp\": 1, \"input_length\": 6} | output_length",
        "{\"timestamp\": 1, \"input_length\": 6, \"output_length\": 5, \"hash_ids\": [.5]} | JSON",
        "{\"timestamp\": 1, \"input_length\": 6, \"output_length\": 5, \"hash_ids\": [0.5]} | hash",
        "{\"timestamp\": 1, \"input_length\": 6, \"output_length\": 5 | cut off",
        "{\"timestamp\": 1, \"input_length\": 6, \"output_length\": 5} x | double quotes",
      })
  void a_bad_json_line_names_its_line(String line, String word) throws IOException {
    Exception e =
        assertThrows(
            MalformedInputException.class,
            () -> read(MOONCAKE.substring(0, MOONCAKE.indexOf('\n') + 1) + line + "\n"));
    assertTrue(e.getMessage().startsWith("trace.csv, line 2, column"), e.getMessage());
    assertTrue(e.getMessage().contains(word), e.getMessage());
  }

  @Test
  void hashes_need_the_size_of_their_blocks() {
    String line =
        "{\"arrival_s\": 1, \"input_tokens\": 6, \"output_tokens\": 5, \"hashes\": [1]}\n";
    Exception e = assertThrows(MalformedInputException.class, () -> read(line));
    assertTrue(e.getMessage().contains("block_tokens"), e.getMessage());
  }

  @Test
  void a_wrong_header_is_refused_whatever_the_caller_says_of_lines() {
    Exception e =
        assertThrows(
            MalformedInputException.class,
            () -> read("a,b\n1,2\n", TraceFormat.AZURE_LLM, BadLines.SKIP));
    assertTrue(e.getMessage().contains("a,b") && e.getMessage().contains("ContextTokens"));
  }

  @Test
  void gzip_is_read_and_a_cut_or_false_one_refused() throws IOException {
    StringBuilder text = new StringBuilder(AZURE_HEADER);
    for (int i = 0; i < 50_000; i++) {
      text.append("2023-11-16 18:15:46.6805900,").append(1 + i * 7919 % 9973).append(",44\n");
    }
    byte[] bytes = zipped(text.toString());
    assertEquals(50_000, Trace.of(file("trace.csv.gz", bytes)).read().size());
    Path cut = file("cut.csv.gz", Arrays.copyOf(bytes, bytes.length / 2));
    for (BadLines badLines : BadLines.values()) {
      Exception e =
          assertThrows(
              MalformedInputException.class,
              () -> Trace.of(cut, TraceFormat.AZURE_LLM, badLines).read());
      assertTrue(e.getMessage().matches("cut.csv.gz, line \\d+: .*cut off.*"), e.getMessage());
    }
    byte[] damaged = bytes.clone();
    Arrays.fill(damaged, 20_000, 20_050, (byte) 0x55);
    Path broken = file("broken.csv.gz", damaged);
    assertThrows(MalformedInputException.class, () -> Trace.of(broken).read());
    Path plain = file("plain.csv.gz", AZURE.getBytes(StandardCharsets.UTF_8));
    assertThrows(MalformedInputException.class, () -> Trace.of(plain).read());
    assertThrows(IOException.class, () -> Trace.of(folder.resolve("none.csv")).read());
  }

  @Test
  void bytes_that_are_not_utf8_are_refused_with_their_line() throws IOException {
    byte[] bytes =
        "arrival_s,adapter,input_tokens,output_tokens\n0,ok\u00e9,1,1\n1,bad?,1,1\n"
            .getBytes(StandardCharsets.UTF_8);
    assertEquals(List.of("ok\u00e9", "bad?"), Trace.of(file("good", bytes)).read().clients());
    bytes[new String(bytes, StandardCharsets.ISO_8859_1).indexOf('?')] = (byte) 0xff;
    Path file = file("bad", bytes);
    Exception e = assertThrows(MalformedInputException.class, () -> Trace.of(file).read());
    assertTrue(e.getMessage().startsWith("bad, line 3"), e.getMessage());
    assertTrue(e.getMessage().contains("UTF-8"), e.getMessage());
  }

  /** A line longer than the buffer, and lines across its end. */
  @Test
  void lines_may_be_longer_than_the_buffer() throws IOException {
    StringBuilder hashes = new StringBuilder("0");
    for (int i = 1; i < 30_000; i++) {
      hashes.append(',').append(i);
    }
    String line =
        "{\"timestamp\":1,\"input_length\":9,\"output_length\":5,\"hash_ids\":[" + hashes + "]}\n";
    RecordedRequests requests =
        read(line + line + MOONCAKE.lines().skip(1).findFirst().orElseThrow());
    assertEquals(3, requests.size());
    assertEquals(30_000, requests.prefixHashes(1).length);
  }

  @Test
  void names_are_kept_apart_when_there_are_many() throws IOException {
    StringBuilder text = new StringBuilder("arrival_s,adapter,input_tokens,output_tokens\n");
    for (int i = 0; i < 3000; i++) {
      text.append(i).append(",user-").append(i % 1500).append(",1,1\n");
    }
    RecordedRequests requests = read(text.toString());
    assertEquals(1500, requests.clients().size());
    assertEquals("user-77", requests.clients().get(requests.client(1577)));
  }

  @Property(tries = 100)
  void what_is_written_is_read_back(
      @ForAll @Size(max = 30) List<@LongRange(min = 0, max = 9_000_000_000_000L) Long> gaps,
      @ForAll @IntRange(min = 1, max = 10_000_000) int tokens,
      @ForAll("names") String name)
      throws IOException {
    Path temporary = Files.createTempDirectory("trace");
    try {
      StringBuilder text = new StringBuilder("arrival_s,adapter,input_tokens,output_tokens\n");
      long time = 0;
      for (long gap : gaps) {
        time += gap;
        text.append(BigDecimal.valueOf(time, 12).toPlainString())
            .append(",\"")
            .append(name.replace("\"", "\"\""))
            .append("\",")
            .append(tokens)
            .append(",3\n");
      }
      Path first = Files.writeString(temporary.resolve("a.csv"), text, StandardCharsets.UTF_8);
      Path second = temporary.resolve("b.csv.gz");
      assertEquals(gaps.size(), TraceWriter.write(Trace.of(first), second, TraceFormat.CSV));
      RecordedRequests a = Trace.of(first).read();
      RecordedRequests b = Trace.of(second).read();
      assertEquals(rows(a), rows(b));
      if (!gaps.isEmpty()) {
        Path third = temporary.resolve("c.jsonl");
        TraceWriter.write(Trace.of(first), third, TraceFormat.JSONL);
        RecordedRequests c = Trace.of(third).read();
        assertEquals(a.clients(), c.clients());
        long off = a.arrivalPicos(a.size() - 1) - c.arrivalPicos(c.size() - 1);
        // Nine significant figures of a double are left at 9 million seconds.
        assertTrue(Math.abs(off) <= 1000, "off by " + off);
      }
    } finally {
      try (var files = Files.list(temporary)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(temporary);
    }
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.of("a", "", "x,y", "say \"hi\"", " blank ", "\u00e9t\u00e9", "\"");
  }

  private static List<String> rows(RecordedRequests requests) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      rows.add(
          requests.arrivalPicos(i)
              + " "
              + requests.inputTokens(i)
              + " "
              + requests.outputTokens(i)
              + " "
              + (requests.client(i) < 0 ? "" : requests.clients().get(requests.client(i))));
    }
    return rows;
  }

  @Test
  void generated_requests_and_prefixes_can_be_written_too() throws IOException {
    RecordedRequests mooncake = read(MOONCAKE);
    Path lines = folder.resolve("m.jsonl.gz");
    TraceWriter.write(Trace.of(mooncake), lines, TraceFormat.JSONL);
    RecordedRequests back = Trace.of(lines).read();
    assertArrayEquals(new long[] {0, 1, 2}, back.prefixHashes(1));
    assertEquals(512, back.hashBlockTokens());
    Workload workload = new ZipfMapping(3, 1, List.of(8), 1).apply("m", mooncake);
    Path csv = folder.resolve("w.csv");
    TraceWriter.write(
        workload.generate(1, 0), workload.loraAdapters().stream().map(a -> a.id()).toList(), csv);
    assertEquals(2, Trace.of(csv).read().size());
    assertThrows(
        IllegalArgumentException.class,
        () -> TraceWriter.write(workload.generate(1, 0), List.of(), csv));
    assertThrows(
        IllegalArgumentException.class,
        () -> TraceWriter.write(Trace.of(mooncake), csv, TraceFormat.MOONCAKE));
    assertFalse(Files.exists(folder.resolve("w.csv.tmp")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "x", "", "1e9", "1.5.2", "1e999999999", "0x1", "+-1"})
  void seconds_that_are_none_are_refused(String seconds) {
    Exception e =
        assertThrows(
            MalformedInputException.class,
            () -> read("arrival_s,adapter,input_tokens,output_tokens\n" + seconds + ",a,1,1\n"));
    assertTrue(e.getMessage().contains("9.2e6"), e.getMessage());
  }

  @Test
  void seconds_are_rounded_to_the_picosecond() throws IOException {
    RecordedRequests requests =
        read(
            """
            arrival_s,adapter,input_tokens,output_tokens
            0.0000000000004,a,1,1
            0.0000000000005,a,1,1
            1.,a,1,1
            1.000000000001,a,1,1
            """);
    assertEquals(0, requests.arrivalPicos(0));
    assertEquals(1, requests.arrivalPicos(1));
    assertEquals(1_000_000_000_000L, requests.arrivalPicos(2));
    assertEquals(1_000_000_000_001L, requests.arrivalPicos(3));
  }

  @Property(tries = 300)
  void bytes_are_found_as_a_loop_would(@ForAll @Size(max = 40) byte[] bytes, @ForAll char any) {
    for (char wanted : new char[] {',', '\n', (char) (any & 0x7f)}) {
      for (int from = 0; from <= bytes.length; from++) {
        int expected = from;
        while (expected < bytes.length && bytes[expected] != wanted) {
          expected++;
        }
        assertEquals(expected, ByteScan.indexOf(bytes, from, bytes.length, wanted));
      }
    }
    boolean ascii = true;
    for (byte b : bytes) {
      ascii &= b >= 0;
    }
    assertEquals(ascii, ByteScan.isAscii(bytes, 0, bytes.length));
  }

  /** Hashes are kept as blocks of one size, so those of another would stand for other tokens. */
  @Test
  void hashes_of_two_block_sizes_are_refused_with_the_place() throws IOException {
    Path file = Files.createTempFile("blocks", ".jsonl");
    try {
      String row = "{\"arrival_s\": 1, \"input_tokens\": 32, \"output_tokens\": 1";
      Files.writeString(
          file,
          row
              + ", \"block_tokens\": 16, \"hashes\": [1, 2]}\n"
              + row
              + "}\n"
              + row
              + ", \"block_tokens\": 32, \"hashes\": [1]}\n");
      String message =
          assertThrows(MalformedInputException.class, () -> Trace.of(file).read()).getMessage();
      assertTrue(message.contains("line 3") && message.contains("block_tokens are 32"), message);
    } finally {
      Files.delete(file);
    }
  }
}
