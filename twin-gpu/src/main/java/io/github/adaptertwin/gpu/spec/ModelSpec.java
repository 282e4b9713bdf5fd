package io.github.adaptertwin.gpu.spec;

import java.io.Serializable;
import java.util.Locale;
import java.util.Set;

/**
 * Dimensions of a decoder-only base model and the data types of its weights and KV cache. Immutable
 * and thread-safe.
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
 * @param weightType data type of the linear layers' weights
 * @param kvType data type of the KV cache that the model is served with
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
    WeightType weightType,
    KvType kvType,
    String source)
    implements Serializable {
  private static final int BF16_BYTES = 2;
  private static final int MIXTRAL_EXPERTS = 8;
  private static final int MIXTRAL_ACTIVE_EXPERTS = 2;

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
   * @throws IllegalArgumentException if the name is blank, a dimension is not positive, or the
   *     number of weights is not what the dimensions give
   */
  public ModelSpec {
    if (name.isBlank()) {
      throw new IllegalArgumentException("model name is blank");
    }
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

  /**
   * Makes a model with weights and KV cache in bf16.
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
   * @param embeddingLora whether embedding and output layer get LoRA slots
   * @param variant what departs from the plain dense layout
   * @param source where the dimensions come from
   * @throws IllegalArgumentException if the dimensions are refused
   */
  public ModelSpec(
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
      String source) {
    this(
        name,
        parameters,
        layers,
        hidden,
        intermediate,
        heads,
        kvHeads,
        headDim,
        vocabulary,
        tiedEmbeddings,
        qkvBias,
        maxContext,
        embeddingLora,
        variant,
        WeightType.BF16,
        KvType.BF16,
        source);
  }

  /**
   * {@return this model with other data types, named after them: {@code llama-3.1-8b:int4:kv-fp8}
   * has weights of four bits and a KV cache of eight} A type is left out of the name if {@link
   * Models} knows the rest of the name as a model of that type, or, if it knows no such model, if
   * the type is bf16; so {@link Models#named} finds what the name says.
   *
   * @param weights data type of the linear layers' weights
   * @param kv data type of the KV cache
   */
  public ModelSpec withTypes(WeightType weights, KvType kv) {
    String plain = Models.withoutTypes(name);
    ModelSpec known = Models.catalogue().find(plain);
    WeightType plainWeights = known == null ? WeightType.BF16 : known.weightType;
    KvType plainKv = known == null ? KvType.BF16 : known.kvType;
    String typed =
        plain
            + (weights == plainWeights ? "" : ":" + weights.name().toLowerCase(Locale.ROOT))
            + (kv == plainKv ? "" : ":kv-" + kv.name().toLowerCase(Locale.ROOT));
    return new ModelSpec(
        typed,
        parameters,
        layers,
        hidden,
        intermediate,
        heads,
        kvHeads,
        headDim,
        vocabulary,
        tiedEmbeddings,
        qkvBias,
        maxContext,
        embeddingLora,
        variant,
        weights,
        kv,
        source);
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

  /** {@return feed-forward blocks of a layer: experts, or 1} */
  public int experts() {
    return variant == Variant.EIGHT_EXPERTS ? MIXTRAL_EXPERTS : 1;
  }

  /** {@return feed-forward blocks of a layer that one token passes: two experts, or 1} */
  public int activeExperts() {
    return variant == Variant.EIGHT_EXPERTS ? MIXTRAL_ACTIVE_EXPERTS : 1;
  }

  /**
   * {@return feed-forward blocks of a layer that a step reads at most: each token may choose others
   * until all are chosen}
   *
   * @param tokens tokens of the step, at least 1
   */
  public int expertsRead(int tokens) {
    return (int) Math.min(experts(), (long) tokens * activeExperts());
  }

  /** {@return number of weights in the linear layers of all decoder layers, without biases} */
  public long linearParameters() {
    return new TensorParallel(this, 1).linearParameters();
  }

  /**
   * {@return those of the weights in linear layers that one token is multiplied with: all, but for
   * the experts that it does not pass}
   */
  public long activeLinearParameters() {
    return new TensorParallel(this, 1).activeLinearParameters();
  }

  /** {@return bytes of the weights} */
  public long weightBytes() {
    return new TensorParallel(this, 1).weightBytes();
  }

  /** {@return bytes of the KV cache for one token} */
  public long kvBytesPerToken() {
    return 2L * layers * kvWidth() * kvType.bytes();
  }

  /**
   * {@return bytes of an adapter of one rank whose targets are all linear layers, as it is kept in
   * host memory}
   *
   * @param rank LoRA rank, at least 1
   */
  public long adapterBytes(int rank) {
    return adapterBytes(rank, LoraModule.all());
  }

  /**
   * {@return bytes of an adapter of one rank, in bf16, as it is kept in host memory}
   *
   * @param rank LoRA rank, at least 1
   * @param targets the linear layers that it targets
   */
  public long adapterBytes(int rank, Set<LoraModule> targets) {
    long perLayer = 0;
    for (LoraModule module : targets) {
      perLayer += inputs(module) + outputs(module);
    }
    return perLayer * layers * rank * BF16_BYTES;
  }

  /**
   * {@return input features of a linear layer}
   *
   * @param module which
   */
  public int inputs(LoraModule module) {
    return switch (module) {
      case Q_PROJ, K_PROJ, V_PROJ, GATE_PROJ, UP_PROJ -> hidden;
      case O_PROJ -> queryWidth();
      case DOWN_PROJ -> intermediate;
    };
  }

  /**
   * {@return output features of a linear layer}
   *
   * @param module which
   */
  public int outputs(LoraModule module) {
    return switch (module) {
      case Q_PROJ -> queryWidth();
      case K_PROJ, V_PROJ -> kvWidth();
      case O_PROJ, DOWN_PROJ -> hidden;
      case GATE_PROJ, UP_PROJ -> intermediate;
    };
  }

  /** {@return whether weights and KV cache are in bf16, the only types that were measured} */
  public boolean bf16() {
    return weightType == WeightType.BF16 && kvType == KvType.BF16;
  }

  /**
   * {@return whether another model has the same dimensions and data types, so that measurements of
   * one hold for the other}
   *
   * @param other the other model
   */
  public boolean sameArchitecture(ModelSpec other) {
    return sameDimensions(other) && weightType == other.weightType && kvType == other.kvType;
  }

  /**
   * {@return whether another model has the same dimensions, whatever its data types}
   *
   * @param other the other model
   */
  public boolean sameDimensions(ModelSpec other) {
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
