package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.gpu.calibration.CalibrationError;
import io.github.adaptertwin.gpu.calibration.CalibrationFit;
import io.github.adaptertwin.gpu.calibration.CalibrationProblem;
import io.github.adaptertwin.gpu.calibration.CalibrationRun;
import io.github.adaptertwin.gpu.calibration.Calibrator;
import io.github.adaptertwin.gpu.calibration.FittedConstant;
import io.github.adaptertwin.gpu.calibration.MeasuredSteps;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.surrogate.serving.MeasuredReplay;
import io.github.adaptertwin.workload.observed.MeasuredRun;
import io.github.adaptertwin.workload.observed.MeasuredRuns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code adaptertwin calibrate}: step times from one's own measured runs. */
@Command(
    name = "calibrate",
    description =
        "Fits step times to measured serving runs or single steps and writes a calibration"
            + " profile.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  adaptertwin calibrate --runs runs.csv --model qwen2.5-7b-instruct --output mine.json",
      "      runs.csv has a row for each run: id, model, adapters, adapter_slots, max_lora_rank,",
      "      rates_rps, ranks, duration_s, status, arrivals, mean_requested_input_tokens,",
      "      mean_requested_output_tokens, and what was measured: throughput_tok_s, mean_itl_ms",
      "      or mean_tpot_ms, mean_ttft_ms, kv_capacity_tokens",
      "  adaptertwin calibrate --steps steps.csv --model qwen2.5-7b-instruct --output mine.json",
      "      steps.csv has a row for each kind of step: model, adapter_slots (empty: no LoRA),",
      "      max_lora_rank, distinct_adapters, batched_tokens, step_ms (or step_ms_median), and",
      "      where known max_cpu_loras, context_tokens (or prompt_tokens and output_tokens),",
      "      waiting, steps"
    })
final class CalibrateCommand implements Callable<Integer> {
  private static final double THOUSAND = 1e3;
  private static final List<String> UNITS = List.of("ps", "ns", "us", "ms", "s");

  @Mixin private Output output = new Output();
  @Mixin private GpuInput gpu = new GpuInput();

  @ArgGroup(multiplicity = "1")
  private @Nullable Table table;

  /** One of the two. */
  static final class Table {
    @Option(names = "--runs", paramLabel = "FILE.csv", description = "Table of measured runs.")
    @Nullable Path runs;

    @Option(
        names = "--steps",
        paramLabel = "FILE.csv",
        description = "Table of the times of single engine steps.")
    @Nullable Path steps;
  }

  @Option(
      names = "--model",
      required = true,
      paramLabel = "NAME",
      description = "Base model; runs of others are left out.")
  private String model = "";

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE.json",
      description = "The profile.")
  private Path file = Path.of("");

  @Option(
      names = "--leave-one-out",
      description = "Tell the error on scenarios that the fit has not seen, too; takes longer.")
  private boolean leaveOneOut;

  @Option(
      names = {"-q", "--quiet"},
      description = "Show no progress.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    Output.requirePlaceFor(file);
    GpuSpec card = gpu.card();
    ModelSpec base = Models.named(model);
    CalibrationProfile start =
        StepTimeModel.of(card, base, EngineVersion.VLLM_0_8_5).profile().roundStart();
    if (table != null && table.steps != null) {
      fitSteps(start, table.steps);
    } else if (table != null && table.runs != null) {
      fitRuns(start, MeasuredReplay.of(card).withProfiles(List.of(start)), table.runs);
    }
    output.note("wrote " + file);
    return Main.DONE;
  }

  private void fitSteps(CalibrationProfile start, Path steps) throws IOException {
    MeasuredSteps measured = MeasuredSteps.read(steps, start.model());
    Calibrator calibrator = Calibrator.from(start);
    CalibrationFit fit = calibrator.fitSteps(measured.steps());
    List<CalibrationError> unseen =
        leaveOneOut ? calibrator.stepErrorsLeftOut(measured.steps()) : List.of();
    WholeFile.writeText(file, fit.profile().toJson());
    if (measured.passedOver() > 0) {
      output.note(measured.passedOver() + " rows have no known tokens or context, passed over");
    }
    tell(fit, unseen);
  }

  private void fitRuns(CalibrationProfile start, MeasuredReplay replay, Path runs)
      throws IOException {
    // A profile may be named after another model of the same dimensions.
    List<String> names = List.of(plain(model), plain(start.model()));
    List<MeasuredRun> measured =
        MeasuredRuns.read(runs).stream()
            .filter(r -> r.started() && names.contains(plain(r.model())))
            .toList();
    if (measured.isEmpty()) {
      throw new IllegalArgumentException(
          runs.getFileName() + " has no run of " + model + " that started; name another --model");
    }
    List<CalibrationRun> fitted = measured.stream().map(r -> runOf(replay, r)).toList();
    try (ProgressBars bars = ProgressBars.unless(quiet)) {
      CalibrationProblem problem =
          Calibrator.from(start)
              .withThreads(Runtime.getRuntime().availableProcessors())
              .prepare(fitted, bars);
      CalibrationFit fit = problem.fit();
      List<CalibrationError> unseen = leaveOneOut ? problem.leaveOneScenarioOut(bars) : List.of();
      bars.clear();
      WholeFile.writeText(file, fit.profile().toJson());
      tell(fit, unseen);
    }
  }

  /** Names are compared like those of the catalogue, whatever their case and punctuation. */
  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  private static CalibrationRun runOf(MeasuredReplay replay, MeasuredRun run) {
    return new CalibrationRun(
        replay.engine(run),
        replay.requests(run).get(0).source(),
        MeasuredReplay.options(run),
        run.observed());
  }

  private void tell(CalibrationFit fit, List<CalibrationError> unseen) {
    if (output.isJson()) {
      output.json(
          JsonText.object(
              "schemaVersion", 1,
              "constants", fit.constants().stream().map(CalibrateCommand::tree).toList(),
              "errors", fit.errors().stream().map(CalibrateCommand::tree).toList(),
              "errorsLeftOut", unseen.stream().map(CalibrateCommand::tree).toList()));
      return;
    }
    for (FittedConstant c : fit.constants()) {
      output
          .out()
          .printf(
              Locale.ROOT,
              "%-22s %12s +-%s%s%n",
              c.constant(),
              time(c.value(), 4),
              time(c.standardError(), 2),
              c.identified() ? "" : "  kept: " + c.advice());
    }
    fit.errors().forEach(e -> errorLine("in sample", e));
    unseen.forEach(e -> errorLine("left out", e));
  }

  /** A time in the unit in which it has no zeros in front and few behind. */
  private static String time(double picos, int digits) {
    double value = picos;
    int unit = 0;
    while (Math.abs(value) >= THOUSAND && unit < UNITS.size() - 1) {
      value /= THOUSAND;
      unit++;
    }
    return String.format(Locale.ROOT, "%." + digits + "g %s", value, UNITS.get(unit));
  }

  private void errorLine(String kind, CalibrationError e) {
    StringBuilder line =
        new StringBuilder(
            String.format(
                Locale.ROOT, "%-10s %-19s %4d measured:", kind, e.loadRegime(), e.runs()));
    append(line, "throughput", e.throughput());
    append(line, "token time", e.tokenTime());
    append(line, "TTFT", e.queueTtft());
    output.out().println(line);
  }

  /** An error that there is none of is left out. */
  private static void append(StringBuilder line, String name, double percent) {
    if (!Double.isNaN(percent)) {
      line.append(String.format(Locale.ROOT, " %s %.2f %%", name, percent));
    }
  }

  private static Object tree(FittedConstant c) {
    return JsonText.object(
        "constant", c.constant().name(),
        "picos", c.value(),
        "standardErrorPicos", c.standardError(),
        "identified", c.identified(),
        "advice", c.advice());
  }

  private static Object tree(CalibrationError e) {
    return JsonText.object(
        "loadRegime", e.loadRegime(),
        "runs", e.runs(),
        "throughputSmapePercent", e.throughput(),
        "tokenTimeSmapePercent", e.tokenTime(),
        "queueTtftSmapePercent", e.queueTtft());
  }
}
