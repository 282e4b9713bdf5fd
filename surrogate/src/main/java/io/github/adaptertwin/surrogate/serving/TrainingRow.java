package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import java.io.Serializable;
import java.util.List;

/**
 * What the twin made of one load of a plan. The features describe the load as it came (arrivals and
 * lengths of this very run), so that the chance of arrivals is no error of the learner; the planned
 * rate is kept beside. Immutable and thread-safe.
 */
public final class TrainingRow implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final ImmutableList<String> FIGURES =
      ImmutableList.of(
          "planned_rate",
          "offered_tokens_per_second_came",
          "throughput_tokens_per_second",
          "mean_itl_seconds",
          "mean_ttft_seconds",
          "p95_ttft_seconds",
          "queue_stable");

  private final int index;
  private final String gpu;
  private final String model;
  private final EngineVersion engine;
  private final double[] features;
  private final double[] figures;

  TrainingRow(
      int index,
      String gpu,
      String model,
      EngineVersion engine,
      double[] features,
      double[] figures) {
    this.index = index;
    this.gpu = gpu;
    this.model = model;
    this.engine = engine;
    this.features = features;
    this.figures = figures;
  }

  /** {@return names of the figures of a row beside its features} */
  static List<String> figureNames() {
    return FIGURES;
  }

  /** {@return whether a figure is a latency, NaN where there were no requests to measure it on} */
  static boolean isLatency(int figure) {
    return FIGURES.get(figure).endsWith("_seconds");
  }

  /** {@return whether a figure is 0 or 1} */
  static boolean isFlag(int figure) {
    return FIGURES.get(figure).equals("queue_stable");
  }

  /** {@return number of the run in its plan} */
  public int index() {
    return index;
  }

  /** {@return name of the card} */
  public String gpu() {
    return gpu;
  }

  /** {@return name of the base model} */
  public String model() {
    return model;
  }

  /** {@return the engine version} */
  public EngineVersion engine() {
    return engine;
  }

  /** {@return whether the engine started; without that there are no features and no figures} */
  public boolean started() {
    return features.length > 0;
  }

  /** {@return a copy of the load's features, see {@link ServingFeatures}} */
  public double[] features() {
    return features.clone();
  }

  double feature(int f) {
    return features[f];
  }

  double figure(int f) {
    return figures[f];
  }

  /** {@return requests per second that were planned} */
  public double plannedRatePerSecond() {
    return figures[0];
  }

  /** {@return input and output tokens per second of the requests that came} */
  public double offeredTokensPerSecond() {
    return figures[1];
  }

  /** {@return input and output tokens per second of the completed requests} */
  public double throughputTokensPerSecond() {
    return figures[2];
  }

  /** {@return mean inter-token latency, NaN if there was none} */
  public double meanItlSeconds() {
    return figures[3];
  }

  /** {@return mean time to first token of completed requests, NaN if there was none} */
  public double meanTtftSeconds() {
    return figures[4];
  }

  /** {@return its 95th percentile, NaN if there was none} */
  public double p95TtftSeconds() {
    return figures[5];
  }

  /** {@return whether less than 90 % of the offered tokens were completed} */
  public boolean starved() {
    return throughputTokensPerSecond() < 0.9 * offeredTokensPerSecond();
  }
}
