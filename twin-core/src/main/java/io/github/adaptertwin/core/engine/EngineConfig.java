package io.github.adaptertwin.core.engine;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.time.SimulatedTime;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * How one replica is set up: the flags of the engine, the KV blocks that its memory leaves, and the
 * adapters that it serves. Built with {@link #builder()}; immutable and thread-safe.
 */
public final class EngineConfig implements Serializable {
  /** Number of priority classes: a request's priority is in [0, 63]. */
  public static final int PRIORITY_CLASSES = 64;

  private static final long serialVersionUID = 1L;

  private final int maxNumSeqs;
  private final int maxNumBatchedTokens;
  private final int maxModelLen;
  private final int blockTokens;
  private final int kvBlocks;
  private final int maxLoras;
  private final int maxLoraRank;
  private final int maxCpuLoras;
  private final boolean adaptersPreloaded;
  private final SchedulingPolicy schedulingPolicy;
  private final long agingPicos;
  private final KvReservation kvReservation;
  private final AdapterLoading adapterLoading;
  private final boolean prefixCaching;
  private final ImmutableList<LoraAdapter> adapters;

  private EngineConfig(Builder b) {
    maxNumSeqs = b.maxNumSeqs;
    maxNumBatchedTokens = b.maxNumBatchedTokens;
    maxModelLen = b.maxModelLen;
    blockTokens = b.blockTokens;
    kvBlocks = b.kvBlocks;
    maxLoras = b.maxLoras;
    maxLoraRank = b.maxLoraRank;
    maxCpuLoras = b.maxCpuLoras == Builder.AS_MAX_LORAS ? b.maxLoras : b.maxCpuLoras;
    adaptersPreloaded = b.adaptersPreloaded;
    schedulingPolicy = b.schedulingPolicy;
    agingPicos = b.agingPicos;
    kvReservation = b.kvReservation;
    adapterLoading = b.adapterLoading;
    prefixCaching = b.prefixCaching;
    adapters = ImmutableList.copyOf(b.adapters);
    require(maxNumSeqs >= 1, "max_num_seqs", maxNumSeqs, "at least 1");
    require(
        maxNumBatchedTokens >= maxNumSeqs,
        "max_num_batched_tokens",
        maxNumBatchedTokens,
        "at least max_num_seqs = " + maxNumSeqs + ", as the engine demands");
    require(maxModelLen >= 1, "max_model_len", maxModelLen, "at least 1");
    require(blockTokens >= 1, "block_size", blockTokens, "at least 1");
    require(kvBlocks >= 2, "KV blocks", kvBlocks, "at least 2 (one is the null block)");
    require(
        (long) (kvBlocks - 1) * blockTokens >= maxModelLen,
        "KV tokens",
        (long) (kvBlocks - 1) * blockTokens,
        "at least max_model_len = "
            + maxModelLen
            + ", so that one longest request fits; lower max_model_len or free memory");
    require(maxLoras >= 0, "max_loras", maxLoras, "at least 0 (0 = LoRA disabled)");
    require(
        maxCpuLoras >= maxLoras,
        "max_cpu_loras",
        maxCpuLoras,
        "at least max_loras = " + maxLoras + ", as the engine demands");
    if (prefixCaching
        && (schedulingPolicy == SchedulingPolicy.PRIORITY
            || kvReservation == KvReservation.WHOLE_REQUEST)) {
      throw new IllegalArgumentException(
          "prefix caching is on with "
              + schedulingPolicy
              + " and "
              + kvReservation
              + "; it goes with FCFS or FAIR and ON_DEMAND");
    }
    require(agingPicos >= 0, "aging", agingPicos, "at least 0 ps");
    require(
        maxLoras > 0 || adapters.isEmpty(),
        "adapters",
        adapters.size(),
        "0 when LoRA is disabled (max_loras = 0)");
    for (LoraAdapter adapter : adapters) {
      require(
          adapter.rank() <= maxLoraRank,
          "rank of adapter '" + adapter.id() + "'",
          adapter.rank(),
          "at most max_lora_rank = " + maxLoraRank + "; raise max_lora_rank");
    }
  }

  private static void require(boolean holds, String what, long value, String bound) {
    if (!holds) {
      throw new IllegalArgumentException(what + " is " + value + ", must be " + bound);
    }
  }

  /**
   * Starts a configuration.
   *
   * @return a builder with the engine's defaults for everything but the KV blocks
   */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return most requests that run at once, vLLM's {@code max_num_seqs}} */
  public int maxNumSeqs() {
    return maxNumSeqs;
  }

  /** {@return token budget of a step, vLLM's {@code max_num_batched_tokens}} */
  public int maxNumBatchedTokens() {
    return maxNumBatchedTokens;
  }

  /** {@return most tokens of one request, input and output, vLLM's {@code max_model_len}} */
  public int maxModelLen() {
    return maxModelLen;
  }

  /** {@return tokens in one KV block, vLLM's {@code block_size}} */
  public int blockTokens() {
    return blockTokens;
  }

  /** {@return KV blocks of the engine, the unusable null block included} */
  public int kvBlocks() {
    return kvBlocks;
  }

  /** {@return adapter slots on the GPU, vLLM's {@code max_loras}; 0 when LoRA is disabled} */
  public int maxLoras() {
    return maxLoras;
  }

  /** {@return rank that every slot is made for, vLLM's {@code max_lora_rank}} */
  public int maxLoraRank() {
    return maxLoraRank;
  }

  /** {@return adapters kept in host memory, vLLM's {@code max_cpu_loras}} */
  public int maxCpuLoras() {
    return maxCpuLoras;
  }

  /**
   * {@return whether the adapters were registered in order before the first request, as the
   * engine's {@code --lora-modules} does}
   */
  public boolean adaptersPreloaded() {
    return adaptersPreloaded;
  }

  /** {@return in which order waiting requests are admitted and running ones preempted} */
  public SchedulingPolicy schedulingPolicy() {
    return schedulingPolicy;
  }

  /**
   * {@return wait in picoseconds from which on a request is not passed over any more; only {@link
   * SchedulingPolicy#FAIR} looks at it}
   */
  public long agingPicos() {
    return agingPicos;
  }

  /** {@return when a request takes its KV blocks} */
  public KvReservation kvReservation() {
    return kvReservation;
  }

  /** {@return whether loading adapters holds up the step} */
  public AdapterLoading adapterLoading() {
    return adapterLoading;
  }

  /** {@return whether requests of one adapter share the KV blocks of equal prompt beginnings} */
  public boolean prefixCaching() {
    return prefixCaching;
  }

  /** {@return the adapters that requests may name, by index; unmodifiable} */
  public List<LoraAdapter> adapters() {
    return adapters;
  }

  /** {@return a builder that starts from this configuration} */
  public Builder toBuilder() {
    Builder b = new Builder();
    b.maxNumSeqs = maxNumSeqs;
    b.maxNumBatchedTokens = maxNumBatchedTokens;
    b.maxModelLen = maxModelLen;
    b.blockTokens = blockTokens;
    b.kvBlocks = kvBlocks;
    b.maxLoras = maxLoras;
    b.maxLoraRank = maxLoraRank;
    b.maxCpuLoras = maxCpuLoras;
    b.adaptersPreloaded = adaptersPreloaded;
    b.schedulingPolicy = schedulingPolicy;
    b.agingPicos = agingPicos;
    b.kvReservation = kvReservation;
    b.adapterLoading = adapterLoading;
    b.prefixCaching = prefixCaching;
    b.adapters = adapters;
    return b;
  }

  /** Collects the settings of an {@link EngineConfig}; not thread-safe. */
  public static final class Builder {
    private static final int AS_MAX_LORAS = -1;

    private int maxNumSeqs = 256;
    private int maxNumBatchedTokens = 2048;
    private int maxModelLen = 2048;
    private int blockTokens = 16;
    private int kvBlocks;
    private int maxLoras;
    private int maxLoraRank = 16;
    private int maxCpuLoras = AS_MAX_LORAS;
    private boolean adaptersPreloaded = true;
    private SchedulingPolicy schedulingPolicy = SchedulingPolicy.FCFS;
    private long agingPicos = 5 * SimulatedTime.PICOS_PER_SECOND;
    private KvReservation kvReservation = KvReservation.ON_DEMAND;
    private AdapterLoading adapterLoading = AdapterLoading.BLOCKING;
    private boolean prefixCaching;
    private List<LoraAdapter> adapters = ImmutableList.of();

    private Builder() {}

    /**
     * Sets the most requests that run at once.
     *
     * @param value at least 1; default 256
     * @return this
     */
    public Builder maxNumSeqs(int value) {
      maxNumSeqs = value;
      return this;
    }

    /**
     * Sets the token budget of a step.
     *
     * @param value at least {@code max_num_seqs}; default 2048
     * @return this
     */
    public Builder maxNumBatchedTokens(int value) {
      maxNumBatchedTokens = value;
      return this;
    }

    /**
     * Sets the most tokens of one request.
     *
     * @param value at least 1 and at most the usable KV tokens; default 2048
     * @return this
     */
    public Builder maxModelLen(int value) {
      maxModelLen = value;
      return this;
    }

    /**
     * Sets the tokens in one KV block.
     *
     * @param value at least 1; default 16
     * @return this
     */
    public Builder blockTokens(int value) {
      blockTokens = value;
      return this;
    }

    /**
     * Sets the KV blocks, the null block included.
     *
     * @param value at least 2; no default
     * @return this
     */
    public Builder kvBlocks(int value) {
      kvBlocks = value;
      return this;
    }

    /**
     * Sets the adapter slots on the GPU.
     *
     * @param value at least 0; default 0, LoRA disabled
     * @return this
     */
    public Builder maxLoras(int value) {
      maxLoras = value;
      return this;
    }

    /**
     * Sets the rank that every slot is made for.
     *
     * @param value at least the rank of every adapter; default 16
     * @return this
     */
    public Builder maxLoraRank(int value) {
      maxLoraRank = value;
      return this;
    }

    /**
     * Sets the adapters kept in host memory.
     *
     * @param value at least {@code max_loras}; default {@code max_loras}
     * @return this
     */
    public Builder maxCpuLoras(int value) {
      if (value < 0) {
        throw new IllegalArgumentException("max_cpu_loras is " + value + ", must be at least 0");
      }
      maxCpuLoras = value;
      return this;
    }

    /**
     * Says whether the adapters are registered in order before the first request.
     *
     * @param value default true
     * @return this
     */
    public Builder adaptersPreloaded(boolean value) {
      adaptersPreloaded = value;
      return this;
    }

    /**
     * Sets in which order waiting requests are admitted and running ones preempted.
     *
     * @param value default {@link SchedulingPolicy#FCFS}
     * @return this
     */
    public Builder schedulingPolicy(SchedulingPolicy value) {
      schedulingPolicy = Objects.requireNonNull(value);
      return this;
    }

    /**
     * Sets the wait from which on {@link SchedulingPolicy#FAIR} passes a request over no more.
     *
     * @param value picoseconds, at least 0; default 5 s
     * @return this
     */
    public Builder agingPicos(long value) {
      agingPicos = value;
      return this;
    }

    /**
     * Sets when a request takes its KV blocks.
     *
     * @param value default {@link KvReservation#ON_DEMAND}
     * @return this
     */
    public Builder kvReservation(KvReservation value) {
      kvReservation = Objects.requireNonNull(value);
      return this;
    }

    /**
     * Sets whether loading adapters holds up the step.
     *
     * @param value default {@link AdapterLoading#BLOCKING}
     * @return this
     */
    public Builder adapterLoading(AdapterLoading value) {
      adapterLoading = Objects.requireNonNull(value);
      return this;
    }

    /**
     * Sets whether requests of one adapter share the KV blocks of equal prompt beginnings, as far
     * as the source tells them by hashes ({@code --enable-prefix-caching}).
     *
     * @param value default false; true goes with neither {@link SchedulingPolicy#PRIORITY} nor
     *     {@link KvReservation#WHOLE_REQUEST}
     * @return this
     */
    public Builder prefixCaching(boolean value) {
      prefixCaching = value;
      return this;
    }

    /**
     * Sets the adapters that requests may name.
     *
     * @param value adapters by index; default none
     * @return this
     */
    public Builder adapters(List<LoraAdapter> value) {
      adapters = Objects.requireNonNull(value);
      return this;
    }

    /**
     * Checks the settings and makes the configuration.
     *
     * @return the configuration
     * @throws IllegalArgumentException if a setting is outside its bound; the message names it
     */
    public EngineConfig build() {
      return new EngineConfig(this);
    }
  }
}
