package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.ensemble.GradientBoostingTrainer;
import io.github.adaptertwin.surrogate.ensemble.Loss;
import io.github.adaptertwin.surrogate.ensemble.RandomForestTrainer;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import io.github.adaptertwin.surrogate.evaluation.Errors;
import io.github.adaptertwin.surrogate.linear.LeastSquares;
import io.github.adaptertwin.surrogate.model.CompiledTrees;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;
import smile.data.DataFrame;
import smile.data.formula.Formula;
import smile.data.vector.DoubleVector;

/**
 * Our learners beside Smile's and XGBoost's on the same rows, with the same numbers of trees,
 * leaves and threads (two): error on 2,000 rows without noise, seconds of training, nanoseconds a
 * row in batch. Each is trained twice, and the second time counts.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar io.github.adaptertwin.benchmarks.LearnerComparison \
 *     [--problem 1 --rows 45000]
 * </pre>
 */
public final class LearnerComparison {
  private static final int TREES = 100;
  private static final int LEAVES = 256;
  private static final int ROUNDS = 200;
  private static final int BOOSTED_LEAVES = 31;
  private static final double RATE = 0.1;
  private static final int THREADS = 2;
  private static final int TEST_ROWS = 2000;
  private static final String TARGET = "y";

  private LearnerComparison() {}

  /** What a library's trained model says of all rows at once. */
  private interface Batch {
    double[] predict() throws XGBoostError;
  }

  /** Trains and gives the model, ready for the test rows. */
  private interface Fit {
    Batch train() throws XGBoostError;
  }

  /**
   * Runs the comparison.
   *
   * @param args none for all, or one problem and its number of training rows, see the class
   * @throws XGBoostError if XGBoost fails
   */
  public static void main(String[] args) throws XGBoostError {
    System.out.println(
        "| problem | training rows | learner | RMSE | training, s | batch, ns a row |");
    System.out.println("|---|---|---|---|---|---|");
    Options options = Options.parse(List.of("--problem", "--rows"), args);
    if (options.has("--problem")) {
      compare(options.number("--problem", 1), options.number("--rows", 2000));
      return;
    }
    for (int problem = 1; problem <= 3; problem++) {
      compare(problem, 2000);
    }
    compare(1, 45_000);
  }

  private static void compare(int problem, int rows) throws XGBoostError {
    Dataset train = FriedmanData.of(problem, rows, true, 1);
    Dataset test = FriedmanData.of(problem, TEST_ROWS, false, 99);
    Map<String, Fit> learners = new LinkedHashMap<>();
    learners.put("least squares", () -> each(LeastSquares.ordinary().fit(train), test));
    learners.put("forest, ours", () -> compiled(forest(train), test));
    learners.put("forest, Smile 3.1.1", () -> smileForest(train, test));
    learners.put("boosting, ours", () -> compiled(boosting(train), test));
    learners.put("boosting, Smile 3.1.1", () -> smileBoosting(train, test));
    learners.put("boosting, XGBoost 1.7.6", () -> xgboost(train, test));
    for (Map.Entry<String, Fit> learner : learners.entrySet()) {
      measure(problem, rows, learner.getKey(), learner.getValue(), test);
    }
  }

  private static void measure(int problem, int rows, String name, Fit fit, Dataset test)
      throws XGBoostError {
    fit.train();
    long before = System.nanoTime();
    Batch model = fit.train();
    double seconds = (System.nanoTime() - before) * 1e-9;
    double[] said = model.predict();
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      before = System.nanoTime();
      said = model.predict();
      best = Math.min(best, System.nanoTime() - before);
    }
    System.out.printf(
        Locale.ROOT,
        "| Friedman %d | %,d | %s | %.4g | %.2f | %.0f |%n",
        problem,
        rows,
        name,
        Errors.rmse(test.targets(), said),
        seconds,
        best / (double) test.rows());
  }

  private static TreeEnsemble forest(Dataset train) {
    return new RandomForestTrainer(TREES, LEAVES, 1, 1.0 / 3, 256, 1).fit(train, THREADS).trees();
  }

  private static TreeEnsemble boosting(Dataset train) {
    return GradientBoostingTrainer.builder(new Loss.Squared())
        .rounds(ROUNDS)
        .rate(RATE)
        .maxLeaves(BOOSTED_LEAVES)
        .build()
        .fit(train, THREADS);
  }

  private static Batch each(Regressor model, Dataset test) {
    return () -> {
      double[] said = new double[test.rows()];
      for (int r = 0; r < said.length; r++) {
        said[r] = model.predict(test.row(r));
      }
      return said;
    };
  }

  private static Batch compiled(TreeEnsemble ensemble, Dataset test) {
    CompiledTrees trees = CompiledTrees.of(ensemble);
    double[] flat = new double[test.rows() * test.width()];
    for (int r = 0; r < test.rows(); r++) {
      System.arraycopy(test.row(r), 0, flat, r * test.width(), test.width());
    }
    double[] said = new double[test.rows()];
    Workers workers = new Workers(THREADS);
    return () -> {
      trees.predict(flat, said, workers);
      return said;
    };
  }

  private static DataFrame frame(Dataset data) {
    double[][] rows = new double[data.rows()][];
    for (int r = 0; r < rows.length; r++) {
      rows[r] = data.row(r);
    }
    return DataFrame.of(rows, data.features().toArray(new String[0]))
        .merge(DoubleVector.of(TARGET, data.targets()));
  }

  private static Batch smileForest(Dataset train, Dataset test) {
    int few = Math.max(1, Math.round(train.width() / 3f));
    smile.regression.RandomForest model =
        smile.regression.RandomForest.fit(
            Formula.lhs(TARGET), frame(train), TREES, few, 64, LEAVES, 1, 1.0);
    DataFrame frame = frame(test);
    return () -> model.predict(frame);
  }

  private static Batch smileBoosting(Dataset train, Dataset test) {
    smile.regression.GradientTreeBoost model =
        smile.regression.GradientTreeBoost.fit(
            Formula.lhs(TARGET),
            frame(train),
            smile.base.cart.Loss.ls(),
            ROUNDS,
            64,
            BOOSTED_LEAVES,
            5,
            RATE,
            1.0);
    DataFrame frame = frame(test);
    return () -> model.predict(frame);
  }

  private static DMatrix matrix(Dataset data) throws XGBoostError {
    List<Float> values = new ArrayList<>();
    float[] labels = new float[data.rows()];
    for (int r = 0; r < data.rows(); r++) {
      for (double value : data.row(r)) {
        values.add((float) value);
      }
      labels[r] = (float) data.target(r);
    }
    float[] flat = new float[values.size()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = values.get(i);
    }
    DMatrix matrix = new DMatrix(flat, data.rows(), data.width(), Float.NaN);
    matrix.setLabel(labels);
    return matrix;
  }

  private static Batch xgboost(Dataset train, Dataset test) throws XGBoostError {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("objective", "reg:squarederror");
    settings.put("tree_method", "hist");
    settings.put("grow_policy", "lossguide");
    settings.put("max_leaves", BOOSTED_LEAVES);
    settings.put("max_depth", 0);
    settings.put("eta", RATE);
    settings.put("nthread", THREADS);
    settings.put("verbosity", 0);
    Booster model =
        XGBoost.train(matrix(train), settings, ROUNDS, new LinkedHashMap<>(), null, null);
    DMatrix rows = matrix(test);
    return () -> {
      float[][] said = model.predict(rows);
      double[] flat = new double[said.length];
      for (int r = 0; r < flat.length; r++) {
        flat[r] = said[r][0];
      }
      return flat;
    };
  }
}
