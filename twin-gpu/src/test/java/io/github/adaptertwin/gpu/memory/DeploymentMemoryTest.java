package io.github.adaptertwin.gpu.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.LoraModule;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Data types, tensor parallelism and target modules, none of which was measured. */
class DeploymentMemoryTest {
  private static final double GIB = 1L << 30;
  private static final EngineFlags FLAGS =
      EngineFlags.builder().maxLoras(32).maxLoraRank(16).build();

  private static MemoryModel llama(String types, EngineVersion version) {
    return MemoryModel.of(
        Gpus.named("h100-64gb-sxm"), Models.named("llama-3.1-8b-instruct" + types), version);
  }

  private static MemoryPlan.Fits fits(MemoryModel memory, EngineFlags flags) {
    return assertInstanceOf(MemoryPlan.Fits.class, memory.plan(flags));
  }

  /** fp8 weights free 6.49 GiB (6.98 G weights less their scales), an fp8 cache halves a token. */
  @Test
  void smaller_types_leave_more_tokens() {
    MemoryModel plain = llama("", EngineVersion.VLLM_0_8_5);
    MemoryModel fp8 = llama(":fp8", EngineVersion.VLLM_0_8_5);
    MemoryModel both = llama(":fp8:kv-fp8", EngineVersion.VLLM_0_8_5);
    long bytes = fits(plain, FLAGS).kvBytes();
    assertEquals(6.49, (fits(fp8, FLAGS).kvBytes() - bytes) / GIB, 0.02);
    assertEquals(2.0 * fits(fp8, FLAGS).kvTokens(), (double) fits(both, FLAGS).kvTokens(), 32);
    assertEquals(MemoryPlan.Basis.START_IN_BF16, fits(fp8, FLAGS).basis());
    assertEquals(MemoryPlan.Basis.MEASURED_START, fits(plain, FLAGS).basis());
    assertEquals(List.of(), plain.extrapolations(FLAGS));
    assertTrue(fp8.extrapolations(FLAGS).get(0).contains(":fp8"));
    assertTrue(llama(":int4", EngineVersion.VLLM_0_8_5).mostSlots(FLAGS) > plain.mostSlots(FLAGS));
  }

  /** 70 billion weights need 141 GB: not on one card of 80, but on four. */
  @Test
  void a_large_model_fits_a_group() {
    ModelSpec large = Models.named("llama-3.1-70b");
    MemoryModel memory = MemoryModel.of(Gpus.named("h100-80gb-sxm"), large);
    EngineFlags four = FLAGS.toBuilder().tensorParallel(4).maxModelLen(8192).build();
    assertInstanceOf(MemoryPlan.Refused.class, memory.plan(FLAGS));
    MemoryPlan.Fits plan = fits(memory, four);
    assertEquals(MemoryPlan.Basis.DIMENSIONS, plan.basis());
    // Two of the eight KV heads on each GPU: 80 KiB a token.
    assertEquals(plan.kvTokens(), plan.kvBytes() / 81_920 / 16 * 16);
    long loaded = memory.loadedBytes(four.toBuilder().maxLoras(1).build());
    assertEquals(35.3e9, (double) loaded, 1.5e9);
    assertTrue(memory.extrapolations(four).get(0).contains("4 GPUs"));
    assertTrue(four.toString().contains("--tensor-parallel-size 4"), four.toString());
    EngineFlags three = FLAGS.toBuilder().tensorParallel(3).build();
    assertThrows(IllegalArgumentException.class, () -> memory.plan(three));
    assertThrows(IllegalArgumentException.class, () -> FLAGS.toBuilder().tensorParallel(0).build());
  }

  /** A and B of one kind of layer stay whole, so a slot takes more than its share on each GPU. */
  @Test
  void slots_of_a_group_are_split_in_part() {
    MemoryModel memory = llama("", EngineVersion.VLLM_0_8_5);
    long one = fits(memory, FLAGS).loraBytes();
    long two = fits(memory, FLAGS.toBuilder().tensorParallel(2).build()).loraBytes();
    assertTrue(two < one && two > one / 2, one + " " + two);
  }

  /** The engine of the measurements makes slots for all layers, whatever is targeted. */
  @Test
  void slots_follow_targets_in_later_engines_only() {
    EngineFlags attention =
        FLAGS.toBuilder()
            .loraTargets(EnumSet.of(LoraModule.Q_PROJ, LoraModule.V_PROJ))
            .maxCpuLoras(100)
            .build();
    MemoryModel then = llama("", EngineVersion.VLLM_0_8_5);
    MemoryModel now = llama("", EngineVersion.VLLM_0_12);
    assertEquals(fits(then, FLAGS).loraBytes(), fits(then, attention).loraBytes());
    assertTrue(fits(now, attention).loraBytes() < 0.35 * fits(now, FLAGS).loraBytes());
    assertEquals(List.of(), then.extrapolations(attention));
    assertTrue(now.extrapolations(attention).get(0).contains("q_proj, v_proj"));
    assertTrue(attention.toString().endsWith("--lora-target-modules q_proj v_proj"));
    assertEquals(attention, attention.toBuilder().build());
    assertThrows(
        IllegalArgumentException.class,
        () -> FLAGS.toBuilder().loraTargets(EnumSet.noneOf(LoraModule.class)));
  }

  /**
   * Rank 16 of Llama-3.1-8B: every width but 14,336 gives a power of two, so that the three layers
   * of the feed-forward block are pinned with 16,384 instead: 86 instead of 80 MiB an adapter. Of
   * Qwen2.5-7B 3,584 become 4,096 and 18,944 become 32,768: 116.375 instead of 77 MiB.
   */
  @Test
  void pinned_host_memory_is_rounded_up_to_powers_of_two() {
    MemoryModel memory = llama("", EngineVersion.VLLM_0_8_5);
    EngineFlags flags = FLAGS.toBuilder().maxCpuLoras(1280).build();
    double pinned = memory.pinnedHostBytes(flags) / GIB;
    assertEquals(100, memory.hostBytes(1280, 16) / GIB, 1e-9);
    assertEquals(100 * 86.0 / 80, pinned, 1e-9);
    EngineFlags two = flags.toBuilder().tensorParallel(2).build();
    assertEquals(2 * pinned, memory.pinnedHostBytes(two) / GIB, 1e-9);
    MemoryModel qwen =
        MemoryModel.of(Gpus.named("h100-64gb-sxm"), Models.named("qwen2.5-7b-instruct"));
    assertEquals(1280 * 77.0 / 1024, qwen.hostBytes(1280, 16) / GIB, 1e-9);
    assertEquals(1280 * 116.375 / 1024, qwen.pinnedHostBytes(flags) / GIB, 1e-9);
  }
}
