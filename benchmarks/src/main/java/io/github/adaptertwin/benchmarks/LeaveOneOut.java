package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.benchmarks.FidelityScore.Replayed;
import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.gpu.calibration.CalibrationError;
import io.github.adaptertwin.gpu.calibration.CalibrationFit;
import io.github.adaptertwin.gpu.calibration.CalibrationProblem;
import io.github.adaptertwin.gpu.calibration.CalibrationRun;
import io.github.adaptertwin.gpu.calibration.Calibrator;
import io.github.adaptertwin.gpu.calibration.FittedConstant;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.surrogate.serving.MeasuredReplay;
import io.github.adaptertwin.workload.observed.MeasuredRun;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.function.Predicate;

/**
 * Scores every run with step times that were fitted without its scenario, and every model with step
 * times that were fitted on the other models only.
 *
 * <p>Fits start from round figures, the same for all models and folds, and not from the fitted
 * profiles of the library, which have seen every run.
 */
final class LeaveOneOut {
  private final MeasuredReplay replay;
  private final ExecutorService workers;
  private final PrintStream out;

  LeaveOneOut(MeasuredReplay replay, ExecutorService workers, PrintStream out) {
    this.replay = replay;
    this.workers = workers;
    this.out = out;
  }

  List<Replayed> run(List<MeasuredRun> runs) throws InterruptedException, ExecutionException {
    Map<String, CalibrationProblem> problems = problems(runs);
    Map<MeasuredRun, Replayed> replayed = new LinkedHashMap<>();
    for (String scenario : scenarios(runs)) {
      List<CalibrationProfile> fitted = new ArrayList<>();
      for (CalibrationProblem problem : problems.values()) {
        fitted.add(problem.fitWithout(scenario).profile());
      }
      Predicate<MeasuredRun> left = r -> r.observed().scenario().equals(scenario);
      report("without " + scenario, replay(runs, left, fitted, replayed));
    }
    models(runs, problems);
    return runs.stream().map(replayed::get).toList();
  }

  /**
   * Fits one profile for each model on all runs and writes them into a folder, with the error on
   * scenarios left out as the error of the profile.
   */
  void fitProfiles(List<MeasuredRun> runs, Path folder) throws IOException {
    Files.createDirectories(folder);
    for (Map.Entry<String, CalibrationProblem> entry : problems(runs).entrySet()) {
      CalibrationFit fit = entry.getValue().fit();
      List<CalibrationError> left = entry.getValue().leaveOneScenarioOut(Progress.NONE);
      CalibrationError all = left.get(0);
      CalibrationProfile profile =
          fit.profile()
              .withConstants(
                  fit.profile().constants(),
                  fit.profile().provenance(),
                  String.format(
                      Locale.ROOT,
                      "smape_paper over %d runs, each with its scenario left out of the fit:"
                          + " throughput %.2f, time between tokens %.2f, TTFT of runs with a"
                          + " queue %.2f",
                      all.runs(),
                      all.throughput(),
                      all.tokenTime(),
                      all.queueTtft()));
      out.println(entry.getKey() + ", scenarios left out:");
      for (CalibrationError e : left) {
        out.printf(
            Locale.ROOT,
            "  %-16s runs %3d throughput %.2f time between tokens %.2f queue TTFT %.2f%n",
            e.loadRegime(),
            e.runs(),
            e.throughput(),
            e.tokenTime(),
            e.queueTtft());
      }
      for (FittedConstant c : fit.constants()) {
        out.printf(
            Locale.ROOT,
            "  %-22s %.5g +- %.2g ps %s%n",
            c.constant(),
            c.value(),
            c.standardError(),
            c.identified() ? "" : "not identified: " + c.advice());
      }
      String name = profile.gpu() + "_" + profile.model() + "_" + profile.engine() + ".json";
      WholeFile.writeText(folder.resolve(name), profile.toJson());
    }
  }

  private void models(List<MeasuredRun> runs, Map<String, CalibrationProblem> problems)
      throws InterruptedException, ExecutionException {
    if (problems.size() < 2) {
      out.println("only one model: none can be left out");
      return;
    }
    for (String model : problems.keySet()) {
      List<CalibrationProfile> fitted = new ArrayList<>();
      for (Map.Entry<String, CalibrationProblem> other : problems.entrySet()) {
        if (!other.getKey().equals(model)) {
          fitted.add(other.getValue().fit().profile());
        }
      }
      Predicate<MeasuredRun> left = r -> r.model().equals(model);
      report(
          "without " + model + ", scaled from the other",
          replay(runs, left, fitted, new LinkedHashMap<>()));
    }
  }

  private List<Replayed> replay(
      List<MeasuredRun> runs,
      Predicate<MeasuredRun> left,
      List<CalibrationProfile> fitted,
      Map<MeasuredRun, Replayed> into)
      throws InterruptedException, ExecutionException {
    List<MeasuredRun> some = runs.stream().filter(left).toList();
    List<Replayed> scored = FidelityStudy.replay(replay.withProfiles(fitted), some, workers);
    scored.forEach(r -> into.put(r.run(), r));
    return scored;
  }

  /** One problem for each model, over its runs that started. */
  private Map<String, CalibrationProblem> problems(List<MeasuredRun> runs) {
    int threads = Runtime.getRuntime().availableProcessors();
    Map<String, CalibrationProblem> problems = new TreeMap<>();
    for (MeasuredRun run : runs) {
      String model = run.model();
      if (problems.containsKey(model)) {
        continue;
      }
      CalibrationProfile start = start(model);
      MeasuredReplay at = replay.withProfiles(List.of(start));
      List<CalibrationRun> measured =
          runs.stream()
              .filter(r -> r.model().equals(model) && r.started())
              .map(
                  r ->
                      new CalibrationRun(
                          at.engine(r),
                          at.requests(r).get(0).source(),
                          MeasuredReplay.options(r),
                          r.observed()))
              .toList();
      out.printf(Locale.ROOT, "%s: derivatives on %d runs%n", model, measured.size());
      problems.put(
          model, Calibrator.from(start).withThreads(threads).prepare(measured, Progress.NONE));
    }
    return problems;
  }

  /** The library's profile of the model with its fitted constants replaced by round figures. */
  private CalibrationProfile start(String model) {
    return StepTimeModel.of(
            replay.gpu(), Models.named(model), StepTimeModel.profiles().get(0).engine())
        .profile()
        .roundStart();
  }

  private static Set<String> scenarios(List<MeasuredRun> runs) {
    Set<String> names = new TreeSet<>();
    runs.forEach(r -> names.add(r.observed().scenario()));
    return names;
  }

  private void report(String fold, List<Replayed> rows) {
    FidelityScore s = FidelityScore.of(rows);
    out.printf(
        Locale.ROOT,
        "%-60s runs %3d throughput %.2f itl %.2f ttft_completed %.2f%n",
        fold,
        s.runs(),
        s.throughput(),
        s.itl(),
        s.ttftCompleted());
  }
}
