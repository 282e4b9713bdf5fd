import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;

/** Why did the engine refuse to start with 256 slots of rank 16, and what makes it start? */
class WhyDidItRefuseToStart {
  public static void main(String[] args) {
    MemoryModel memory =
        MemoryModel.of(Gpus.named("h100-64gb-sxm"), Models.named("llama-3.1-8b-instruct"));
    EngineFlags flags =
        EngineFlags.builder()
            .maxLoras(256)
            .maxLoraRank(16)
            .maxNumSeqs(2048)
            .maxNumBatchedTokens(2048)
            .maxModelLen(131_072)
            .build();
    MemoryPlan.Refused refused = (MemoryPlan.Refused) memory.plan(flags);
    System.out.println(refused.reason() + ": " + refused.message());
    EngineFlags shorter = flags.toBuilder().maxModelLen(8192).build();
    MemoryPlan.Fits fits = (MemoryPlan.Fits) memory.plan(shorter);
    System.out.printf(
        "with max_model_len 8192 it starts, with %,d KV tokens, in about %.0f minutes%n",
        fits.kvTokens(), fits.startSeconds() / 60);
  }
}
