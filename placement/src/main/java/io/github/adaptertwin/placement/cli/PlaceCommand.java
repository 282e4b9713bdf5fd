package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.placement.GpuPool;
import io.github.adaptertwin.placement.Infeasible;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.PlacementResult;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.placement.export.ExportFormat;
import io.github.adaptertwin.placement.export.ExportSettings;
import io.github.adaptertwin.placement.report.PlanReport;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.nio.file.Path;
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
      "      every GPU of the plan is a set of 4 cards",
      "  adaptertwin place --workload w.json --pool h100-80gb-sxm:4@2.5,a100-80gb-sxm@1.4",
      "      the cheapest mix of up to four of the one and any number of the other"
    })
final class PlaceCommand implements Callable<Integer> {
  private static final double NANOS_PER_SECOND = 1e9;

  @Mixin private Output output = new Output();
  @Mixin private WorkloadInput input = new WorkloadInput();
  @Mixin private PlanInput how = new PlanInput();
  @Mixin private PoolInput several = new PoolInput();
  @Mixin private ExportInput exports = new ExportInput();

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

  @Override
  public Integer call() throws IOException {
    Output.requirePlaceFor(html);
    Output.requirePlaceFor(planFile);
    List<ExportFormat> formats = exports.formats();
    Workload workload = input.read();
    long before = System.nanoTime();
    try (ProgressBars bars = ProgressBars.unless(how.quiet())) {
      GpuPool pool = how.poolOr(several.read());
      PlacementOptions options =
          how.options(workload, pool, input.seed(), bars)
              .objective(several.objective(pool))
              .build();
      ExportSettings settings = exports.settings(workload.baseModel());
      PlacementResult result = Placer.with(options).place(workload, pool);
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
        PlacementTable.print(output.out(), workload, plan, pool.pricePerHour(plan), seconds);
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
    exports.write(plan, settings, formats, output);
    if (html != null) {
      PlanReport.of(workload, plan, options).write(html);
      output.note("wrote " + html);
    }
  }
}
