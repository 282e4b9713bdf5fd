package io.github.adaptertwin.core.request;

import java.io.Serializable;

/**
 * Where a replica's requests come from: a recorded trace or a law that generates them. A source is
 * an immutable value; every cursor that it opens yields the same requests, bit for bit.
 * Implementations are thread-safe, their cursors are not.
 */
public interface RequestSource extends Serializable {
  /**
   * Opens a cursor at the first request.
   *
   * @return a new, independent cursor
   */
  RequestCursor open();

  /** {@return number of adapters that requests may name; indices are in [0, adapterCount)} */
  int adapterCount();

  /**
   * Number of waiting requests from which on the client holds back: an arrival that finds so many
   * waiting is dropped, as by a load client with a bounded number of connections.
   *
   * @return the cap, at least 1; {@link Integer#MAX_VALUE} (the default) for no cap
   */
  default int waitingCap() {
    return Integer.MAX_VALUE;
  }
}
