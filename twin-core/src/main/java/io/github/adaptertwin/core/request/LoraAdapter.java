package io.github.adaptertwin.core.request;

import java.io.Serializable;

/**
 * A LoRA adapter of one rank. An adapter's rank is its own; a slot on the GPU is always as large as
 * the engine's {@code max_lora_rank}.
 *
 * @param id the name that requests use, not blank
 * @param rank LoRA rank in [1, {@value #MAX_RANK}]
 */
public record LoraAdapter(String id, int rank) implements Serializable {
  /** Largest rank that any version of the engine accepts. */
  public static final int MAX_RANK = 512;

  public LoraAdapter {
    if (id.isBlank()) {
      throw new IllegalArgumentException("adapter id is blank; give every adapter a name");
    }
    if (rank < 1 || rank > MAX_RANK) {
      throw new IllegalArgumentException(
          "adapter '"
              + id
              + "' has rank "
              + rank
              + ", outside [1, "
              + MAX_RANK
              + "]; the engine accepts no such rank");
    }
  }
}
