package io.github.adaptertwin.placement.cli;

import com.google.gson.JsonParser;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.GpuLoad;
import io.github.adaptertwin.placement.GpuOffer;
import io.github.adaptertwin.placement.GpuPool;
import io.github.adaptertwin.placement.Infeasible;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementChange;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.PlacementResult;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.placement.Planner;
import io.github.adaptertwin.placement.Replacement;
import io.github.adaptertwin.placement.export.ExportFormat;
import io.github.adaptertwin.placement.export.ExportSettings;
import io.github.adaptertwin.workload.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code adaptertwin replace}: updates a plan to new traffic with few moves. */
@Command(
    name = "replace",
    description =
        "Updates a plan to new traffic: what is in place stays where it can, new adapters go where"
            + " there is room, GPUs are added where that does not do. Card and engine flags are"
            + " the plan's.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  adaptertwin replace --plan plan.json --workload next-week.json --output new.json",
      "  adaptertwin replace --plan plan.json --workload calmer.json --gpus 2",
      "      gives up GPUs beyond the second"
    })
final class ReplaceCommand implements Callable<Integer> {
  private static final double NANOS_PER_SECOND = 1e9;

  @Mixin private Output output = new Output();
  @Mixin private WorkloadInput input = new WorkloadInput();
  @Mixin private RuleInput judged = new RuleInput();
  @Mixin private CalibrationInput calibration = new CalibrationInput();
  @Mixin private MarginInput margins = new MarginInput();
  @Mixin private PlanFile plan = new PlanFile();
  @Mixin private ExportInput exports = new ExportInput();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE.json",
      description = "Write the new plan as JSON, for evaluate and replace.")
  private @Nullable Path file;

  @Override
  public Integer call() throws IOException {
    Output.requirePlaceFor(file);
    List<ExportFormat> formats = exports.formats();
    Workload workload = input.read();
    Placement before = plan.read();
    ExportSettings settings = exports.settings(workload.baseModel());
    long start = System.nanoTime();
    try (ProgressBars bars = ProgressBars.unless(judged.quiet())) {
      Planner planner = Placer.with(options(before, workload, bars));
      GpuLoad first = before.gpus().get(0);
      GpuPool pool = GpuPool.of(first.gpu(), cards(first.flags().tensorParallel()));
      Optional<Replacement> found = planner.replace(before, workload, pool);
      if (found.isEmpty()) {
        PlacementResult anew = planner.place(workload, pool);
        bars.clear();
        return refused(anew);
      }
      Replacement replacement = found.get();
      double seconds = (System.nanoTime() - start) / NANOS_PER_SECOND;
      bars.clear();
      if (output.isJson()) {
        output.json(
            JsonText.object(
                "schemaVersion", 1,
                "change", tree(replacement.change()),
                "plan", JsonParser.parseString(replacement.placement().toJson())));
      } else {
        print(replacement.change());
        PlacementTable.print(output.out(), workload, replacement.placement(), 0, seconds);
      }
      if (file != null) {
        replacement.placement().write(file);
        output.note("wrote " + file);
      }
      exports.write(replacement.placement(), settings, formats, output);
    }
    return Main.DONE;
  }

  /** GPUs of a plan may be sets of cards. */
  private int cards(int ofGpu) {
    int most = margins.mostGpus();
    return most == GpuOffer.UNLIMITED ? most : Math.multiplyExact(most, ofGpu);
  }

  /** Says why, and whether a plan that keeps nothing in place would do. */
  private int refused(PlacementResult anew) {
    if (anew instanceof Infeasible infeasible) {
      return output.infeasible(infeasible.reason().name(), infeasible.message());
    }
    return output.infeasible(
        "CANNOT_BE_KEPT",
        "no update of the plan keeps the rules, but a plan made anew does, on "
            + ((Placement) anew).gpus().size()
            + " GPUs; make it with place");
  }

  private PlacementOptions options(Placement before, Workload workload, ProgressBars bars)
      throws IOException {
    GpuSpec card = before.gpus().get(0).gpu();
    EngineFlags flags = before.gpus().get(0).flags();
    PlacementOptions.Builder builder =
        margins
            .builder()
            .rules(judged.rules())
            .calibration(calibration.read(card, Models.named(workload.baseModel())))
            .seed(input.seed())
            .tensorParallel(flags.tensorParallel())
            .maxNumSeqs(flags.maxNumSeqs())
            .maxNumBatchedTokens(flags.maxNumBatchedTokens())
            .gpuMemoryUtilization(flags.gpuMemoryUtilization())
            .progress(bars);
    if (workload.lengths().maxTotalTokens() <= flags.maxModelLen()) {
      builder.maxModelLen(flags.maxModelLen()); // Else the new requests decide.
    }
    return builder.build();
  }

  private void print(PlacementChange change) {
    output
        .out()
        .printf(
            Locale.ROOT,
            "adapters to load %d (%.1f s from disk), of %d adapters; engines to start again %d, to"
                + " add %d, to give up %d%s%n%n",
            change.loads(),
            change.loadSeconds(),
            change.movedAdapters().size(),
            change.restarts(),
            change.added(),
            change.removed(),
            change.startSeconds() > 0
                ? String.format(Locale.ROOT, " (some %.0f s, side by side)", change.startSeconds())
                : "");
  }

  private static Object tree(PlacementChange change) {
    return JsonText.object(
        "loads", change.loads(),
        "movedAdapters", change.movedAdapters(),
        "restarts", change.restarts(),
        "added", change.added(),
        "removed", change.removed(),
        "loadSeconds", change.loadSeconds(),
        "startSeconds", change.startSeconds());
  }
}
