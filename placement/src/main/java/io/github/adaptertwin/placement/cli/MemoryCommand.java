package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.memory.MemoryModel;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
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
      "  adaptertwin memory --slots 1,8,64 --ranks 16,64 --max-model-len 32768"
    })
final class MemoryCommand implements Callable<Integer> {
  private static final int LONGEST = 2048;

  @Mixin private Output output = new Output();
  @Mixin private GpuInput gpu = new GpuInput();
  @Mixin private EngineInput engine = new EngineInput();

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

  @Override
  public Integer call() {
    MemoryModel memory = MemoryModel.of(gpu.card(), Models.named(model));
    List<Object> cells = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    for (int count : slots) {
      StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%8d", count));
      for (int rank : ranks) {
        MemoryPlan plan = memory.plan(flags(count, rank));
        cells.add(tree(count, rank, plan));
        line.append(String.format(Locale.ROOT, "%14s", word(plan)));
      }
      lines.add(line.toString());
    }
    if (output.isJson()) {
      output.json(
          JsonText.object(
              "schemaVersion", 1, "model", model, "gpu", gpu.name(), "settings", cells));
    } else {
      PrintWriter out = output.out();
      out.printf("KV tokens left for %s on %s%n%n%8s", model, gpu.name(), "slots");
      ranks.forEach(rank -> out.printf("%14s", "rank " + rank));
      out.println();
      lines.forEach(out::println);
      out.printf("%nno start: the reasons are in --json%n");
    }
    return Main.DONE;
  }

  private EngineFlags flags(int count, int rank) {
    return engine.flags(LONGEST).maxLoras(count).maxLoraRank(rank).build();
  }

  private static String word(MemoryPlan plan) {
    return plan instanceof MemoryPlan.Fits fits
        ? String.format(Locale.ROOT, "%,d", fits.kvTokens())
        : "no start";
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
