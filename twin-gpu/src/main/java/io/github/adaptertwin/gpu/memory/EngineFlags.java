package io.github.adaptertwin.gpu.memory;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.LoraModule;
import java.io.Serializable;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The flags with which an engine is started, as far as they decide what fits and how it serves.
 * Built with {@link #builder()}; immutable and thread-safe.
 */
public final class EngineFlags implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Far more than any GPU has room for; beyond it the bytes of slots would not fit into a long. */
  static final int MOST_LORAS = 1_000_000;

  private static final int AS_MANY_AS_SLOTS = -1;

  private final int maxLoras;
  private final int maxLoraRank;
  private final int maxCpuLoras;
  private final int maxNumSeqs;
  private final int maxNumBatchedTokens;
  private final int maxModelLen;
  private final double gpuMemoryUtilization;
  private final int tensorParallel;
  private final ImmutableSet<LoraModule> loraTargets;

  private EngineFlags(Builder b) {
    maxLoras = within("max_loras", b.maxLoras, 0, MOST_LORAS);
    maxLoraRank = within("max_lora_rank", b.maxLoraRank, 1, LoraAdapter.MAX_RANK);
    maxCpuLoras = b.maxCpuLoras == AS_MANY_AS_SLOTS ? maxLoras : b.maxCpuLoras;
    maxNumSeqs = atLeast("max_num_seqs", b.maxNumSeqs, 1);
    maxNumBatchedTokens = atLeast("max_num_batched_tokens", b.maxNumBatchedTokens, b.maxNumSeqs);
    maxModelLen = atLeast("max_model_len", b.maxModelLen, 1);
    gpuMemoryUtilization = b.gpuMemoryUtilization;
    tensorParallel = atLeast("tensor_parallel_size", b.tensorParallel, 1);
    loraTargets = b.loraTargets;
    if (maxCpuLoras < maxLoras) {
      throw new IllegalArgumentException(
          "max_cpu_loras is "
              + maxCpuLoras
              + ", must be at least max_loras = "
              + maxLoras
              + "; raise it, or leave it out to make it equal");
    }
    if (!(gpuMemoryUtilization > 0 && gpuMemoryUtilization <= 1)) {
      throw new IllegalArgumentException(
          "gpu_memory_utilization is " + gpuMemoryUtilization + ", must be in (0, 1]");
    }
  }

  private static int within(String flag, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          flag + " is " + value + ", must be in [" + least + ", " + most + "]");
    }
    return value;
  }

  private static int atLeast(String flag, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(flag + " is " + value + ", must be at least " + least);
    }
    return value;
  }

  /**
   * Starts a set of flags.
   *
   * @return a builder without LoRA, with 2048 batched tokens, 1024 sequences, a model length of
   *     2048 and a memory utilization of .9
   */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return adapter slots on the GPU; 0 = LoRA disabled} */
  public int maxLoras() {
    return maxLoras;
  }

  /** {@return rank that every slot is made for} */
  public int maxLoraRank() {
    return maxLoraRank;
  }

  /** {@return adapters kept in host memory} */
  public int maxCpuLoras() {
    return maxCpuLoras;
  }

  /** {@return most requests that run at once} */
  public int maxNumSeqs() {
    return maxNumSeqs;
  }

  /** {@return token budget of a step} */
  public int maxNumBatchedTokens() {
    return maxNumBatchedTokens;
  }

  /** {@return most tokens of one request, input and output} */
  public int maxModelLen() {
    return maxModelLen;
  }

  /** {@return share of the GPU's memory that the engine may use} */
  public double gpuMemoryUtilization() {
    return gpuMemoryUtilization;
  }

  /** {@return GPUs that share the model, each with the same memory plan} */
  public int tensorParallel() {
    return tensorParallel;
  }

  /** {@return the linear layers that adapters target; unmodifiable} */
  public Set<LoraModule> loraTargets() {
    return loraTargets;
  }

  /** {@return a builder that starts from these flags} */
  public Builder toBuilder() {
    return new Builder()
        .maxLoras(maxLoras)
        .maxLoraRank(maxLoraRank)
        .maxCpuLoras(maxCpuLoras)
        .maxNumSeqs(maxNumSeqs)
        .maxNumBatchedTokens(maxNumBatchedTokens)
        .maxModelLen(maxModelLen)
        .gpuMemoryUtilization(gpuMemoryUtilization)
        .tensorParallel(tensorParallel)
        .loraTargets(loraTargets);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EngineFlags f
        && maxLoras == f.maxLoras
        && maxLoraRank == f.maxLoraRank
        && maxCpuLoras == f.maxCpuLoras
        && maxNumSeqs == f.maxNumSeqs
        && maxNumBatchedTokens == f.maxNumBatchedTokens
        && maxModelLen == f.maxModelLen
        && Double.compare(gpuMemoryUtilization, f.gpuMemoryUtilization) == 0
        && tensorParallel == f.tensorParallel
        && loraTargets.equals(f.loraTargets);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        maxLoras,
        maxLoraRank,
        maxCpuLoras,
        maxNumSeqs,
        maxNumBatchedTokens,
        maxModelLen,
        gpuMemoryUtilization,
        tensorParallel,
        loraTargets);
  }

  @Override
  public String toString() {
    return "--max-loras "
        + maxLoras
        + " --max-lora-rank "
        + maxLoraRank
        + " --max-cpu-loras "
        + maxCpuLoras
        + " --max-num-seqs "
        + maxNumSeqs
        + " --max-num-batched-tokens "
        + maxNumBatchedTokens
        + " --max-model-len "
        + maxModelLen
        + " --gpu-memory-utilization "
        + gpuMemoryUtilization
        + (tensorParallel == 1 ? "" : " --tensor-parallel-size " + tensorParallel)
        + (loraTargets.equals(LoraModule.all())
            ? ""
            : loraTargets.stream()
                .map(LoraModule::key)
                .collect(Collectors.joining(" ", " --lora-target-modules ", "")));
  }

  /** Collects {@link EngineFlags}; not thread-safe. */
  public static final class Builder {
    private int maxLoras;
    private int maxLoraRank = 16;
    private int maxCpuLoras = AS_MANY_AS_SLOTS;
    private int maxNumSeqs = 1024;
    private int maxNumBatchedTokens = 2048;
    private int maxModelLen = 2048;
    private double gpuMemoryUtilization = 0.9;
    private int tensorParallel = 1;
    private ImmutableSet<LoraModule> loraTargets = ImmutableSet.copyOf(LoraModule.all());

    private Builder() {}

    /**
     * Sets the adapter slots on the GPU.
     *
     * @param value in [0, 1,000,000]; default 0, LoRA disabled
     * @return this
     */
    public Builder maxLoras(int value) {
      maxLoras = value;
      return this;
    }

    /**
     * Sets the rank that every slot is made for.
     *
     * @param value in [1, 512]; default 16
     * @return this
     */
    public Builder maxLoraRank(int value) {
      maxLoraRank = value;
      return this;
    }

    /**
     * Sets the adapters kept in host memory.
     *
     * @param value at least {@code max_loras}, which is the default
     * @return this
     * @throws IllegalArgumentException if it is below 0
     */
    public Builder maxCpuLoras(int value) {
      atLeast("max_cpu_loras", value, 0);
      maxCpuLoras = value;
      return this;
    }

    /**
     * Sets the most requests that run at once.
     *
     * @param value at least 1; default 1024
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
     * @param value at least 1; default 2048
     * @return this
     */
    public Builder maxModelLen(int value) {
      maxModelLen = value;
      return this;
    }

    /**
     * Sets the share of the GPU's memory that the engine may use.
     *
     * @param value in (0, 1]; default .9
     * @return this
     */
    public Builder gpuMemoryUtilization(double value) {
      gpuMemoryUtilization = value;
      return this;
    }

    /**
     * Sets the GPUs that share the model.
     *
     * @param value at least 1, which is the default
     * @return this
     */
    public Builder tensorParallel(int value) {
      tensorParallel = value;
      return this;
    }

    /**
     * Sets the linear layers that adapters target.
     *
     * @param value not empty; default all
     * @return this
     */
    public Builder loraTargets(Set<LoraModule> value) {
      if (value.isEmpty()) {
        throw new IllegalArgumentException("adapters target no module; give at least one");
      }
      loraTargets = Sets.immutableEnumSet(value);
      return this;
    }

    /**
     * Checks and makes the flags.
     *
     * @return the flags
     * @throws IllegalArgumentException if a flag is outside its bound; the message names it
     */
    public EngineFlags build() {
      return new EngineFlags(this);
    }
  }
}
