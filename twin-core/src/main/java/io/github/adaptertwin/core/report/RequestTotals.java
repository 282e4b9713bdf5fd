package io.github.adaptertwin.core.report;

import java.io.Serializable;

/**
 * Where the requests that arrived before the horizon ended up; each is in exactly one of the
 * states.
 *
 * @param arrived requests that the source offered before the horizon
 * @param carriedOver requests in the engine when the warm-up ended, 0 without a warm-up; arrived
 *     and carried over are together completed, running, waiting, dropped and rejected
 * @param completed requests that generated all of their tokens in time
 * @param running requests that were running when the run ended
 * @param waiting requests that were waiting when the run ended
 * @param dropped requests that the source held back at its waiting cap
 * @param rejected requests whose prompt alone reaches {@code max_model_len}
 */
public record RequestTotals(
    long arrived,
    long carriedOver,
    long completed,
    long running,
    long waiting,
    long dropped,
    long rejected)
    implements Serializable {

  /** {@return requests that arrived, or were carried over, and did not complete} */
  public long unfinished() {
    return arrived + carriedOver - completed;
  }
}
