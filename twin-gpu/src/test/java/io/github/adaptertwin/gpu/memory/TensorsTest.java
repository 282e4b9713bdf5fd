package io.github.adaptertwin.gpu.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.LoraModule;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.spec.TensorParallel;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

/** The tensors of weights and slots, in the order of loading, written down from configurations. */
class TensorsTest {
  private static TensorParallel whole(String model) {
    return new TensorParallel(Models.named(model), 1);
  }

  private static void assertSame(CachingAllocator expected, CachingAllocator actual) {
    assertEquals(expected.allocatedBytes(), actual.allocatedBytes(), "allocated");
    assertEquals(expected.reservedBytes(), actual.reservedBytes(), "reserved");
  }

  private static void allocate(CachingAllocator memory, long... sizes) {
    for (long size : sizes) {
      memory.allocate(size);
    }
  }

  /** Qwen2.5-7B has biases of its 4,608 query, key and value columns, and a table of outputs. */
  @Test
  void weights_ofAModelWithBiases_areReplayedInOrder() {
    CachingAllocator memory = new CachingAllocator();
    memory.allocate(2L * 152_064 * 3584);
    for (int layer = 0; layer < 28; layer++) {
      allocate(memory, 2L * 4608 * 3584, 2 * 4608, 2L * 3584 * 3584);
      allocate(memory, 2L * 37_888 * 3584, 2L * 3584 * 18_944, 2 * 3584, 2 * 3584);
    }
    allocate(memory, 2 * 3584, 2L * 152_064 * 3584);
    assertSame(memory, BaseTensors.allocate(whole("qwen2.5-7b-instruct")));
  }

  /** Llama-3.2-1B has one table for inputs and outputs, and no biases. */
  @Test
  void weights_ofAModelWithTiedTables_areReplayedInOrder() {
    CachingAllocator memory = new CachingAllocator();
    memory.allocate(2L * 128_256 * 2048);
    for (int layer = 0; layer < 16; layer++) {
      allocate(memory, 2L * 3072 * 2048, 2L * 2048 * 2048);
      allocate(memory, 2L * 16_384 * 2048, 2L * 2048 * 8192, 2 * 2048, 2 * 2048);
    }
    memory.allocate(2 * 2048);
    assertSame(memory, BaseTensors.allocate(whole("llama-3.2-1b")));
  }

  /** Four slots of rank 8: 64 bytes for each row of A and column of B. */
  @Test
  void slots_withEmbeddings_holdTheAddedVocabulary() {
    CachingAllocator memory = new CachingAllocator();
    long extra = 2L * 4 * 256 * 2048;
    allocate(memory, 64L * (128_256 + 256), 64 * 2048, extra);
    for (int layer = 0; layer < 16; layer++) {
      attention(memory);
      allocate(memory, 64 * 2048, 64 * 2048, 64 * 8192, 64 * 8192);
      allocate(memory, 64 * 8192, 64 * 2048);
    }
    allocate(memory, 64 * 2048, 64L * 128_256, extra);
    EngineFlags flags = EngineFlags.builder().maxLoras(4).maxLoraRank(8).build();
    TensorParallel share = whole("llama-3.2-1b");
    assertSame(memory, LoraTensors.allocate(share, flags, EngineVersion.VLLM_0_8_5));
    assertEquals(5L * 2 * 256 * 2048, LoraTensors.baseGrowthBytes(share.model(), 4, true));
    assertEquals(0, LoraTensors.baseGrowthBytes(share.model(), 4, false));
  }

  /** Queries, keys and values in three slices, then outputs. */
  private static void attention(CachingAllocator memory) {
    allocate(memory, 64 * 2048, 64 * 2048, 64 * 2048, 64 * 2048, 64 * 512, 64 * 512);
    allocate(memory, 64 * 2048, 64 * 2048);
  }

  /** Of an engine whose slots follow the targets: no embeddings and no feed-forward block. */
  @Test
  void slots_forAttentionOnly_holdAttentionOnly() {
    CachingAllocator memory = new CachingAllocator();
    for (int layer = 0; layer < 16; layer++) {
      attention(memory);
    }
    EngineFlags flags =
        EngineFlags.builder()
            .maxLoras(4)
            .maxLoraRank(8)
            .loraTargets(EnumSet.of(LoraModule.K_PROJ, LoraModule.O_PROJ))
            .build();
    TensorParallel share = whole("llama-3.2-1b");
    assertSame(memory, LoraTensors.allocate(share, flags, EngineVersion.VLLM_0_12));
  }
}
