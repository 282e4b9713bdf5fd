package io.github.adaptertwin.gpu.step;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.StepCosts;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.spec.TensorParallel;
import java.util.List;

/**
 * What the steps of one GPU, base model and engine version cost:
 *
 * <pre>
 * t = base + token * M + block * (S + 1) * blocks(M, R)
 *     + u * (adapter + adapterRank * R + adapterRegistered * C + low[M &lt; 128] + many[T &gt; 512])
 *     + contextToken * c + pair * p + waiting * W + skipped * K + loads
 * </pre>
 *
 * <p>with T tokens (M padded), u distinct adapters, S = max_loras, R = max_lora_rank, C =
 * max_cpu_loras, c context tokens, p causal (query, key) pairs of prefill chunks. The constants
 * come from a {@link CalibrationProfile}; where there is none for the card or the model, those of
 * the nearest profile are scaled from data sheets, and {@link #extrapolations()} says so.
 *
 * <p>Immutable and thread-safe.
 */
public final class StepTimeModel implements StepCosts {
  private static final long serialVersionUID = 1L;
  private static final double PICOS_PER_SECOND = 1e12;

  /** Share of the bf16 peak that prefill attention reaches on an H100. */
  private static final double PREFILL_ATTENTION_SHARE = 0.684;

  private static final ImmutableList<CalibrationProfile> PROFILES =
      ImmutableList.of(
          CalibrationProfile.resource("h100-64gb-sxm_llama-3.1-8b_vllm-0.8.5.json"),
          CalibrationProfile.resource("h100-64gb-sxm_qwen2.5-7b_vllm-0.8.5.json"));

  private final GpuSpec gpu;
  private final ModelSpec model;
  private final int tensorParallel;
  private final CalibrationProfile nearest;
  private final CalibrationProfile profile;
  private final EngineVersion version;
  private final ImmutableList<String> extrapolations;

  private StepTimeModel(
      GpuSpec gpu,
      ModelSpec model,
      int tensorParallel,
      CalibrationProfile nearest,
      EngineVersion version) {
    this.gpu = gpu;
    this.model = model;
    this.tensorParallel = tensorParallel;
    this.nearest = nearest;
    this.version = version;
    GpuSpec calibrated = Gpus.named(nearest.gpu());
    ModelSpec measured = Models.named(nearest.model());
    boolean own = calibrated.equals(gpu) && measured.sameArchitecture(model) && tensorParallel == 1;
    TensorParallel share = new TensorParallel(model, tensorParallel);
    profile =
        own ? nearest : new ProfileScaling(nearest, measured, calibrated, gpu, share).scaled();
    extrapolations = words(calibrated, measured);
  }

  /**
   * Makes the step-time model of one GPU and base model.
   *
   * @param gpu the card
   * @param model the base model
   * @param version the engine version
   * @return the model; calibrated where there is a profile, scaled from data sheets otherwise
   */
  public static StepTimeModel of(GpuSpec gpu, ModelSpec model, EngineVersion version) {
    return of(gpu, model, Calibration.shipped(version));
  }

  /**
   * Makes the step-time model of one GPU and base model from other profiles. One of the same model
   * goes before one of the same dimensions in other data types, that before one of another model;
   * then one of the same card before others, then one of the same engine version; of equals the
   * first is taken.
   *
   * @param gpu the card
   * @param model the base model
   * @param calibration the engine version, and the profiles to choose from
   * @return the model; calibrated where there is a profile, scaled from data sheets otherwise
   * @throws IllegalArgumentException if a profile is of a card or base model that the catalogue
   *     does not have
   */
  public static StepTimeModel of(GpuSpec gpu, ModelSpec model, Calibration calibration) {
    EngineVersion version = calibration.engine();
    CalibrationProfile nearest = calibration.profiles().get(0);
    int best = -1;
    for (CalibrationProfile candidate : calibration.profiles()) {
      int ofModel = likeness(Models.named(candidate.model()), model);
      int ofCard = Gpus.named(candidate.gpu()).equals(gpu) ? 1 : 0;
      int ofEngine = candidate.engine() == version ? 1 : 0;
      int likeness = 4 * ofModel + 2 * ofCard + ofEngine;
      if (likeness > best) {
        nearest = candidate;
        best = likeness;
      }
    }
    return new StepTimeModel(gpu, model, 1, nearest, version);
  }

  /** 2 for the same model, 1 for the same model in other data types, 0 for another one. */
  private static int likeness(ModelSpec measured, ModelSpec model) {
    return measured.sameArchitecture(model) ? 2 : measured.sameDimensions(model) ? 1 : 0;
  }

  private ImmutableList<String> words(GpuSpec calibrated, ModelSpec measured) {
    ImmutableList.Builder<String> words = ImmutableList.builder();
    if (nearest.engine() != version) {
      words.add(
          "step time under "
              + version
              + " is taken from measurements of "
              + nearest.engine()
              + "; its error is not known");
    }
    if (!calibrated.equals(gpu)) {
      words.add(
          "step time on "
              + gpu.name()
              + " is scaled from measurements on "
              + calibrated.name()
              + " by bandwidth and peak FLOP/s; its error is not known");
    }
    int likeness = likeness(measured, model);
    if (likeness == 0) {
      words.add(
          "step time of "
              + model.name()
              + " is scaled from measurements of "
              + nearest.model()
              + " by weights and dimensions; its error is not known");
    }
    if (likeness == 1 || (likeness == 0 && !model.bf16())) {
      words.add(
          "step time of "
              + model.name()
              + " is scaled from measurements in bf16 by bytes and the peak of its data type; its"
              + " error is not known");
    }
    if (tensorParallel > 1) {
      words.add(
          "step time on "
              + tensorParallel
              + " GPUs is scaled from one GPU by shares, with all-reduces as measured over NVLink"
              + (tensorParallel > gpu.linkedGpus()
                  ? ", but at the bandwidth of the host link, since links join only "
                      + gpu.linkedGpus()
                  : "")
              + "; its error is not known");
    }
    return words.build();
  }

  /**
   * {@return this model on a tensor-parallel group of the same cards}
   *
   * @param gpus GPUs of the group, at least 1
   * @throws IllegalArgumentException if the model cannot be split over so many, or the bandwidth of
   *     the card's links is not known
   */
  public StepTimeModel withTensorParallel(int gpus) {
    return gpus == tensorParallel ? this : new StepTimeModel(gpu, model, gpus, nearest, version);
  }

  /** {@return the profiles that the library brings along; unmodifiable} */
  public static List<CalibrationProfile> profiles() {
    return PROFILES;
  }

  /** {@return what was scaled from data sheets instead of measured, in words; empty if nothing} */
  public List<String> extrapolations() {
    return extrapolations;
  }

  /** {@return whether anything is known of the error of the profile that is used or scaled} */
  public boolean uncertaintyKnown() {
    return nearest.uncertainty().known();
  }

  /**
   * Draws step times from what the fit of the profile left open; a scaled profile is drawn before
   * it is scaled, so that what scaling gets wrong is not in it.
   *
   * @param stream where the randomness comes from
   * @return step times of the same card, model and group
   */
  public StepTimeModel draw(RandomStream stream) {
    return new StepTimeModel(gpu, model, tensorParallel, nearest.draw(stream), version);
  }

  /**
   * Says what is predicted for a configuration that was never measured, that beyond the range of
   * the profile included.
   *
   * @param slots adapter slots
   * @param maxLoraRank rank that they are made for
   * @param maxNumBatchedTokens token budget of a step
   * @return one line for each; empty if all was measured
   */
  public List<String> extrapolations(int slots, int maxLoraRank, int maxNumBatchedTokens) {
    ImmutableList.Builder<String> words = ImmutableList.builder();
    words.addAll(extrapolations);
    beyond(words, "slots", slots, profile.mostSlots());
    if (slots > 0) {
      beyond(words, "max_lora_rank", maxLoraRank, profile.largestRank());
    }
    beyond(words, "tokens in a step", maxNumBatchedTokens, profile.mostTokens());
    return words.build();
  }

  private static void beyond(
      ImmutableList.Builder<String> words, String what, int value, int measured) {
    if (value > measured) {
      words.add(
          "step time with "
              + value
              + " "
              + what
              + " is extrapolated from at most "
              + measured
              + "; its error is not known");
    }
  }

  /**
   * {@return the profile whose constants are used, or scaled where it is of another card or model}
   */
  public CalibrationProfile basis() {
    return nearest;
  }

  /** {@return the constants in use} */
  public CalibrationProfile profile() {
    return profile;
  }

  @Override
  public BoundStepCosts bind(EngineConfig config) {
    TensorParallel share = new TensorParallel(model, tensorParallel);
    double flopsPerPair = 4.0 * share.queryWidth() * model.layers();
    double pairPicos =
        flopsPerPair * PICOS_PER_SECOND / (PREFILL_ATTENTION_SHARE * gpu.bf16FlopsPerSecond());
    return new BoundStepTime(share, profile, version.baseOnlyGraphs(), pairPicos, config);
  }
}
