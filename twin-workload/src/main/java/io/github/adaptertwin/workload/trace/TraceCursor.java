package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.input.MalformedInputException;
import java.io.Closeable;
import java.io.IOException;

/**
 * A position in a recorded trace: requests one after the other, in order of arrival, in constant
 * memory. Figures are undefined before the first {@link #advance}. Not thread-safe.
 */
public interface TraceCursor extends Closeable {
  /**
   * Moves to the next request.
   *
   * @return whether there is one
   * @throws MalformedInputException if a line cannot be used; the message names file, line, column,
   *     value and remedy
   * @throws IOException if the file cannot be read
   */
  boolean advance() throws IOException;

  /** {@return arrival of the current request in picoseconds, at least 0} */
  long arrivalPicos();

  /** {@return prompt tokens of the current request, at least 1} */
  int inputTokens();

  /** {@return generated tokens of the current request, at least 1} */
  int outputTokens();

  /**
   * {@return who sent the current request: an adapter, a client or a session, whatever the format
   * tells; empty if it tells nothing}
   */
  default String client() {
    return "";
  }

  /** {@return how many tokens one prefix hash stands for; 0 if requests carry none} */
  default int hashBlockTokens() {
    return 0;
  }

  /**
   * {@return hashes of the blocks of the current prompt, each of its block and all before it; empty
   * if it carries none. The array belongs to the caller}
   */
  default long[] prefixHashes() {
    return new long[0];
  }

  /** {@return what was left out so far, and why} */
  default SkippedLines skipped() {
    return SkippedLines.NONE;
  }
}
