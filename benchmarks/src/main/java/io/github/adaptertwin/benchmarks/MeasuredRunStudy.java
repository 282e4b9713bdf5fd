package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.ensemble.GradientBoostingTrainer;
import io.github.adaptertwin.surrogate.ensemble.Loss;
import io.github.adaptertwin.surrogate.evaluation.Confusion;
import io.github.adaptertwin.surrogate.evaluation.CrossValidation;
import io.github.adaptertwin.surrogate.evaluation.Errors;
import io.github.adaptertwin.surrogate.serving.MeasuredReplay;
import io.github.adaptertwin.surrogate.serving.ServingFeatures;
import io.github.adaptertwin.surrogate.serving.ServingSurrogate;
import io.github.adaptertwin.surrogate.serving.TrainingRow;
import io.github.adaptertwin.workload.observed.MeasuredRun;
import io.github.adaptertwin.workload.observed.MeasuredRuns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * Surrogates beside measured runs of the published campaigns. Learned from them, by the same
 * features and learner as from the twin, with one whole scenario after the other left out (both
 * base models and all slots of it); and as the library ships them, learned from the twin alone, on
 * the runs that lie inside what they were trained on. A run counts as called starved where less
 * than 90 % of the offered tokens are predicted; offered are the tokens that were asked for, as
 * measured.
 */
final class MeasuredRunStudy {
  private static final String GPU = "h100-64gb-sxm";
  private static final double SUSTAINED_SHARE = 0.9;

  /** As many trees of as many leaves as the surrogates of the library have for throughput. */
  private static final GradientBoostingTrainer TRAINER =
      GradientBoostingTrainer.builder(new Loss.Squared())
          .rounds(300)
          .maxLeaves(32)
          .rate(0.06)
          .rowShare(0.7)
          .featureShare(0.5)
          .build();

  private final List<TrainingRow> rows;
  private final List<String> scenarios;

  private MeasuredRunStudy(List<TrainingRow> rows, List<String> scenarios) {
    this.rows = rows;
    this.scenarios = scenarios;
  }

  static void print(Path runs, int threads) throws IOException {
    MeasuredReplay replay = MeasuredReplay.of(Gpus.named(GPU));
    List<TrainingRow> rows = new ArrayList<>();
    List<String> scenarios = new ArrayList<>();
    for (MeasuredRun run : MeasuredRuns.read(runs)) {
      if (run.started()) {
        rows.add(replay.row(run, rows.size()));
        scenarios.add(run.observed().scenario());
      }
    }
    MeasuredRunStudy study = new MeasuredRunStudy(rows, scenarios);
    System.out.println(
        "| measured runs | runs | starved | throughput MAPE / smape_paper | starved macro-F1 |");
    System.out.println("|---|---|---|---|---|");
    study.fluid();
    study.leaveScenariosOut(threads);
    study.shipped();
  }

  private void fluid() {
    double[] said =
        rows.stream().mapToDouble(r -> ServingFeatures.fluidThroughput(r.features())).toArray();
    report("fluid alone, nothing learned", said, r -> true);
  }

  private void leaveScenariosOut(int threads) {
    Dataset.Builder data = Dataset.builder(ServingFeatures.names());
    for (TrainingRow row : rows) {
      double ratio =
          row.throughputTokensPerSecond() / ServingFeatures.fluidThroughput(row.features());
      data.add(row.features(), StrictMath.log(ratio));
    }
    CrossValidation splits = CrossValidation.leaveGroupOut(scenarios);
    double[] learned;
    try (Workers workers = new Workers(threads)) {
      learned = splits.predict(TRAINER, data.build(), workers);
    }
    double[] said = new double[learned.length];
    for (int i = 0; i < said.length; i++) {
      double[] features = rows.get(i).features();
      double carried = ServingFeatures.fluidThroughput(features) * StrictMath.exp(learned[i]);
      said[i] = Math.min(ServingFeatures.offered(features), carried);
    }
    String name = "learned from the other " + (splits.folds() - 1) + " scenarios";
    report(name, said, r -> true);
    for (String model : models()) {
      report(name + ", " + model, said, r -> r.model().equals(model));
    }
  }

  private void shipped() {
    double[] said = new double[rows.size()];
    boolean[] inside = new boolean[said.length];
    for (String model : models()) {
      ServingSurrogate surrogate =
          ServingSurrogate.shipped(Gpus.named(GPU), Models.named(base(model))).orElseThrow();
      for (TrainingRow row : rows) {
        if (row.model().equals(model)) {
          ServingSurrogate.Estimate estimate = surrogate.estimate(row.features());
          said[row.index()] = estimate.throughputTokensPerSecond();
          inside[row.index()] = estimate.insideTraining();
        }
      }
    }
    report(
        "shipped, learned from the twin: runs inside its training", said, r -> inside[r.index()]);
  }

  /** The instruct model has the shapes of its base model, for which a surrogate comes along. */
  private static String base(String model) {
    return model.replace("-instruct", "");
  }

  private List<String> models() {
    return rows.stream().map(TrainingRow::model).distinct().toList();
  }

  private void report(String name, double[] said, Predicate<TrainingRow> which) {
    List<TrainingRow> chosen = rows.stream().filter(which).toList();
    double[] truth = new double[chosen.size()];
    double[] prediction = new double[truth.length];
    double[] starved = new double[truth.length];
    double[] called = new double[truth.length];
    for (int i = 0; i < truth.length; i++) {
      TrainingRow row = chosen.get(i);
      truth[i] = row.throughputTokensPerSecond();
      prediction[i] = said[row.index()];
      starved[i] = row.starved() ? 1 : 0;
      called[i] = prediction[i] < SUSTAINED_SHARE * row.offeredTokensPerSecond() ? 1 : 0;
    }
    Confusion confusion = Confusion.of(starved, called, 0.5);
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %d | %.2f / %.2f | %.4f |%n",
        name,
        truth.length,
        confusion.truePositives() + confusion.falseNegatives(),
        Errors.mape(truth, prediction),
        Errors.smapePaper(truth, prediction),
        confusion.macroF1());
  }
}
