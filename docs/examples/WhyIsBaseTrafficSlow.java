import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;

/** Why are requests to the base model slow as soon as LoRA is enabled, even with idle slots? */
class WhyIsBaseTrafficSlow {
  public static void main(String[] args) {
    ServingTwin twin =
        ServingTwin.of(
            Gpus.named("h100-64gb-sxm"),
            Models.named("llama-3.1-8b-instruct"),
            EngineVersion.VLLM_0_8_5);
    // One adapter that is hardly ever asked for; the rest goes to the base model.
    AdapterTraffic rare = new AdapterTraffic(new LoraAdapter("rare", 8), 1e-6);
    Workload workload =
        Workload.of("llama-3.1-8b-instruct", List.of(rare), new FixedLengths(250, 230), 600)
            .withBaseModelRequests(ArrivalLaw.poisson(2));
    for (int slots : new int[] {8, 64, 256}) {
      EngineFlags flags = EngineFlags.builder().maxLoras(slots).maxLoraRank(8).build();
      ServingTwin.Outcome.Served served =
          (ServingTwin.Outcome.Served)
              twin.run(
                  workload.loraAdapters(),
                  workload.source(1, 0),
                  flags,
                  RunOptions.ofSeconds(workload.horizonSeconds()));
      System.out.printf(
          "%3d idle slots: %.1f ms between the tokens of a base-model request%n",
          slots, 1e3 * served.report().itl().mean());
    }
  }
}
