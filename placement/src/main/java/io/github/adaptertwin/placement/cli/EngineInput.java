package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** Flags of the engine that no command chooses by itself, spelt as the engine spells them. */
final class EngineInput {
  private static final int USUAL_BATCHED_TOKENS = 2048;

  @Option(
      names = "--max-model-len",
      paramLabel = "TOKENS",
      defaultValue = "0",
      showDefaultValue = Visibility.NEVER,
      description =
          "Most tokens of a request (default: the workload's longest request; 2048 where there is"
              + " no workload).")
  private int maxModelLen;

  @Option(
      names = "--max-num-seqs",
      paramLabel = "N",
      defaultValue = "1024",
      description = "Most requests that run at once on a GPU (default: ${DEFAULT-VALUE}).")
  private int maxNumSeqs;

  @Option(
      names = "--max-num-batched-tokens",
      paramLabel = "N",
      defaultValue = "0",
      showDefaultValue = Visibility.NEVER,
      description =
          "Token budget of a step (default: "
              + USUAL_BATCHED_TOKENS
              + ", or --max-num-seqs if that is more).")
  private int maxNumBatchedTokens;

  @Option(
      names = "--gpu-memory-utilization",
      paramLabel = "X",
      defaultValue = "0.9",
      description = "Share of the GPU's memory (default: ${DEFAULT-VALUE}).")
  private double utilization;

  /**
   * {@return the longest request that was asked for}
   *
   * @param otherwise what holds if nothing was
   */
  int maxModelLen(int otherwise) {
    return maxModelLen == 0 ? otherwise : maxModelLen;
  }

  boolean hasMaxModelLen() {
    return maxModelLen != 0;
  }

  int maxNumSeqs() {
    return maxNumSeqs;
  }

  /** The engine wants room for a token of every running request. */
  int maxNumBatchedTokens() {
    return maxNumBatchedTokens == 0
        ? Math.max(USUAL_BATCHED_TOKENS, maxNumSeqs)
        : maxNumBatchedTokens;
  }

  double utilization() {
    return utilization;
  }

  /**
   * {@return flags with these values and the engine's own for the rest}
   *
   * @param longest most tokens of a request unless the user says otherwise
   */
  EngineFlags.Builder flags(int longest) {
    return EngineFlags.builder()
        .maxNumSeqs(maxNumSeqs)
        .maxNumBatchedTokens(maxNumBatchedTokens())
        .maxModelLen(maxModelLen(longest))
        .gpuMemoryUtilization(utilization);
  }
}
