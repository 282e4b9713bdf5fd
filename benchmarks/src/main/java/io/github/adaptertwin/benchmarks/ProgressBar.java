package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.progress.Progress;

/** Draws how far long work is, on one line of the error stream, fifty times at most. */
final class ProgressBar implements Progress {
  private static final int WIDTH = 50;

  private long drawn = -1;

  @Override
  public void done(String stage, long done, long expected) {
    if (expected <= 0) {
      return;
    }
    long filled = done * WIDTH / expected;
    if (filled == drawn) {
      return;
    }
    drawn = filled;
    System.err.print(
        "\r"
            + stage
            + " ["
            + "#".repeat((int) filled)
            + " ".repeat((int) (WIDTH - filled))
            + "] "
            + done
            + "/"
            + expected
            + (done == expected ? "\n" : ""));
  }
}
