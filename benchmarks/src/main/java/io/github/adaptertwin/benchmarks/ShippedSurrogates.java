package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.surrogate.ThreadRuns;
import io.github.adaptertwin.surrogate.serving.ServingSurrogate;
import io.github.adaptertwin.surrogate.serving.ServingTrainer;
import io.github.adaptertwin.surrogate.serving.TrainingFile;
import io.github.adaptertwin.surrogate.serving.TrainingPlan;
import io.github.adaptertwin.surrogate.serving.TrainingRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Makes the surrogates that come with the library. Needs some 20 minutes on two cores; ended, it
 * goes on where it was.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar io.github.adaptertwin.benchmarks.ShippedSurrogates \
 *     --rows surrogate-rows \
 *     --out surrogate/src/main/resources/io/github/adaptertwin/surrogate/serving \
 *     [--threads 2] [--runs 8000]
 * </pre>
 *
 * <p>{@code --rows} is a folder for the training rows, which may be deleted afterwards; rows that
 * lie there are of the twin that made them, so an empty folder is wanted after the twin has
 * changed.
 */
public final class ShippedSurrogates {
  private ShippedSurrogates() {}

  /**
   * Trains and writes.
   *
   * @param args see the class
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    Options options = Options.parse(List.of("--rows", "--out", "--threads", "--runs"), args);
    Path rows = options.path("--rows");
    Path out = options.path("--out");
    int threads = options.number("--threads", Runtime.getRuntime().availableProcessors());
    int runs = options.number("--runs", SurrogatePlans.TRAINING_RUNS);
    Files.createDirectories(rows);
    Files.createDirectories(out);
    for (String model : SurrogatePlans.MODELS) {
      for (String gpu : SurrogatePlans.GPUS) {
        long before = System.nanoTime();
        List<TrainingPlan> plans = SurrogatePlans.training(List.of(gpu), List.of(model), runs);
        List<TrainingRow> made = new ArrayList<>();
        for (int i = 0; i < plans.size(); i++) {
          Path file = rows.resolve(gpu + "_" + model + "-" + (i + 1) + ".csv");
          made.addAll(
              new TrainingFile(file)
                  .complete(plans.get(i), new ThreadRuns(threads), new ProgressBar()));
        }
        double seconds = (System.nanoTime() - before) * 1e-9;
        ServingSurrogate surrogate =
            ServingTrainer.usual()
                .withThreads(threads)
                .train(made, Map.of("plan", describe(plans), "twin", "0.1.0"));
        Path file = out.resolve(ServingSurrogate.resourceName(gpu, model));
        surrogate.write(file);
        System.out.printf(
            Locale.ROOT,
            "%s: %d bytes, rows in %.0f s (%.1f runs/s), held out %s; small trees %s%n",
            file.getFileName(),
            Files.size(file),
            seconds,
            made.size() / seconds,
            surrogate.provenance().get("heldOut"),
            surrogate.provenance().get("heldOutSmall"));
      }
    }
  }

  private static String describe(List<TrainingPlan> plans) {
    return plans.stream().map(TrainingPlan::describe).collect(Collectors.joining("; and "));
  }
}
