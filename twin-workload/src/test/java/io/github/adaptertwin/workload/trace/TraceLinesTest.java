package io.github.adaptertwin.workload.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceLinesTest {
  private static TraceLines lines(int length, String end) throws IOException {
    byte[] first = "a\n".getBytes(StandardCharsets.UTF_8);
    byte[] last = end.getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[first.length + length + last.length];
    Arrays.fill(all, (byte) 'x');
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(last, 0, all, first.length + length, last.length);
    return TraceLines.open("t.csv", new ByteArrayInputStream(all));
  }

  /** The limit is that of the line without its end. */
  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r\n", "\r", "\nb\n", "\r\nb"})
  void the_longest_line_is_read_and_a_longer_one_refused(String end) throws IOException {
    try (TraceLines longest = lines(TraceLines.LONGEST_LINE, end)) {
      assertTrue(longest.next());
      assertTrue(longest.next());
      assertEquals(TraceLines.LONGEST_LINE, longest.end() - longest.start());
      assertEquals(2, longest.line());
      assertEquals(end.contains("b"), longest.next());
      assertFalse(longest.next());
    }
    for (int more = 1; more <= 3; more++) {
      try (TraceLines longer = lines(TraceLines.LONGEST_LINE + more, end)) {
        assertTrue(longer.next());
        String message = assertThrows(MalformedInputException.class, longer::next).getMessage();
        assertTrue(message.startsWith("t.csv, line 2: the line is longer"), message);
      }
    }
  }
}
