package io.github.adaptertwin.workload.trace;

/** What a reader does with a line that it cannot use. */
public enum BadLines {
  /** An exception names the place, the value and the remedy. */
  REFUSE,

  /**
   * The line is left out and counted. A wrong header and damaged bytes are refused all the same.
   */
  SKIP
}
