package io.github.adaptertwin.placement.baseline;

import io.github.adaptertwin.placement.capacity.GpuDemand;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.ArrayList;
import java.util.List;

/**
 * PAPER's MaxBase and its variants: adapters in the order of the input, to one GPU until the
 * offered tokens reach a share of what the base model alone can do, then to the next.
 *
 * @param name the name
 * @param loadShare share of the base model's maximum up to which a GPU is filled, in (0, 1]
 * @param slotsDivisor slots are the GPU's adapters divided by this, at least 1
 */
public record PackToMaximum(String name, double loadShare, int slotsDivisor)
    implements PlacementAlgorithm {
  /** Measured on the base model alone (H100 64 GB, arXiv 2602.24044). */
  private static final double LLAMA_TOKENS_PER_SECOND = 17_814.5;

  private static final double QWEN_TOKENS_PER_SECOND = 17_940.0;

  /** {@return {@code max_base}: full load, as many slots as adapters} */
  public static PackToMaximum maxBase() {
    return new PackToMaximum("max_base", 1, 1);
  }

  /** {@return {@code max_base_half_slots}: full load, half as many slots as adapters} */
  public static PackToMaximum maxBaseHalfSlots() {
    return new PackToMaximum("max_base_half_slots", 1, 2);
  }

  /** {@return {@code two_thirds_cap_third_slots}: PAPER's baseline-5} */
  public static PackToMaximum twoThirdsCapThirdSlots() {
    return new PackToMaximum("two_thirds_cap_third_slots", 2.0 / 3, 3);
  }

  @Override
  public Outcome place(Problem problem) {
    double cap = loadShare * maximum(problem);
    List<PlannedGpu> gpus = new ArrayList<>();
    List<AdapterTraffic> here = new ArrayList<>();
    double load = 0;
    for (AdapterTraffic adapter : problem.workload().adapters()) {
      double tokens = adapter.ratePerSecond() * problem.tokensPerRequest();
      if (load + tokens > cap && !here.isEmpty()) {
        gpus.add(problem.gpu(here, slots(here.size())));
        here.clear();
        load = 0;
      }
      here.add(adapter);
      load += tokens;
    }
    gpus.add(problem.gpu(here, slots(here.size())));
    return gpus.size() > problem.gpus()
        ? new Outcome.GaveUp("needs " + gpus.size() + " of " + problem.gpus() + " GPUs")
        : new Outcome.Placed(gpus);
  }

  private int slots(int adapters) {
    return Math.max(1, adapters / slotsDivisor);
  }

  private static double maximum(Problem problem) {
    String model = problem.workload().baseModel();
    if (problem.model().gpu().name().equals("h100-64gb-sxm")) {
      if (model.equals("llama-3.1-8b-instruct")) {
        return LLAMA_TOKENS_PER_SECOND;
      }
      if (model.equals("qwen2.5-7b-instruct")) {
        return QWEN_TOKENS_PER_SECOND;
      }
    }
    GpuDemand one = new GpuDemand();
    one.addBase(1);
    return problem.model().setting(0, 1).capacityFactor(one) * problem.tokensPerRequest();
  }
}
