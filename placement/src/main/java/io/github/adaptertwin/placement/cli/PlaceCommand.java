package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.placement.Infeasible;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.PlacementResult;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.placement.export.ExportFormat;
import io.github.adaptertwin.placement.export.ExportSettings;
import io.github.adaptertwin.placement.export.Exports;
import io.github.adaptertwin.placement.report.PlanReport;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code adaptertwin place}: plans a workload and prints, draws and exports the plan. */
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
      "  adaptertwin place --trace requests.csv --html report.html",
      "  adaptertwin place --trace AzureLLMInferenceTrace_conv.csv.gz --adapters 64 --ttft-p95 2",
      "  adaptertwin place --export all --export-dir deploy \\",
      "      --model-uri hf://meta-llama/Llama-3.1-8B-Instruct --adapter-uri s3://loras/{id}",
      "  adaptertwin place --workload w.json --json > plan.json",
      "  adaptertwin place --workload large.json --gpu h100-80gb-sxm --tensor-parallel-size 4",
      "      every GPU of the plan is a set of 4 cards"
    })
final class PlaceCommand implements Callable<Integer> {
  private static final double NANOS_PER_SECOND = 1e9;

  @Mixin private Output output = new Output();
  @Mixin private WorkloadInput input = new WorkloadInput();
  @Mixin private PlanInput how = new PlanInput();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write a report with pictures: one file that opens in any browser.")
  private @Nullable Path html;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE.json",
      description = "Write the plan as JSON, for evaluate.")
  private @Nullable Path planFile;

  @Option(
      names = "--export",
      paramLabel = "FORMAT,FORMAT",
      split = ",",
      description = "Write deployment files: vllm, aibrix, kserve, llm-d, router, or all.")
  private List<String> exports = new ArrayList<>();

  @Option(
      names = "--export-dir",
      paramLabel = "FOLDER",
      defaultValue = "adaptertwin-export",
      description = "Where to write them (default: ${DEFAULT-VALUE}).")
  private Path exportFolder = Path.of("");

  @Option(
      names = "--model-uri",
      paramLabel = "URI",
      description = "Where the base model's weights are, for exports (default: hf://MODEL).")
  private @Nullable String modelUri;

  @Option(
      names = "--adapter-path",
      paramLabel = "PATH",
      description = "Path of an adapter at the engine (default: /adapters/{id}).")
  private @Nullable String adapterPath;

  @Option(
      names = "--adapter-uri",
      paramLabel = "URI",
      description = "Where controllers fetch an adapter from (default: s3://adapters/{id}).")
  private @Nullable String adapterUri;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      description = "Kubernetes namespace of exports (default: default).")
  private @Nullable String namespace;

  @Override
  public Integer call() throws IOException {
    Output.requirePlaceFor(html);
    Output.requirePlaceFor(planFile);
    List<ExportFormat> formats = FormatNames.parse(exports);
    if (!exports.isEmpty() && Files.exists(exportFolder) && !Files.isDirectory(exportFolder)) {
      throw new IllegalArgumentException(exportFolder + " is no folder; name another --export-dir");
    }
    Workload workload = input.read();
    long before = System.nanoTime();
    try (ProgressBars bars = ProgressBars.unless(how.quiet())) {
      PlacementOptions options = how.options(workload, input.seed(), bars);
      ExportSettings settings = settings(workload.baseModel());
      PlacementResult result = Placer.with(options).place(workload, how.pool());
      double seconds = (System.nanoTime() - before) / NANOS_PER_SECOND;
      bars.clear();
      if (result instanceof Infeasible infeasible) {
        int code = output.infeasible(infeasible.reason().name(), infeasible.message());
        if (html != null || planFile != null || !formats.isEmpty()) {
          output.note("nothing was written: there is no plan");
        }
        return code;
      }
      Placement plan = (Placement) result;
      if (output.isJson()) {
        output.out().print(plan.toJson());
        output.out().flush();
      } else {
        PlacementTable.print(output.out(), workload, plan, seconds);
      }
      write(workload, plan, options, formats, settings);
      bars.clear();
    }
    return Main.DONE;
  }

  private void write(
      Workload workload,
      Placement plan,
      PlacementOptions options,
      List<ExportFormat> formats,
      ExportSettings settings)
      throws IOException {
    if (planFile != null) {
      plan.write(planFile);
      output.note("wrote " + planFile);
    }
    if (!formats.isEmpty()) {
      for (Path file : Exports.write(plan, settings, formats, exportFolder)) {
        output.note("wrote " + file);
      }
      if (modelUri == null) {
        output.note(
            "note: exports take the weights from "
                + settings.modelUri()
                + "; say where they are by --model-uri, adapters by --adapter-path and"
                + " --adapter-uri");
      }
    }
    if (html != null) {
      PlanReport.of(workload, plan, options).write(html);
      output.note("wrote " + html);
    }
  }

  private ExportSettings settings(String baseModel) {
    ExportSettings usual = ExportSettings.defaults(baseModel);
    return new ExportSettings(
        modelUri == null ? usual.modelUri() : modelUri,
        adapterPath == null ? usual.adapterPath() : adapterPath,
        adapterUri == null ? usual.adapterUri() : adapterUri,
        namespace == null ? usual.namespace() : namespace,
        usual.gateway(),
        usual.image(),
        usual.port());
  }
}
