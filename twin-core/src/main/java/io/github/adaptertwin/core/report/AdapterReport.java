package io.github.adaptertwin.core.report;

import java.io.Serializable;

/**
 * What became of one adapter's requests.
 *
 * @param adapterId the adapter, or {@link #BASE_MODEL_ID} for requests without one
 * @param arrived requests that arrived
 * @param completed requests that completed
 * @param offeredTokens input and output tokens of the requests that arrived
 * @param completedTokens input and output tokens of the requests that completed
 * @param meanTtftSeconds mean time to first token of completed requests, NaN if there are none
 * @param hostLoads times that the adapter was copied into a GPU slot
 */
public record AdapterReport(
    String adapterId,
    long arrived,
    long completed,
    long offeredTokens,
    long completedTokens,
    double meanTtftSeconds,
    long hostLoads)
    implements Serializable {
  /** Stands for requests to the base model. */
  public static final String BASE_MODEL_ID = "";

  /** {@return completed over offered tokens, 1 if nothing was offered} */
  public double completedShare() {
    return offeredTokens == 0 ? 1 : completedTokens / (double) offeredTokens;
  }
}
