package io.github.adaptertwin.placement.capacity;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.workload.length.LengthLaw;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The engine in equilibrium: a closed-form stand-in for the twin that judges a set of adapters in
 * about a microsecond. With B requests running, B / output arrive in each step, so the tokens of a
 * step, the distinct adapters and hence the step time t(B) follow from the laws of the twin itself
 * (its step-time law averaged over the Poisson number of prompts in a step), and by Little's law
 * the GPU then serves B / (output t(B)) requests per second. Capacity is the largest such rate over
 * all B that the KV cache, the token budget, the sequences and the slots admit.
 *
 * <p>It leaves out what only time shows: fluctuations of the queue, preemption, what is unfinished
 * at the horizon. Where slots are not short it is within a few percent of the twin; every plan made
 * with it has to be verified.
 *
 * <p>Thread-safe; tables of (slots, rank) are computed once and kept.
 */
public final class SteadyState {
  private final GpuSpec gpu;
  private final EngineFlags common;
  private final LengthMoments lengths;
  private final DemandGrid grid;
  private final MemoryModel memory;
  private final StepTimeModel stepTime;
  private final ConcurrentMap<Long, SlotSetting> settings = new ConcurrentHashMap<>();

  /**
   * Makes the stand-in of one card.
   *
   * @param gpu the card
   * @param model the base model
   * @param calibration the engine version, and what is known of its step times
   * @param common flags of every engine but slots and ranks
   * @param law law of request lengths
   * @param slotWaitSeconds how long requests may wait for a slot on average, at least 0
   */
  public SteadyState(
      GpuSpec gpu,
      ModelSpec model,
      Calibration calibration,
      EngineFlags common,
      LengthLaw law,
      double slotWaitSeconds) {
    this.gpu = gpu;
    this.common = common;
    this.lengths = LengthMoments.of(law);
    this.grid = new DemandGrid(lengths.outputTokens(), slotWaitSeconds);
    this.memory = MemoryModel.of(gpu, model, calibration.engine());
    this.stepTime =
        StepTimeModel.of(gpu, model, calibration).withTensorParallel(common.tensorParallel());
  }

  /** {@return the card} */
  public GpuSpec gpu() {
    return gpu;
  }

  /** {@return moments of the request lengths} */
  public LengthMoments lengths() {
    return lengths;
  }

  /** {@return flags of every engine but slots and ranks} */
  public EngineFlags common() {
    return common;
  }

  /**
   * Tabulates the demand of one adapter; equal for all cards that serve the same lengths.
   *
   * @param ratePerSecond its requests per second, above 0
   * @return its vector
   */
  public double[] demandOf(double ratePerSecond) {
    return grid.demandOf(ratePerSecond);
  }

  /**
   * Gives the table of one setting.
   *
   * @param slots adapter slots, at least 0; 0 = LoRA disabled
   * @param rank rank that the slots are made for, one that the engine accepts
   * @return the table
   */
  public SlotSetting setting(int slots, int rank) {
    return settings.computeIfAbsent(
        (long) slots << 32 | rank, key -> tabulate(slots, slots == 0 ? 1 : rank));
  }

  private SlotSetting tabulate(int slots, int rank) {
    EngineFlags flags =
        common.toBuilder().maxLoras(slots).maxLoraRank(rank).maxCpuLoras(slots).build();
    MemoryPlan plan = memory.plan(flags);
    return plan instanceof MemoryPlan.Fits fits
        ? SlotSetting.of(grid, lengths, flags, fits, stepTime, loras -> config(flags, fits, loras))
        : SlotSetting.refused(flags, plan);
  }

  private static EngineConfig config(EngineFlags flags, MemoryPlan.Fits fits, int registered) {
    return EngineConfig.builder()
        .adapters(List.of())
        .kvBlocks(fits.kvBlocks())
        .maxLoras(flags.maxLoras())
        .maxLoraRank(flags.maxLoraRank())
        .maxCpuLoras(registered)
        .maxNumSeqs(flags.maxNumSeqs())
        .maxNumBatchedTokens(flags.maxNumBatchedTokens())
        .maxModelLen(flags.maxModelLen())
        .build();
  }
}
