package io.github.adaptertwin.gpu.calibration;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.ObservedRun;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import io.github.adaptertwin.gpu.step.ProfileUncertainty;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/**
 * Measured runs with their residuals and derivatives at the starting point of a fit, made by {@link
 * Calibrator#prepare}. Immutable and thread-safe.
 */
public final class CalibrationProblem {
  private static final int FIGURES = RobustLeastSquares.FIGURES;
  private static final double[] USUAL_ERRORS = {0.018, 0.04, 0.12};
  private static final double QUEUE = 20;
  private static final double QUEUE_WEIGHT = 0.7;

  /** Below so many requests a run's own chance is larger than the error of the law. */
  private static final double FEW_TOKENS_PER_SECOND = 120;

  private static final double FEW_WEIGHT = 0.3;
  private static final int ROUNDS = 3;
  private static final double RELATIVE_STEP = 0.05;

  private final CalibrationProfile start;
  private final ImmutableList<Constant> free;
  private final ImmutableList<CalibrationRun> runs;
  private final int threads;
  private final double[] steps;
  private final double[][] atStart;

  /** By run, figure and constant: change of the residual for a change by one step. */
  private final double[][][] slopes;

  private CalibrationProblem(
      CalibrationProfile start,
      ImmutableList<Constant> free,
      ImmutableList<CalibrationRun> runs,
      int threads,
      Progress progress) {
    this.start = start;
    this.free = free;
    this.runs = runs;
    this.threads = threads;
    steps = new double[free.size()];
    atStart = residuals(start, runs);
    slopes = new double[runs.size()][FIGURES][free.size()];
    for (int c = 0; c < free.size(); c++) {
      double value = start.get(free.get(c));
      steps[c] = Math.max(RELATIVE_STEP * value, leastStep(free.get(c)));
      double[][] moved = residuals(moved(start, c, value + steps[c]), runs);
      for (int r = 0; r < runs.size(); r++) {
        for (int f = 0; f < FIGURES; f++) {
          slopes[r][f][c] = moved[r][f] - atStart[r][f];
        }
      }
      progress.done("derivatives", c + 1L, free.size());
    }
  }

  static CalibrationProblem of(
      CalibrationProfile start,
      ImmutableList<Constant> free,
      List<CalibrationRun> runs,
      int threads,
      Progress progress) {
    return new CalibrationProblem(start, free, ImmutableList.copyOf(runs), threads, progress);
  }

  /** A step for constants that start at or near 0. */
  static double leastStep(Constant constant) {
    return switch (constant) {
      case BASE -> 1e8;
      case TOKEN -> 1e6;
      case BLOCK -> 20;
      case ADAPTER_RANK -> 3e5;
      case ADAPTER_REGISTERED -> 1e4;
      case WAITING -> 1e4;
      case CONTEXT_TOKEN -> 3e3;
      default -> 1e7;
    };
  }

  private CalibrationProfile moved(CalibrationProfile from, int constant, double value) {
    Map<Constant, Double> values = new EnumMap<>(from.constants());
    values.put(free.get(constant), value);
    return from.withConstants(values, from.provenance(), from.fittedError());
  }

  /** {@return the names of the scenarios of the runs, sorted} */
  public List<String> scenarios() {
    TreeSet<String> names = new TreeSet<>();
    runs.forEach(run -> names.add(run.observed().scenario()));
    return ImmutableList.copyOf(names);
  }

  /**
   * Fits on all runs.
   *
   * @return the fitted profile
   * @throws IllegalArgumentException if no constant can be identified
   */
  public CalibrationFit fit() {
    return fit(run -> true, "");
  }

  /**
   * Fits on all runs but those of one scenario.
   *
   * @param scenario what is left out
   * @return the fitted profile
   * @throws IllegalArgumentException if fewer runs than constants are left, or no constant can be
   *     identified by them
   */
  public CalibrationFit fitWithout(String scenario) {
    return fit(run -> !run.observed().scenario().equals(scenario), " without " + scenario);
  }

  /**
   * Errors on scenarios that were left out, one after the other: the error to expect on a workload
   * that was not measured.
   *
   * @param progress hears of each scenario
   * @return errors over all runs and by load regime
   * @throws IllegalArgumentException if there is only one scenario, or one of the fits is refused
   */
  public List<CalibrationError> leaveOneScenarioOut(Progress progress) {
    List<String> names = scenarios();
    if (names.size() < 2) {
      throw new IllegalArgumentException(
          "all runs are of the scenario '"
              + names.get(0)
              + "'; measure runs of a second workload to leave one out");
    }
    double[][] left = new double[runs.size()][];
    for (int s = 0; s < names.size(); s++) {
      CalibrationProfile fitted = fitWithout(names.get(s)).profile();
      for (int r = 0; r < runs.size(); r++) {
        if (runs.get(r).observed().scenario().equals(names.get(s))) {
          left[r] = residuals(fitted, ImmutableList.of(runs.get(r)))[0];
        }
      }
      progress.done("scenarios left out", s + 1L, names.size());
    }
    return errors(runs, left);
  }

  private CalibrationFit fit(Predicate<CalibrationRun> chosen, String words) {
    List<Integer> rows = new ArrayList<>();
    ImmutableList.Builder<CalibrationRun> some = ImmutableList.builder();
    for (int r = 0; r < runs.size(); r++) {
      if (chosen.test(runs.get(r))) {
        rows.add(r);
        some.add(runs.get(r));
      }
    }
    ImmutableList<CalibrationRun> used = some.build();
    if (used.size() < free.size()) {
      throw new IllegalArgumentException(
          "only " + used.size() + " runs are left for " + free.size() + " constants");
    }
    double[][][] derivative = rows.stream().map(r -> slopes[r]).toArray(double[][][]::new);
    double[][] weights = used.stream().map(CalibrationProblem::weights).toArray(double[][]::new);
    double[][] residuals = rows.stream().map(r -> atStart[r]).toArray(double[][]::new);
    boolean[] identified = identified(residuals, derivative, weights);
    double[] at = new double[free.size()];
    CalibrationProfile profile = start;
    RobustLeastSquares squares = new RobustLeastSquares(derivative, weights, identified);
    for (int round = 0; round < ROUNDS; round++) {
      at = bounded(squares.next(residuals, at));
      profile = profileAt(at, used.size(), words);
      residuals = residuals(profile, used);
    }
    List<CalibrationError> errors = errors(used, residuals);
    double[] priors = RobustLeastSquares.priors(identified, this::mostError);
    CalibrationFit fitted =
        result(profile, errors, squares.covarianceFactor(residuals, priors), identified);
    return withUncertainty(fitted, residuals);
  }

  /** The profile carries how far its constants are open, and its runs from the law. */
  private static CalibrationFit withUncertainty(CalibrationFit fit, double[][] residuals) {
    double[] off = Arrays.stream(residuals).mapToDouble(r -> r[1] * USUAL_ERRORS[1]).toArray();
    List<Constant> names = fit.constants().stream().map(FittedConstant::constant).toList();
    ProfileUncertainty open =
        new ProfileUncertainty(names, fit.factor(), RobustLeastSquares.spread(off));
    return new CalibrationFit(
        fit.profile().withUncertainty(open), fit.constants(), fit.errors(), fit.factor());
  }

  private boolean[] identified(double[][] residuals, double[][][] derivative, double[][] weights) {
    boolean[] all = new boolean[free.size()];
    Arrays.fill(all, true);
    double[] errors = new RobustLeastSquares(derivative, weights, all).standardErrors(residuals);
    int count = 0;
    for (int c = 0; c < all.length; c++) {
      all[c] = errors[c] <= mostError(c);
      count += all[c] ? 1 : 0;
    }
    if (count == 0) {
      throw new IllegalArgumentException(
          "the runs determine none of the constants; measure runs that differ in slots, ranks,"
              + " adapters and rates");
    }
    return all;
  }

  private double mostError(int constant) {
    return RobustLeastSquares.mostError(start.get(free.get(constant)), steps[constant]);
  }

  /** No constant may leave [0, 3 times its start]: beyond, the derivatives mean nothing. */
  private double[] bounded(double[] at) {
    double[] kept = new double[at.length];
    for (int c = 0; c < at.length; c++) {
      double value = start.get(free.get(c));
      double most = 3 * value + 10 * steps[c];
      kept[c] = Math.max(-value, Math.min(most - value, at[c] * steps[c])) / steps[c];
    }
    return kept;
  }

  private CalibrationProfile profileAt(double[] at, int count, String words) {
    Map<Constant, Double> values = new EnumMap<>(start.constants());
    for (int c = 0; c < at.length; c++) {
      values.put(free.get(c), Math.max(0, start.get(free.get(c)) + at[c] * steps[c]));
    }
    return start.withConstants(
        values,
        "fitted on " + count + " served runs" + words + ", started from: " + start.provenance(),
        "not scored yet");
  }

  private CalibrationFit result(
      CalibrationProfile profile,
      List<CalibrationError> errors,
      double[][] factor,
      boolean[] identified) {
    ImmutableList.Builder<FittedConstant> constants = ImmutableList.builder();
    ImmutableList.Builder<double[]> rows = ImmutableList.builder();
    for (int c = 0; c < free.size(); c++) {
      double[] row = FittedConstant.inUnits(factor[c], steps[c]);
      rows.add(row);
      Constant constant = free.get(c);
      constants.add(FittedConstant.of(constant, profile.get(constant), row, identified[c]));
    }
    CalibrationError all = errors.get(0);
    CalibrationProfile scored =
        profile.withConstants(
            profile.constants(),
            profile.provenance(),
            String.format(
                Locale.ROOT,
                "smape_paper in sample over %d runs: throughput %.2f, time between tokens %.2f",
                all.runs(),
                all.throughput(),
                all.tokenTime()));
    return new CalibrationFit(scored, constants.build(), errors, rows.build());
  }

  private static double[] weights(CalibrationRun run) {
    boolean queue = run.observed().meanWaiting() > QUEUE && run.observed().meanTtftSeconds() > 0;
    boolean few = run.observed().throughputTokensPerSecond() < FEW_TOKENS_PER_SECOND;
    double weight = few ? FEW_WEIGHT : 1;
    return new double[] {weight, weight, queue ? weight * QUEUE_WEIGHT : 0};
  }

  private double[][] residuals(CalibrationProfile profile, List<CalibrationRun> some) {
    StepTimeModel costs =
        StepTimeModel.of(
            Gpus.named(profile.gpu()),
            Models.named(profile.model()),
            new Calibration(profile.engine(), ImmutableList.of(profile)));
    if (threads == 1 || some.size() == 1) {
      return some.stream().map(run -> residual(run, costs)).toArray(double[][]::new);
    }
    ExecutorService workers = Executors.newFixedThreadPool(Math.min(threads, some.size()));
    try {
      List<Future<double[]>> pending = new ArrayList<>();
      for (CalibrationRun run : some) {
        pending.add(workers.submit(() -> residual(run, costs)));
      }
      double[][] all = new double[some.size()][];
      for (int r = 0; r < all.length; r++) {
        all[r] = pending.get(r).get();
      }
      return all;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while simulating " + some.size() + " runs");
    } finally {
      workers.shutdownNow();
    }
  }

  private static double[] residual(CalibrationRun run, StepTimeModel costs) {
    ReplicaReport report = Replica.of(run.config(), costs).run(run.requests(), run.options());
    ObservedRun real = run.observed();
    return new double[] {
      logRatio(report.throughputTokensPerSecond(), real.throughputTokensPerSecond(), 0),
      logRatio(report.tpot().mean(), run.tokenSeconds(), 1),
      logRatio(report.ttft().mean(), real.meanTtftSeconds(), 2)
    };
  }

  /** In units of the usual error; a figure that is missing on either side is out of the fit. */
  private static double logRatio(double made, double measured, int figure) {
    return made > 0 && measured > 0
        ? StrictMath.log(made / measured) / USUAL_ERRORS[figure]
        : Double.NaN;
  }

  /** Of a run whose ideal throughput was not measured nobody knows, so it counts in all alone. */
  private static String loadRegime(double completedShare) {
    if (Double.isNaN(completedShare)) {
      return "not known";
    }
    return completedShare >= 0.9
        ? "sustained"
        : completedShare >= 0.5 ? "starved" : "heavily starved";
  }

  private static List<CalibrationError> errors(List<CalibrationRun> some, double[][] residuals) {
    ImmutableList.Builder<CalibrationError> errors = ImmutableList.builder();
    for (String regime : List.of("all", "sustained", "starved", "heavily starved")) {
      double[] sums = new double[FIGURES];
      int[] counts = new int[FIGURES];
      int count = 0;
      for (int r = 0; r < residuals.length; r++) {
        String own = loadRegime(some.get(r).observed().completedShare());
        if (!regime.equals("all") && !regime.equals(own)) {
          continue;
        }
        count++;
        double[] weights = weights(some.get(r));
        for (int f = 0; f < FIGURES; f++) {
          if (weights[f] > 0 && !Double.isNaN(residuals[r][f])) {
            // |a - b| / (a + b) is the hyperbolic tangent of half the logarithm of a / b.
            double half = residuals[r][f] * USUAL_ERRORS[f] / 2;
            sums[f] += 100 * Math.abs(StrictMath.tanh(half));
            counts[f]++;
          }
        }
      }
      errors.add(
          new CalibrationError(
              regime,
              count,
              sums[0] / counts[0],
              sums[1] / counts[1],
              counts[2] == 0 ? Double.NaN : sums[2] / counts[2]));
    }
    return errors.build();
  }
}
