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
import io.github.adaptertwin.workload.WorkloadFile;
import io.github.adaptertwin.workload.trace.Trace;
import io.github.adaptertwin.workload.trace.ZipfMapping;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
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

  @ArgGroup private @Nullable Input input;

  /** Where the workload comes from. */
  static final class Input {
    @Option(
        names = {"-w", "--workload"},
        paramLabel = "FILE.json",
        description = "Workload file (docs/workload-file.md); default: the built-in example.")
    @Nullable Path workload;

    @Option(
        names = {"-t", "--trace"},
        paramLabel = "FILE.csv[.gz]",
        description = "Azure LLM inference trace; its requests go to Zipf distributed adapters.")
    @Nullable Path trace;
  }

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
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "llama-3.1-8b-instruct",
      description = "Base model of a trace (default: ${DEFAULT-VALUE}).")
  private String model = "";

  @Option(
      names = "--adapters",
      paramLabel = "N",
      defaultValue = "64",
      description = "Adapters of a trace (default: ${DEFAULT-VALUE}).")
  private int adapters;

  @Option(
      names = "--alpha",
      paramLabel = "X",
      defaultValue = "0.92",
      description = "Zipf exponent of a trace's adapters (default: ${DEFAULT-VALUE}).")
  private double alpha;

  @Option(
      names = "--ranks",
      paramLabel = "R,R",
      split = ",",
      defaultValue = "8,16",
      description = "Ranks dealt to a trace's adapters (default: ${DEFAULT-VALUE}).")
  private List<Integer> ranks = List.of();

  @Option(
      names = "--oracle",
      paramLabel = "twin|surrogate",
      defaultValue = "twin",
      description =
          "What judges candidates while packing; the twin verifies in any case (default:"
              + " ${DEFAULT-VALUE}).")
  private PlacementOptions.Oracle oracle = PlacementOptions.Oracle.TWIN;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of all generated requests (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  public Integer call() throws IOException {
    if (spec == null) {
      throw new IllegalStateException("not called through the command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    GpuSpec card = Gpus.named(gpu);
    Workload workload = workload();
    PlacementOptions options =
        PlacementOptions.builder()
            .oracle(oracle)
            .seed(seed)
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

  private Workload workload() throws IOException {
    if (input != null && input.workload != null) {
      return WorkloadFile.read(input.workload).workload();
    }
    if (input != null && input.trace != null) {
      return new ZipfMapping(adapters, alpha, ranks, seed)
          .apply(model, Trace.of(input.trace).read());
    }
    return WorkloadFile.embeddedExample().workload();
  }
}
