package io.github.adaptertwin.gpu.memory;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.LoraModule;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.spec.TensorParallel;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

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
  /** Slots over which {@link #kvTokensOfSlot} takes its average. */
  public static final int SLOT_SPAN = 32;

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
   * @throws IllegalArgumentException if {@code max_model_len} is above the model's context, or the
   *     model cannot be split over {@code tensor_parallel_size} GPUs
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
    TensorParallel share = new TensorParallel(model, flags.tensorParallel());
    long loraBytes = loraBytes(share, flags);
    double available = kvBytesWithoutLora(share, flags) - loraBytes;
    // The share that the engine must leave free takes up what does not fit, until it is gone too.
    double spare = gpu.memoryBytes() * (1 - flags.gpuMemoryUtilization());
    long kvBytes = (long) Math.floor(available);
    long bytesPerBlock = BLOCK_TOKENS * share.kvBytesPerToken();
    long blocks = Math.max(0, Math.floorDiv(kvBytes, bytesPerBlock));
    if (available + spare < 0) {
      return refused(MemoryPlan.Reason.OUT_OF_MEMORY, kvBytes, flags, -available - spare);
    }
    if (blocks <= 0) {
      return refused(MemoryPlan.Reason.NO_CACHE_BLOCKS, kvBytes, flags, bytesPerBlock - available);
    }
    if (blocks * BLOCK_TOKENS < flags.maxModelLen()) {
      return refused(
          MemoryPlan.Reason.KV_BELOW_MAX_MODEL_LEN,
          kvBytes,
          flags,
          (double) flags.maxModelLen() * share.kvBytesPerToken());
    }
    return new MemoryPlan.Fits(
        Math.toIntExact(blocks),
        blocks * BLOCK_TOKENS,
        kvBytes,
        loraBytes,
        START_SECONDS + START_SECONDS_PER_SLOT * flags.maxLoras(),
        basis(flags));
  }

  private MemoryPlan.Basis basis(EngineFlags flags) {
    for (Anchor anchor : anchors) {
      if (anchor.model().sameDimensions(model) && flags.tensorParallel() == 1) {
        if (!model.bf16()) {
          return MemoryPlan.Basis.START_IN_BF16;
        }
        return gpu.memoryBytes() == Math.round(ANCHOR_MEMORY_GIB * GIB)
            ? MemoryPlan.Basis.MEASURED_START
            : MemoryPlan.Basis.START_ON_ANOTHER_CARD;
      }
    }
    return MemoryPlan.Basis.DIMENSIONS;
  }

  private long loraBytes(TensorParallel share, EngineFlags flags) {
    if (flags.maxLoras() == 0) {
      return 0;
    }
    return LoraTensors.allocate(share, flags, version).reservedBytes()
        + growthBytes(flags)
        + FITTED_CONSTANT_BYTES;
  }

  private long growthBytes(EngineFlags flags) {
    return LoraTensors.baseGrowthBytes(model, flags.maxLoras(), version.extraVocabulary());
  }

  /**
   * Bytes that weights and slot tensors occupy on each GPU once they are loaded, what the engine
   * logs as the memory that model loading took. Within 5 MiB of the published starts.
   *
   * @param flags how the engine is started, with at least one slot
   * @return bytes of allocated blocks
   */
  public long loadedBytes(EngineFlags flags) {
    TensorParallel share = new TensorParallel(model, flags.tensorParallel());
    CachingAllocator memory = BaseTensors.allocate(share);
    LoraTensors.allocateIn(memory, share, flags, version);
    long buffers = model.embeddingLora() ? BUFFERS_WITH_EMBEDDING_BYTES : BUFFERS_BYTES;
    return memory.allocatedBytes() + growthBytes(flags) + buffers;
  }

  /**
   * Says what a plan rests on that was never measured.
   *
   * @param flags how the engine is started
   * @return one line for each; empty for bf16 on one GPU under the measured version
   */
  public List<String> extrapolations(EngineFlags flags) {
    ImmutableList.Builder<String> words = ImmutableList.builder();
    if (!model.bf16()) {
      words.add(
          "memory of "
              + model.name()
              + " is that of bf16 less the bytes of its data types; its error is not known");
    }
    if (!version.serves(model.kvType(), gpu)) {
      words.add(
          version
              + " has KV caches in fp8 on Hopper cards only; on "
              + gpu.name()
              + " it starts its older engine (V0), which is not modelled: serve "
              + model.name()
              + " by a later version, or with a KV cache in bf16");
    }
    if (flags.tensorParallel() > 1) {
      words.add(
          "memory on each of "
              + flags.tensorParallel()
              + " GPUs comes from dimensions, without the buffers of their communication; its error"
              + " is not known");
    }
    if (version.slotsFollowTargets() && !flags.loraTargets().equals(LoraModule.all())) {
      words.add(
          "slots for "
              + flags.loraTargets().stream().map(LoraModule::key).collect(Collectors.joining(", "))
              + " alone are computed; that the engine's slots shrink so was not checked");
    }
    return words.build();
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

  private double kvBytesWithoutLora(TensorParallel share, EngineFlags flags) {
    double usable = flags.gpuMemoryUtilization() * gpu.memoryBytes();
    for (Anchor anchor : anchors) {
      if (anchor.model().sameDimensions(model) && flags.tensorParallel() == 1) {
        double atAnchor = (double) anchor.kvTokens() * anchor.model().kvBytesPerToken();
        double moreMemory = usable - ANCHOR_UTILIZATION * ANCHOR_MEMORY_GIB * GIB;
        double smallerProfileRun =
            profileRunBytes(ANCHOR_MAX_NUM_SEQS) - profileRunBytes(flags.maxNumSeqs());
        double smallerWeights = anchor.model().weightBytes() - model.weightBytes();
        return atAnchor + moreMemory + smallerProfileRun + smallerWeights;
      }
    }
    return usable - CONTEXT_BYTES - share.weightBytes() - profileRunBytes(flags.maxNumSeqs());
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
                  "%s leaves no memory for the KV cache (%.2f GiB short of a block); use fewer"
                      + " slots, a lower max_lora_rank or a larger GPU",
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
                  kvBytes / bytesPerBlock(flags) * BLOCK_TOKENS);
        };
    return new MemoryPlan.Refused(reason, kvBytes, message);
  }

  private long bytesPerBlock(EngineFlags flags) {
    return BLOCK_TOKENS * new TensorParallel(model, flags.tensorParallel()).kvBytesPerToken();
  }

  /**
   * Answers how many adapter slots fit.
   *
   * @param flags all other flags; its {@code max_loras} and {@code max_cpu_loras} are ignored
   * @return a number of slots with which the engine starts, while it does not with one more; 0 if
   *     it starts with none. Segments of the allocator make the cost of a slot jump, so a few more
   *     may start again
   */
  public int mostSlots(EngineFlags flags) {
    int fits = 0;
    int step = 1 << 12;
    while (step > 0) {
      if (starts(flags, fits + step)) {
        fits += step;
      } else {
        step /= 2;
      }
    }
    return fits;
  }

  private boolean starts(EngineFlags flags, int slots) {
    return slots <= EngineFlags.MOST_LORAS
        && plan(flags.toBuilder().maxLoras(slots).maxCpuLoras(slots).build())
            instanceof MemoryPlan.Fits;
  }

  /**
   * {@return bytes of host memory for the adapters kept there, by their weights alone}
   *
   * @param adapters how many, at least 0
   * @param rank rank of each, at least 1
   */
  public long hostBytes(int adapters, int rank) {
    return adapters * model.adapterBytes(rank);
  }

  /**
   * Pinned host memory of the CPU tier when it is full: {@code max_cpu_loras} adapters of {@code
   * max_lora_rank} in every process of the group. PyTorch pins memory in powers of two, tensor by
   * tensor; by what its weights alone need, {@link #hostBytes(int, int)}, it is up to twice as
   * much: 7.5 % more for Llama-3.1-8B, whose one odd width is 14,336, and 51 % for Qwen2.5-7B,
   * whose 18,944 become 32,768 and 3,584 become 4,096. Read off the allocator's rule, not measured.
   *
   * @param flags how the engine is started
   * @return bytes of one host, all GPUs of the group together
   */
  public long pinnedHostBytes(EngineFlags flags) {
    long perLayer = 0;
    long unit = 2L * flags.maxLoraRank();
    for (LoraModule module : flags.loraTargets()) {
      perLayer += pinned(unit * model.inputs(module)) + pinned(unit * model.outputs(module));
    }
    return (long) flags.tensorParallel() * flags.maxCpuLoras() * model.layers() * perLayer;
  }

  private static long pinned(long bytes) {
    long power = Long.highestOneBit(bytes);
    return power == bytes ? bytes : 2 * power;
  }
}
