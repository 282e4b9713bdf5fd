package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.IOException;

/**
 * Requests of a file with one on each line, whatever the format: leaves bad lines out or refuses
 * them, and knows whether time runs backwards. Not thread-safe.
 */
abstract class RowCursor implements TraceCursor {
  final TraceLines lines;
  private final BadLines badLines;
  private long arrival;
  private long last = -1;
  private int input;
  private int output;
  private String client = "";
  private long failures;
  private long malformed;
  private String firstProblem = "";

  RowCursor(TraceLines lines, BadLines badLines) {
    this.lines = lines;
    this.badLines = badLines;
  }

  /**
   * Reads the current line and gives what it says to {@link #take}.
   *
   * @return whether it is a request; false for one that the trace marks as failed
   * @throws MalformedInputException if it cannot be used
   */
  abstract boolean row() throws IOException;

  @Override
  public final boolean advance() throws IOException {
    while (lines.next()) {
      try {
        if (row()) {
          return true;
        }
        failures++;
      } catch (MalformedInputException e) {
        if (badLines == BadLines.REFUSE) {
          throw e;
        }
        firstProblem = malformed++ == 0 ? String.valueOf(e.getMessage()) : firstProblem;
      }
    }
    return false;
  }

  /** Whether a time is before that of the last line that could be used. */
  final boolean isBeforeLast(long time) {
    return time < last;
  }

  /** Takes the time of a line that is in order, also of a request that failed. */
  final void passed(long time) {
    last = time;
  }

  /** Takes a request that is in order. */
  final void take(long time, int inputTokens, int outputTokens, String who) {
    last = time;
    arrival = time;
    input = inputTokens;
    output = outputTokens;
    client = who;
  }

  @Override
  public final long arrivalPicos() {
    return arrival;
  }

  @Override
  public final int inputTokens() {
    return input;
  }

  @Override
  public final int outputTokens() {
    return output;
  }

  @Override
  public final String client() {
    return client;
  }

  @Override
  public final SkippedLines skipped() {
    return new SkippedLines(failures, malformed, firstProblem);
  }

  @Override
  public final void close() throws IOException {
    lines.close();
  }
}
