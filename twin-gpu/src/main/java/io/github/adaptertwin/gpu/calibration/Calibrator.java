package io.github.adaptertwin.gpu.calibration;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.CalibrationProfile.Constant;
import java.util.List;
import java.util.Locale;

/**
 * Fits a calibration profile to measured runs. Every run is simulated; the residuals are the
 * logarithms of simulated over measured throughput, time between tokens and, where more than 20
 * requests wait on average, time to first token, in units of their usual error (1.8, 4 and 12 %).
 *
 * <p>The fit is a Gauss-Newton iteration with Huber weights, so that runs near a jump of the
 * batching do not pull the law, and a weak pull towards the profile started from, which decides
 * where the data do not. Derivatives are differences over at least 5 % of a constant: an overloaded
 * engine is chaotic, and smaller ones measure noise. They are taken once, at the start.
 *
 * <p>A constant whose standard error without that pull exceeds half of its starting value is not
 * identified: it keeps its starting value, and the fit says which runs would help.
 *
 * <p>Results do not depend on the number of threads. Immutable and thread-safe.
 */
public final class Calibrator {
  /** The constants that served runs can tell apart. */
  private static final ImmutableList<Constant> FREE =
      ImmutableList.of(
          Constant.BASE,
          Constant.TOKEN,
          Constant.BLOCK,
          Constant.ADAPTER,
          Constant.ADAPTER_RANK,
          Constant.ADAPTER_REGISTERED,
          Constant.ADAPTER_LOW_TOKENS,
          Constant.ADAPTER_MANY_TOKENS,
          Constant.WAITING);

  private static final double MILLIS_PER_SECOND = 1e3;

  private final CalibrationProfile start;
  private final int threads;

  private Calibrator(CalibrationProfile start, int threads) {
    this.start = start;
    this.threads = threads;
  }

  /**
   * Starts from a profile: its GPU, model and engine version are those of the runs, its constants
   * the starting point. For a card or model without one, scale the nearest: {@code
   * StepTimeModel.of(gpu, model, version).profile()}.
   *
   * @param start the profile
   * @return a calibrator that works on one thread
   * @throws IllegalArgumentException if GPU or model are in no catalogue
   */
  public static Calibrator from(CalibrationProfile start) {
    Gpus.named(start.gpu());
    Models.named(start.model());
    return new Calibrator(start, 1);
  }

  /**
   * {@return this calibrator with more threads; the result is the same}
   *
   * @param value at least 1
   */
  public Calibrator withThreads(int value) {
    if (value < 1) {
      throw new IllegalArgumentException("threads are " + value + ", must be at least 1");
    }
    return new Calibrator(start, value);
  }

  /**
   * Simulates all runs at the starting point and around it, which is most of the work; fits on all
   * or some of them then share it.
   *
   * @param runs at least as many as there are constants
   * @param progress hears of each constant's derivatives
   * @return the problem, ready to fit
   * @throws IllegalArgumentException if there are fewer runs than constants, or a time is not
   *     possible in its unit
   */
  public CalibrationProblem prepare(List<CalibrationRun> runs, Progress progress) {
    if (runs.size() < FREE.size()) {
      throw new IllegalArgumentException(
          "there are "
              + runs.size()
              + " runs for "
              + FREE.size()
              + " constants; measure more runs, of different slots, ranks, numbers of adapters and"
              + " rates");
    }
    for (CalibrationRun run : runs) {
      possible("a token of run '" + run.observed().id() + "'", run.tokenSeconds());
      double horizon = SimulatedTime.toSeconds(run.options().horizonPicos());
      if (run.observed().meanTtftSeconds() > horizon || run.tokenSeconds() > horizon) {
        throw new IllegalArgumentException(
            "run '"
                + run.observed().id()
                + "' took "
                + horizon
                + " s, its mean TTFT is "
                + run.observed().meanTtftSeconds()
                + " s and its time between tokens "
                + run.tokenSeconds()
                + " s; are they in microseconds where milliseconds are expected?");
      }
    }
    return CalibrationProblem.of(start, FREE, runs, threads, progress);
  }

  /**
   * Fits on single steps.
   *
   * @param steps at least as many as there are constants
   * @return the fitted profile; its errors are those of the step time by token regime
   * @throws IllegalArgumentException if there are fewer steps than constants, a step is shorter
   *     than reading the weights takes, or none of the constants can be identified
   */
  public CalibrationFit fitSteps(List<MeasuredStep> steps) {
    return stepProblem(steps).fit();
  }

  /**
   * Errors of the step time on scenarios that were left out of a fit on single steps, one after the
   * other.
   *
   * @param steps of at least two scenarios
   * @return errors over all steps and by token regime
   * @throws IllegalArgumentException if there is only one scenario, or a fit is refused
   */
  public List<CalibrationError> stepErrorsLeftOut(List<MeasuredStep> steps) {
    return stepProblem(steps).leaveOneScenarioOut();
  }

  private StepProblem stepProblem(List<MeasuredStep> steps) {
    for (MeasuredStep step : steps) {
      possible("a step of " + step.tokens() + " tokens", step.seconds());
    }
    return new StepProblem(start, Models.named(start.model()), steps);
  }

  /** Nothing is faster than half of what the data sheet says that reading the weights takes. */
  private void possible(String what, double seconds) {
    double bandwidth = Gpus.named(start.gpu()).bandwidthBytesPerSecond();
    double least = 0.5 * Models.named(start.model()).weightBytes() / bandwidth;
    if (!(seconds >= least)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s takes %.3g ms, but %s reads the weights of %s in no less than %.3g ms; is the"
                  + " time in seconds where milliseconds are expected, or another card or model"
                  + " meant?",
              what,
              seconds * MILLIS_PER_SECOND,
              start.gpu(),
              start.model(),
              least * MILLIS_PER_SECOND));
    }
  }

  /**
   * Fits on all runs.
   *
   * @param runs at least as many as there are constants
   * @return the fitted profile
   * @throws IllegalArgumentException if there are fewer runs than constants, or none of the
   *     constants can be identified
   */
  public CalibrationFit fit(List<CalibrationRun> runs) {
    return prepare(runs, Progress.NONE).fit();
  }
}
