package io.github.adaptertwin.gpu.memory;

import io.github.adaptertwin.gpu.spec.ModelSpec;

/**
 * The tensors of a base model as the engine holds them: fused query-key-value and gate-up
 * projections. Only what the allocator's blocks add to their sizes matters: a tensor above 10 MiB
 * takes a whole number of 2 MiB, and a rest of up to 1 MiB is lost.
 */
final class BaseTensors {
  private static final long BYTES = 2;
  private static final int EXPERTS = 8;

  private BaseTensors() {}

  /** Allocates the weights. */
  static CachingAllocator allocate(ModelSpec model) {
    CachingAllocator memory = new CachingAllocator();
    long hidden = model.hidden();
    long query = model.queryWidth();
    long intermediate = model.intermediate();
    long experts = model.variant() == ModelSpec.Variant.EIGHT_EXPERTS ? EXPERTS : 1;
    memory.allocate(BYTES * model.vocabulary() * hidden);
    for (int layer = 0; layer < model.layers(); layer++) {
      memory.allocate(BYTES * hidden * (query + 2L * model.kvWidth()));
      if (model.qkvBias()) {
        memory.allocate(BYTES * (query + 2L * model.kvWidth()));
      }
      memory.allocate(BYTES * query * hidden);
      memory.allocate(BYTES * experts * 2 * intermediate * hidden);
      memory.allocate(BYTES * experts * intermediate * hidden);
      memory.allocate(BYTES * hidden);
      memory.allocate(BYTES * hidden);
    }
    memory.allocate(BYTES * hidden);
    if (!model.tiedEmbeddings()) {
      memory.allocate(BYTES * model.vocabulary() * hidden);
    }
    return memory;
  }
}
