package io.github.adaptertwin.workload.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.time.SimulatedTime;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;

/**
 * Traces of any bytes: they are read, or refused by a {@link MalformedInputException} whose message
 * is one line. Inputs under {@code TraceFuzzTestInputs} are run in every build.
 */
class TraceFuzzTest {
  private static final String NAME = "trace.csv";

  /** The format is told by the first line, as for a file of the command line. */
  @FuzzTest
  void told(byte[] bytes) throws IOException {
    TraceFormat format;
    try (TraceLines lines = TraceLines.open(NAME, new ByteArrayInputStream(bytes))) {
      format = TraceFormat.of(lines);
    } catch (MalformedInputException e) {
      assertOneLine(e);
      return;
    }
    read(format, bytes);
  }

  /** The first byte says which format; what follows need not look like it. */
  @FuzzTest
  void named(byte[] bytes) throws IOException {
    if (bytes.length > 0) {
      TraceFormat[] formats = TraceFormat.values();
      byte[] rest = new byte[bytes.length - 1];
      System.arraycopy(bytes, 1, rest, 0, rest.length);
      read(formats[Byte.toUnsignedInt(bytes[0]) % formats.length], rest);
    }
  }

  /** Compressed lines whose last bytes may be damaged: the first byte says how many are cut. */
  @FuzzTest
  void gzip(byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      return;
    }
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(packed)) {
      zip.write(bytes, 1, bytes.length - 1);
    }
    byte[] whole = packed.toByteArray();
    int cut = Math.min(whole.length, Byte.toUnsignedInt(bytes[0]) / 4);
    byte[] kept = java.util.Arrays.copyOf(whole, whole.length - cut);
    if (bytes[0] % 4 == 3 && kept.length > 12) {
      kept[11] ^= bytes[0];
    }
    told(kept);
  }

  private static void read(TraceFormat format, byte[] bytes) throws IOException {
    long good = 0;
    try (TraceCursor cursor = open(format, bytes, BadLines.REFUSE)) {
      good = count(cursor);
      assertEquals(0, cursor.skipped().malformed(), "a bad line was passed over");
    } catch (MalformedInputException e) {
      assertOneLine(e);
    }
    try (TraceCursor cursor = open(format, bytes, BadLines.SKIP)) {
      long all = count(cursor);
      assertTrue(all >= good, () -> "fewer requests where bad lines are skipped: " + all);
    } catch (MalformedInputException e) {
      assertOneLine(e);
    }
    try {
      RecordedRequests kept = RecordedRequests.read(open(format, bytes, BadLines.SKIP));
      assertTrue(kept.size() >= good, "requests in memory");
    } catch (MalformedInputException e) {
      assertOneLine(e);
    }
  }

  private static TraceCursor open(TraceFormat format, byte[] bytes, BadLines badLines)
      throws IOException {
    return format.open(TraceLines.open(NAME, new ByteArrayInputStream(bytes)), badLines);
  }

  private static long count(TraceCursor cursor) throws IOException {
    long count = 0;
    long last = 0;
    while (cursor.advance()) {
      long now = cursor.arrivalPicos();
      assertTrue(now >= last, "time runs backwards");
      assertTrue(now <= SimulatedTime.toPicos(SimulatedTime.MAX_SECONDS), "time beyond its range");
      assertTrue(cursor.inputTokens() > 0 && cursor.outputTokens() > 0, "no tokens");
      assertFalse(cursor.client() == null, "no client");
      assertTrue(cursor.prefixHashes().length == 0 || cursor.hashBlockTokens() > 0, "hashes");
      last = now;
      count++;
    }
    return count;
  }

  private static void assertOneLine(MalformedInputException e) {
    String message = e.getMessage();
    assertTrue(
        message != null && message.startsWith(NAME) && message.chars().noneMatch(c -> c < ' '),
        () -> "not one line that names the file: " + message);
  }
}
