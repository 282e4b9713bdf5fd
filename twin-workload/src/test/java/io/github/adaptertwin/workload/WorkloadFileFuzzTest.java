package io.github.adaptertwin.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Workload files of any text: they are read, and then read again as they are written, or refused by
 * a {@link MalformedInputException} whose message is one line.
 */
class WorkloadFileFuzzTest {
  /** Counts that are legal but take a second to make are no finding. */
  private static final Pattern LARGE_COUNT = Pattern.compile("\"count\"\\s*:\\s*\\S{5,}");

  private static final Pattern LARGE_BOUND = Pattern.compile("\\d{5,}|[eE]\\+?\\d");

  private static final Pattern HUNDREDS = Pattern.compile("\\d{3,}|[eE]\\+?\\d");
  private static final int SEED_BYTES = 4096;

  @FuzzTest
  void workload(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    Matcher count = LARGE_COUNT.matcher(text);
    if (count.find() || LARGE_BOUND.matcher(lengthsOf(text)).find()) {
      return;
    }
    // Tables of coupled lengths of thousands of tokens take a second. Seeds are padded for them.
    if (bytes.length % SEED_BYTES != 0
        && (text.contains("coupled") || text.contains("truncatedGamma"))
        && HUNDREDS.matcher(lengthsOf(text)).find()) {
      return;
    }
    WorkloadFile file;
    try {
      file = WorkloadFile.read("workload.json", new StringReader(text));
    } catch (MalformedInputException e) {
      String message = e.getMessage();
      assertTrue(
          message != null
              && message.startsWith("workload.json")
              && message.chars().noneMatch(c -> c < ' '),
          () -> "not one line that names the file: " + message);
      return;
    }
    String written = file.toJson();
    assertEquals(written, WorkloadFile.read("again", new StringReader(written)).toJson());
  }

  /** Tables of lengths up to 10 million are legal; they are too slow for a fuzzer. */
  private static String lengthsOf(String text) {
    int at = text.indexOf("\"lengths\"");
    return at < 0 ? "" : text.substring(at);
  }
}
