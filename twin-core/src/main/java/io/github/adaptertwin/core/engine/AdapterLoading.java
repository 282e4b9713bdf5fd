package io.github.adaptertwin.core.engine;

/** Whether loading adapters holds up the step that needs them. */
public enum AdapterLoading {
  /** Loads run one after the other, then the step computes: vLLM's way. */
  BLOCKING,

  /** Loads run beside the step's computing; the longer of the two counts. Not vLLM's way. */
  OVERLAPPED
}
