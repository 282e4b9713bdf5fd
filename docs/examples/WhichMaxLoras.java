import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import java.util.List;

/** Which max_loras for 200 adapters, when each slot takes memory and time, and each miss a load? */
class WhichMaxLoras {
  public static void main(String[] args) {
    Workload workload =
        Workload.poisson(
            "llama-3.1-8b-instruct",
            DealtAdapters.of("tenant-", 200, List.of(8, 16), List.of(0.2, 0.05, 0.01)),
            TruncatedGammaPair.shareGpt(196.5).pool(),
            1800);
    Placement plan = Placer.place(workload, Gpus.named("h100-80gb-sxm")).orElseThrow();
    for (GpuLoad gpu : plan.gpus()) {
      System.out.printf(
          "GPU %d: %d adapters, vllm serve ... %s%n",
          gpu.index(), gpu.adapters().size(), gpu.flags());
      System.out.printf(
          "       inter-token latency %.1f ms, %.0f %% of the tokens in time%n",
          1e3 * gpu.predicted().meanItlSeconds(), 100 * gpu.predicted().completedShare());
    }
  }
}
