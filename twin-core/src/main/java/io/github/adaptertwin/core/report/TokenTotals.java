package io.github.adaptertwin.core.report;

import java.io.Serializable;

/**
 * Tokens of a run.
 *
 * @param offeredInput prompt tokens of all requests that arrived
 * @param offeredOutput tokens that all requests that arrived would generate
 * @param completedInput prompt tokens of completed requests
 * @param completedOutput tokens that completed requests generated
 * @param generated tokens generated, also by requests that did not complete
 * @param prefilled tokens computed in prefill chunks, recomputed ones included
 */
public record TokenTotals(
    long offeredInput,
    long offeredOutput,
    long completedInput,
    long completedOutput,
    long generated,
    long prefilled)
    implements Serializable {

  /** {@return input and output tokens of all requests that arrived} */
  public long offered() {
    return offeredInput + offeredOutput;
  }

  /** {@return input and output tokens of completed requests} */
  public long completed() {
    return completedInput + completedOutput;
  }
}
