package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import java.util.List;

/**
 * One GPU of a placement.
 *
 * @param index number of the GPU in the plan, from 0
 * @param gpu the card
 * @param parts which part of which adapter it serves, ordered by id
 * @param baseFrom lower end of its part of the base model's requests, in [0, 1]
 * @param baseTo upper end, equal to the lower one if it serves none of them
 * @param flags how its engine is started
 * @param predicted what the twin expects of it, on requests that planning did not use; with NaN
 *     figures in a plan that was not verified
 * @param verified the same over all replications of the verification, with confidence intervals
 */
public record GpuLoad(
    int index,
    GpuSpec gpu,
    List<SharedAdapter> parts,
    double baseFrom,
    double baseTo,
    EngineFlags flags,
    Prediction predicted,
    Verified verified) {

  /** Reading one adapter from disk and registering it, seconds (vLLM 0.8.5, ranks 8 to 32). */
  static final double SECONDS_PER_LOAD = 0.06;

  /** Takes an unmodifiable copy of the list. */
  public GpuLoad {
    parts = ImmutableList.copyOf(parts);
  }

  /**
   * Figures of the verification, with intervals at 95 % over the replications; half widths are NaN
   * below two replications.
   *
   * @param replications number of runs, 0 if the plan was not verified
   * @param completedShare completed over offered tokens
   * @param throughputTokensPerSecond input and output tokens of completed requests
   * @param meanItlSeconds mean inter-token latency
   * @param p95TtftSeconds 95th percentile of the time to first token
   */
  public record Verified(
      int replications,
      Estimate completedShare,
      Estimate throughputTokensPerSecond,
      Estimate meanItlSeconds,
      Estimate p95TtftSeconds) {}

  /** {@return the adapters, ordered by id; unmodifiable} */
  public List<LoraAdapter> adapters() {
    return parts.stream().map(p -> p.traffic().adapter()).collect(ImmutableList.toImmutableList());
  }

  /**
   * Estimates how long its engine takes to start, with the weights on the node's disk: up to the
   * first request, and then until its adapters are read and registered, one after the other, as
   * those of {@code --lora-modules} are.
   *
   * @param model the base model
   * @return seconds; those of the adapters alone if the engine does not start with its flags
   */
  public double startSeconds(ModelSpec model) {
    MemoryPlan memory = MemoryModel.of(gpu, model).plan(flags);
    double engine = memory instanceof MemoryPlan.Fits fits ? fits.startSeconds() : 0;
    return engine + parts.size() * SECONDS_PER_LOAD;
  }

  /** {@return share of the base model's requests that it serves, in [0, 1]} */
  public double baseShare() {
    return baseTo - baseFrom;
  }
}
