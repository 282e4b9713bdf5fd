package io.github.adaptertwin.core.progress;

import java.util.concurrent.CancellationException;

/**
 * Hears how far long work is and may stop it. Called from the threads that work, one call at a time
 * for each piece of work; an exception that it throws ends the work.
 */
@FunctionalInterface
public interface Progress {
  /** Hears nothing and stops nothing. */
  Progress NONE =
      (stage, done, expected) -> {
        // Nobody listens.
      };

  /** {@code expected} of work whose amount is not known in advance. */
  long UNKNOWN = -1;

  /**
   * Some work is done.
   *
   * @param stage what is being done, a few words
   * @param done pieces done in this stage
   * @param expected pieces in this stage, or {@link #UNKNOWN}
   * @throws CancellationException to stop the work
   */
  void done(String stage, long done, long expected);
}
