package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.surrogate.serving.TrainingDesign;
import io.github.adaptertwin.surrogate.serving.TrainingPlan;
import io.github.adaptertwin.surrogate.serving.TrainingSpace;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import java.util.List;

/** The plans by which the surrogates of the library are trained and judged. */
final class SurrogatePlans {
  static final List<String> GPUS = List.of("h100-64gb-sxm", "h100-80gb-sxm", "a100-80gb-sxm");
  static final List<String> MODELS = List.of("llama-3.1-8b", "qwen2.5-7b");

  /** Runs in the whole space; as many more lie around the border of starving. */
  static final int TRAINING_RUNS = 8000;

  static final int TEST_RUNS = 600;

  private static final long TRAINING_SEED = 1;
  private static final long BORDER_SEED = 2;
  private static final long TEST_SEED = 77;
  private static final double HORIZON_SECONDS = 3600;
  private static final double MEAN_OUTPUT_TOKENS = 196.5;

  private SurrogatePlans() {}

  /**
   * What a planner may ask: any number of adapters, lengths, bursts, sequences, from idle to 160 %.
   */
  private static TrainingSpace space() {
    return space(0.2, 1.6);
  }

  private static TrainingSpace space(double leastUtilisation, double mostUtilisation) {
    EngineFlags flags = EngineFlags.builder().maxNumSeqs(1024).maxNumBatchedTokens(2048).build();
    return TrainingSpace.builder(TruncatedGammaPair.shareGpt(MEAN_OUTPUT_TOKENS).pool(), flags)
        .adapters(4, 640)
        .leastSlots(16)
        .leastSlotShare(0.25)
        .ranks(List.of(8, 16, 32, 64))
        .spread(1, 64)
        .utilisation(leastUtilisation, mostUtilisation)
        .dispersion(4)
        .inputScale(0.5, 2)
        .outputScale(0.5, 2)
        .maxNumSeqs(List.of(256, 1024, 2048))
        .build();
  }

  /** The whole space, and as many runs more around the load at which starving begins. */
  static List<TrainingPlan> training(List<String> gpus, List<String> models, int runs) {
    return List.of(
        plan(TrainingDesign.SOBOL, gpus, models, runs, TRAINING_SEED, HORIZON_SECONDS),
        new TrainingPlan(
            TrainingDesign.SOBOL,
            runs,
            BORDER_SEED,
            space(0.7, 1.35),
            gpus,
            models,
            EngineVersion.VLLM_0_8_5,
            HORIZON_SECONDS));
  }

  /** Other points and other requests than any training plan's. */
  static TrainingPlan test(List<String> gpus, List<String> models, int runs) {
    return plan(TrainingDesign.LATIN_HYPERCUBE, gpus, models, runs, TEST_SEED, HORIZON_SECONDS);
  }

  static TrainingPlan plan(
      TrainingDesign design,
      List<String> gpus,
      List<String> models,
      int runs,
      long seed,
      double horizonSeconds) {
    return new TrainingPlan(
        design, runs, seed, space(), gpus, models, EngineVersion.VLLM_0_8_5, horizonSeconds);
  }
}
