package io.github.adaptertwin.gpu.memory;

import io.github.adaptertwin.gpu.spec.ModelSpec;

/**
 * The tensors that vLLM 0.8.5 allocates at start for its adapter slots: for every linear layer,
 * over all slots, whether an adapter targets it or not. Order matters to the allocator and follows
 * the engine's.
 */
final class LoraTensors {
  private static final long BYTES = 2;

  /** vLLM's {@code lora_extra_vocab_size}. */
  private static final long EXTRA_VOCABULARY = 256;

  private LoraTensors() {}

  /**
   * Allocates everything for {@code slots} slots of {@code rank}.
   *
   * @param extraVocabulary whether adapters may add entries to the vocabulary
   */
  static CachingAllocator allocate(
      ModelSpec model, long slots, long rank, boolean extraVocabulary) {
    CachingAllocator memory = new CachingAllocator();
    long hidden = model.hidden();
    long query = model.queryWidth();
    long kv = model.kvWidth();
    long intermediate = model.intermediate();
    long vocabulary = model.vocabulary();
    long unit = BYTES * slots * rank;
    long added = extraVocabulary ? EXTRA_VOCABULARY : 0;
    long extra = BYTES * slots * added * hidden;
    if (model.embeddingLora()) {
      memory.allocate(unit * (vocabulary + added));
      memory.allocate(unit * hidden);
      memory.allocate(extra);
    }
    for (int layer = 0; layer < model.layers(); layer++) {
      for (int slice = 0; slice < 3; slice++) {
        memory.allocate(unit * hidden);
      }
      memory.allocate(unit * query);
      memory.allocate(unit * kv);
      memory.allocate(unit * kv);
      memory.allocate(unit * query);
      memory.allocate(unit * hidden);
      memory.allocate(unit * hidden);
      memory.allocate(unit * hidden);
      memory.allocate(unit * intermediate);
      memory.allocate(unit * intermediate);
      memory.allocate(unit * intermediate);
      memory.allocate(unit * hidden);
    }
    if (model.embeddingLora()) {
      long padded = (vocabulary + EXTRA_VOCABULARY - 1) / EXTRA_VOCABULARY * EXTRA_VOCABULARY;
      memory.allocate(unit * hidden);
      memory.allocate(unit * padded);
      memory.allocate(extra);
    }
    return memory;
  }

  /** By how much the base model's own tables grow when LoRA is enabled. */
  static long baseGrowthBytes(ModelSpec model, long slots, boolean extraVocabulary) {
    return model.embeddingLora() && extraVocabulary
        ? BYTES * EXTRA_VOCABULARY * model.hidden() * (slots + 1)
        : 0;
  }
}
