package io.github.adaptertwin.placement;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.workload.Workload;

/**
 * Says how few GPUs serve a workload, which adapter goes where, and with which engine flags.
 *
 * <pre>{@code
 * PlacementResult result = Placer.place(workload, gpuSpec);
 * Placement plan = Placer.with(options).place(workload, gpuSpec).orElseThrow();
 * }</pre>
 *
 * <p>Fleets are tried upwards from a few GPUs below what the closed form of a GPU says: for each,
 * splits of the adapters are made and improved by that closed form, the oracle (by default the
 * twin) judges their GPUs, and the first fleet with a split that passes is verified by the twin on
 * requests that planning has not seen. The lower bound is found afterwards and only says how far
 * the plan may be from the fewest GPUs. A plan is a pure function of its inputs.
 */
public final class Placer {
  private Placer() {}

  /**
   * Plans with the default options on as many GPUs of one kind as are needed.
   *
   * @param workload what has to be served
   * @param gpu the kind of GPU
   * @return the placement, or why there is none
   * @throws IllegalArgumentException if the workload names an unknown base model, a rank that the
   *     engine does not accept, or requests longer than a max_model_len that the options set
   */
  public static PlacementResult place(Workload workload, GpuSpec gpu) {
    return with(PlacementOptions.defaults()).place(workload, gpu);
  }

  /**
   * Plans with the default options on the GPUs of a pool.
   *
   * @param workload what has to be served
   * @param pool the GPUs that may be used
   * @return the placement, or why there is none
   * @throws IllegalArgumentException as {@link #place(Workload, GpuSpec)}
   */
  public static PlacementResult place(Workload workload, GpuPool pool) {
    return with(PlacementOptions.defaults()).place(workload, pool);
  }

  /**
   * Sets options.
   *
   * @param options how to plan
   * @return a planner with these options
   */
  public static Planner with(PlacementOptions options) {
    return new Planner(options);
  }
}
