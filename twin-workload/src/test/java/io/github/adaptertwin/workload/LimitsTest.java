package io.github.adaptertwin.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.GzipInput;
import io.github.adaptertwin.core.input.JsonInput;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.input.TextLines;
import io.github.adaptertwin.workload.observed.MetricsSnapshot;
import io.github.adaptertwin.workload.observed.VllmRequestLog;
import io.github.adaptertwin.workload.trace.Trace;
import io.github.adaptertwin.workload.trace.TraceSummary;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Inputs that would fill a memory or never end: refused, with the limit and what to do. */
class LimitsTest {
  /** A begin, then a piece of text again and again. */
  private static final class Repeated extends Reader {
    private static final long LENGTH = 1L << 40;

    private final String begin;
    private final String piece;
    private long at;

    Repeated(String begin, String piece) {
      this.begin = begin;
      this.piece = piece;
    }

    @Override
    public int read(char[] into, int from, int count) {
      if (at >= LENGTH) {
        return -1;
      }
      for (int i = 0; i < count; i++, at++) {
        into[from + i] =
            at < begin.length()
                ? begin.charAt((int) at)
                : piece.charAt((int) ((at - begin.length()) % piece.length()));
      }
      return count;
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }

  private static void assertRefused(String words, Executable read) {
    String message = assertThrows(MalformedInputException.class, read).getMessage();
    assertTrue(message.contains(words) && message.length() < 400, message);
  }

  private static JsonInput json(Reader text) {
    return JsonInput.of("bomb.json", text);
  }

  @Test
  void json_nestedTooDeep_isRefused() {
    assertRefused("deeper than the limit of 64", () -> JsonMembers.read(nested(65)));
    assertEquals(1, JsonMembers.read(nested(64)).objects("a").size());
    String endless = "{\"a\":" + "[".repeat(1_000_000);
    assertRefused(
        "deeper than the limit of 64", () -> JsonMembers.read(json(new StringReader(endless))));
    String skipped = "[".repeat(1_000_000);
    assertRefused("deeper than the limit of 64", () -> json(new StringReader(skipped)).skip());
  }

  /** An object in a list, with arrays within until so many lie in each other. */
  private static JsonInput nested(int depth) {
    int arrays = depth - 3;
    return json(
        new StringReader("{\"a\":[{\"b\":" + "[".repeat(arrays) + "]".repeat(arrays) + "}]}"));
  }

  @Test
  void json_hugeArray_isRefused() {
    assertRefused(
        "more values than the limit of 10000000", () -> json(new Repeated("[", "1,")).numbers());
  }

  @Test
  void json_manyBooleansAndNulls_areRefused() {
    assertRefused(
        "more values than the limit of 10000000",
        () -> {
          JsonInput json = json(new Repeated("[", "true,null,"));
          json.beginArray();
          while (json.hasNext()) {
            if (!json.consumeNull()) {
              json.bool();
            }
          }
        });
  }

  @Test
  void json_tooLong_isRefused() {
    assertRefused(
        "longer than the limit of 268435456 characters",
        () -> json(new Repeated("", " \n")).beginObject());
  }

  @Test
  void workload_tooManyOrTooLongNames_isRefused() {
    String begin =
        "{\"schemaVersion\":1,\"baseModel\":\"m\",\"horizonSeconds\":1,\"lengths\":"
            + "{\"law\":\"fixed\",\"inputTokens\":1,\"outputTokens\":1},\"dealtAdapters\":"
            + "{\"ranks\":[8],\"ratesPerSecond\":[1],";
    assertRefused(
        "must be a whole number in [1, 1000000]",
        () ->
            WorkloadFile.read(
                "w.json", new StringReader(begin + "\"count\":1000001,\"idPrefix\":\"a\"}}")));
    assertRefused(
        "limited to 67108864 characters",
        () ->
            WorkloadFile.read(
                "w.json",
                new StringReader(
                    begin + "\"count\":1000000,\"idPrefix\":\"" + "a".repeat(68) + "\"}}")));
  }

  @Test
  void lines_withoutEnd_areRefused() {
    assertRefused(
        "longer than the limit of 16777216 characters",
        () -> MetricsSnapshot.read("metrics", new Repeated("", "x")));
    assertRefused(
        "line 2: the line is longer than the limit",
        () -> VllmRequestLog.read("log", new Repeated("\n", "x")));
  }

  @Test
  void lines_anyEnd_areCounted() throws IOException {
    TextLines lines = new TextLines("t", new StringReader("a\r\n\rb\nc\r"));
    for (String expected : new String[] {"a", "", "b", "c"}) {
      assertEquals(expected, lines.next());
    }
    assertEquals(null, lines.next());
    assertEquals(4, lines.number());
  }

  @Test
  void trace_gzipBomb_isRefused(@TempDir Path folder) throws IOException {
    Path bomb = folder.resolve("bomb.csv.gz");
    byte[] lineEnds = new byte[1 << 20];
    Arrays.fill(lineEnds, (byte) '\n');
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(bomb))) {
      out.write("arrival_s,adapter,input_tokens,output_tokens\n".getBytes(StandardCharsets.UTF_8));
      for (int i = 0; i < 80; i++) {
        out.write(lineEnds);
      }
    }
    assertTrue(Files.size(bomb) < 200_000, "packed small");
    assertRefused("expands to more than 200 times", () -> TraceSummary.of(Trace.of(bomb)));
    assertTrue(GzipInput.ALWAYS_ALLOWED < 80L << 20, "the bomb is above what is always allowed");
  }

  /** All of these names have one hash code; a list of them would be walked two billion times. */
  @Test
  void trace_namesWithOneHashCode_areReadAsFastAsOthers(@TempDir Path folder) throws IOException {
    StringBuilder rows = new StringBuilder("arrival_s,adapter,input_tokens,output_tokens\n");
    int names = 1 << 16;
    for (int n = 0; n < names; n++) {
      rows.append("1,");
      for (int bit = 0; bit < 16; bit++) {
        rows.append((n >> bit & 1) == 0 ? "Aa" : "BB");
      }
      rows.append(",5,6\n");
    }
    Path file = folder.resolve("collisions.csv");
    Files.writeString(file, rows);
    assertEquals(names, Trace.of(file).read().clients().size());
    assertEquals(names, TraceSummary.of(Trace.of(file)).clients().size());
  }
}
