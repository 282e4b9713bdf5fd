package io.github.adaptertwin.gpu.kernel;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.KvType;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.WeightType;

/**
 * Times of the kernels of a decoder-only model on one GPU of a tensor-parallel group.
 *
 * <p>No time is below bytes over bandwidth or operations over peak of the data sheet, and every
 * time is monotone in each of its arguments. Immutable and thread-safe; nothing is allocated.
 */
public final class Kernels {
  private static final double BYTES = 2;

  /** Published stream and copy kernels on A100, H100 and H200 reach .74 to .96 of the bandwidth. */
  private static final double STREAM_SHARE = 0.8;

  private final GpuSpec gpu;
  private final KernelConstants constants;

  private Kernels(GpuSpec gpu, KernelConstants constants) {
    this.gpu = gpu;
    this.constants = constants;
  }

  /**
   * Makes the kernels of a card with the constants of its class.
   *
   * @param gpu the card
   * @return its kernels
   */
  public static Kernels of(GpuSpec gpu) {
    return new Kernels(gpu, KernelConstants.of(gpu));
  }

  /**
   * Makes the kernels of a card.
   *
   * @param gpu the card
   * @param constants what its kernels reach
   * @return its kernels
   */
  public static Kernels of(GpuSpec gpu, KernelConstants constants) {
    return new Kernels(gpu, constants);
  }

  /** {@return what the kernels reach} */
  public KernelConstants constants() {
    return constants;
  }

  /**
   * One linear layer, y[m, n] = x[m, k] W: (C^p + M^p)^(1/p) and a fixed time, with C = 2 m n k
   * over the reached FLOP/s and M = 2 (m k + n k + m n) bytes over the reached bandwidth.
   *
   * @param m tokens, at least 1
   * @param n output features, at least 1
   * @param k input features, at least 1
   * @return seconds
   */
  public double gemmSeconds(long m, long n, long k) {
    return gemmSeconds(m, n, k, WeightType.BF16);
  }

  /**
   * One linear layer with weights of some type: operations at the rate of the type where the data
   * sheet gives one, inputs and outputs in bf16. The reached shares are those of bf16; other types
   * were not measured.
   *
   * @param m tokens, at least 1
   * @param n output features, at least 1
   * @param k input features, at least 1
   * @param type data type of the weights
   * @return seconds
   */
  public double gemmSeconds(long m, long n, long k, WeightType type) {
    return gemmSeconds(m, n, k, type, 1);
  }

  /** Rows that are spread over some matrices of one size, all read, in one kernel. */
  private double gemmSeconds(long m, long n, long k, WeightType type, int matrices) {
    positive("m", m);
    positive("n", n);
    positive("k", k);
    double compute = 2.0 * m * n * k / (constants.gemmCompute() * gpu.flopsPerSecond(type));
    double bytes = BYTES * ((double) m * k + (double) m * n) + matrices * type.layerBytes(n, k);
    double memory = bytes / (constants.gemmMemory() * gpu.bandwidthBytesPerSecond());
    // Scaled by the larger one, so that no power overflows or vanishes.
    double larger = Math.max(compute, memory);
    double ratio = Math.min(compute, memory) / larger;
    double p = constants.gemmNorm();
    return larger * StrictMath.pow(1 + StrictMath.pow(ratio, p), 1 / p) + constants.gemmSeconds();
  }

  /**
   * Causal attention of chunks after history, for one layer.
   *
   * @param queryTokens tokens of all chunks, at least 1
   * @param pairs (query, key) pairs under the causal mask, at least the query tokens
   * @param keyTokens tokens whose keys and values are read, history and chunk
   * @param heads query heads of this GPU
   * @param kvHeads key and value heads of this GPU
   * @param headDim width of a head
   * @return seconds
   */
  public double prefillAttentionSeconds(
      long queryTokens, long pairs, long keyTokens, int heads, int kvHeads, int headDim) {
    positive("query tokens", queryTokens);
    positive("pairs", pairs);
    positive("key tokens", keyTokens);
    double flops = 4.0 * pairs * heads * headDim;
    double bytes =
        BYTES * headDim * (2.0 * queryTokens * heads + 2.0 * (queryTokens + keyTokens) * kvHeads);
    return flops / (constants.prefillCompute() * gpu.bf16FlopsPerSecond())
        + bytes / (constants.prefillMemory() * gpu.bandwidthBytesPerSecond())
        + constants.prefillSeconds();
  }

  /**
   * Attention of one query token for each sequence, for one layer: keys and values are read once.
   *
   * @param sequences decoding sequences, at least 1
   * @param contextTokens tokens of all their contexts together, at least 1
   * @param heads query heads of this GPU
   * @param kvHeads key and value heads of this GPU
   * @param headDim width of a head
   * @return seconds
   */
  public double decodeAttentionSeconds(
      long sequences, long contextTokens, int heads, int kvHeads, int headDim) {
    return decodeAttentionSeconds(sequences, contextTokens, heads, kvHeads, headDim, KvType.BF16);
  }

  /**
   * The same with keys and values of some type; others than bf16 were not measured.
   *
   * @param sequences decoding sequences, at least 1
   * @param contextTokens tokens of all their contexts together, at least 1
   * @param heads query heads of this GPU
   * @param kvHeads key and value heads of this GPU
   * @param headDim width of a head
   * @param type data type of keys and values
   * @return seconds
   */
  public double decodeAttentionSeconds(
      long sequences, long contextTokens, int heads, int kvHeads, int headDim, KvType type) {
    positive("sequences", sequences);
    positive("context tokens", contextTokens);
    double bytes = 2.0 * type.bytes() * contextTokens * kvHeads * headDim;
    return bytes / (constants.decodeMemory() * gpu.bandwidthBytesPerSecond())
        + constants.decodeSeconds()
        + constants.decodeHeadSeconds() * sequences * heads;
  }

  /**
   * All-reduce of a buffer inside a CUDA graph, over NVLink: 2 (w - 1) / w of the bytes pass each
   * GPU's links.
   *
   * @param bytes size of the buffer on each GPU, at least 0
   * @param world GPUs, at least 1; 1 costs nothing
   * @param linkBytesPerSecond bandwidth of a GPU's links in one direction, above 0
   * @return seconds
   */
  public double allReduceSeconds(long bytes, int world, double linkBytesPerSecond) {
    positive("world", world);
    if (!(linkBytesPerSecond > 0)) {
      throw new IllegalArgumentException(
          "bandwidth of the links is " + linkBytesPerSecond + " bytes/s, must be above 0");
    }
    if (world == 1) {
      return 0;
    }
    double passed = 2.0 * (world - 1) / world * bytes;
    return constants.reduceSeconds()
        + constants.reducePeerSeconds() * (world - 2)
        + passed / (constants.reduceShare() * linkBytesPerSecond);
  }

  /**
   * The four linear layers of all decoder layers. Of a model with experts each token is multiplied
   * with those that it passes, and of their weights as many are read as the tokens can choose, in
   * one kernel for all; the router is not counted.
   *
   * @param model the base model
   * @param tokens tokens of the step, at least 1
   * @param tensorParallel GPUs of the group, at least 1
   * @return seconds on each GPU
   */
  public double linearSeconds(ModelSpec model, int tokens, int tensorParallel) {
    positive("tensor parallel", tensorParallel);
    long query = model.queryWidth();
    long qkv = shared(query + 2L * model.kvWidth(), tensorParallel);
    long intermediate = shared(model.intermediate(), tensorParallel);
    WeightType type = model.weightType();
    long rows = (long) tokens * model.activeExperts();
    int experts = model.expertsRead(tokens);
    double layer =
        gemmSeconds(tokens, qkv, model.hidden(), type)
            + gemmSeconds(tokens, model.hidden(), shared(query, tensorParallel), type)
            + gemmSeconds(rows, 2 * intermediate, model.hidden(), type, experts)
            + gemmSeconds(rows, model.hidden(), intermediate, type, experts);
    return model.layers() * layer;
  }

  /**
   * Norms, rotary embedding, activation, and the write of keys and values of all decoder layers, in
   * fused kernels, by the bytes that they move at four fifths of the bandwidth (what streaming
   * kernels reach on these cards).
   *
   * @param model the base model
   * @param tokens tokens of the step, at least 1
   * @return seconds on one GPU
   */
  public double elementwiseSeconds(ModelSpec model, int tokens) {
    positive("tokens", tokens);
    // Two norms read and write hidden state and residual; the rotary embedding reads and writes
    // queries and keys; the activation reads two widths and writes one; keys and values are stored.
    double elements =
        8.0 * model.hidden()
            + 2.0 * (model.queryWidth() + model.kvWidth())
            + 3.0 * model.activeExperts() * model.intermediate()
            + 2.0 * model.kvWidth();
    return model.layers() * tokens * streamSeconds(BYTES * elements);
  }

  /** Time of bytes in a streaming kernel. */
  double streamSeconds(double bytes) {
    return bytes / (STREAM_SHARE * gpu.bandwidthBytesPerSecond());
  }

  private static long shared(long width, int tensorParallel) {
    return Math.max(1, (width + tensorParallel - 1) / tensorParallel);
  }

  private static void positive(String what, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " is " + value + ", must be at least 1");
    }
  }
}
