package io.github.adaptertwin.surrogate.evaluation;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.Regressor;
import io.github.adaptertwin.surrogate.data.Dataset;
import java.util.Comparator;
import java.util.List;

/**
 * How much worse a model predicts when one feature's values are dealt out to the wrong rows (L.
 * Breiman, "Random forests", 2001). Features that say the same share their importance, so a small
 * figure does not mean that a feature says nothing.
 */
public final class PermutationImportance {
  private PermutationImportance() {}

  /**
   * What one feature is worth.
   *
   * @param feature its name
   * @param increase mean of (error with the feature shuffled - error), over the repeats
   */
  public record Importance(String feature, double increase) {}

  /**
   * Measures.
   *
   * @param model the model
   * @param data rows that it was not trained on
   * @param measure the error
   * @param repeats how often each feature is shuffled, at least 1
   * @param seed any value; each feature draws from a stream of its own
   * @return the features, most important first
   * @throws IllegalArgumentException if there is no repeat
   */
  public static List<Importance> of(
      Regressor model, Dataset data, ErrorMeasure measure, int repeats, long seed) {
    if (repeats < 1) {
      throw new IllegalArgumentException("repeats are " + repeats + ", must be at least 1");
    }
    double[] truth = data.targets();
    double[][] rows = new double[data.rows()][];
    double[] predicted = new double[rows.length];
    for (int r = 0; r < rows.length; r++) {
      rows[r] = data.row(r);
      predicted[r] = model.predict(rows[r]);
    }
    double error = measure.of(truth, predicted);
    ImmutableList.Builder<Importance> all = ImmutableList.builder();
    for (int f = 0; f < data.width(); f++) {
      String name = data.features().get(f);
      double increase = 0;
      for (int repeat = 0; repeat < repeats; repeat++) {
        RandomStream stream = new RandomStreams(seed).stream("importance/" + name, repeat);
        double[] shuffled = data.column(f);
        for (int i = shuffled.length - 1; i > 0; i--) {
          int j = stream.nextInt(i + 1);
          double kept = shuffled[i];
          shuffled[i] = shuffled[j];
          shuffled[j] = kept;
        }
        for (int r = 0; r < rows.length; r++) {
          double own = rows[r][f];
          rows[r][f] = shuffled[r];
          predicted[r] = model.predict(rows[r]);
          rows[r][f] = own;
        }
        increase += (measure.of(truth, predicted) - error) / repeats;
      }
      all.add(new Importance(name, increase));
    }
    return all.build().stream()
        .sorted(Comparator.comparingDouble((Importance i) -> -i.increase()))
        .collect(ImmutableList.toImmutableList());
  }
}
