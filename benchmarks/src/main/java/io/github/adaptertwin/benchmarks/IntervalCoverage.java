package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.benchmarks.FidelityScore.Replayed;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.ObservedRun;
import io.github.adaptertwin.gpu.calibration.PredictionIntervals.Interval;
import io.github.adaptertwin.gpu.step.CalibrationProfile;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.surrogate.serving.MeasuredReplay;
import io.github.adaptertwin.surrogate.serving.MeasuredReplay.Outcome;
import io.github.adaptertwin.workload.observed.MeasuredRun;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.function.ToDoubleFunction;

/** How many measured runs lie in the intervals that the uncertainty of the profiles gives. */
final class IntervalCoverage {
  private static final long SEED = 1;

  /** Seeds of the requests: none that the profiles were fitted with. */
  private static final long FIRST_REQUESTS = 101;

  private final MeasuredReplay replay;
  private final ExecutorService workers;
  private final PrintStream out;

  IntervalCoverage(MeasuredReplay replay, ExecutorService workers, PrintStream out) {
    this.replay = replay;
    this.workers = workers;
    this.out = out;
  }

  void run(List<MeasuredRun> runs, int draws) throws InterruptedException, ExecutionException {
    List<MeasuredRun> started = runs.stream().filter(MeasuredRun::started).toList();
    RandomStreams streams = new RandomStreams(SEED);
    List<List<Replayed>> replayed = new ArrayList<>();
    for (int d = 0; d < draws; d++) {
      RandomStream stream = streams.stream("calibration", d);
      List<CalibrationProfile> drawn =
          StepTimeModel.profiles().stream().map(profile -> profile.draw(stream)).toList();
      MeasuredReplay another = replay.withProfiles(drawn).withSeeds(List.of(FIRST_REQUESTS + d));
      replayed.add(FidelityStudy.replay(another, started, workers));
    }
    for (String regime : List.of("all", "sustained", "starved", "heavily starved")) {
      tell(regime, replayed);
    }
  }

  private void tell(String regime, List<List<Replayed>> replayed) {
    int[] inside = new int[2];
    double[] width = new double[2];
    int count = 0;
    for (int r = 0; r < replayed.get(0).size(); r++) {
      Replayed first = replayed.get(0).get(r);
      if (!regime.equals("all") && !regime.equals(first.loadRegime())) {
        continue;
      }
      int row = r;
      List<Replayed> draws = replayed.stream().map(all -> all.get(row)).toList();
      ObservedRun real = first.run().observed();
      Interval throughput = interval(draws, ObservedRun::throughputTokensPerSecond);
      Interval itl = interval(draws, ObservedRun::meanItlSeconds);
      inside[0] += throughput.contains(real.throughputTokensPerSecond()) ? 1 : 0;
      inside[1] += itl.contains(real.meanItlSeconds()) ? 1 : 0;
      width[0] += throughput.high() / throughput.low() - 1;
      width[1] += itl.high() / itl.low() - 1;
      count++;
    }
    out.printf(
        Locale.ROOT,
        "%-16s %3d runs: throughput %.1f %% inside 90 %%, mean width %.1f %%; ITL %.1f %% inside,"
            + " mean width %.1f %%%n",
        regime,
        count,
        100.0 * inside[0] / count,
        100.0 * width[0] / count,
        100.0 * inside[1] / count,
        100.0 * width[1] / count);
  }

  private static Interval interval(List<Replayed> draws, ToDoubleFunction<ObservedRun> figure) {
    return Interval.of(
        draws.stream()
            .mapToDouble(
                r ->
                    r.outcome() instanceof Outcome.Served served
                        ? figure.applyAsDouble(served.twin())
                        : Double.NaN)
            .toArray());
  }
}
