package io.github.adaptertwin.core.engine;

/**
 * What one engine step computes, as far as its cost depends on it: how many tokens of which kind,
 * for how many adapters. Context read by decoding requests is not part of the shape, because the
 * cost is affine in it (see {@link BoundStepCosts}).
 *
 * <p>Mutable and reused by an engine from step to step, so that nothing is allocated; not
 * thread-safe. The fields are a plain record of counts, each at least 0:
 */
public final class BatchShape {
  /** Requests that decode one token each in this step. */
  public int decodeRequests;

  /** Prompt (or recomputed) tokens of all chunks in this step. */
  public int prefillTokens;

  /** Prefill chunks in this step. */
  public int prefillChunks;

  /** Chunks that complete their prefill in this step and so sample a token. */
  public int completedPrefills;

  /**
   * Sum over the chunks of the (query, key) pairs under the causal mask: for a chunk of n tokens
   * after h tokens of history, n * h + n * (n + 1) / 2.
   */
  public long prefillPairs;

  /** Sum over the chunks of the history tokens whose keys and values are read again. */
  public long prefillHistoryTokens;

  /** Tokens of the step that belong to a request with an adapter. */
  public int loraTokens;

  /** Distinct adapters in the step. */
  public int distinctAdapters;

  /** {@return all tokens of the step, decode and prefill, before any padding} */
  public int tokens() {
    return decodeRequests + prefillTokens;
  }

  /** {@return tokens sampled in this step, the rows of the logits} */
  public int sampledTokens() {
    return decodeRequests + completedPrefills;
  }

  /** Sets every count to 0. */
  public void clear() {
    decodeRequests = 0;
    prefillTokens = 0;
    prefillChunks = 0;
    completedPrefills = 0;
    prefillPairs = 0;
    prefillHistoryTokens = 0;
    loraTokens = 0;
    distinctAdapters = 0;
  }

  /**
   * Adds a prefill chunk.
   *
   * @param chunkTokens tokens of the chunk, at least 1
   * @param historyTokens tokens of the same request computed in earlier steps, at least 0
   * @param completes whether the chunk ends the prefill, so that a token is sampled
   */
  public void addChunk(int chunkTokens, int historyTokens, boolean completes) {
    prefillTokens += chunkTokens;
    prefillChunks++;
    if (completes) {
      completedPrefills++;
    }
    prefillPairs +=
        (long) chunkTokens * historyTokens + (long) chunkTokens * (chunkTokens + 1L) / 2;
    prefillHistoryTokens += historyTokens;
  }
}
