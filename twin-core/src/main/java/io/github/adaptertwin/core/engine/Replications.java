package io.github.adaptertwin.core.engine;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.Estimate;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestSource;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * Several runs of one engine on independent requests, for confidence intervals.
 *
 * @param runs the reports in the order of the replications, at least two
 */
public record Replications(List<ReplicaReport> runs) {
  /**
   * Takes an unmodifiable copy of the list.
   *
   * @throws IllegalArgumentException if there are fewer than two runs
   */
  public Replications {
    if (runs.size() < 2) {
      throw new IllegalArgumentException(
          "there are " + runs.size() + " runs, an interval needs at least 2");
    }
    runs = ImmutableList.copyOf(runs);
  }

  /**
   * Runs the replications.
   *
   * @param config how the engine is set up
   * @param costs what its work costs
   * @param sources the requests of a replication by its index, independent of each other
   * @param options horizon, end and detail
   * @param count number of replications, at least 2
   * @param threads number of threads, at least 1; changes no figure
   * @param progress hears how many runs are done and may cancel
   * @return the runs
   */
  public static Replications run(
      EngineConfig config,
      StepCosts costs,
      IntFunction<? extends RequestSource> sources,
      RunOptions options,
      int count,
      int threads,
      Progress progress) {
    return new Replications(
        ParallelRuns.run(
            count,
            threads,
            i -> Replica.of(config, costs).run(sources.apply(i), options),
            "replications",
            progress));
  }

  /**
   * Estimates the mean of a figure by Student's t over the replications.
   *
   * @param figure the figure of one run; runs where it is NaN are left out
   * @param confidence in (0, 1), .95 is usual
   * @return mean and half width; NaN where fewer than two runs have the figure
   */
  public Estimate estimate(ToDoubleFunction<ReplicaReport> figure, double confidence) {
    if (!(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException("confidence is " + confidence + ", must be in (0, 1)");
    }
    double[] values = runs.stream().mapToDouble(figure).filter(v -> !Double.isNaN(v)).toArray();
    int n = values.length;
    if (n < 2) {
      return new Estimate(n == 0 ? Double.NaN : values[0], Double.NaN, n);
    }
    double mean = 0;
    for (double value : values) {
      mean += value / n;
    }
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    double t = new TDistribution(null, n - 1).inverseCumulativeProbability(0.5 + confidence / 2);
    return new Estimate(mean, t * Math.sqrt(squares / (n - 1) / n), n);
  }
}
