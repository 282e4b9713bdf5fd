package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.report.ObservedRun;
import io.github.adaptertwin.surrogate.serving.MeasuredReplay.Outcome;
import io.github.adaptertwin.workload.observed.MeasuredRun;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Errors of replayed runs. All are PAPER's SMAPE in percent, 100 * mean(|y - p| / (|y| + |p|)); a
 * run that was not replayed scores 100, a figure that was not measured does not count.
 *
 * @param runs number of runs that count
 * @param throughput error of input and output tokens of completed requests per second
 * @param itl error of the mean inter-token latency
 * @param tpot error of the mean time per output token
 * @param ttftCompleted error of the mean time to first token of completed requests
 * @param ttftWithUnfinished the same with unfinished requests counted with the whole duration
 * @param running error of the mean number of running requests
 * @param kvUse error of the mean use of the KV cache
 */
record FidelityScore(
    int runs,
    double throughput,
    double itl,
    double tpot,
    double ttftCompleted,
    double ttftWithUnfinished,
    double running,
    double kvUse) {
  private static final double FAILED = 100;

  /** Width of the law of the completed share around the twin's, near the threshold. */
  private static final double SHARE_SD = 0.018;

  private static final double THRESHOLD = 0.9;

  /** Slope with which the logistic law is within .01 of the normal one. */
  private static final double LOGISTIC = 1.702;

  /**
   * A run and what the twin made of it.
   *
   * @param run the run
   * @param outcome what the twin made of it; null if the replay failed
   * @param memoryVerdict whether the memory model says rightly that it starts or does not
   * @param problem why it was not replayed; empty if it was
   */
  record Replayed(
      MeasuredRun run, @Nullable Outcome outcome, boolean memoryVerdict, String problem) {
    /** The twin's figures, null if there are none. */
    @Nullable ObservedRun twin() {
      return outcome instanceof Outcome.Served served ? served.twin() : null;
    }

    /** PAPER's load regime of the measured run. */
    String loadRegime() {
      double share = run.observed().completedShare();
      return share >= THRESHOLD ? "sustained" : share >= 0.5 ? "starved" : "heavily starved";
    }

    /** Whether the measured completed share is so near the threshold that either side is fair. */
    boolean nearThreshold() {
      return Math.abs(run.observed().completedShare() / THRESHOLD - 1) <= 0.03;
    }

    boolean starvedAgrees() {
      ObservedRun twin = twin();
      return twin != null && twin.starved() == run.observed().starved();
    }

    /** Probability that the run starves, from the twin's share and its usual error; NaN if none. */
    double starvedProbability() {
      ObservedRun twin = twin();
      if (twin == null) {
        return Double.NaN;
      }
      double z = (THRESHOLD - twin.completedShare()) / SHARE_SD;
      return 1 / (1 + StrictMath.exp(-LOGISTIC * z));
    }

    double error(ToDoubleFunction<ObservedRun> figure) {
      ObservedRun twin = twin();
      double measured = figure.applyAsDouble(run.observed());
      if (Double.isNaN(measured)) {
        return Double.NaN;
      }
      if (twin == null) {
        return FAILED;
      }
      double made = figure.applyAsDouble(twin);
      if (Double.isNaN(made)) {
        return FAILED;
      }
      double sum = Math.abs(measured) + Math.abs(made);
      return sum == 0 ? 0 : 100 * Math.abs(measured - made) / sum;
    }
  }

  /** Scores the runs among some that really started. */
  static FidelityScore of(List<Replayed> all) {
    List<Replayed> rows = all.stream().filter(r -> r.run().started()).toList();
    return new FidelityScore(
        rows.size(),
        mean(rows, ObservedRun::throughputTokensPerSecond),
        mean(rows, ObservedRun::meanItlSeconds),
        mean(rows, ObservedRun::meanTpotSeconds),
        mean(rows, ObservedRun::meanTtftSeconds),
        mean(rows, ObservedRun::ttftWithUnfinishedSeconds),
        mean(rows, ObservedRun::meanRunning),
        mean(rows, ObservedRun::meanKvUse));
  }

  private static double mean(List<Replayed> rows, ToDoubleFunction<ObservedRun> figure) {
    return rows.stream()
        .mapToDouble(r -> r.error(figure))
        .filter(e -> !Double.isNaN(e))
        .average()
        .orElse(Double.NaN);
  }

  /** Share of started runs in which the twin agrees on starvation. */
  static double starvedAgreement(List<Replayed> all) {
    return all.stream()
        .filter(r -> r.run().started())
        .mapToDouble(r -> r.starvedAgrees() ? 1 : 0)
        .average()
        .orElse(Double.NaN);
  }

  /** Share of all runs for which the memory model says rightly whether they start. */
  static double memoryVerdicts(List<Replayed> all) {
    return all.stream().mapToDouble(r -> r.memoryVerdict() ? 1 : 0).average().orElse(Double.NaN);
  }

  /** Brier score of the starvation probability over some runs. */
  static double brier(List<Replayed> rows) {
    return rows.stream()
        .mapToDouble(
            r -> {
              double off = r.starvedProbability() - (r.run().observed().starved() ? 1 : 0);
              return Double.isNaN(off) ? 1 : off * off;
            })
        .average()
        .orElse(Double.NaN);
  }
}
