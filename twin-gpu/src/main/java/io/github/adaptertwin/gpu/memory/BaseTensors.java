package io.github.adaptertwin.gpu.memory;

import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.TensorParallel;
import io.github.adaptertwin.gpu.spec.WeightType;

/**
 * The tensors of a base model as the engine holds them: fused query-key-value and gate-up
 * projections. Only what the allocator's blocks add to their sizes matters: a tensor above 10 MiB
 * takes a whole number of 2 MiB, and a rest of up to 1 MiB is lost.
 */
final class BaseTensors {
  private static final long BYTES = 2;

  private BaseTensors() {}

  /** Allocates the weights of one GPU. */
  static CachingAllocator allocate(TensorParallel share) {
    CachingAllocator memory = new CachingAllocator();
    ModelSpec model = share.model();
    WeightType type = model.weightType();
    long hidden = model.hidden();
    long query = share.queryWidth();
    long intermediate = share.intermediate();
    long qkv = query + 2L * share.kvWidth();
    memory.allocate(BYTES * share.vocabulary() * hidden);
    for (int layer = 0; layer < model.layers(); layer++) {
      memory.allocate(type.layerBytes(qkv, hidden));
      if (model.qkvBias()) {
        memory.allocate(BYTES * qkv);
      }
      memory.allocate(type.layerBytes(hidden, query));
      memory.allocate(model.experts() * type.layerBytes(2 * intermediate, hidden));
      memory.allocate(model.experts() * type.layerBytes(hidden, intermediate));
      memory.allocate(BYTES * hidden);
      memory.allocate(BYTES * hidden);
    }
    memory.allocate(BYTES * hidden);
    if (!model.tiedEmbeddings()) {
      memory.allocate(BYTES * share.vocabulary() * hidden);
    }
    return memory;
  }
}
