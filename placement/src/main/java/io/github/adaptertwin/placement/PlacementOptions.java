package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** How to plan. Built with {@link #builder()}; immutable. */
public final class PlacementOptions {
  private final Oracle oracle;
  private final ImmutableList<FeasibilityRule> rules;
  private final Calibration calibration;
  private final long seed;
  private final int @Nullable [] slotsGrid;
  private final int maxNumSeqs;
  private final int maxNumBatchedTokens;
  private final int maxModelLen;
  private final double gpuMemoryUtilization;
  private final int trainingRuns;
  private final int threads;
  private final Progress progress;
  private final Objective objective;
  private final boolean replication;
  private final boolean survivesLoss;
  private final double headroom;
  private final double burstGapCv;
  private final int planningReplications;
  private final int verificationReplications;
  private final long mostAssessments;
  private final long mostMoves;
  private final BooleanSupplier outOfTime;
  private final boolean bounded;
  private final long hostMemoryBytes;
  private final int tensorParallel;

  private PlacementOptions(Builder b) {
    oracle = b.oracle;
    rules = b.rules;
    calibration = b.calibration;
    seed = b.seed;
    slotsGrid = b.slotsGrid;
    maxNumSeqs = b.maxNumSeqs;
    maxNumBatchedTokens = b.maxNumBatchedTokens;
    maxModelLen = b.maxModelLen;
    gpuMemoryUtilization = b.gpuMemoryUtilization;
    trainingRuns = b.trainingRuns;
    threads = b.threads;
    progress = b.progress;
    objective = b.objective;
    replication = b.replication;
    survivesLoss = b.survivesLoss;
    headroom = b.headroom;
    burstGapCv = b.burstGapCv;
    planningReplications = b.planningReplications;
    verificationReplications = b.verificationReplications;
    mostAssessments = b.mostAssessments;
    mostMoves = b.mostMoves;
    outOfTime = b.outOfTime;
    bounded = b.bounded;
    hostMemoryBytes = b.hostMemoryBytes;
    tensorParallel = b.tensorParallel;
    if (tensorParallel > 1 && oracle == Oracle.SURROGATE) {
      throw new IllegalArgumentException(
          "surrogates are trained on single cards, not on "
              + tensorParallel
              + " that share the model; choose another oracle");
    }
    if (oracle == Oracle.SURROGATE && !calibration.profiles().equals(StepTimeModel.profiles())) {
      throw new IllegalArgumentException(
          "surrogates are trained on the step times of the library, not on those of other"
              + " profiles; choose another oracle");
    }
  }

  /** What a plan should be best in. */
  public enum Objective {
    /** As few GPUs as possible, the GPUs of a pool in the order of its offers. */
    FEWEST_GPUS,
    /**
     * The lowest latency on all GPUs of the pool's first offer, which must be limited. Some stay
     * idle where there are fewer adapters than GPUs, and where only the packer's split is to be
     * had: without the twin as the oracle, with requests to the base model, where the host memory
     * of a GPU does not hold what balancers give it, or where the effort is spent.
     */
    LOWEST_LATENCY,
    /** The lowest price per hour over the offers of a pool. */
    CHEAPEST_MIX
  }

  /** What judges candidates while packing. Every plan is verified by the twin in any case. */
  public enum Oracle {
    /** The twin itself: exact and slower. */
    TWIN,
    /** A surrogate, trained on the twin before packing. */
    SURROGATE,
    /** The steady state: closed form, microseconds, and right to some percent. */
    STEADY_STATE
  }

  /** {@return the default options} */
  public static PlacementOptions defaults() {
    return builder().build();
  }

  /**
   * Starts a set of options.
   *
   * @return a builder with the defaults
   */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return what judges candidates while packing} */
  public Oracle oracle() {
    return oracle;
  }

  /** {@return what every GPU must keep; unmodifiable} */
  public List<FeasibilityRule> rules() {
    return rules;
  }

  /** {@return the engine version, and what is known of its step times} */
  public Calibration calibration() {
    return calibration;
  }

  /** {@return version of the engine} */
  public EngineVersion engineVersion() {
    return calibration.engine();
  }

  /** {@return seed of all generated requests} */
  public long seed() {
    return seed;
  }

  /** {@return adapter slots to consider, ascending; a copy} */
  public int[] slotsGrid() {
    return slotsGrid == null ? SlotsGrid.usual() : slotsGrid.clone();
  }

  /** {@return whether the slots were left to the planner, which may then try fewer, too} */
  boolean hasUsualSlots() {
    return slotsGrid == null;
  }

  /** {@return most requests that run at once on a GPU} */
  public int maxNumSeqs() {
    return maxNumSeqs;
  }

  /** {@return token budget of a step} */
  public int maxNumBatchedTokens() {
    return maxNumBatchedTokens;
  }

  /** {@return most tokens of one request; 0 = as many as the workload's longest request} */
  public int maxModelLen() {
    return maxModelLen;
  }

  /** {@return share of a GPU's memory that the engine may use} */
  public double gpuMemoryUtilization() {
    return gpuMemoryUtilization;
  }

  /** {@return runs of the twin that a surrogate is trained on} */
  public int trainingRuns() {
    return trainingRuns;
  }

  /** {@return threads for work that runs in parallel; results do not depend on it} */
  public int threads() {
    return threads;
  }

  /** {@return who hears how far the work is} */
  public Progress progress() {
    return progress;
  }

  /** {@return what a plan should be best in} */
  public Objective objective() {
    return objective;
  }

  /** {@return whether an adapter may be served by several GPUs} */
  public boolean replication() {
    return replication;
  }

  /** {@return whether the plan must survive the loss of any one GPU} */
  public boolean survivesLoss() {
    return survivesLoss;
  }

  /** {@return by which share all rates may grow without breaking a rule, at least 0} */
  public double headroom() {
    return headroom;
  }

  /** {@return coefficient of variation of the gaps for which rules must hold; 1 = as they come} */
  public double burstGapCv() {
    return burstGapCv;
  }

  /** {@return replications of the twin that judge each candidate while packing} */
  public int planningReplications() {
    return planningReplications;
  }

  /** {@return replications of the twin that verify each GPU; 0 = not verified} */
  public int verificationReplications() {
    return verificationReplications;
  }

  /** {@return most candidates that the oracle judges} */
  public long mostAssessments() {
    return mostAssessments;
  }

  /** {@return most moves that the local search tries} */
  public long mostMoves() {
    return mostMoves;
  }

  /** {@return whether a lower bound is computed; without, it is that of one GPU} */
  public boolean bounded() {
    return bounded;
  }

  /** {@return host memory of each GPU for its adapters; {@link Long#MAX_VALUE} = no limit} */
  public long hostMemoryBytes() {
    return hostMemoryBytes;
  }

  /** {@return cards that share the model: each GPU of a plan stands for so many} */
  public int tensorParallel() {
    return tensorParallel;
  }

  /** {@return says that time is over; asked before each candidate} */
  BooleanSupplier outOfTime() {
    return outOfTime;
  }

  /** Collects {@link PlacementOptions}; not thread-safe. */
  public static final class Builder {
    private Oracle oracle = Oracle.TWIN;
    private ImmutableList<FeasibilityRule> rules =
        ImmutableList.of(FeasibilityRule.THROUGHPUT_90, FeasibilityRule.QUEUE_STABLE);
    private Calibration calibration = Calibration.shipped(EngineVersion.VLLM_0_8_5);
    private long seed = 1;
    private int @Nullable [] slotsGrid;
    private int maxNumSeqs = 1024;
    private int maxNumBatchedTokens = 2048;
    private int maxModelLen;
    private double gpuMemoryUtilization = 0.9;
    private int trainingRuns = 300;
    private int threads = 1;
    private Progress progress = Progress.NONE;
    private Objective objective = Objective.FEWEST_GPUS;
    private boolean replication = true;
    private boolean survivesLoss;
    private double headroom;
    private double burstGapCv = 1;
    private int planningReplications = 2;
    private int verificationReplications = 3;
    private long mostAssessments = 2_000;
    private long mostMoves = 200_000;
    private BooleanSupplier outOfTime = () -> false;
    private boolean bounded = true;
    private long hostMemoryBytes = Long.MAX_VALUE;
    private int tensorParallel = 1;

    private Builder() {}

    /**
     * Sets what a plan should be best in.
     *
     * @param value default {@link Objective#FEWEST_GPUS}
     * @return this
     */
    public Builder objective(Objective value) {
      objective = value;
      return this;
    }

    /**
     * Sets whether an adapter may be served by several GPUs.
     *
     * @param value default true
     * @return this
     */
    public Builder replication(boolean value) {
      replication = value;
      return this;
    }

    /**
     * Sets whether the plan must survive the loss of any one GPU: one more then stands by, with
     * flags with which it can take over all adapters of any other within the rules.
     *
     * @param value default false
     * @return this
     */
    public Builder survivesLoss(boolean value) {
      survivesLoss = value;
      return this;
    }

    /**
     * Sets by which share all rates may grow without breaking a rule.
     *
     * @param value in [0, 10]; default 0
     * @return this
     */
    public Builder headroom(double value) {
      headroom = OptionBounds.within(0, 10, "headroom", value);
      return this;
    }

    /**
     * Sets for how bursty a traffic rules must hold.
     *
     * @param value coefficient of variation of the gaps between an adapter's requests, in [1, 20];
     *     default 1, the traffic as the workload gives it
     * @return this
     */
    public Builder burstGapCv(double value) {
      burstGapCv = OptionBounds.within(1, 20, "burst gap CV", value);
      return this;
    }

    /**
     * Sets how many replications of the twin judge each candidate while packing.
     *
     * @param value at least 1; default 2
     * @return this
     */
    public Builder planningReplications(int value) {
      planningReplications = OptionBounds.atLeastOne("planning replications", value);
      return this;
    }

    /**
     * Sets how many replications of the twin verify each GPU.
     *
     * @param value at least 0, 0 for a plan that is not verified; default 3
     * @return this
     */
    public Builder verificationReplications(int value) {
      verificationReplications =
          value == 0 ? 0 : OptionBounds.atLeastOne("verification replications", value);
      return this;
    }

    /**
     * Sets how many candidates the oracle may judge.
     *
     * @param value at least 1; default 2000
     * @return this
     */
    public Builder mostAssessments(int value) {
      mostAssessments = OptionBounds.atLeastOne("number of assessments", value);
      return this;
    }

    /**
     * Sets how many moves the local search may try.
     *
     * @param value at least 1; default 200,000
     * @return this
     */
    public Builder mostMoves(int value) {
      mostMoves = OptionBounds.atLeastOne("number of moves", value);
      return this;
    }

    /**
     * Sets whether a lower bound on the GPUs is computed, which can take longer than the plan.
     *
     * @param value default true
     * @return this
     */
    public Builder bounded(boolean value) {
      bounded = value;
      return this;
    }

    /**
     * Sets how much host memory each GPU has for its adapters, all of which stay pinned there;
     * 1,280 adapters of rank 16 of an 8B model take some 100 GiB.
     *
     * @param value bytes, above 0; by default there is no limit
     * @return this
     */
    public Builder hostMemoryBytes(long value) {
      hostMemoryBytes = OptionBounds.hostMemoryBytes(value);
      return this;
    }

    /**
     * Sets how many cards share the model (tensor parallelism). Each GPU of a plan, and of its
     * lower bound, then stands for a set of so many cards; the offers of a pool still count single
     * cards, of which what is left over stays unused. Nothing of such sets was measured; plans say
     * so.
     *
     * @param value at least 1, which is the default; it must divide the model's heads and
     *     feed-forward width. Not with {@link Oracle#SURROGATE}
     * @return this
     */
    public Builder tensorParallel(int value) {
      tensorParallel = OptionBounds.atLeastOne("number of cards that share the model", value);
      return this;
    }

    /**
     * Sets a deadline. Effort is counted, so that plans are deterministic; a deadline only cuts the
     * search short, and the plan then says that it is truncated.
     *
     * @param value says whether time is over; asked before each candidate
     * @return this
     */
    public Builder stopWhen(BooleanSupplier value) {
      outOfTime = value;
      return this;
    }

    /**
     * Sets what judges candidates while packing.
     *
     * @param value default {@link Oracle#TWIN}
     * @return this
     */
    public Builder oracle(Oracle value) {
      oracle = value;
      return this;
    }

    /**
     * Sets the engine version and what is known of its step times.
     *
     * @param value default {@code Calibration.shipped(EngineVersion.VLLM_0_8_5)}; profiles of your
     *     own go in by {@link Calibration#preferring}, which {@link Oracle#SURROGATE} refuses
     * @return this
     */
    public Builder calibration(Calibration value) {
      calibration = value;
      return this;
    }

    /**
     * Sets what every GPU must keep.
     *
     * @param value at least one rule; default THROUGHPUT_90 and QUEUE_STABLE
     * @return this
     */
    public Builder rules(List<FeasibilityRule> value) {
      if (value.isEmpty()) {
        throw new IllegalArgumentException("there is no rule; give at least one");
      }
      rules = ImmutableList.copyOf(value);
      return this;
    }

    /**
     * Sets the seed of all generated requests.
     *
     * @param value any value; default 1
     * @return this
     */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * Sets the adapter slots to consider; a GPU never gets more than it has adapters.
     *
     * @param value at least one, ascending, each at least 1; by default 8 to 384, and 1, 2 and 4 as
     *     well where 8 slots of the workload's largest rank do not start or take more than half of
     *     the KV cache
     * @return this
     */
    public Builder slotsGrid(int... value) {
      slotsGrid = OptionBounds.slotsGrid(value);
      return this;
    }

    /**
     * Sets the most requests that run at once on a GPU.
     *
     * @param value at least 1; default 1024
     * @return this
     */
    public Builder maxNumSeqs(int value) {
      maxNumSeqs = OptionBounds.atLeastOne("max_num_seqs", value);
      return this;
    }

    /**
     * Sets the token budget of a step.
     *
     * @param value at least {@code max_num_seqs}; default 2048
     * @return this
     */
    public Builder maxNumBatchedTokens(int value) {
      maxNumBatchedTokens = OptionBounds.atLeastOne("max_num_batched_tokens", value);
      return this;
    }

    /**
     * Sets the most tokens of one request.
     *
     * @param value at least 1; by default the workload's longest request decides
     * @return this
     */
    public Builder maxModelLen(int value) {
      maxModelLen = OptionBounds.atLeastOne("max_model_len", value);
      return this;
    }

    /**
     * Sets the share of a GPU's memory that the engine may use.
     *
     * @param value in (0, 1]; default .9
     * @return this
     */
    public Builder gpuMemoryUtilization(double value) {
      gpuMemoryUtilization = OptionBounds.part("gpu_memory_utilization", value);
      return this;
    }

    /**
     * Sets how many runs of the twin a surrogate is trained on.
     *
     * @param value at least 50; default 300
     * @return this
     */
    public Builder trainingRuns(int value) {
      trainingRuns = OptionBounds.atLeast(50, "training runs are", value);
      return this;
    }

    /**
     * Sets the number of threads.
     *
     * @param value at least 1; default 1
     * @return this
     */
    public Builder threads(int value) {
      threads = OptionBounds.atLeastOne("number of threads", value);
      return this;
    }

    /**
     * Sets who hears how far the work is.
     *
     * @param value may throw {@link java.util.concurrent.CancellationException} to stop the work
     * @return this
     */
    public Builder progress(Progress value) {
      progress = value;
      return this;
    }

    /**
     * Makes the options.
     *
     * @return the options
     */
    public PlacementOptions build() {
      return new PlacementOptions(this);
    }
  }
}
