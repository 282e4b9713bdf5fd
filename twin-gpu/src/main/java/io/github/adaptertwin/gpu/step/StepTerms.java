package io.github.adaptertwin.gpu.step;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.TensorParallel;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import java.util.EnumMap;
import java.util.Map;

/**
 * How often each constant of the step law counts in a step: the law as a sum, for those who fit it.
 * A simulation tabulates the same sum by tokens, of each engine version.
 */
public final class StepTerms {
  private StepTerms() {}

  /**
   * Takes a step apart.
   *
   * @param model the base model
   * @param version the engine version: later ones run steps without an adapter on graphs without
   *     LoRA kernels
   * @param maxLoras adapter slots; 0 = LoRA disabled
   * @param maxLoraRank rank that they are made for, at least 1
   * @param maxCpuLoras adapters registered in host memory
   * @param tokens tokens of the step before padding, at least 1
   * @param distinctAdapters distinct adapters in the step
   * @return the count of each constant that depends on these figures; those of context, waiting
   *     requests and loads are not among them
   */
  public static Map<Constant, Double> of(
      ModelSpec model,
      EngineVersion version,
      int maxLoras,
      int maxLoraRank,
      int maxCpuLoras,
      int tokens,
      int distinctAdapters) {
    Map<Constant, Double> counts = new EnumMap<>(Constant.class);
    double padded = LaunchGrid.padded(tokens);
    if (maxLoras == 0) {
      counts.put(Constant.BASE_WITHOUT_LORA, 1.0);
      counts.put(Constant.TOKEN_WITHOUT_LORA, padded);
      return counts;
    }
    boolean graph = tokens <= LaunchGrid.LARGEST_GRAPH_TOKENS;
    counts.put(Constant.BASE, 1.0);
    counts.put(Constant.TOKEN, padded);
    if (distinctAdapters > 0 || (graph && !version.baseOnlyGraphs())) {
      TensorParallel share = new TensorParallel(model, 1);
      double blocks = LaunchGrid.blocks(share, (int) padded, maxLoraRank);
      counts.put(Constant.BLOCK, (maxLoras + 1) * blocks);
    }
    double adapters = distinctAdapters;
    counts.put(Constant.ADAPTER, adapters);
    counts.put(Constant.ADAPTER_RANK, adapters * maxLoraRank);
    counts.put(Constant.ADAPTER_REGISTERED, adapters * maxCpuLoras);
    counts.put(Constant.ADAPTER_LOW_TOKENS, padded < LaunchGrid.LOW_TOKENS ? adapters : 0);
    counts.put(Constant.ADAPTER_MANY_TOKENS, graph ? 0 : adapters);
    return counts;
  }
}
