package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.EngineListener;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.gpu.calibration.PredictionIntervals;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import java.util.List;
import java.util.function.IntFunction;

/**
 * One GPU that serves one base model, as a twin: memory decides whether the engine starts and with
 * how much KV cache, step times decide how it serves. Immutable and thread-safe.
 */
public final class ServingTwin {
  private final GpuSpec gpu;
  private final ModelSpec model;
  private final MemoryModel memory;
  private final StepTimeModel stepTime;

  private ServingTwin(GpuSpec gpu, ModelSpec model, MemoryModel memory, StepTimeModel stepTime) {
    this.gpu = gpu;
    this.model = model;
    this.memory = memory;
    this.stepTime = stepTime;
  }

  /**
   * Makes a twin.
   *
   * @param gpu the card
   * @param model the base model
   * @param version the engine version
   * @return the twin
   */
  public static ServingTwin of(GpuSpec gpu, ModelSpec model, EngineVersion version) {
    return of(gpu, model, Calibration.shipped(version));
  }

  /**
   * Makes a twin whose step times come from other profiles than those of the library.
   *
   * @param gpu the card
   * @param model the base model
   * @param calibration the engine version, and what is known of its step times
   * @return the twin
   * @throws IllegalArgumentException if a profile is of a card or base model that the catalogue
   *     does not have
   */
  public static ServingTwin of(GpuSpec gpu, ModelSpec model, Calibration calibration) {
    return new ServingTwin(
        gpu,
        model,
        MemoryModel.of(gpu, model, calibration.engine()),
        StepTimeModel.of(gpu, model, calibration));
  }

  /** What a run came to. */
  public sealed interface Outcome {
    /**
     * The engine started and served.
     *
     * @param memory its memory at start
     * @param report how it served
     */
    record Served(MemoryPlan.Fits memory, ReplicaReport report) implements Outcome {}

    /**
     * The engine did not start.
     *
     * @param refusal why
     */
    record Refused(MemoryPlan.Refused refusal) implements Outcome {}
  }

  /** {@return the card} */
  public GpuSpec gpu() {
    return gpu;
  }

  /** {@return the base model} */
  public ModelSpec model() {
    return model;
  }

  /** {@return the memory model} */
  public MemoryModel memory() {
    return memory;
  }

  /** {@return what rests on data sheets instead of measurements, in words} */
  public List<String> extrapolations() {
    return stepTime.extrapolations();
  }

  /**
   * Says what rests on data sheets for an engine with these flags, ranges that were not measured
   * included.
   *
   * @param flags how the engine is started
   * @return one line for each; empty if everything was measured
   */
  public List<String> extrapolations(EngineFlags flags) {
    return ImmutableList.<String>builder()
        .addAll(
            stepTime(flags)
                .extrapolations(flags.maxLoras(), flags.maxLoraRank(), flags.maxNumBatchedTokens()))
        .addAll(memory.extrapolations(flags))
        .build();
  }

  private StepTimeModel stepTime(EngineFlags flags) {
    return stepTime.withTensorParallel(flags.tensorParallel());
  }

  /**
   * Starts an engine and serves.
   *
   * @param adapters the adapters by the index that requests use
   * @param requests what is asked
   * @param flags how the engine is started
   * @param options horizon, end and detail
   * @return how it served, or why it did not start
   */
  public Outcome run(
      List<LoraAdapter> adapters, RequestSource requests, EngineFlags flags, RunOptions options) {
    return run(adapters, requests, flags, options, EngineListener.NONE);
  }

  /**
   * Starts an engine, serves, and tells what happens.
   *
   * @param adapters the adapters by the index that requests use
   * @param requests what is asked
   * @param flags how the engine is started
   * @param options horizon, end and detail
   * @param events hears what the engine does
   * @return how it served, or why it did not start
   */
  public Outcome run(
      List<LoraAdapter> adapters,
      RequestSource requests,
      EngineFlags flags,
      RunOptions options,
      EngineListener events) {
    MemoryPlan plan = memory.plan(flags);
    if (plan instanceof MemoryPlan.Refused refused) {
      return new Outcome.Refused(refused);
    }
    MemoryPlan.Fits fits = (MemoryPlan.Fits) plan;
    EngineConfig config = configOf(adapters, flags, fits.kvBlocks());
    return new Outcome.Served(
        fits, Replica.of(config, stepTime(flags)).run(requests, options, events));
  }

  /**
   * Serves the same requests with step times drawn from what their calibration left open.
   *
   * @param adapters the adapters by the index that requests use
   * @param requests what is asked; must give the same requests again
   * @param flags how the engine is started; it must start
   * @param options horizon and end
   * @param draws profiles to draw, at least 2
   * @param seed of the draws
   * @return intervals of 90 % around the main figures
   * @throws IllegalArgumentException if the engine does not start, there are fewer than 2 draws, or
   *     nothing is known of the error of the step times
   */
  public PredictionIntervals intervals(
      List<LoraAdapter> adapters,
      RequestSource requests,
      EngineFlags flags,
      RunOptions options,
      int draws,
      long seed) {
    return intervals(adapters, draw -> requests, flags, options, draws, seed);
  }

  /**
   * Serves requests with step times drawn from what their calibration left open.
   *
   * @param adapters the adapters by the index that requests use
   * @param requests what is asked in a draw [0, draws); with other requests each time, as {@code
   *     draw -> workload.source(seed, draw)}, the intervals hold the chance in them as well
   * @param flags how the engine is started; it must start
   * @param options horizon and end
   * @param draws profiles to draw, at least 2
   * @param seed of the draws of step times
   * @return intervals of 90 % around the main figures
   * @throws IllegalArgumentException if the engine does not start, there are fewer than 2 draws, or
   *     nothing is known of the error of the step times
   */
  public PredictionIntervals intervals(
      List<LoraAdapter> adapters,
      IntFunction<? extends RequestSource> requests,
      EngineFlags flags,
      RunOptions options,
      int draws,
      long seed) {
    if (memory.plan(flags) instanceof MemoryPlan.Fits fits) {
      EngineConfig config = configOf(adapters, flags, fits.kvBlocks());
      return PredictionIntervals.of(stepTime(flags), config, requests, options, draws, seed);
    }
    throw new IllegalArgumentException(model.name() + " does not start with " + flags);
  }

  /** The step law of an engine with these flags. */
  BoundStepCosts bind(List<LoraAdapter> adapters, EngineFlags flags, int kvBlocks) {
    return stepTime(flags).bind(configOf(adapters, flags, kvBlocks));
  }

  /**
   * Lays out a run to be done later or elsewhere.
   *
   * @param adapters the adapters by the index that requests use
   * @param requests what is asked
   * @param flags how the engine is started
   * @param memory what its memory leaves
   * @param options horizon, end and detail
   * @return the run
   */
  public ReplicaTask task(
      List<LoraAdapter> adapters,
      RequestSource requests,
      EngineFlags flags,
      MemoryPlan.Fits memory,
      RunOptions options) {
    return new ReplicaTask(
        configOf(adapters, flags, memory.kvBlocks()), stepTime(flags), requests, options);
  }

  static EngineConfig configOf(List<LoraAdapter> adapters, EngineFlags flags, int kvBlocks) {
    int blockTokens = 16;
    // The engine counts the null block when it compares with max_model_len, a request cannot use
    // it.
    int usable = (kvBlocks - 1) * blockTokens;
    return EngineConfig.builder()
        .adapters(adapters)
        .kvBlocks(kvBlocks)
        .blockTokens(blockTokens)
        .maxLoras(flags.maxLoras())
        .maxLoraRank(flags.maxLoraRank())
        .maxCpuLoras(flags.maxCpuLoras())
        .maxNumSeqs(flags.maxNumSeqs())
        .maxNumBatchedTokens(flags.maxNumBatchedTokens())
        .maxModelLen(Math.min(flags.maxModelLen(), usable))
        .build();
  }
}
