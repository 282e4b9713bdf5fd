import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;

/** What does it cost to put one adapter of rank 128 among sixty of rank 8? */
class WhatDoesARank128AdapterCost {
  public static void main(String[] args) {
    List<AdapterTraffic> adapters =
        new ArrayList<>(DealtAdapters.of("small-", 60, List.of(8), List.of(0.25)));
    tell("sixty of rank 8", adapters);
    adapters.add(new AdapterTraffic(new LoraAdapter("large", 128), 0.05));
    tell("and one of rank 128", adapters);
  }

  private static void tell(String what, List<AdapterTraffic> adapters) {
    Workload workload =
        Workload.poisson("llama-3.1-8b-instruct", adapters, new FixedLengths(250, 230), 900);
    Placement plan = Placer.place(workload, Gpus.named("h100-80gb-sxm")).orElseThrow();
    System.out.printf("%s: %d GPU%n", what, plan.gpus().size());
    plan.gpus()
        .forEach(
            gpu ->
                System.out.printf(
                    "  %2d adapters in %d slots of rank %d: %,d KV tokens, %.1f ms per token%n",
                    gpu.adapters().size(),
                    gpu.flags().maxLoras(),
                    gpu.flags().maxLoraRank(),
                    gpu.predicted().kvTokens(),
                    1e3 * gpu.predicted().meanItlSeconds()));
  }
}
