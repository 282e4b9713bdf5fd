package io.github.adaptertwin.gpu.calibration;

import java.util.Locale;

/**
 * Time of single engine steps of one kind.
 *
 * @param scenario what was measured together; scenarios are left out of a fit one by one
 * @param maxLoras adapter slots of the engine; 0 = LoRA disabled
 * @param maxLoraRank rank that the slots are made for, at least 1
 * @param maxCpuLoras adapters registered in host memory, at least the slots
 * @param tokens tokens of the step before padding, at least 1
 * @param contextTokens tokens whose keys and values are read, at least 0
 * @param distinctAdapters distinct adapters in the step, at most slots and tokens
 * @param waiting requests left waiting, at least 0
 * @param seconds time of the step, above 0
 * @param steps how many steps the time is the median or mean of, at least 1
 */
public record MeasuredStep(
    String scenario,
    int maxLoras,
    int maxLoraRank,
    int maxCpuLoras,
    int tokens,
    double contextTokens,
    int distinctAdapters,
    double waiting,
    double seconds,
    double steps) {
  private static final double LONGEST_SECONDS = 60;

  /**
   * Checks that there can be such a step.
   *
   * @throws IllegalArgumentException if a figure is NaN or outside its bound; the message names it
   */
  public MeasuredStep {
    within("adapter_slots", maxLoras, 0, 100_000);
    within("max_lora_rank", maxLoraRank, 1, 4096);
    within("max_cpu_loras", maxCpuLoras, maxLoras, 1e7);
    within("batched_tokens", tokens, 1, 1e6);
    within("context_tokens", contextTokens, 0, 1e9);
    within("distinct_adapters", distinctAdapters, 0, Math.min(maxLoras, tokens));
    within("waiting", waiting, 0, 1e9);
    within("steps", steps, 1, 1e12);
    if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) {
      throw new IllegalArgumentException(
          "the step takes "
              + seconds
              + " s, must be above 0 and at most "
              + LONGEST_SECONDS
              + "; is the table in microseconds?");
    }
  }

  private static void within(String name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%s is %s, must be in [%.0f, %.0f]", name, value, least, most));
    }
  }
}
