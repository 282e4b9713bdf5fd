package io.github.adaptertwin.gpu.spec;

import com.google.common.primitives.ImmutableIntArray;

/** Versions of the engine, as far as they differ in what is modelled. */
public enum EngineVersion {
  /** vLLM 0.8.5, V1 engine: the version of the published measurements. */
  VLLM_0_8_5(ImmutableIntArray.of(8, 16, 32, 64, 128, 256), true, false, false),
  /**
   * vLLM from 0.12 on: adapters add no vocabulary, and steps without an adapter run on CUDA graphs
   * without LoRA kernels. Known from its documentation and code, not measured: step times are those
   * of 0.8.5 otherwise. Target modules can be restricted from 0.22 on; that slots shrink with them
   * was not checked.
   */
  VLLM_0_12(ImmutableIntArray.of(1, 8, 16, 32, 64, 128, 256, 320, 512), false, true, true);

  private final ImmutableIntArray maxLoraRanks;
  private final boolean extraVocabulary;
  private final boolean baseOnlyGraphs;
  private final boolean slotsFollowTargets;

  EngineVersion(
      ImmutableIntArray maxLoraRanks,
      boolean extraVocabulary,
      boolean baseOnlyGraphs,
      boolean slotsFollowTargets) {
    this.maxLoraRanks = maxLoraRanks;
    this.extraVocabulary = extraVocabulary;
    this.baseOnlyGraphs = baseOnlyGraphs;
    this.slotsFollowTargets = slotsFollowTargets;
  }

  /** {@return whether slots hold 256 added vocabulary entries where embeddings take adapters} */
  public boolean extraVocabulary() {
    return extraVocabulary;
  }

  /**
   * {@return whether the engine that is modelled, V1, serves a KV cache of this type on a card;
   * vLLM 0.8.5 has fp8 caches for Hopper only (pull request 15191) and starts its older engine
   * elsewhere, which is not modelled}
   *
   * @param kvType data type of the cache
   * @param card the card
   */
  public boolean serves(KvType kvType, GpuSpec card) {
    return kvType == KvType.BF16
        || this != VLLM_0_8_5
        || card.architecture().equalsIgnoreCase("hopper");
  }

  /** {@return whether steps without an adapter run on graphs without LoRA kernels} */
  public boolean baseOnlyGraphs() {
    return baseOnlyGraphs;
  }

  /**
   * {@return whether slots hold only the modules that the engine was told to be targeted; otherwise
   * they hold all linear layers, whatever the adapters target}
   */
  public boolean slotsFollowTargets() {
    return slotsFollowTargets;
  }

  /**
   * Rounds a rank up to what the engine accepts as {@code max_lora_rank}.
   *
   * @param adapterRank largest rank to be served, at least 1
   * @return the smallest accepted value that is not below it
   * @throws IllegalArgumentException if the rank is below 1 or above the largest accepted value
   */
  public int maxLoraRankFor(int adapterRank) {
    for (int i = 0; i < maxLoraRanks.length(); i++) {
      if (adapterRank >= 1 && adapterRank <= maxLoraRanks.get(i)) {
        return maxLoraRanks.get(i);
      }
    }
    throw new IllegalArgumentException(
        "rank "
            + adapterRank
            + " is not accepted by "
            + this
            + ", whose max_lora_rank is one of "
            + maxLoraRanks
            + "; use an adapter of a rank in [1, "
            + maxLoraRanks.get(maxLoraRanks.length() - 1)
            + "]");
  }
}
