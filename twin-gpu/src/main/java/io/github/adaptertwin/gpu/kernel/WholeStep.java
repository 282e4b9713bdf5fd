package io.github.adaptertwin.gpu.kernel;

import io.github.adaptertwin.gpu.spec.ModelSpec;

/**
 * A step of an engine without LoRA put together from kernels: linear layers, attention, element
 * operations, output layer, sampler, and the host's work, which in vLLM 0.8.5 is not overlapped.
 *
 * <p>Nothing of it is fitted end to end but the host's two constants, on the steps of Llama-3.1-8B
 * on the H100 of 64 GB (arXiv 2602.24044). The same constants give the steps of Qwen2.5-7B, which
 * took no part, within 6 % on average at every batch size. Immutable and thread-safe.
 *
 * @param kernels the kernels of the card
 * @param model the base model
 * @param sampling what the sampler does with the logits
 * @param host what the host adds
 */
public record WholeStep(Kernels kernels, ModelSpec model, Sampling sampling, HostTime host) {

  /** Work of the sampler, in bytes moved for each logit. */
  public enum Sampling {
    /** Conversion to 32 bits and the largest logit. */
    GREEDY(14),
    /**
     * With repetition, frequency and presence penalties, which the engine applies to all requests
     * as soon as one of them asks for any; a model's generation defaults do (Qwen2.5-Instruct has a
     * repetition penalty of 1.05, Llama-3.1-Instruct has none). Counted from the engine's
     * operations: two tables of 64-bit counts with their masks (34 bytes), the scaling by the
     * repetition penalty (54), and the two subtractions (41).
     */
    PENALTIES(14 + 129);

    private final int bytesPerLogit;

    Sampling(int bytesPerLogit) {
      this.bytesPerLogit = bytesPerLogit;
    }

    /** {@return bytes moved for each logit} */
    public int bytesPerLogit() {
      return bytesPerLogit;
    }
  }

  /**
   * Work of the host between two steps: scheduling, preparing inputs, launching, and handing over
   * outputs.
   *
   * @param stepSeconds for each step, at least 0
   * @param requestSeconds for each request that gets a token, at least 0
   */
  public record HostTime(double stepSeconds, double requestSeconds) {
    /** Fitted on the steps of Llama-3.1-8B without LoRA under vLLM 0.8.5. */
    public static final HostTime VLLM_0_8_5 = new HostTime(2.78e-3, 9.25e-6);

    /**
     * Checks the times.
     *
     * @throws IllegalArgumentException if one is NaN, negative or above a second
     */
    public HostTime {
      if (!(stepSeconds >= 0 && stepSeconds <= 1 && requestSeconds >= 0 && requestSeconds <= 1)) {
        throw new IllegalArgumentException(
            "host time is "
                + stepSeconds
                + " s a step and "
                + requestSeconds
                + " s a request, must be in [0, 1]; is it in another unit?");
      }
    }
  }

  /**
   * A step in which every sequence decodes one token.
   *
   * @param sequences decoding sequences, at least 1
   * @param contextTokens tokens of their contexts together, at least 1
   * @return seconds
   */
  public double decodeSeconds(int sequences, long contextTokens) {
    double attention =
        kernels.decodeAttentionSeconds(
            sequences,
            contextTokens,
            model.heads(),
            model.kvHeads(),
            model.headDim(),
            model.kvType());
    return kernels.linearSeconds(model, sequences, 1)
        + model.layers() * attention
        + kernels.elementwiseSeconds(model, sequences)
        + outputSeconds(sequences);
  }

  /**
   * A step of whole prompts, all equally long.
   *
   * @param prompts prompts that begin and end in this step, at least 1
   * @param promptTokens tokens of each, at least 1
   * @return seconds
   */
  public double prefillSeconds(int prompts, int promptTokens) {
    int tokens = Math.multiplyExact(prompts, promptTokens);
    long pairs = (long) tokens * (promptTokens + 1L) / 2;
    double attention =
        kernels.prefillAttentionSeconds(
            tokens, pairs, tokens, model.heads(), model.kvHeads(), model.headDim());
    return kernels.linearSeconds(model, tokens, 1)
        + model.layers() * attention
        + kernels.elementwiseSeconds(model, tokens)
        + outputSeconds(prompts);
  }

  /** Output layer, sampler and host for the requests that get a token. */
  private double outputSeconds(int requests) {
    double logits = (double) requests * model.vocabulary();
    return kernels.gemmSeconds(requests, model.vocabulary(), model.hidden())
        + kernels.streamSeconds(sampling.bytesPerLogit() * logits)
        + host.stepSeconds()
        + host.requestSeconds() * requests;
  }
}
