package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.GpuPool;
import io.github.adaptertwin.placement.Infeasible;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.PlacementResult;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code adaptertwin place}: plans a workload and prints the plan. */
@Command(
    name = "place",
    description = "Says how few GPUs serve a workload, which adapter goes where, with which flags.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  adaptertwin place",
      "      plans the built-in example: 96 adapters on Llama-3.1-8B",
      "  adaptertwin place --workload docs/examples/three-adapters.json --gpu h100-80gb-sxm",
      "  adaptertwin place --trace AzureLLMInferenceTrace_conv.csv.gz --adapters 64 --ranks 8,16"
    })
final class PlaceCommand implements Callable<Integer> {
  private static final double NANOS_PER_SECOND = 1e9;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private WorkloadInput input = new WorkloadInput();

  @Option(
      names = "--gpu",
      paramLabel = "NAME",
      defaultValue = "h100-64gb-sxm",
      description = "Kind of GPU (default: ${DEFAULT-VALUE}).")
  private String gpu = "";

  @Option(
      names = "--gpus",
      paramLabel = "N",
      defaultValue = "" + Integer.MAX_VALUE,
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "Most GPUs that may be used (default: no limit).")
  private int gpus;

  @Option(
      names = "--oracle",
      paramLabel = "twin|surrogate",
      defaultValue = "twin",
      description =
          "What judges candidates while packing; the twin verifies in any case (default:"
              + " ${DEFAULT-VALUE}).")
  private PlacementOptions.Oracle oracle = PlacementOptions.Oracle.TWIN;

  @Override
  public Integer call() throws IOException {
    if (spec == null) {
      throw new IllegalStateException("not called through the command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    GpuSpec card = Gpus.named(gpu);
    Workload workload = input.read();
    PlacementOptions options =
        PlacementOptions.builder()
            .oracle(oracle)
            .seed(input.seed())
            .threads(Runtime.getRuntime().availableProcessors())
            .build();
    long before = System.nanoTime();
    PlacementResult result = Placer.with(options).place(workload, GpuPool.of(card, gpus));
    double seconds = (System.nanoTime() - before) / NANOS_PER_SECOND;
    if (result instanceof Infeasible infeasible) {
      spec.commandLine()
          .getErr()
          .println("infeasible (" + infeasible.reason() + "): " + infeasible.message());
      return Main.INFEASIBLE;
    }
    PlacementTable.print(out, workload, (Placement) result, seconds);
    return Main.DONE;
  }
}
