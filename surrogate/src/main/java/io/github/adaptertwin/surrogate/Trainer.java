package io.github.adaptertwin.surrogate;

import io.github.adaptertwin.surrogate.data.Dataset;

/**
 * How a model is learned: a configuration, without any state of the learning. Implementations are
 * immutable and thread-safe, and a model is a pure function of (trainer, data): the same to the bit
 * on every machine.
 *
 * @param <M> what is learned
 */
public interface Trainer<M extends Regressor> {
  /**
   * Learns a model.
   *
   * @param data the training rows
   * @return the model
   * @throws IllegalArgumentException if the rows are too few, or not of the kind that the trainer
   *     needs; the message says what is missing
   */
  M fit(Dataset data);
}
