package io.github.adaptertwin.placement;

/**
 * No placement keeps the rules.
 *
 * @param reason which bound was met
 * @param subject what it was met by: an adapter, a GPU or the pool
 * @param message one line: what, with which figures, and what would help
 */
public record Infeasible(Reason reason, String subject, String message) implements PlacementResult {

  /** Which bound was met. */
  public enum Reason {
    /** An engine would run out of memory at start. */
    OUT_OF_MEMORY,
    /** An engine would start without a single KV block. */
    NO_CACHE_BLOCKS,
    /** The KV cache would not hold one request of the maximum length. */
    KV_BELOW_MAX_MODEL_LEN,
    /** Requests of the mean length are longer than the model's context, so engines refuse them. */
    REQUEST_TOO_LONG,
    /** The host memory of the GPUs does not hold the adapters. */
    HOST_MEMORY,
    /** One adapter alone offers more than a GPU serves under the rules. */
    ADAPTER_EXCEEDS_GPU,
    /**
     * Of the splits over the GPUs of the pool that the search makes none keeps the rules; the
     * search is a heuristic, so this is no proof that there is none.
     */
    POOL_EXHAUSTED,
    /** The effort or the time was spent before a plan was found and verified. */
    EFFORT_SPENT
  }
}
