package io.github.adaptertwin.gpu.memory;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.EngineVersion;
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

  /** Buffers beside weights and slots in the 78 logged loads: 34 MiB Llama, 8 MiB Qwen. */
  private static final long BUFFERS_WITH_EMBEDDING_BYTES = 34 * MIB;

  private static final long BUFFERS_BYTES = 8 * MIB;
  private static final int SLOT_SPAN = 32;
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
  private final EngineVersion version;
  private final ImmutableList<Anchor> anchors;

  private MemoryModel(
      GpuSpec gpu, ModelSpec model, EngineVersion version, ImmutableList<Anchor> anchors) {
    this.gpu = gpu;
    this.model = model;
    this.version = version;
    this.anchors = anchors;
  }

  /**
   * Makes the memory model of one GPU and base model.
   *
   * @param gpu the card
   * @param model the base model
   * @return the memory model
   */
  public static MemoryModel of(GpuSpec gpu, ModelSpec model) {
    return of(gpu, model, EngineVersion.VLLM_0_8_5);
  }

  /**
   * Makes the memory model of one GPU and base model under a version of the engine.
   *
   * @param gpu the card
   * @param model the base model
   * @param version the engine version; other than 0.8.5 it was not measured
   * @return the memory model
   */
  public static MemoryModel of(GpuSpec gpu, ModelSpec model, EngineVersion version) {
    return new MemoryModel(gpu, model, version, ANCHORS);
  }

  /**
   * {@return this model without the measured starts, so that everything comes from dimensions: what
   * a base model that nobody measured would get}
   */
  public MemoryModel fromDimensions() {
    return new MemoryModel(gpu, model, version, ImmutableList.of());
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
    for (Anchor anchor : anchors) {
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
    return slotTensors(flags).reservedBytes() + growthBytes(flags) + FITTED_CONSTANT_BYTES;
  }

  private CachingAllocator slotTensors(EngineFlags flags) {
    return LoraTensors.allocate(
        model, flags.maxLoras(), flags.maxLoraRank(), version.extraVocabulary());
  }

  private long growthBytes(EngineFlags flags) {
    return LoraTensors.baseGrowthBytes(model, flags.maxLoras(), version.extraVocabulary());
  }

  /**
   * Bytes that weights and slot tensors occupy once they are loaded, what the engine logs as the
   * memory that model loading took. Within 5 MiB of the published starts.
   *
   * @param flags how the engine is started, with at least one slot
   * @return bytes of allocated blocks
   */
  public long loadedBytes(EngineFlags flags) {
    long buffers = model.embeddingLora() ? BUFFERS_WITH_EMBEDDING_BYTES : BUFFERS_BYTES;
    return BaseTensors.allocate(model).allocatedBytes()
        + slotTensors(flags).allocatedBytes()
        + growthBytes(flags)
        + buffers;
  }

  /**
   * KV tokens that one slot more takes away. The average over the next 32 slots: the allocator's
   * segments make the cost of a single one jump, and even negative.
   *
   * @param flags how the engine is started; it must start with 32 slots more as well
   * @return tokens
   * @throws IllegalArgumentException if it does not
   */
  public double kvTokensOfSlot(EngineFlags flags) {
    int more = flags.maxLoras() + SLOT_SPAN;
    EngineFlags wider =
        flags.toBuilder().maxLoras(more).maxCpuLoras(Math.max(more, flags.maxCpuLoras())).build();
    if (plan(flags) instanceof MemoryPlan.Fits now && plan(wider) instanceof MemoryPlan.Fits then) {
      return (now.kvTokens() - then.kvTokens()) / (double) SLOT_SPAN;
    }
    throw new IllegalArgumentException(
        model.name()
            + " on "
            + gpu.name()
            + " does not start with "
            + flags.maxLoras()
            + " and with "
            + more
            + " slots of rank "
            + flags.maxLoraRank()
            + "; ask for fewer slots or a lower max_lora_rank");
  }

  /**
   * The largest {@code max_model_len} with which the engine starts.
   *
   * @param flags all other flags; its {@code max_model_len} is ignored
   * @return tokens, at most the model's context; 0 if the engine does not start with any
   */
  public int mostModelLen(EngineFlags flags) {
    return plan(flags.toBuilder().maxModelLen(1).build()) instanceof MemoryPlan.Fits fits
        ? (int) Math.min(model.maxContext(), fits.kvTokens())
        : 0;
  }

  private double kvBytesWithoutLora(EngineFlags flags) {
    double usable = flags.gpuMemoryUtilization() * gpu.memoryBytes();
    for (Anchor anchor : anchors) {
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
