package io.github.adaptertwin.placement.export;

import java.util.Locale;

/** The formats in which a plan can be handed on. */
public enum ExportFormat {
  /** A shell script that starts the engine of each group: flags of vLLM 0.8.5 and later. */
  VLLM,
  /** AIBrix: a Deployment for each group, a ModelAdapter for each adapter. */
  AIBRIX,
  /** KServe: an LLMInferenceService for each group. */
  KSERVE,
  /** llm-d: a Deployment, an InferencePool and an InferenceModelRewrite for each group, routes. */
  LLM_D,
  /** A plain JSON table of adapters, groups and weights. */
  ROUTER;

  /** {@return the name as files and options spell it, such as {@code llm-d}} */
  public String spelling() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
