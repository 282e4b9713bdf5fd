package io.github.adaptertwin.gpu.memory;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.LoraModule;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.TensorParallel;
import java.util.Set;

/**
 * The tensors that vLLM 0.8.5 allocates at start for its adapter slots: for every linear layer,
 * over all slots, whether an adapter targets it or not. Order matters to the allocator and follows
 * the engine's. Query, key and value share one layer, gate and up another: a slot that holds one of
 * them holds all.
 *
 * <p>In a tensor-parallel group A is whole and B split where the layer's output is split (query,
 * key, value, gate, up), A is split and B whole where its input is (output, down), and the tensors
 * of embedding and output layer are whole.
 */
final class LoraTensors {
  private static final long BYTES = 2;

  /** vLLM's {@code lora_extra_vocab_size}. */
  private static final long EXTRA_VOCABULARY = 256;

  private LoraTensors() {}

  /** Allocates everything for the slots of one GPU in an allocator of its own. */
  static CachingAllocator allocate(TensorParallel share, EngineFlags flags, EngineVersion version) {
    CachingAllocator memory = new CachingAllocator();
    allocateIn(memory, share, flags, version);
    return memory;
  }

  /** The same in an allocator that already holds something. */
  static void allocateIn(
      CachingAllocator memory, TensorParallel share, EngineFlags flags, EngineVersion version) {
    ModelSpec model = share.model();
    Set<LoraModule> held = version.slotsFollowTargets() ? flags.loraTargets() : LoraModule.all();
    boolean embedding = model.embeddingLora() && held.equals(LoraModule.all());
    long hidden = model.hidden();
    long vocabulary = model.vocabulary();
    long unit = BYTES * flags.maxLoras() * flags.maxLoraRank();
    long added = version.extraVocabulary() ? EXTRA_VOCABULARY : 0;
    long extra = BYTES * flags.maxLoras() * added * hidden;
    if (embedding) {
      memory.allocate(unit * (vocabulary + added));
      memory.allocate(unit * hidden);
      memory.allocate(extra);
    }
    for (int layer = 0; layer < model.layers(); layer++) {
      allocateLayer(memory, share, unit, held);
    }
    if (embedding) {
      long padded = (vocabulary + EXTRA_VOCABULARY - 1) / EXTRA_VOCABULARY * EXTRA_VOCABULARY;
      memory.allocate(unit * hidden);
      memory.allocate(unit * padded);
      memory.allocate(extra);
    }
  }

  private static void allocateLayer(
      CachingAllocator memory, TensorParallel share, long unit, Set<LoraModule> held) {
    long hidden = share.model().hidden();
    long query = share.queryWidth();
    long kv = share.kvWidth();
    long intermediate = share.intermediate();
    if (any(held, LoraModule.Q_PROJ, LoraModule.K_PROJ, LoraModule.V_PROJ)) {
      for (int slice = 0; slice < 3; slice++) {
        memory.allocate(unit * hidden);
      }
      memory.allocate(unit * query);
      memory.allocate(unit * kv);
      memory.allocate(unit * kv);
    }
    if (any(held, LoraModule.O_PROJ)) {
      memory.allocate(unit * query);
      memory.allocate(unit * hidden);
    }
    if (any(held, LoraModule.GATE_PROJ, LoraModule.UP_PROJ)) {
      memory.allocate(unit * hidden);
      memory.allocate(unit * hidden);
      memory.allocate(unit * intermediate);
      memory.allocate(unit * intermediate);
    }
    if (any(held, LoraModule.DOWN_PROJ)) {
      memory.allocate(unit * intermediate);
      memory.allocate(unit * hidden);
    }
  }

  private static boolean any(Set<LoraModule> held, LoraModule... modules) {
    for (LoraModule module : modules) {
      if (held.contains(module)) {
        return true;
      }
    }
    return false;
  }

  /** By how much the base model's own tables grow on each GPU when LoRA is enabled. */
  static long baseGrowthBytes(ModelSpec model, long slots, boolean extraVocabulary) {
    return model.embeddingLora() && extraVocabulary
        ? BYTES * EXTRA_VOCABULARY * model.hidden() * (slots + 1)
        : 0;
  }
}
