package io.github.adaptertwin.gpu.memory;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import java.util.Locale;

/**
 * What is left for the KV cache when vLLM 0.8.5 has started, by replay of its allocations:
 *
 * <pre>
 * available = KV bytes of the same engine without LoRA - reserved segments of the slot tensors
 *             - growth of the base model's tables - 216 MiB
 * </pre>
 *
 * <p>The 216 MiB were fitted once, on the starts of both measured models. The KV bytes without LoRA
 * come from one measured start where there is one (Llama-3.1-8B 310,160 and Qwen2.5-7B 711,200
 * tokens with 2048 sequences on the H100 of 63.3 GiB, published with arXiv 2602.24044), and from
 * dimensions otherwise: utilization * memory - .63 GiB context - weights - 14.2 bytes * vocabulary
 * * sequences for the sampler's profile run, at least .5 GiB. With a measured start KV tokens are
 * within .17 % of 65 starts; without, the error is about .05 GiB.
 *
 * <p>Immutable and thread-safe.
 */
public final class MemoryModel {
  private static final double GIB = 1L << 30;
  private static final long MIB = 1L << 20;
  private static final int BLOCK_TOKENS = 16;
  private static final long FITTED_CONSTANT_BYTES = 216 * MIB;
  private static final double CONTEXT_BYTES = 0.63 * GIB;
  private static final double SAMPLER_BYTES_PER_LOGIT = 14.2;
  private static final double PROFILE_RUN_FLOOR_BYTES = 0.5 * GIB;
  private static final double START_SECONDS = 97;
  private static final double START_SECONDS_PER_SLOT = 3.7;

  private static final double ANCHOR_MEMORY_GIB = 63.3;
  private static final double ANCHOR_UTILIZATION = 0.9;
  private static final int ANCHOR_MAX_NUM_SEQS = 2048;

  /** One measured start without LoRA. */
  private record Anchor(ModelSpec model, long kvTokens) {}

  private static final ImmutableList<Anchor> ANCHORS =
      ImmutableList.of(
          new Anchor(Models.named("llama-3.1-8b-instruct"), 310_160),
          new Anchor(Models.named("qwen2.5-7b-instruct"), 711_200));

  private final GpuSpec gpu;
  private final ModelSpec model;

  private MemoryModel(GpuSpec gpu, ModelSpec model) {
    this.gpu = gpu;
    this.model = model;
  }

  /**
   * Makes the memory model of one GPU and base model.
   *
   * @param gpu the card
   * @param model the base model
   * @return the memory model
   */
  public static MemoryModel of(GpuSpec gpu, ModelSpec model) {
    return new MemoryModel(gpu, model);
  }

  /**
   * Says whether an engine starts.
   *
   * @param flags how it is started
   * @return its KV cache, or why it does not start
   * @throws IllegalArgumentException if {@code max_model_len} is above the model's context
   */
  public MemoryPlan plan(EngineFlags flags) {
    if (flags.maxModelLen() > model.maxContext()) {
      throw new IllegalArgumentException(
          "max_model_len is "
              + flags.maxModelLen()
              + ", "
              + model.name()
              + " has a context of "
              + model.maxContext()
              + "; lower max_model_len");
    }
    long loraBytes = loraBytes(flags);
    double available = kvBytesWithoutLora(flags) - loraBytes;
    // The share that the engine must leave free takes up what does not fit, until it is gone too.
    double spare = gpu.memoryBytes() * (1 - flags.gpuMemoryUtilization());
    long kvBytes = (long) Math.floor(available);
    long bytesPerBlock = BLOCK_TOKENS * model.kvBytesPerToken();
    long blocks = Math.max(0, Math.floorDiv(kvBytes, bytesPerBlock));
    if (available + spare < 0) {
      return refused(MemoryPlan.Reason.OUT_OF_MEMORY, kvBytes, flags, -available - spare);
    }
    if (blocks <= 0) {
      return refused(MemoryPlan.Reason.NO_CACHE_BLOCKS, kvBytes, flags, -available);
    }
    if (blocks * BLOCK_TOKENS < flags.maxModelLen()) {
      return refused(
          MemoryPlan.Reason.KV_BELOW_MAX_MODEL_LEN,
          kvBytes,
          flags,
          (double) flags.maxModelLen() * model.kvBytesPerToken());
    }
    return new MemoryPlan.Fits(
        Math.toIntExact(blocks),
        blocks * BLOCK_TOKENS,
        kvBytes,
        loraBytes,
        START_SECONDS + START_SECONDS_PER_SLOT * flags.maxLoras(),
        basis());
  }

  private MemoryPlan.Basis basis() {
    for (Anchor anchor : ANCHORS) {
      if (anchor.model().sameArchitecture(model)) {
        return gpu.memoryBytes() == Math.round(ANCHOR_MEMORY_GIB * GIB)
            ? MemoryPlan.Basis.MEASURED_START
            : MemoryPlan.Basis.START_ON_ANOTHER_CARD;
      }
    }
    return MemoryPlan.Basis.DIMENSIONS;
  }

  private long loraBytes(EngineFlags flags) {
    if (flags.maxLoras() == 0) {
      return 0;
    }
    return LoraTensors.allocate(model, flags.maxLoras(), flags.maxLoraRank()).reservedBytes()
        + LoraTensors.baseGrowthBytes(model, flags.maxLoras())
        + FITTED_CONSTANT_BYTES;
  }

  private double kvBytesWithoutLora(EngineFlags flags) {
    double usable = flags.gpuMemoryUtilization() * gpu.memoryBytes();
    for (Anchor anchor : ANCHORS) {
      if (anchor.model().sameArchitecture(model)) {
        double atAnchor = (double) anchor.kvTokens() * model.kvBytesPerToken();
        double moreMemory = usable - ANCHOR_UTILIZATION * ANCHOR_MEMORY_GIB * GIB;
        double smallerProfileRun =
            profileRunBytes(ANCHOR_MAX_NUM_SEQS) - profileRunBytes(flags.maxNumSeqs());
        return atAnchor + moreMemory + smallerProfileRun;
      }
    }
    return usable - CONTEXT_BYTES - model.weightBytes() - profileRunBytes(flags.maxNumSeqs());
  }

  private double profileRunBytes(int maxNumSeqs) {
    return Math.max(
        PROFILE_RUN_FLOOR_BYTES, SAMPLER_BYTES_PER_LOGIT * model.vocabulary() * maxNumSeqs);
  }

  private MemoryPlan.Refused refused(
      MemoryPlan.Reason reason, long kvBytes, EngineFlags flags, double bytes) {
    String setting =
        String.format(
            Locale.ROOT,
            "%s on %s with %d slots of rank %d",
            model.name(),
            gpu.name(),
            flags.maxLoras(),
            flags.maxLoraRank());
    String message =
        switch (reason) {
          case OUT_OF_MEMORY ->
              String.format(
                  Locale.ROOT,
                  "%s runs out of memory at start by %.2f GiB; use fewer slots, a lower"
                      + " max_lora_rank or a larger GPU",
                  setting,
                  bytes / GIB);
          case NO_CACHE_BLOCKS ->
              String.format(
                  Locale.ROOT,
                  "%s leaves no memory for the KV cache (%.2f GiB short); use fewer slots, a lower"
                      + " max_lora_rank or a larger GPU",
                  setting,
                  bytes / GIB);
          case KV_BELOW_MAX_MODEL_LEN ->
              String.format(
                  Locale.ROOT,
                  "%s leaves %.2f GiB for the KV cache, one request of max_model_len %d needs"
                      + " %.2f GiB; lower max_model_len to at most %d or use fewer slots",
                  setting,
                  kvBytes / GIB,
                  flags.maxModelLen(),
                  bytes / GIB,
                  kvBytes / (BLOCK_TOKENS * model.kvBytesPerToken()) * BLOCK_TOKENS);
        };
    return new MemoryPlan.Refused(reason, kvBytes, message);
  }

  /**
   * Answers how many adapter slots fit.
   *
   * @param flags all other flags; its {@code max_loras} is ignored
   * @return the largest number of slots with which the engine starts, 0 if none
   */
  public int mostSlots(EngineFlags flags) {
    int fits = 0;
    int step = 1 << 12;
    while (step > 0) {
      EngineFlags tried = flags.toBuilder().maxLoras(fits + step).maxCpuLoras(fits + step).build();
      if (plan(tried) instanceof MemoryPlan.Fits) {
        fits += step;
      } else {
        step /= 2;
      }
    }
    return fits;
  }

  /**
   * {@return bytes of host memory for the adapters kept there, pinned}
   *
   * @param adapters how many, at least 0
   * @param rank rank of each, at least 1
   */
  public long hostBytes(int adapters, int rank) {
    return adapters * model.adapterBytes(rank);
  }
}
