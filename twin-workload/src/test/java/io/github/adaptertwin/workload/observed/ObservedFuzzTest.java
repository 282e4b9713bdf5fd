package io.github.adaptertwin.workload.observed;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Texts of servers and tables of measured runs, whatever they hold: they are read, or refused by a
 * documented exception whose message is one line.
 */
class ObservedFuzzTest {
  private static final String NAME = "observed.txt";

  /** Two snapshots, apart at the first line of dashes, and the requests between them. */
  @FuzzTest
  void metrics(byte[] bytes) throws IOException {
    String[] texts = text(bytes).split("----\n", 2);
    try {
      MetricsSnapshot earlier = MetricsSnapshot.read(NAME, new StringReader(texts[0]));
      MetricsSnapshot later =
          texts.length > 1 ? MetricsSnapshot.read(NAME, new StringReader(texts[1])) : earlier;
      for (MetricsSnapshot.Sample sample : later.samples()) {
        assertTrue(!sample.name().isEmpty(), "a sample without a name");
      }
      try {
        Map<String, Double> requests = CountedTraffic.VLLM.requests(earlier, later);
        assertTrue(
            requests.values().stream().allMatch(n -> n >= 0 && Double.isFinite(n)),
            () -> "counts " + requests);
        CountedTraffic.VLLM.lengths(earlier, later);
      } catch (IllegalArgumentException e) {
        assertOneLine("", e);
      }
    } catch (MalformedInputException e) {
      assertOneLine(NAME, e);
    }
  }

  @FuzzTest
  void requestLog(byte[] bytes) throws IOException {
    try {
      VllmRequestLog log = VllmRequestLog.read(NAME, new StringReader(text(bytes)));
      Map<String, Integer> ranks = new TreeMap<>();
      double last = 0;
      for (VllmRequestLog.LoggedRequest request : log.requests()) {
        assertTrue(request.seconds() >= last, "time runs backwards");
        last = request.seconds();
        if (!request.adapter().isEmpty()) {
          ranks.put(request.adapter(), 8);
        }
      }
      try {
        log.workload("model", ranks, new FixedLengths(100, 50), 1);
      } catch (IllegalArgumentException e) {
        assertOneLine("", e);
      }
    } catch (MalformedInputException e) {
      assertOneLine(NAME, e);
    }
  }

  @FuzzTest
  void measuredRuns(byte[] bytes) throws IOException {
    try {
      MeasuredRuns.read(NAME, new StringReader(text(bytes)));
    } catch (MalformedInputException e) {
      assertOneLine(NAME, e);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void assertOneLine(String begin, Exception e) {
    String message = e.getMessage();
    assertTrue(
        message != null && message.startsWith(begin) && message.chars().noneMatch(c -> c < ' '),
        () -> "not one line that names the text: " + message);
  }
}
