package io.github.adaptertwin.gpu.spec;

/**
 * What one GPU of a tensor-parallel group holds of a model: whole query and KV heads, a share of
 * the feed-forward width and of the vocabulary. KV heads are repeated where there are fewer of them
 * than GPUs; norms are repeated on all. Nothing of it was measured. Immutable and thread-safe.
 *
 * @param model the base model
 * @param gpus GPUs of the group, at least 1
 */
public record TensorParallel(ModelSpec model, int gpus) {
  private static final int MOST_GPUS = 64;
  private static final int BF16_BYTES = 2;

  /**
   * Checks that the model can be split.
   *
   * @throws IllegalArgumentException if it cannot: the heads must be a multiple of the GPUs, the KV
   *     heads a multiple or a divisor, the feed-forward width a multiple
   */
  public TensorParallel {
    boolean kvSplits = gpus >= 1 && (model.kvHeads() % gpus == 0 || gpus % model.kvHeads() == 0);
    if (gpus < 1
        || gpus > MOST_GPUS
        || model.heads() % gpus != 0
        || !kvSplits
        || model.intermediate() % gpus != 0) {
      throw new IllegalArgumentException(
          "model '"
              + model.name()
              + "' cannot be split over "
              + gpus
              + " GPUs: they must be 1 to "
              + MOST_GPUS
              + " and divide its "
              + model.heads()
              + " heads and its feed-forward width "
              + model.intermediate()
              + ", and divide its "
              + model.kvHeads()
              + " KV heads or be a multiple of them");
    }
  }

  /** {@return query heads of one GPU} */
  public int heads() {
    return model.heads() / gpus;
  }

  /** {@return key and value heads of one GPU} */
  public int kvHeads() {
    return Math.max(1, model.kvHeads() / gpus);
  }

  /** {@return width of the query projection on one GPU} */
  public int queryWidth() {
    return heads() * model.headDim();
  }

  /** {@return width of the key and of the value projection on one GPU} */
  public int kvWidth() {
    return kvHeads() * model.headDim();
  }

  /** {@return feed-forward width on one GPU} */
  public int intermediate() {
    return model.intermediate() / gpus;
  }

  /** {@return entries of the vocabulary whose rows one GPU holds, rounded up} */
  public int vocabulary() {
    return (model.vocabulary() + gpus - 1) / gpus;
  }

  /** {@return number of weights in the linear layers that one GPU holds} */
  public long linearParameters() {
    return linearParameters(model.experts());
  }

  /** {@return those of them that one token is multiplied with} */
  public long activeLinearParameters() {
    return linearParameters(model.activeExperts());
  }

  private long linearParameters(int experts) {
    return model.layers()
        * (2L * model.hidden() * (queryWidth() + kvWidth())
            + 3L * experts * model.hidden() * intermediate());
  }

  /** {@return number of weights outside the linear layers that one GPU holds} */
  public long otherParameters() {
    int tables = model.tiedEmbeddings() ? 1 : 2;
    long whole = model.parameters() - model.linearParameters();
    long tableRows = (long) tables * model.hidden() * (model.vocabulary() - vocabulary());
    return whole - tableRows;
  }

  /** {@return bytes of the weights that one GPU holds} */
  public long weightBytes() {
    WeightType type = model.weightType();
    long linear =
        model.layers()
            * (type.layerBytes(queryWidth() + 2L * kvWidth(), model.hidden())
                + type.layerBytes(model.hidden(), queryWidth())
                + model.experts()
                    * (type.layerBytes(2L * intermediate(), model.hidden())
                        + type.layerBytes(model.hidden(), intermediate())));
    return linear + otherParameters() * BF16_BYTES;
  }

  /** {@return bytes of the KV cache for one token on one GPU} */
  public long kvBytesPerToken() {
    return 2L * model.layers() * kvWidth() * model.kvType().bytes();
  }
}
