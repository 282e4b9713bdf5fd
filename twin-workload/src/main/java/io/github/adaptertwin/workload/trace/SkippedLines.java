package io.github.adaptertwin.workload.trace;

/**
 * Lines of a trace that were left out.
 *
 * @param failures requests that the trace itself marks as failed; they are always left out
 * @param malformed lines that could not be used, left out because the caller asked for that
 * @param firstProblem what was wrong with the first malformed line, with its place; empty if there
 *     was none
 */
public record SkippedLines(long failures, long malformed, String firstProblem) {
  /** Nothing was left out. */
  public static final SkippedLines NONE = new SkippedLines(0, 0, "");
}
