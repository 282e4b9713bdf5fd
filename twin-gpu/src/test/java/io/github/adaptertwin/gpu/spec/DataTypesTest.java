package io.github.adaptertwin.gpu.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DataTypesTest {
  private static final ModelSpec LLAMA = Models.named("llama-3.1-8b-instruct");

  /** A layer of 4096 x 4096: 16.8 M weights, a scale for each output, 32 groups a row. */
  @Test
  void bytes_of_a_layer_are_worked_out_by_hand() {
    long weights = 4096L * 4096;
    assertEquals(2 * weights, WeightType.BF16.layerBytes(4096, 4096));
    assertEquals(weights + 4 * 4096, WeightType.FP8.layerBytes(4096, 4096));
    assertEquals(weights + 4 * 4096, WeightType.INT8.layerBytes(4096, 4096));
    assertEquals(weights / 2 + 4096 * 32 * 5 / 2, WeightType.INT4.layerBytes(4096, 4096));
  }

  /** 6.98 of the 8.03 billion weights are in linear layers; the rest stays in bf16. */
  @Test
  void only_linear_layers_change_their_type() {
    assertEquals(6_979_321_856L, LLAMA.linearParameters());
    assertEquals(2 * LLAMA.parameters(), LLAMA.weightBytes());
    long rest = 2 * (LLAMA.parameters() - LLAMA.linearParameters());
    ModelSpec fp8 = Models.named("Llama-3.1-8B-Instruct:fp8");
    double gib = 1L << 30;
    assertEquals((6_979_321_856L + rest) / gib, fp8.weightBytes() / gib, 0.01);
    ModelSpec int4 = Models.named("llama-3.1-8b-instruct:int4:kv-fp8");
    assertEquals("llama-3.1-8b-instruct:int4:kv-fp8", int4.name());
    assertEquals(LLAMA.kvBytesPerToken() / 2, int4.kvBytesPerToken());
    assertEquals(LLAMA.adapterBytes(16), int4.adapterBytes(16));
    assertFalse(int4.bf16() || int4.sameArchitecture(LLAMA));
    assertTrue(int4.sameDimensions(LLAMA));
    assertEquals(LLAMA, int4.withTypes(WeightType.BF16, KvType.BF16));
    Exception e =
        assertThrows(
            IllegalArgumentException.class, () -> Models.named("llama-3.1-8b-instruct:fp4"));
    assertTrue(e.getMessage().contains("fp4") && e.getMessage().contains("int4"), e.getMessage());
  }

  @Test
  void fewer_bits_never_take_more_bytes_or_a_lower_rate() {
    for (ModelSpec model : Models.all()) {
      long before = Long.MAX_VALUE;
      for (WeightType type : List.of(WeightType.BF16, WeightType.FP8, WeightType.INT4)) {
        long bytes = model.withTypes(type, KvType.BF16).weightBytes();
        assertTrue(bytes < before, model + " " + type);
        before = bytes;
      }
      // Eight bits are eight bits.
      assertEquals(
          model.withTypes(WeightType.FP8, KvType.BF16).weightBytes(),
          model.withTypes(WeightType.INT8, KvType.BF16).weightBytes());
    }
    for (GpuSpec gpu : Gpus.all()) {
      for (WeightType type : WeightType.values()) {
        assertTrue(gpu.flopsPerSecond(type) >= gpu.bf16FlopsPerSecond(), gpu + " " + type);
      }
      assertEquals(gpu.bf16FlopsPerSecond(), gpu.flopsPerSecond(WeightType.INT4));
    }
    GpuSpec a100 = Gpus.named("a100-80gb-sxm");
    assertEquals(a100.bf16FlopsPerSecond(), a100.flopsPerSecond(WeightType.FP8));
    assertEquals(300e9, a100.linkBytesPerSecond());
    assertEquals(32e9, Gpus.named("l40s-48gb-pcie").linkBytesPerSecond());
  }

  /** q and v of Llama-2-7b at rank 8 are 4,194,304 parameters. */
  @Test
  void adapters_of_few_targets_are_small() {
    ModelSpec llama2 = Models.named("llama-2-7b");
    EnumSet<LoraModule> qv = EnumSet.of(LoraModule.Q_PROJ, LoraModule.V_PROJ);
    assertEquals(2 * 4_194_304, llama2.adapterBytes(8, qv));
    assertEquals(qv, LoraModule.parse(List.of("v_proj", "q_proj")));
    assertEquals(llama2.adapterBytes(8), llama2.adapterBytes(8, LoraModule.all()));
    assertThrows(IllegalArgumentException.class, () -> LoraModule.parse(List.of()));
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> LoraModule.parse(List.of("qproj")));
    assertEquals(
        "unknown target module 'qproj'; known are q_proj, k_proj, v_proj, o_proj, gate_proj,"
            + " up_proj, down_proj",
        e.getMessage());
  }

  @Property(tries = 200)
  void shares_of_a_group_add_up_to_the_model(
      @ForAll @IntRange(max = 60) int which, @ForAll @IntRange(max = 3) int power) {
    ModelSpec model = Models.all().get(which % Models.all().size());
    int gpus = 1 << power;
    boolean kvSplits = model.kvHeads() % gpus == 0 || gpus % model.kvHeads() == 0;
    if (model.heads() % gpus != 0 || model.intermediate() % gpus != 0 || !kvSplits) {
      assertThrows(IllegalArgumentException.class, () -> new TensorParallel(model, gpus));
      return;
    }
    TensorParallel share = new TensorParallel(model, gpus);
    assertTrue(gpus * share.weightBytes() >= model.weightBytes());
    assertTrue(gpus * share.kvBytesPerToken() >= model.kvBytesPerToken());
    if (gpus <= model.kvHeads()) {
      assertEquals(model.linearParameters(), gpus * share.linearParameters());
      assertEquals(model.kvBytesPerToken(), gpus * share.kvBytesPerToken());
    }
    // Beside norms, biases and repeated KV heads only the rounding of the vocabulary is repeated.
    assertTrue(gpus * share.weightBytes() < 1.12 * model.weightBytes(), model + " " + gpus);
  }

  @Test
  void a_split_that_is_not_possible_names_the_heads() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> new TensorParallel(LLAMA, 3));
    assertTrue(e.getMessage().contains("32 heads"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new TensorParallel(LLAMA, 0));
    assertEquals(1, new TensorParallel(LLAMA, 32).kvHeads());
    assertThrows(IllegalArgumentException.class, () -> new TensorParallel(LLAMA, 64));
  }
}
