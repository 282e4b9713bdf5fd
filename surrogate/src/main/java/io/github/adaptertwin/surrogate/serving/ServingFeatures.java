package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.workload.Workload;
import java.util.List;

/**
 * What describes the load of one GPU to a learner: PAPER's seven features (sum and standard
 * deviation of the rates; largest, mean and standard deviation of the ranks; adapters served;
 * slots), what PAPER leaves out (mean lengths, KV tokens, sequences, burstiness as the index of
 * dispersion of the arrivals, the largest adapter's share), and what follows from them by the step
 * law if requests were a fluid: the largest rate, the load in units of it, the batch, the step.
 * Immutable values; all methods are pure.
 */
public final class ServingFeatures {
  static final String SUM_RATE = "sum_rate";
  static final String KV_TOKENS = "kv_tokens";
  static final String OFFERED = "offered_tokens_per_second";
  static final String FLUID_CAPACITY = "fluid_capacity_tokens_per_second";
  static final String UTILISATION = "fluid_utilisation";
  static final String FLUID_STEP = "fluid_step_seconds";

  private static final ImmutableList<String> NAMES =
      ImmutableList.of(
          SUM_RATE,
          "std_rate",
          "max_rank",
          "mean_rank",
          "std_rank",
          "served_adapters",
          "adapter_slots",
          "mean_input_tokens",
          "mean_output_tokens",
          KV_TOKENS,
          "max_num_seqs",
          "dispersion",
          "largest_share",
          "slots_per_adapter",
          OFFERED,
          FLUID_CAPACITY,
          UTILISATION,
          "fluid_batch",
          FLUID_STEP,
          "fluid_adapters_per_slot",
          "fluid_miss_share",
          "fluid_batch_share",
          "requests_per_step",
          "persistent_per_slot",
          "persistent_share",
          "held_slots_share",
          "held_utilisation",
          "kv_requests",
          "sequences_per_kv_request",
          "fluid_most_batch",
          "fluid_capacity_requests_per_second",
          "fluid_adapters",
          "fluid_adapters_per_request",
          "input_per_output",
          "fluid_budget_share",
          "unheld_utilisation");

  private ServingFeatures() {}

  /** {@return names of the features in order; unmodifiable} */
  public static List<String> names() {
    return NAMES;
  }

  /** {@return index of a feature} */
  static int index(String name) {
    int index = NAMES.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException("there is no feature '" + name + "'");
    }
    return index;
  }

  /**
   * {@return tokens per second that would be completed if requests were a fluid: what is offered,
   * or the fluid capacity if that is less}
   *
   * @param features of a load, in the order of {@link #names()}
   */
  public static double fluidThroughput(double[] features) {
    return ServingTarget.carried(f -> features[f]);
  }

  /**
   * {@return tokens per second of the requests of a load}
   *
   * @param features of a load, in the order of {@link #names()}
   */
  public static double offered(double[] features) {
    return features[index(OFFERED)];
  }

  /**
   * Describes a load as it is planned.
   *
   * @param twin the GPU and base model
   * @param workload the traffic of the GPU's adapters
   * @param flags how its engine is started
   * @param memory what its memory leaves
   * @return the features in the order of {@link #names()}
   */
  public static double[] of(
      ServingTwin twin, Workload workload, EngineFlags flags, MemoryPlan.Fits memory) {
    BoundStepCosts costs = twin.bind(workload.loraAdapters(), flags, memory.kvBlocks());
    return of(LoadSummary.of(workload), flags, costs, memory.kvTokens());
  }

  static double[] of(LoadSummary load, EngineFlags flags, BoundStepCosts costs, long kvTokens) {
    FluidEstimate fluid = new FluidEstimate(load, flags, costs, kvTokens);
    double perRequest = load.tokensPerRequest();
    double slots = Math.max(1, flags.maxLoras());
    double[] persistent = load.persistent(load.meanOutput * fluid.stepSeconds);
    double utilisation = load.sumRate / fluid.capacity;
    double distinct = load.distinct(fluid.batch);
    double inputPerOutput = load.meanInput / load.meanOutput;
    double held =
        flags.maxLoras() == 0
            ? 0
            : load.heldShare(flags.maxLoras(), load.meanOutput * fluid.heldStepSeconds);
    return new double[] {
      load.sumRate,
      load.rateDeviation,
      flags.maxLoraRank(),
      load.meanRank,
      load.rankDeviation,
      load.adapters,
      flags.maxLoras(),
      load.meanInput,
      load.meanOutput,
      kvTokens,
      flags.maxNumSeqs(),
      load.dispersion,
      load.largestShare,
      flags.maxLoras() / (double) load.adapters,
      load.sumRate * perRequest,
      fluid.capacity * perRequest,
      utilisation,
      fluid.batch,
      fluid.stepSeconds,
      distinct / slots,
      fluid.missShare,
      fluid.batch / fluid.mostBatch,
      load.sumRate * fluid.stepSeconds,
      persistent[0] / slots,
      persistent[1],
      held,
      load.sumRate * (1 - fluid.missShare) / fluid.capacity,
      fluid.kvRequests,
      fluid.sequences / fluid.kvRequests,
      fluid.mostBatch,
      fluid.capacity,
      distinct,
      distinct / Math.max(1, fluid.batch),
      inputPerOutput,
      fluid.batch * (1 + inputPerOutput) / flags.maxNumBatchedTokens(),
      utilisation * (1 - fluid.missShare * held)
    };
  }
}
