package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.adaptertwin.gpu.spec.KvType;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.spec.WeightType;
import org.junit.jupiter.api.Test;

/**
 * Names of a user's own model that is not bf16. It stays in the catalogue of the process, which the
 * tests of the catalogue's own module go through as a whole, so it is tested here.
 */
class OwnModelNamesTest {
  private static ModelSpec own(String name, WeightType weights, KvType kv) {
    ModelSpec m = Models.named("llama-3.2-1b");
    return new ModelSpec(
        name,
        m.parameters(),
        m.layers(),
        m.hidden(),
        m.intermediate(),
        m.heads(),
        m.kvHeads(),
        m.headDim(),
        m.vocabulary(),
        m.tiedEmbeddings(),
        m.qkvBias(),
        m.maxContext(),
        m.embeddingLora(),
        m.variant(),
        weights,
        kv,
        "a test");
  }

  @Test
  void a_model_of_eight_bits_is_found_by_the_names_of_its_types() {
    ModelSpec own = own("my-1b", WeightType.INT8, KvType.FP8);
    Models.add(own);
    for (WeightType weights : WeightType.values()) {
      for (KvType kv : KvType.values()) {
        ModelSpec typed = own.withTypes(weights, kv);
        assertSame(weights, typed.weightType());
        assertSame(kv, typed.kvType());
        assertEquals(typed, Models.named(typed.name()));
        assertEquals(typed, Models.named("my-1b:int4").withTypes(weights, kv));
        assertEquals("my-1b", Models.withoutTypes(typed.name()));
      }
    }
    assertEquals("my-1b:bf16:kv-bf16", own.withTypes(WeightType.BF16, KvType.BF16).name());
    assertEquals(own, Models.named("My 1B:int8"));
  }

  /** Without its colon it is the name of another model, which may be added at any time. */
  @Test
  void a_typed_name_never_changes_its_meaning() {
    Models.add(own("my-2b", WeightType.BF16, KvType.BF16));
    ModelSpec typed = Models.named("my-2b:int4");
    Models.add(own("my-2b-int4", WeightType.FP8, KvType.BF16));
    assertEquals(typed, Models.named("my-2b:int4"));
    assertSame(WeightType.INT4, typed.weightType());
    assertSame(WeightType.FP8, Models.named("my-2b-int4").weightType());
  }
}
