package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.LoraModule;
import io.github.adaptertwin.gpu.spec.Models;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code adaptertwin memory}: what fits. */
@Command(
    name = "memory",
    description = "Says how many KV tokens are left for each number of slots and rank.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  adaptertwin memory --model qwen2.5-7b-instruct --gpu a100-80gb-sxm",
      "  adaptertwin memory --slots 1,8,64 --ranks 16,64 --max-model-len 32768",
      "  adaptertwin memory --model llama-3.1-70b:fp8 --tensor-parallel-size 4 --slots 0,8"
    })
final class MemoryCommand implements Callable<Integer> {
  private static final int LONGEST = 2048;
  private static final String NO_START = "no start";

  @Mixin private Output output = new Output();
  @Mixin private GpuInput gpu = new GpuInput();
  @Mixin private EngineInput engine = new EngineInput();
  @Mixin private VersionInput version = new VersionInput();

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "llama-3.1-8b-instruct",
      description = "Base model (default: ${DEFAULT-VALUE}).")
  private String model = "";

  @Option(
      names = "--slots",
      paramLabel = "N,N",
      split = ",",
      defaultValue = "0,1,8,16,32,64,96,128,192,256,384",
      description = "Adapter slots (default: ${DEFAULT-VALUE}).")
  private List<Integer> slots = List.of();

  @Option(
      names = "--ranks",
      paramLabel = "R,R",
      split = ",",
      defaultValue = "8,16,32,64,128",
      description = "Values of --max-lora-rank (default: ${DEFAULT-VALUE}).")
  private List<Integer> ranks = List.of();

  @Option(
      names = "--tensor-parallel-size",
      paramLabel = "N",
      defaultValue = "1",
      description = "GPUs that share the model (default: ${DEFAULT-VALUE}).")
  private int tensorParallel;

  @Option(
      names = "--max-cpu-loras",
      paramLabel = "N",
      defaultValue = "0",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "Adapters kept in host memory (default: as many as slots).")
  private int maxCpuLoras;

  @Option(
      names = "--targets",
      paramLabel = "M,M",
      split = ",",
      defaultValue = "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj",
      description = "Linear layers that adapters target (default: ${DEFAULT-VALUE}).")
  private List<String> targets = List.of();

  @Override
  public Integer call() {
    for (int rank : ranks) {
      requireAccepted(rank);
    }
    MemoryModel memory = MemoryModel.of(gpu.card(), Models.named(model), version.engine());
    List<Object> cells = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    boolean anyRefused = false;
    for (int count : slots) {
      StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%8d", count));
      for (int rank : ranks) {
        MemoryPlan plan = memory.plan(flags(count, rank));
        anyRefused |= plan instanceof MemoryPlan.Refused;
        cells.add(tree(count, rank, plan));
        line.append(String.format(Locale.ROOT, "%14s", word(plan)));
      }
      lines.add(line.toString());
    }
    if (output.isJson()) {
      output.json(
          JsonText.object(
              "schemaVersion",
              1,
              "model",
              model,
              "gpu",
              gpu.name(),
              "settings",
              cells,
              "most",
              ranks.stream().map(rank -> most(memory, rank)).toList(),
              "extrapolated",
              memory.extrapolations(flags(1, ranks.get(0)))));
    } else {
      PrintWriter out = output.out();
      out.printf("KV tokens left for %s on %s%n%n%8s", model, gpu.name(), "slots");
      ranks.forEach(rank -> out.printf("%14s", "rank " + rank));
      out.println();
      lines.forEach(out::println);
      out.printf("%8s", "most");
      ranks.forEach(rank -> out.printf("%14s", memory.mostSlots(flags(0, rank)) + " slots"));
      out.println();
      memory.extrapolations(flags(1, ranks.get(0))).forEach(w -> out.printf("%nnote: %s%n", w));
      if (anyRefused) {
        out.printf("%n%s: the reasons are in --json%n", NO_START);
      }
    }
    return Main.DONE;
  }

  /** An engine refuses other values of --max-lora-rank before it looks at its memory. */
  private void requireAccepted(int rank) {
    int accepted = version.engine().maxLoraRankFor(rank);
    if (accepted != rank) {
      throw new IllegalArgumentException(
          "--ranks has "
              + rank
              + ", which is no max_lora_rank of "
              + version.engine()
              + "; adapters of this rank need "
              + accepted);
    }
  }

  private EngineFlags flags(int count, int rank) {
    return engine
        .flags(LONGEST)
        .maxLoras(count)
        .maxLoraRank(rank)
        .maxCpuLoras(Math.max(count, maxCpuLoras))
        .tensorParallel(tensorParallel)
        .loraTargets(LoraModule.parse(targets))
        .build();
  }

  /** The three questions for one rank: how many slots, at what price, and how long a request. */
  private Object most(MemoryModel memory, int rank) {
    EngineFlags first = flags(slots.get(0), rank);
    int most = memory.mostSlots(first);
    return JsonText.object(
        "rank",
        rank,
        "mostSlots",
        most,
        "kvTokensOfSlot",
        most >= slots.get(0) + MemoryModel.SLOT_SPAN ? memory.kvTokensOfSlot(first) : 0,
        "mostModelLen",
        memory.mostModelLen(first),
        "pinnedHostBytes",
        memory.pinnedHostBytes(first));
  }

  private static String word(MemoryPlan plan) {
    return plan instanceof MemoryPlan.Fits fits
        ? String.format(Locale.ROOT, "%,d", fits.kvTokens())
        : NO_START;
  }

  private static Object tree(int count, int rank, MemoryPlan plan) {
    if (plan instanceof MemoryPlan.Fits fits) {
      return JsonText.object(
          "slots",
          count,
          "rank",
          rank,
          "starts",
          true,
          "kvTokens",
          fits.kvTokens(),
          "loraBytes",
          fits.loraBytes(),
          "startSeconds",
          fits.startSeconds(),
          "basis",
          fits.basis().name());
    }
    MemoryPlan.Refused refused = (MemoryPlan.Refused) plan;
    return JsonText.object(
        "slots",
        count,
        "rank",
        rank,
        "starts",
        false,
        "reason",
        refused.reason().name(),
        "message",
        refused.message());
  }
}
