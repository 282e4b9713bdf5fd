package io.github.adaptertwin.gpu.spec;

/**
 * Data type of the weights of a model's linear layers. Embeddings, output layer, norms and adapters
 * stay in bf16 whatever the type, as in the quantised checkpoints that vLLM serves.
 *
 * <p>Only bf16 was measured; everything that is predicted for another type is an extrapolation.
 */
public enum WeightType {
  /** Two bytes a weight. */
  BF16,
  /** One byte a weight and a scale of four bytes for each output feature. */
  FP8,
  /** One byte a weight and a scale of four bytes for each output feature. */
  INT8,
  /**
   * Half a byte a weight, and a scale of two bytes and a zero point of half a byte for each group
   * of 128 weights along the input, as AWQ and GPTQ store them. Kernels unpack the weights and
   * multiply in bf16.
   */
  INT4;

  private static final long GROUP = 128;
  private static final long SCALE_BYTES = 4;

  /**
   * Bytes of one linear layer.
   *
   * @param outputs output features, at least 1
   * @param inputs input features, at least 1
   * @return bytes of weights, scales and zero points
   */
  public long layerBytes(long outputs, long inputs) {
    return switch (this) {
      case BF16 -> 2 * outputs * inputs;
      case FP8, INT8 -> outputs * inputs + SCALE_BYTES * outputs;
      case INT4 -> (outputs * inputs + 5 * outputs * ((inputs + GROUP - 1) / GROUP) + 1) / 2;
    };
  }
}
