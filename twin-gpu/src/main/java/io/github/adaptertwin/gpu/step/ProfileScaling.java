package io.github.adaptertwin.gpu.step;

import io.github.adaptertwin.gpu.kernel.Kernels;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.TensorParallel;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import java.util.EnumMap;
import java.util.Map;

/**
 * Carries a measured profile to another card, model, data type or tensor-parallel group: what reads
 * memory moves with bytes and bandwidth, what multiplies with operations and FLOP/s, launches of
 * blocks with the number of multiprocessors, and host work is left.
 *
 * <p>Between the two measured models the time of a step beyond reading the weights is the same (5.1
 * ms, though one has 28 layers and one 32), and so is what a token costs together with its usual
 * context, although their KV bytes differ by more than two: what one model's context saves, its
 * tokens cost more. So the host's part of both is kept, not scaled.
 *
 * <p>Of a model with experts a token is multiplied with those that it passes, while a step reads
 * all of them: the law has one time of reading for all steps, and from a handful of tokens on that
 * is what happens. Smaller steps are overestimated.
 */
final class ProfileScaling {
  private static final double PICOS_PER_SECOND = 1e12;

  /** The card of the published measurements, whose data sheet was never seen. */
  private static final GpuSpec SHEETLESS = Gpus.named("h100-64gb-sxm");

  /**
   * Memory bandwidth that the decode kernels reach on that card: KV bytes of a token over the
   * measured context slope give 2.02 TB/s for Llama-3.1-8B and 1.98 for Qwen2.5-7B.
   */
  private static final double SHEETLESS_BANDWIDTH = 2.0e12;

  /**
   * Share of the data sheet's bandwidth that GEMM weights are read with on other cards, fitted on
   * measured GEMMs of an H100 (p-norm form).
   */
  private static final double BANDWIDTH_SHARE = 0.869;

  /** Share of the peak that matrix products of large batches reach on an H100. */
  private static final double PRODUCT_SHARE = 0.818;

  /** Context tokens that are read for each token of a step in the served runs. */
  private static final double USUAL_CONTEXT = 170;

  /** All-reduces of a decoder layer: after attention and after the feed-forward block. */
  private static final int REDUCES_PER_LAYER = 2;

  private static final int BF16_BYTES = 2;

  private final CalibrationProfile from;
  private final ModelSpec measured;
  private final GpuSpec calibrated;
  private final GpuSpec gpu;
  private final TensorParallel share;

  ProfileScaling(
      CalibrationProfile from,
      ModelSpec measured,
      GpuSpec calibrated,
      GpuSpec gpu,
      TensorParallel share) {
    this.from = from;
    this.measured = measured;
    this.calibrated = calibrated;
    this.gpu = gpu;
    this.share = share;
  }

  CalibrationProfile scaled() {
    ModelSpec model = share.model();
    double bandwidthThen = reachedBandwidth(calibrated);
    double bandwidth = reachedBandwidth(gpu);
    double weightsThen = measured.weightBytes() / bandwidthThen * PICOS_PER_SECOND;
    double weightsNow = share.weightBytes() / bandwidth * PICOS_PER_SECOND;
    double layers = model.layers() / (double) measured.layers();
    double contextNow = share.kvBytesPerToken() / bandwidth * PICOS_PER_SECOND;
    double productsThen = productPicos(new TensorParallel(measured, 1), calibrated);
    double productsNow = productPicos(share, gpu);
    double rankBytes =
        slotBytes(share)
            / (double) slotBytes(new TensorParallel(measured, 1))
            * (bandwidthThen / bandwidth);
    double blockRate = calibrated.smCount() / (double) gpu.smCount();
    double reduceStep = reducePicos(0);
    double reduceToken = reducePicos(1) - reduceStep;
    Map<Constant, Double> constants = new EnumMap<>(Constant.class);
    for (Constant constant : Constant.values()) {
      double value = from.get(constant);
      constants.put(
          constant,
          switch (constant) {
            case BASE, BASE_WITHOUT_LORA ->
                weightsNow + Math.max(0, value - weightsThen) + reduceStep;
            case TOKEN ->
                productsNow
                    + Math.max(
                        0, value - productsThen + usualContextPicos(bandwidthThen, bandwidth))
                    + reduceToken;
            case TOKEN_WITHOUT_LORA ->
                productsNow + Math.max(0, value - productsThen) + reduceToken;
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
        constants,
        ProfileUncertainty.NONE);
  }

  private static double reachedBandwidth(GpuSpec card) {
    return card.equals(SHEETLESS)
        ? SHEETLESS_BANDWIDTH
        : BANDWIDTH_SHARE * card.bandwidthBytesPerSecond();
  }

  /**
   * By how much reading the usual context was dearer for the measured model, which the cost of a
   * token makes up for; 0 where the dimensions are the same.
   */
  private double usualContextPicos(double bandwidthThen, double bandwidth) {
    ModelSpec model = share.model();
    if (measured.sameDimensions(model)) {
      return 0;
    }
    double then = measured.kvBytesPerToken() / bandwidthThen * PICOS_PER_SECOND;
    // In bf16, in which this was found: a smaller data type does not make tokens dearer.
    long kvBytes = 2L * model.layers() * model.kvWidth() * BF16_BYTES;
    return USUAL_CONTEXT * (then - kvBytes / bandwidth * PICOS_PER_SECOND);
  }

  /** Matrix products of one token of a large batch on one GPU. */
  private static double productPicos(TensorParallel share, GpuSpec gpu) {
    double inBf16 = gpu.bf16FlopsPerSecond() / gpu.flopsPerSecond(share.model().weightType());
    double weights = share.activeLinearParameters() * inBf16 + share.otherParameters();
    return 2.0 * weights / (PRODUCT_SHARE * gpu.bf16FlopsPerSecond()) * PICOS_PER_SECOND;
  }

  /**
   * Bytes of an adapter of rank 1 that the kernels of one GPU read: A is whole where the layer's
   * output is split, B is whole where its input is.
   */
  private static long slotBytes(TensorParallel share) {
    ModelSpec model = share.model();
    long hidden = model.hidden();
    long perLayer =
        3 * hidden
            + share.queryWidth()
            + 2L * share.kvWidth()
            + (share.queryWidth() + hidden)
            + 2 * (hidden + share.intermediate())
            + (share.intermediate() + hidden);
    return perLayer * model.layers() * BF16_BYTES;
  }

  /**
   * All-reduces of a step of some tokens, with the fixed times and the share of the bandwidth that
   * were measured over NVLink. Beyond the GPUs that the links join, the host link carries them.
   */
  private double reducePicos(int tokens) {
    if (share.gpus() == 1) {
      return 0;
    }
    double link = gpu.linkBytesPerSecond(share.gpus());
    if (!(link > 0)) {
      throw new IllegalArgumentException(
          "GPU '"
              + gpu.name()
              + "' has no bandwidth of links among "
              + share.gpus()
              + " GPUs, which tensor parallelism needs; give linkBytesPerSecond or, beyond the "
              + "GPUs that these links join, hostLinkBytesPerSecond");
    }
    ModelSpec model = share.model();
    double seconds =
        Kernels.of(gpu)
            .allReduceSeconds((long) BF16_BYTES * model.hidden() * tokens, share.gpus(), link);
    return REDUCES_PER_LAYER * model.layers() * seconds * PICOS_PER_SECOND;
  }
}
