package io.github.adaptertwin.gpu.memory;

/** Whether an engine starts, and with how much KV cache. */
public sealed interface MemoryPlan {
  /**
   * The engine starts.
   *
   * @param kvBlocks blocks of the KV cache, the null block included
   * @param kvTokens tokens of those blocks
   * @param kvBytes bytes available to the KV cache, on each GPU of the group
   * @param loraBytes bytes reserved for adapter slots, on each GPU
   * @param startSeconds estimated time from process start to the first request, weights already on
   *     the node's disk; dominated by CUDA-graph capture, which grows with the slots
   * @param basis what the figures rest on
   */
  record Fits(
      int kvBlocks, long kvTokens, long kvBytes, long loraBytes, double startSeconds, Basis basis)
      implements MemoryPlan {}

  /**
   * The engine does not start.
   *
   * @param reason which of its three checks fails
   * @param kvBytes bytes that would be available to the KV cache; negative if there are none
   * @param message one line: what is needed, what there is, and what would help
   */
  record Refused(Reason reason, long kvBytes, String message) implements MemoryPlan {}

  /** Why an engine does not start, in the order in which it notices. */
  enum Reason {
    /** The slots, or the profile run after them, exceed the GPU's memory. */
    OUT_OF_MEMORY,
    /** Nothing is left for the KV cache. */
    NO_CACHE_BLOCKS,
    /** The KV cache does not hold one request of {@code max_model_len}. */
    KV_BELOW_MAX_MODEL_LEN
  }

  /** What a memory plan rests on. */
  enum Basis {
    /** A measured start of this model on this card, without LoRA. */
    MEASURED_START,
    /** A measured start of this model on another card, moved by the difference in memory. */
    START_ON_ANOTHER_CARD,
    /**
     * A measured start of this model in bf16, moved by the bytes of its other data types and, on
     * another card, by the difference in memory.
     */
    START_IN_BF16,
    /** Dimensions alone. */
    DIMENSIONS
  }
}
