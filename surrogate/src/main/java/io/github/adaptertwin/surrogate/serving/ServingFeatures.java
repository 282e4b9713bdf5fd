package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.List;

/**
 * What describes the load of one GPU to a learner: PAPER's seven features (sum and standard
 * deviation of the rates; largest, mean and standard deviation of the ranks; adapters served;
 * slots), and what PAPER leaves out: mean lengths, KV tokens, and the share of adapters that have a
 * slot.
 */
public final class ServingFeatures {
  private static final ImmutableList<String> NAMES =
      ImmutableList.of(
          "sum_rate",
          "std_rate",
          "max_rank",
          "mean_rank",
          "std_rank",
          "served_adapters",
          "adapter_slots",
          "mean_input_tokens",
          "mean_output_tokens",
          "kv_tokens",
          "slots_per_adapter",
          "offered_tokens_per_second");

  private ServingFeatures() {}

  /** {@return names of the features in order; unmodifiable} */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * Describes a load.
   *
   * @param workload the traffic of the GPU's adapters
   * @param flags how its engine is started
   * @param memory what its memory leaves
   * @return the features in the order of {@link #names()}
   */
  public static double[] of(Workload workload, EngineFlags flags, MemoryPlan.Fits memory) {
    List<AdapterTraffic> adapters = workload.adapters();
    int n = adapters.size();
    double sumRate = 0;
    double sumRank = 0;
    for (AdapterTraffic traffic : adapters) {
      sumRate += traffic.ratePerSecond();
      sumRank += traffic.adapter().rank();
    }
    double rateSquares = 0;
    double rankSquares = 0;
    for (AdapterTraffic traffic : adapters) {
      double rateOff = traffic.ratePerSecond() - sumRate / n;
      double rankOff = traffic.adapter().rank() - sumRank / n;
      rateSquares += rateOff * rateOff;
      rankSquares += rankOff * rankOff;
    }
    return new double[] {
      sumRate,
      Math.sqrt(rateSquares / n),
      flags.maxLoraRank(),
      sumRank / n,
      Math.sqrt(rankSquares / n),
      n,
      flags.maxLoras(),
      workload.lengths().meanInputTokens(),
      workload.lengths().meanOutputTokens(),
      memory.kvTokens(),
      flags.maxLoras() / (double) n,
      workload.offeredTokensPerSecond()
    };
  }
}
