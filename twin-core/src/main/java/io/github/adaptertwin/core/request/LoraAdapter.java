package io.github.adaptertwin.core.request;

import io.github.adaptertwin.core.input.VisibleText;
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
    if (!isText(id)) {
      throw new IllegalArgumentException(
          "adapter id '"
              + VisibleText.of(id)
              + "' holds U+0000 or half of a surrogate pair, which no file and no command line can"
              + " carry; rename the adapter");
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

  private static boolean isText(String id) {
    return id.indexOf('\0') < 0
        && id.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE);
  }
}
