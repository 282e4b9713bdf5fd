package io.github.adaptertwin.gpu.step;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.StepCosts;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

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

  /**
   * Memory bandwidth that the decode kernels reach on the 64 GB card: KV bytes of a token over the
   * measured context slope give 2.02 TB/s for Llama-3.1-8B and 1.98 for Qwen2.5-7B.
   */
  private static final double CALIBRATED_BANDWIDTH = 2.0e12;

  /**
   * Share of the data sheet's bandwidth that GEMM weights are read with, fitted on measured GEMMs
   * of an H100 (p-norm form).
   */
  private static final double BANDWIDTH_SHARE = 0.869;

  /** Share of the bf16 peak that matrix products of large batches reach on an H100. */
  private static final double PRODUCT_SHARE = 0.818;

  /** Context tokens that are read for each token of a step in the served runs. */
  private static final double USUAL_CONTEXT = 170;

  /** Share of the bf16 peak that prefill attention reaches on an H100. */
  private static final double PREFILL_ATTENTION_SHARE = 0.684;

  private static final ImmutableList<CalibrationProfile> PROFILES =
      ImmutableList.of(
          CalibrationProfile.resource("h100-64gb-sxm_llama-3.1-8b_vllm-0.8.5.json"),
          CalibrationProfile.resource("h100-64gb-sxm_qwen2.5-7b_vllm-0.8.5.json"));

  private final ModelSpec model;
  private final CalibrationProfile profile;
  private final EngineVersion version;
  private final double pairPicos;
  private final ImmutableList<String> extrapolations;

  private StepTimeModel(
      ModelSpec model,
      CalibrationProfile profile,
      EngineVersion version,
      double pairPicos,
      ImmutableList<String> extrapolations) {
    this.model = model;
    this.profile = profile;
    this.version = version;
    this.pairPicos = pairPicos;
    this.extrapolations = extrapolations;
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
    return of(gpu, model, version, PROFILES);
  }

  /**
   * Makes the step-time model of one GPU and base model from other profiles.
   *
   * @param gpu the card
   * @param model the base model
   * @param version the engine version
   * @param profiles to choose from, at least one; the last of those that fit best is taken
   * @return the model; calibrated where there is a profile, scaled from data sheets otherwise
   * @throws IllegalArgumentException if there is no profile
   */
  public static StepTimeModel of(
      GpuSpec gpu, ModelSpec model, EngineVersion version, List<CalibrationProfile> profiles) {
    if (profiles.isEmpty()) {
      throw new IllegalArgumentException("there is no calibration profile; give at least one");
    }
    CalibrationProfile nearest = profiles.get(0);
    boolean sameModel = false;
    for (CalibrationProfile candidate : profiles) {
      if ((candidate.engine() == version || !sameModel)
          && Models.named(candidate.model()).sameArchitecture(model)) {
        nearest = candidate;
        sameModel = true;
      }
    }
    GpuSpec calibrated = Gpus.named(nearest.gpu());
    boolean sameGpu = calibrated.equals(gpu);
    ImmutableList.Builder<String> words = ImmutableList.builder();
    if (nearest.engine() != version) {
      words.add(
          "step time under "
              + version
              + " is taken from measurements of "
              + nearest.engine()
              + "; its error is not known");
    }
    if (!sameGpu) {
      words.add(
          "step time on "
              + gpu.name()
              + " is scaled from measurements on "
              + calibrated.name()
              + " by bandwidth and peak FLOP/s; its error is not known");
    }
    if (!sameModel) {
      words.add(
          "step time of "
              + model.name()
              + " is scaled from measurements of "
              + nearest.model()
              + " by weights and dimensions; its error is not known");
    }
    double flopsPerPair = 4.0 * model.queryWidth() * model.layers();
    double pairPicos =
        flopsPerPair * PICOS_PER_SECOND / (PREFILL_ATTENTION_SHARE * gpu.bf16FlopsPerSecond());
    CalibrationProfile scaled =
        sameGpu && sameModel ? nearest : scale(nearest, calibrated, gpu, model);
    return new StepTimeModel(model, scaled, version, pairPicos, words.build());
  }

  /**
   * Moves what reads memory with bandwidth, what multiplies with FLOP/s, and leaves host work.
   *
   * <p>Between the two measured models the time of a step beyond reading the weights is the same
   * (5.1 ms, though one has 28 layers and one 32), and so is what a token costs together with its
   * usual context, although their KV bytes differ by more than two: what one model's context saves,
   * its tokens cost more. So the host's part of both is kept, not scaled.
   */
  private static CalibrationProfile scale(
      CalibrationProfile from, GpuSpec calibrated, GpuSpec gpu, ModelSpec model) {
    ModelSpec measured = Models.named(from.model());
    double bandwidth =
        calibrated.equals(gpu)
            ? CALIBRATED_BANDWIDTH
            : BANDWIDTH_SHARE * gpu.bandwidthBytesPerSecond();
    double weightsThen = measured.weightBytes() / CALIBRATED_BANDWIDTH * PICOS_PER_SECOND;
    double weightsNow = model.weightBytes() / bandwidth * PICOS_PER_SECOND;
    double layers = model.layers() / (double) measured.layers();
    double contextNow = model.kvBytesPerToken() / bandwidth * PICOS_PER_SECOND;
    double contextThen = measured.kvBytesPerToken() / CALIBRATED_BANDWIDTH * PICOS_PER_SECOND;
    double kept = measured.sameArchitecture(model) ? 0 : USUAL_CONTEXT * (contextThen - contextNow);
    double productsThen = productPicos(measured, calibrated);
    double productsNow = productPicos(model, gpu);
    double rankBytes =
        model.adapterBytes(1)
            / (double) measured.adapterBytes(1)
            * (CALIBRATED_BANDWIDTH / bandwidth);
    double blockRate = calibrated.smCount() / (double) gpu.smCount();
    Map<Constant, Double> constants = new EnumMap<>(Constant.class);
    for (Constant constant : Constant.values()) {
      double value = from.get(constant);
      constants.put(
          constant,
          switch (constant) {
            case BASE, BASE_WITHOUT_LORA -> weightsNow + Math.max(0, value - weightsThen);
            case TOKEN -> productsNow + Math.max(0, value - productsThen + kept);
            case TOKEN_WITHOUT_LORA -> productsNow + Math.max(0, value - productsThen);
            case CONTEXT_TOKEN -> contextNow;
            case BLOCK -> value * blockRate;
            case ADAPTER_RANK -> value * rankBytes;
            case HOST_LOAD -> value * layers;
            default -> value;
          });
    }
    return new CalibrationProfile(
        gpu.name(),
        model.name(),
        from.engine(),
        "scaled from data sheets; original: " + from.provenance(),
        "not known",
        from.mostSlots(),
        from.largestRank(),
        from.mostTokens(),
        constants);
  }

  /** {@return the profiles that the library brings along; unmodifiable} */
  public static List<CalibrationProfile> profiles() {
    return PROFILES;
  }

  /** Matrix products of one token of a large batch. */
  private static double productPicos(ModelSpec model, GpuSpec gpu) {
    return 2.0 * model.parameters() / (PRODUCT_SHARE * gpu.bf16FlopsPerSecond()) * PICOS_PER_SECOND;
  }

  /** {@return what was scaled from data sheets instead of measured, in words; empty if nothing} */
  public List<String> extrapolations() {
    return extrapolations;
  }

  /** {@return the constants in use} */
  public CalibrationProfile profile() {
    return profile;
  }

  @Override
  public BoundStepCosts bind(EngineConfig config) {
    return new BoundStepTime(model, profile, version.baseOnlyGraphs(), pairPicos, config);
  }
}
