package io.github.adaptertwin.gpu.kernel;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import java.io.Serializable;
import java.util.Locale;

/**
 * Shares of a data sheet's peaks that kernels of a GPU class reach, and their fixed times. The
 * measured classes were fitted on public kernel tables in bf16 (aiconfigurator of NVIDIA,
 * Apache-2.0, vLLM 0.14 and 0.24 on 80 GB A100 and H100 and on H200; mean error 6.5 to 10 % a
 * kernel). Immutable and thread-safe.
 *
 * @param fittedOn card of the measurements
 * @param gemmCompute share of the peak FLOP/s that matrix products reach, in (0, 1]
 * @param gemmMemory share of the bandwidth that they reach, in (0, 1]
 * @param gemmNorm exponent p with which compute and memory time overlap, at least 1: 1 is not at
 *     all, infinity is the roofline
 * @param gemmSeconds fixed time of a matrix product
 * @param prefillCompute share of the peak that prefill attention reaches
 * @param prefillMemory share of the bandwidth that it reaches
 * @param prefillSeconds its fixed time
 * @param decodeMemory share of the bandwidth that decode attention reaches
 * @param decodeSeconds its fixed time
 * @param decodeHeadSeconds its time for each query head of each sequence
 * @param reduceShare share of the links' bandwidth that an all-reduce inside a CUDA graph reaches
 * @param reduceSeconds its fixed time between two GPUs
 * @param reducePeerSeconds its fixed time for each further GPU
 */
public record KernelConstants(
    String fittedOn,
    double gemmCompute,
    double gemmMemory,
    double gemmNorm,
    double gemmSeconds,
    double prefillCompute,
    double prefillMemory,
    double prefillSeconds,
    double decodeMemory,
    double decodeSeconds,
    double decodeHeadSeconds,
    double reduceShare,
    double reduceSeconds,
    double reducePeerSeconds)
    implements Serializable {
  /** Fitted on an A100 80 GB SXM. */
  public static final KernelConstants A100 =
      new KernelConstants(
          "a100-80gb-sxm",
          0.851,
          0.768,
          1.65,
          5.93e-6,
          0.581,
          0.433,
          11.3e-6,
          0.721,
          18.7e-6,
          2.08e-9,
          0.604,
          5.02e-6,
          0.227e-6);

  /** Fitted on an H100 80 GB SXM. */
  public static final KernelConstants H100 =
      new KernelConstants(
          "h100-80gb-sxm",
          0.818,
          0.869,
          3.81,
          3.72e-6,
          0.684,
          0.527,
          13.0e-6,
          0.901,
          11.7e-6,
          2.47e-9,
          0.677,
          4.32e-6,
          0.178e-6);

  /** Fitted on an H200 SXM. */
  public static final KernelConstants H200 =
      new KernelConstants(
          "h200-141gb-sxm",
          0.813,
          0.834,
          3.86,
          4.04e-6,
          0.673,
          0.392,
          12.9e-6,
          0.866,
          11.9e-6,
          2.84e-9,
          0.699,
          4.50e-6,
          0.099e-6);

  /**
   * Checks that no kernel is faster than its card.
   *
   * @throws IllegalArgumentException if a share is outside (0, 1], a time negative or NaN, or the
   *     exponent below 1
   */
  public KernelConstants {
    share("gemmCompute", gemmCompute);
    share("gemmMemory", gemmMemory);
    share("prefillCompute", prefillCompute);
    share("prefillMemory", prefillMemory);
    share("decodeMemory", decodeMemory);
    share("reduceShare", reduceShare);
    time("gemmSeconds", gemmSeconds);
    time("prefillSeconds", prefillSeconds);
    time("decodeSeconds", decodeSeconds);
    time("decodeHeadSeconds", decodeHeadSeconds);
    time("reduceSeconds", reduceSeconds);
    time("reducePeerSeconds", reducePeerSeconds);
    if (!(gemmNorm >= 1 && gemmNorm <= 100)) {
      throw new IllegalArgumentException("gemmNorm is " + gemmNorm + ", must be in [1, 100]");
    }
  }

  private static void share(String name, double value) {
    if (!(value > 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " is " + value + ", must be a share in (0, 1]");
    }
  }

  private static void time(String name, double value) {
    if (!(value >= 0 && value <= 1e-2)) {
      throw new IllegalArgumentException(
          name + " is " + value + " s, must be in [0, 0.01]; is it in another unit?");
    }
  }

  /**
   * The constants of a card's class: its own if it was measured, otherwise those of its
   * architecture, otherwise those of the H100. Upper and lower case are the same.
   *
   * @param gpu the card
   * @return the constants; {@link #measuredOn} says whether they are its own
   */
  public static KernelConstants of(GpuSpec gpu) {
    if (gpu.name().toLowerCase(Locale.ROOT).startsWith("h200")) {
      return H200;
    }
    return gpu.architecture().equalsIgnoreCase("Ampere") ? A100 : H100;
  }

  /**
   * {@return whether the constants were fitted on this card}
   *
   * @param gpu the card
   */
  public boolean measuredOn(GpuSpec gpu) {
    return gpu.name().equals(fittedOn);
  }
}
