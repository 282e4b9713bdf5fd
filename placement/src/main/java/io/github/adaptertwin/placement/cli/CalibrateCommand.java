package io.github.adaptertwin.placement.cli;

import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.gpu.calibration.CalibrationError;
import io.github.adaptertwin.gpu.calibration.CalibrationFit;
import io.github.adaptertwin.gpu.calibration.CalibrationProblem;
import io.github.adaptertwin.gpu.calibration.CalibrationRun;
import io.github.adaptertwin.gpu.calibration.Calibrator;
import io.github.adaptertwin.gpu.calibration.FittedConstant;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code adaptertwin calibrate}: step times from one's own measured runs. */
@Command(
    name = "calibrate",
    description = "Fits step times to measured serving runs and writes a calibration profile.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  adaptertwin calibrate --runs runs.csv --model qwen2.5-7b-instruct --gpu h100-64gb-sxm"
          + " --output profile.json",
      "      runs.csv has a row for each run: id, model, adapters, adapter_slots, max_lora_rank,",
      "      rates_rps, ranks, duration_s, status, arrivals, mean_requested_input_tokens,",
      "      mean_requested_output_tokens, and what was measured: throughput_tok_s, mean_itl_ms",
      "      or mean_tpot_ms, mean_ttft_ms, kv_capacity_tokens"
    })
final class CalibrateCommand implements Callable<Integer> {
  @Mixin private Output output = new Output();
  @Mixin private GpuInput gpu = new GpuInput();

  @Option(
      names = "--runs",
      required = true,
      paramLabel = "FILE.csv",
      description = "Table of measured runs.")
  private Path runs = Path.of("");

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
    String name = Models.named(model).name();
    List<MeasuredRun> measured =
        MeasuredRuns.read(runs).stream()
            .filter(r -> r.started() && r.model().equals(name))
            .toList();
    if (measured.isEmpty()) {
      throw new IllegalArgumentException(
          runs.getFileName() + " has no run of " + name + " that started; name another --model");
    }
    CalibrationProfile start =
        StepTimeModel.of(card, Models.named(name), EngineVersion.VLLM_0_8_5).profile().roundStart();
    MeasuredReplay replay = MeasuredReplay.of(card).withProfiles(List.of(start));
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
    output.note("wrote " + file);
    return Main.DONE;
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
              "%-22s %14.4g ps +-%.2g%s%n",
              c.constant(),
              c.value(),
              c.standardError(),
              c.identified() ? "" : "  kept: " + c.advice());
    }
    fit.errors().forEach(e -> errorLine("in sample", e));
    unseen.forEach(e -> errorLine("left out", e));
  }

  private void errorLine(String kind, CalibrationError e) {
    output
        .out()
        .printf(
            Locale.ROOT,
            "%-10s %-16s %4d runs: throughput %.2f %%, time between tokens %.2f %%, TTFT %.2f %%%n",
            kind,
            e.loadRegime(),
            e.runs(),
            e.throughput(),
            e.tokenTime(),
            e.queueTtft());
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
