package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.input.WholeFile;
import io.github.adaptertwin.core.picture.Axis;
import io.github.adaptertwin.core.picture.Chart;
import io.github.adaptertwin.core.picture.Picture;
import io.github.adaptertwin.core.picture.Series;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.surrogate.ThreadRuns;
import io.github.adaptertwin.surrogate.distill.TreePicture;
import io.github.adaptertwin.surrogate.serving.ServingErrors;
import io.github.adaptertwin.surrogate.serving.ServingSurrogate;
import io.github.adaptertwin.surrogate.serving.TrainingDesign;
import io.github.adaptertwin.surrogate.serving.TrainingFile;
import io.github.adaptertwin.surrogate.serving.TrainingPlan;
import io.github.adaptertwin.surrogate.serving.TrainingRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * How far the surrogates of the library are from the twin on loads that they have not seen: a Latin
 * hypercube of another seed in the space that they were trained on, with other requests, nothing
 * left out but engines that do not start. And how far surrogates are from measured runs ({@code
 * --runs-csv}, see {@code docs/surrogate.md}).
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar io.github.adaptertwin.benchmarks.SurrogateStudy \
 *     --rows test-rows --pictures docs/images [--threads 2] [--runs 600] \
 *     [--runs-csv serving-runs.csv]
 * </pre>
 */
public final class SurrogateStudy {
  private static final int PACE_RUNS = 200;
  private static final double SHORT_SECONDS = 600;
  private static final long PACE_SEED = 5;

  private SurrogateStudy() {}

  /**
   * Runs the study.
   *
   * @param args see the class
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    Options options =
        Options.parse(List.of("--rows", "--pictures", "--threads", "--runs", "--runs-csv"), args);
    int threads = options.number("--threads", Runtime.getRuntime().availableProcessors());
    if (options.has("--runs-csv")) {
      MeasuredRunStudy.print(options.path("--runs-csv"), threads);
    }
    if (!options.has("--runs-csv") || options.has("--rows")) {
      besideTheTwin(options, threads);
      pace();
    }
  }

  private static void besideTheTwin(Options options, int threads) throws IOException {
    Path rows = options.path("--rows");
    Files.createDirectories(rows);
    int runs = options.number("--runs", SurrogatePlans.TEST_RUNS);
    System.out.println(
        "| card, base model | runs | starved | throughput MAPE / smape_paper | ITL MAPE | TTFT"
            + " smape_paper | starved F1 | in the 90 % interval | small tree: throughput MAPE |"
            + " small tree: F1 |");
    System.out.println("|---|---|---|---|---|---|---|---|---|---|");
    for (String model : SurrogatePlans.MODELS) {
      for (String gpu : SurrogatePlans.GPUS) {
        TrainingPlan plan = SurrogatePlans.test(List.of(gpu), List.of(model), runs);
        List<TrainingRow> truth =
            new TrainingFile(rows.resolve(gpu + "_" + model + ".csv"))
                .complete(plan, new ThreadRuns(threads), new ProgressBar());
        ServingSurrogate surrogate =
            ServingSurrogate.shipped(Gpus.named(gpu), Models.named(model)).orElseThrow();
        report(gpu + ", " + model, surrogate, truth);
        boolean first = gpu.equals(SurrogatePlans.GPUS.get(0));
        if (options.has("--pictures") && first && model.equals(SurrogatePlans.MODELS.get(0))) {
          draw(surrogate, truth, options.path("--pictures"));
        }
      }
    }
  }

  private static void report(String name, ServingSurrogate surrogate, List<TrainingRow> truth) {
    ServingErrors full = ServingErrors.of(surrogate, truth);
    ServingErrors small = ServingErrors.of(surrogate.small(), truth);
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %d | %.2f / %.2f | %.2f | %.2f | %.4f | %.1f %% | %.2f | %.4f |%n",
        name,
        full.rows(),
        full.starved().truePositives() + full.starved().falseNegatives(),
        full.throughputMape(),
        full.throughputSmape(),
        full.itlMape(),
        full.ttftSmape(),
        full.starved().f1(),
        100 * full.covered(),
        small.throughputMape(),
        small.starved().f1());
  }

  private static void draw(ServingSurrogate surrogate, List<TrainingRow> truth, Path folder)
      throws IOException {
    List<TrainingRow> served =
        truth.stream().filter(r -> r.started() && r.meanItlSeconds() > 0).toList();
    int n = served.size();
    double[][] twin = new double[2][n];
    double[][] said = new double[2][n];
    for (int i = 0; i < n; i++) {
      ServingSurrogate.Estimate estimate = surrogate.estimate(served.get(i).features());
      twin[0][i] = served.get(i).throughputTokensPerSecond();
      said[0][i] = estimate.throughputTokensPerSecond();
      twin[1][i] = 1e3 * served.get(i).meanItlSeconds();
      said[1][i] = 1e3 * estimate.meanItlSeconds();
    }
    Picture.of(
            2,
            List.of(
                Chart.of(
                        "Throughput on unseen loads",
                        Axis.logarithmic("twin, tokens/s"),
                        Axis.logarithmic("surrogate, tokens/s"))
                    .with(Series.points("runs", twin[0], said[0])),
                Chart.of(
                        "Inter-token latency on unseen loads",
                        Axis.logarithmic("twin, ms"),
                        Axis.logarithmic("surrogate, ms"))
                    .with(Series.points("runs", twin[1], said[1]))))
        .write(folder.resolve("surrogate-error.svg"));
    WholeFile.writeText(
        folder.resolve("surrogate-tree.svg"),
        TreePicture.svg(
            surrogate.tree("starved"),
            "Does a load starve? (distilled tree)",
            p -> String.format(Locale.ROOT, "%.0f %%", 100 * p)));
  }

  /** How many training runs a second the twin yields on one thread. */
  private static void pace() {
    for (double horizon : new double[] {SHORT_SECONDS, 3600}) {
      TrainingPlan plan =
          SurrogatePlans.plan(
              TrainingDesign.SOBOL,
              SurrogatePlans.GPUS.subList(0, 1),
              SurrogatePlans.MODELS.subList(0, 1),
              PACE_RUNS,
              PACE_SEED,
              horizon);
      long before = System.nanoTime();
      plan.run(
          new ThreadRuns(1),
          (stage, done, expected) -> {
            // Only the time counts.
          });
      System.out.printf(
          Locale.ROOT,
          "training runs of %.0f s: %.1f a second on one thread%n",
          horizon,
          PACE_RUNS / ((System.nanoTime() - before) * 1e-9));
    }
  }
}
