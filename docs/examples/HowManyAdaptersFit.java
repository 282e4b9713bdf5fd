import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;

/** How many adapter slots of a rank fit beside the model, and what do they leave for the KV cache? */
class HowManyAdaptersFit {
  public static void main(String[] args) {
    MemoryModel memory =
        MemoryModel.of(Gpus.named("h100-80gb-sxm"), Models.named("llama-3.1-8b-instruct"));
    for (int rank : new int[] {8, 16, 32, 64, 128}) {
      int most = 0;
      for (int slots = 8; starts(memory, slots, rank); slots += 8) {
        most = slots;
      }
      MemoryPlan.Fits half = (MemoryPlan.Fits) memory.plan(flags(most / 2, rank));
      System.out.printf(
          "rank %3d: %4d slots fit; half of them leave %,d KV tokens%n", rank, most, half.kvTokens());
    }
  }

  private static boolean starts(MemoryModel memory, int slots, int rank) {
    return memory.plan(flags(slots, rank)) instanceof MemoryPlan.Fits;
  }

  private static EngineFlags flags(int slots, int rank) {
    return EngineFlags.builder().maxLoras(slots).maxLoraRank(rank).maxModelLen(8192).build();
  }
}
