package io.github.adaptertwin.surrogate.serving;

import io.github.adaptertwin.surrogate.ensemble.Loss;
import java.util.function.ToDoubleFunction;

/**
 * A figure that is learned, and in which terms: not as it is, but by how much it differs from what
 * a fluid would do, so that a learner has only that to explain.
 */
enum ServingTarget {
  /** Logarithm of throughput over the smaller of offered load and fluid capacity. */
  THROUGHPUT("throughput", 300, 32, 0.06, 5) {
    @Override
    double learned(TrainingRow row) {
      double ratio = row.throughputTokensPerSecond() / carried(row::feature);
      return StrictMath.log(Math.max(LEAST_RATIO, ratio));
    }
  },
  /** Its 5 % quantile. */
  THROUGHPUT_LOW("throughput_p05", 80, 8, 0.06, 5) {
    @Override
    double learned(TrainingRow row) {
      return THROUGHPUT.learned(row);
    }
  },
  /** Its 95 % quantile. */
  THROUGHPUT_HIGH("throughput_p95", 80, 8, 0.06, 5) {
    @Override
    double learned(TrainingRow row) {
      return THROUGHPUT.learned(row);
    }
  },
  /** Logarithm of the mean inter-token latency over the fluid's step. */
  ITL("itl", 200, 16, 0.06, 5) {
    @Override
    double learned(TrainingRow row) {
      double step = row.feature(ServingFeatures.index(ServingFeatures.FLUID_STEP));
      return StrictMath.log(row.meanItlSeconds() / step);
    }
  },
  /** Logarithm of the mean time to first token in seconds. */
  TTFT("ttft", 200, 16, 0.06, 5) {
    @Override
    double learned(TrainingRow row) {
      return StrictMath.log(Math.max(LEAST_SECONDS, row.meanTtftSeconds()));
    }
  },
  /**
   * Whether the run starved, as a probability. Yes and no tell less of a run than a figure does, so
   * steps are smaller and leaves have more rows.
   */
  STARVED("starved", 300, 32, 0.04, 20) {
    @Override
    double learned(TrainingRow row) {
      return row.starved() ? 1 : 0;
    }
  };

  private static final double LEAST_RATIO = 1e-3;
  private static final double LEAST_SECONDS = 1e-6;

  final String figure;
  final int rounds;
  final int leaves;

  /** Share of each boosting step that is taken. */
  final double rate;

  final int minRowsPerLeaf;

  ServingTarget(String figure, int rounds, int leaves, double rate, int minRowsPerLeaf) {
    this.figure = figure;
    this.rounds = rounds;
    this.leaves = leaves;
    this.rate = rate;
    this.minRowsPerLeaf = minRowsPerLeaf;
  }

  /** {@return what a learner makes small} */
  Loss loss() {
    return switch (this) {
      case THROUGHPUT, ITL, TTFT -> new Loss.Squared();
      case THROUGHPUT_LOW -> new Loss.Quantile(0.05);
      case THROUGHPUT_HIGH -> new Loss.Quantile(0.95);
      case STARVED -> new Loss.Logistic();
    };
  }

  /** {@return what a learner is asked for} */
  abstract double learned(TrainingRow row);

  /**
   * {@return tokens per second of a load, at most what is offered, of what a learner says of it}
   */
  static double throughput(double[] features, double learned) {
    double offered = features[ServingFeatures.index(ServingFeatures.OFFERED)];
    return Math.min(offered, carried(f -> features[f]) * StrictMath.exp(learned));
  }

  /** {@return tokens per second that a fluid would complete} */
  static double carried(ToDoubleFunction<Integer> feature) {
    return Math.min(
        feature.applyAsDouble(ServingFeatures.index(ServingFeatures.OFFERED)),
        feature.applyAsDouble(ServingFeatures.index(ServingFeatures.FLUID_CAPACITY)));
  }
}
