package io.github.adaptertwin.surrogate.serving;

import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import io.github.adaptertwin.workload.observed.MeasuredRun;

/**
 * Replays measured serving runs of the published campaign (arXiv 2602.24044: vLLM 0.8.5 with 2048
 * sequences and 2048 batched tokens, ShareGPT prompts, all adapters registered). Only what was
 * given to the real engine is used; what it measured is left for comparison.
 */
public final class MeasuredReplay {
  private static final int MAX_NUM_SEQS = 2048;
  private static final int MAX_NUM_BATCHED_TOKENS = 2048;

  /** The load client's connections end at about this many waiting requests. */
  private static final int WAITING_CAP = 24_000;

  private static final double INPUT_SD = 240;
  private static final double OUTPUT_SD = 202;

  /** Gaussian correlation with which running requests hold the measured 361 KV tokens. */
  private static final double CORRELATION = -0.46;

  /** Share of the requested output tokens that is generated before an early end of sequence. */
  private static final double LLAMA_OUTPUT_SHARE = 0.99;

  private static final double QWEN_OUTPUT_SHARE = 0.957;

  private MeasuredReplay() {}

  /**
   * Replays a run.
   *
   * @param run the run
   * @param gpu the card that it was measured on
   * @param seed of the generated requests; the same for the same figures
   * @return what the twin makes of it
   * @throws IllegalArgumentException if the run's model is unknown
   */
  public static ServingTwin.Outcome replay(MeasuredRun run, GpuSpec gpu, long seed) {
    ModelSpec model = Models.named(run.model());
    ServingTwin twin = ServingTwin.of(gpu, model, EngineVersion.VLLM_0_8_5);
    EngineFlags flags = flags(run, model);
    if (!run.started()) {
      // Nothing was served, so there are no requests and no duration to replay: an hour of silence.
      RequestSource none = RequestTrace.builder(run.adapters()).build();
      return twin.run(run.loraAdapters(), none, flags, RunOptions.ofSeconds(3600));
    }
    return twin.run(
        run.loraAdapters(),
        run.requests(lengths(run), WAITING_CAP, seed),
        flags,
        RunOptions.ofSeconds(run.durationSeconds()));
  }

  private static EngineFlags flags(MeasuredRun run, ModelSpec model) {
    return EngineFlags.builder()
        .maxLoras(run.adapterSlots())
        .maxLoraRank(run.maxLoraRank())
        .maxCpuLoras(Math.max(run.adapters(), run.adapterSlots()))
        .maxNumSeqs(MAX_NUM_SEQS)
        .maxNumBatchedTokens(MAX_NUM_BATCHED_TOKENS)
        .maxModelLen(model.maxContext())
        .build();
  }

  private static LengthLaw lengths(MeasuredRun run) {
    double share = run.model().startsWith("llama") ? LLAMA_OUTPUT_SHARE : QWEN_OUTPUT_SHARE;
    return new TruncatedGammaPair(
            run.meanInputTokens(),
            INPUT_SD,
            1024,
            run.meanOutputTokens() * share,
            OUTPUT_SD,
            2048,
            CORRELATION)
        .pool();
  }
}
