package io.github.adaptertwin.core.engine;

/** When a request takes its KV blocks. */
public enum KvReservation {
  /** Block by block as its tokens are computed, vLLM's way; a shortage preempts. */
  ON_DEMAND,

  /**
   * All blocks that its input and output will need when it is admitted, as the twin of arXiv
   * 2602.24044 does; nothing is ever preempted. It presumes that output lengths are known.
   */
  WHOLE_REQUEST
}
