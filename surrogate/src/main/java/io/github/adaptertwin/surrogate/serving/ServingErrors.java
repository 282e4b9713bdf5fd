package io.github.adaptertwin.surrogate.serving;

import io.github.adaptertwin.surrogate.evaluation.Confusion;
import io.github.adaptertwin.surrogate.evaluation.Errors;
import java.util.List;

/**
 * How far a surrogate is from the twin's runs.
 *
 * @param rows number of runs
 * @param throughputMape mean absolute percentage error of throughput
 * @param throughputSmape PAPER's symmetric error of throughput, in percent
 * @param itlMape mean absolute percentage error of the mean inter-token latency
 * @param ttftSmape PAPER's symmetric error of the mean time to first token, in percent
 * @param starved how often starved and sustained runs are told apart
 * @param covered share of the runs whose throughput lies between the 5 % and the 95 % quantile
 */
public record ServingErrors(
    int rows,
    double throughputMape,
    double throughputSmape,
    double itlMape,
    double ttftSmape,
    Confusion starved,
    double covered) {
  /**
   * Compares.
   *
   * @param surrogate the surrogate
   * @param runs runs of its card and base model; those that did not start or serve are left out
   * @return the errors
   * @throws IllegalArgumentException if no run served
   */
  public static ServingErrors of(ServingSurrogate surrogate, List<TrainingRow> runs) {
    List<TrainingRow> served =
        runs.stream()
            .filter(r -> r.started() && r.meanItlSeconds() > 0 && r.throughputTokensPerSecond() > 0)
            .toList();
    int n = served.size();
    double[][] truth = new double[4][n];
    double[][] said = new double[4][n];
    int covered = 0;
    for (int i = 0; i < n; i++) {
      TrainingRow row = served.get(i);
      ServingSurrogate.Estimate estimate = surrogate.estimate(row.features());
      truth[0][i] = row.throughputTokensPerSecond();
      said[0][i] = estimate.throughputTokensPerSecond();
      truth[1][i] = row.meanItlSeconds();
      said[1][i] = estimate.meanItlSeconds();
      truth[2][i] = row.meanTtftSeconds();
      said[2][i] = estimate.meanTtftSeconds();
      truth[3][i] = row.starved() ? 1 : 0;
      said[3][i] = estimate.starvedProbability();
      covered +=
          truth[0][i] >= estimate.throughputLow() && truth[0][i] <= estimate.throughputHigh()
              ? 1
              : 0;
    }
    return new ServingErrors(
        n,
        Errors.mape(truth[0], said[0]),
        Errors.smapePaper(truth[0], said[0]),
        Errors.mape(truth[1], said[1]),
        Errors.smapePaper(truth[2], said[2]),
        Confusion.of(truth[3], said[3], 0.5),
        covered / (double) n);
  }
}
