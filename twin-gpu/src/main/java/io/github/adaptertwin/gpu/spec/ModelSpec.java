package io.github.adaptertwin.gpu.spec;

import java.io.Serializable;

/**
 * Dimensions of a decoder-only base model in bf16. Immutable and thread-safe.
 *
 * @param name how users call the model, not blank
 * @param parameters number of weights; must be what the dimensions give
 * @param layers decoder layers, at least 1
 * @param hidden width of the residual stream
 * @param intermediate width of the feed-forward block (of one expert)
 * @param heads query heads
 * @param kvHeads key and value heads, a divisor of {@code heads}
 * @param headDim width of one head
 * @param vocabulary entries of the vocabulary
 * @param tiedEmbeddings whether the output layer shares the embedding's weights
 * @param qkvBias whether the query, key and value projections have a bias
 * @param maxContext longest context that the model is served with, in tokens
 * @param embeddingLora whether the engine's class of the model gives LoRA slots to embedding and
 *     output layer (Llama's does, Qwen2's does not)
 * @param variant what departs from the plain dense layout
 * @param source where the dimensions come from
 */
public record ModelSpec(
    String name,
    long parameters,
    int layers,
    int hidden,
    int intermediate,
    int heads,
    int kvHeads,
    int headDim,
    int vocabulary,
    boolean tiedEmbeddings,
    boolean qkvBias,
    int maxContext,
    boolean embeddingLora,
    Variant variant,
    String source)
    implements Serializable {
  private static final int BF16_BYTES = 2;
  private static final int MIXTRAL_EXPERTS = 8;

  /** Departures from the plain dense layout that change the number of weights. */
  public enum Variant {
    /** Attention and one gated feed-forward block a layer, two norms. */
    DENSE,
    /** Four norms a layer (Gemma 2). */
    FOUR_NORMS,
    /** Norms on queries and keys (Qwen 3). */
    QUERY_KEY_NORM,
    /** Eight experts with a router, two of them active for a token (Mixtral). */
    EIGHT_EXPERTS
  }

  /**
   * Checks the dimensions.
   *
   * @throws IllegalArgumentException if a dimension is not positive, or the number of weights is
   *     not what the dimensions give
   */
  public ModelSpec {
    int[] dimensions = {
      layers, hidden, intermediate, heads, kvHeads, headDim, vocabulary, maxContext
    };
    for (int dimension : dimensions) {
      if (dimension < 1) {
        throw new IllegalArgumentException(
            "model '" + name + "' has a dimension of " + dimension + ", all must be at least 1");
      }
    }
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "model '" + name + "': " + heads + " heads are no multiple of " + kvHeads + " KV heads");
    }
    long expected =
        countParameters(
            layers,
            hidden,
            intermediate,
            (long) heads * headDim,
            (long) kvHeads * headDim,
            headDim,
            vocabulary,
            tiedEmbeddings,
            qkvBias,
            variant);
    if (parameters != expected) {
      throw new IllegalArgumentException(
          "model '"
              + name
              + "' is said to have "
              + parameters
              + " parameters, its dimensions give "
              + expected
              + "; check the dimensions against the model's configuration");
    }
  }

  private static long countParameters(
      long layers,
      long hidden,
      long intermediate,
      long queryWidth,
      long kvWidth,
      long headDim,
      long vocabulary,
      boolean tied,
      boolean bias,
      Variant variant) {
    long attention = 2 * hidden * queryWidth + 2 * hidden * kvWidth;
    if (bias) {
      attention += queryWidth + 2 * kvWidth;
    }
    long feedForward = 3 * hidden * intermediate;
    if (variant == Variant.EIGHT_EXPERTS) {
      feedForward = MIXTRAL_EXPERTS * (feedForward + hidden);
    }
    long norms =
        switch (variant) {
          case FOUR_NORMS -> 4 * hidden;
          case QUERY_KEY_NORM -> 2 * hidden + 2 * headDim;
          default -> 2 * hidden;
        };
    return layers * (attention + feedForward + norms)
        + vocabulary * hidden * (tied ? 1 : 2)
        + hidden;
  }

  /** {@return width of the query projection} */
  public int queryWidth() {
    return heads * headDim;
  }

  /** {@return width of the key and of the value projection} */
  public int kvWidth() {
    return kvHeads * headDim;
  }

  /** {@return bytes of the weights} */
  public long weightBytes() {
    return parameters * BF16_BYTES;
  }

  /** {@return bytes of the KV cache for one token} */
  public long kvBytesPerToken() {
    return 2L * layers * kvWidth() * BF16_BYTES;
  }

  /**
   * {@return bytes of an adapter of one rank whose targets are all linear layers, as it is kept in
   * host memory}
   *
   * @param rank LoRA rank, at least 1
   */
  public long adapterBytes(int rank) {
    long perLayer =
        2L * (hidden + queryWidth()) + 2L * (hidden + kvWidth()) + 3L * (hidden + intermediate);
    return perLayer * layers * rank * BF16_BYTES;
  }

  /**
   * {@return whether another model has the same dimensions, so that measurements of one hold for
   * the other}
   *
   * @param other the other model
   */
  public boolean sameArchitecture(ModelSpec other) {
    return parameters == other.parameters
        && layers == other.layers
        && hidden == other.hidden
        && intermediate == other.intermediate
        && heads == other.heads
        && kvHeads == other.kvHeads
        && headDim == other.headDim
        && vocabulary == other.vocabulary;
  }

  @Override
  public String toString() {
    return name;
  }
}
