package io.github.adaptertwin.surrogate.serving;

import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.evaluation.Errors;
import io.github.adaptertwin.surrogate.linear.LeastSquares;
import io.github.adaptertwin.surrogate.tree.RegressionTreeTrainer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * A fast stand-in for the twin of one GPU and base model: predicts throughput, ITL and TTFT of a
 * load from its {@link ServingFeatures}. For each target the better of a least-squares model and a
 * regression tree is kept, judged on every fifth row, which neither had seen; both are told.
 *
 * <p>Immutable and thread-safe.
 */
public final class ServingSurrogate {
  private static final int HOLD_OUT = 5;
  private static final int MOST_LEAVES = 64;
  private static final int ROWS_PER_LEAF = 3;

  /** Latencies span four orders of magnitude, so they are learned in logarithms. */
  private static final double SHORTEST_SECONDS = 1e-6;

  private final Target completedShare;
  private final Target itl;
  private final Target ttft;
  private final double[] least;
  private final double[] most;

  private ServingSurrogate(
      Target completedShare, Target itl, Target ttft, double[] least, double[] most) {
    this.completedShare = completedShare;
    this.itl = itl;
    this.ttft = ttft;
    this.least = least;
    this.most = most;
  }

  /** One learned figure. */
  private record Target(Regressor model, Fit fit) {}

  /**
   * How well a figure was learned.
   *
   * @param figure what was learned
   * @param chosen {@code linear} or {@code tree}
   * @param linearError smape_paper of the linear model on the rows held out, in percent
   * @param treeError smape_paper of the tree on the rows held out, in percent
   * @param rowsHeldOut number of those rows
   */
  public record Fit(
      String figure, String chosen, double linearError, double treeError, int rowsHeldOut) {}

  /**
   * A prediction.
   *
   * @param completedShare completed over offered tokens, in [0, 1]
   * @param meanItlSeconds mean inter-token latency
   * @param meanTtftSeconds mean time to first token
   * @param insideTraining whether every feature lies in the range of the training set
   */
  public record Estimate(
      double completedShare,
      double meanItlSeconds,
      double meanTtftSeconds,
      boolean insideTraining) {}

  /**
   * Learns from training runs.
   *
   * @param rows at least 50 runs
   * @return the surrogate
   * @throws IllegalArgumentException if there are too few rows
   */
  public static ServingSurrogate train(List<TrainingPlan.Row> rows) {
    if (rows.size() < 50) {
      throw new IllegalArgumentException(
          "a surrogate needs at least 50 training runs, there are " + rows.size());
    }
    List<TrainingPlan.Row> served =
        rows.stream().filter(r -> r.report().itl().count() > 0).toList();
    int width = ServingFeatures.names().size();
    double[] least = new double[width];
    double[] most = new double[width];
    for (int f = 0; f < width; f++) {
      int feature = f;
      least[f] = served.stream().mapToDouble(r -> r.features()[feature]).min().orElseThrow();
      most[f] = served.stream().mapToDouble(r -> r.features()[feature]).max().orElseThrow();
    }
    return new ServingSurrogate(
        learn("completed share", served, ReplicaReport::completedShare),
        learn("log ITL", served, r -> logSeconds(r.itl().mean())),
        learn("log TTFT", served, r -> logSeconds(r.ttft().mean())),
        least,
        most);
  }

  private static double logSeconds(double seconds) {
    return StrictMath.log(Math.max(SHORTEST_SECONDS, Double.isNaN(seconds) ? 0 : seconds));
  }

  private static Target learn(
      String figure, List<TrainingPlan.Row> rows, ToDoubleFunction<ReplicaReport> target) {
    int[] varying = varyingFeatures(rows);
    List<TrainingPlan.Row> seen = new ArrayList<>();
    List<TrainingPlan.Row> heldOut = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      (i % HOLD_OUT == HOLD_OUT - 1 ? heldOut : seen).add(rows.get(i));
    }
    RegressionTreeTrainer trees = new RegressionTreeTrainer(MOST_LEAVES, ROWS_PER_LEAF);
    double linear = error(fitLinear(seen, varying, target), heldOut, target);
    double tree = error(trees.fit(dataset(seen, target)), heldOut, target);
    boolean useTree = tree <= linear;
    Regressor model = useTree ? trees.fit(dataset(rows, target)) : fitLinear(rows, varying, target);
    return new Target(
        model, new Fit(figure, useTree ? "tree" : "linear", linear, tree, heldOut.size()));
  }

  private static double error(
      Regressor model, List<TrainingPlan.Row> rows, ToDoubleFunction<ReplicaReport> target) {
    double[] truth = rows.stream().mapToDouble(r -> target.applyAsDouble(r.report())).toArray();
    double[] predicted = rows.stream().mapToDouble(r -> model.predict(r.features())).toArray();
    return Errors.smapePaper(truth, predicted);
  }

  /** Features that vary in the rows; a constant one tells a linear model nothing. */
  private static int[] varyingFeatures(List<TrainingPlan.Row> rows) {
    double[] first = rows.get(0).features();
    // Offered tokens are the product of rate and lengths: with lengths fixed they repeat the rate.
    int last = first.length - 1;
    return IntStream.range(0, last)
        .filter(f -> rows.stream().anyMatch(r -> r.features()[f] != first[f]))
        .toArray();
  }

  private static Regressor fitLinear(
      List<TrainingPlan.Row> rows, int[] features, ToDoubleFunction<ReplicaReport> target) {
    Dataset.Builder data =
        Dataset.builder(
            IntStream.of(features).mapToObj(f -> ServingFeatures.names().get(f)).toList());
    for (TrainingPlan.Row row : rows) {
      data.add(select(row.features(), features), target.applyAsDouble(row.report()));
    }
    return new SelectedFeatures(features, LeastSquares.fit(data.build()));
  }

  private static double[] select(double[] row, int[] features) {
    return IntStream.of(features).mapToDouble(f -> row[f]).toArray();
  }

  private static Dataset dataset(
      List<TrainingPlan.Row> rows, ToDoubleFunction<ReplicaReport> target) {
    Dataset.Builder data = Dataset.builder(ServingFeatures.names());
    for (TrainingPlan.Row row : rows) {
      data.add(row.features(), target.applyAsDouble(row.report()));
    }
    return data.build();
  }

  /** A model that sees only some of the features. */
  private static final class SelectedFeatures implements Regressor {
    private static final long serialVersionUID = 1L;

    private final int[] features;
    private final Regressor model;

    SelectedFeatures(int[] features, Regressor model) {
      this.features = features;
      this.model = model;
    }

    @Override
    public double predict(double[] row) {
      return model.predict(select(row, features));
    }
  }

  /** {@return how well each figure was learned; unmodifiable} */
  public List<Fit> fits() {
    return List.of(completedShare.fit(), itl.fit(), ttft.fit());
  }

  /**
   * Predicts.
   *
   * @param features of the load, see {@link ServingFeatures}
   * @return the prediction
   */
  public Estimate estimate(double[] features) {
    boolean inside = true;
    for (int f = 0; f < features.length; f++) {
      inside &= features[f] >= least[f] && features[f] <= most[f];
    }
    return new Estimate(
        Math.max(0, Math.min(1, completedShare.model().predict(features))),
        StrictMath.exp(itl.model().predict(features)),
        StrictMath.exp(ttft.model().predict(features)),
        inside);
  }
}
