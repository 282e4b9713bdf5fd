package io.github.adaptertwin.placement.pack;

import io.github.adaptertwin.gpu.spec.ModelSpec;

/**
 * Host memory for the adapters of one GPU: an engine keeps all of them pinned there, so that a
 * request never waits for a disk.
 *
 * @param model the base model, which says how large an adapter is
 * @param bytes of one GPU, above 0; {@link Long#MAX_VALUE} for no limit
 */
public record HostMemory(ModelSpec model, long bytes) {
  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if it is not above 0
   */
  public HostMemory {
    if (bytes <= 0) {
      throw new IllegalArgumentException(
          "host memory is " + bytes + " bytes for each GPU, must be above 0");
    }
  }

  /**
   * {@return bytes of one adapter}
   *
   * @param rank its rank, at least 1
   */
  public long bytesOf(int rank) {
    return model.adapterBytes(rank);
  }
}
