package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.data.Dataset;
import java.util.ArrayList;
import java.util.List;

/**
 * The three generated problems of J. Friedman, "Multivariate adaptive regression splines", Annals
 * of Statistics 19(1), 1991, as L. Breiman set them up in "Bagging predictors", Machine Learning
 * 24, 1996.
 */
final class FriedmanData {
  /** Standard deviations of the noise in Breiman's set-up. */
  private static final double[] NOISE = {1, 125, 0.1};

  private FriedmanData() {}

  /**
   * Makes one of the problems.
   *
   * @param problem 1, 2 or 3
   * @param rows number of rows
   * @param noisy whether noise is added to the target
   * @param seed any value
   */
  static Dataset of(int problem, int rows, boolean noisy, long seed) {
    int width = problem == 1 ? 10 : 4;
    List<String> names = new ArrayList<>();
    for (int f = 0; f < width; f++) {
      names.add("x" + f);
    }
    RandomStream random = new RandomStreams(seed).stream("friedman" + problem, 0);
    Dataset.Builder data = Dataset.builder(names);
    for (int i = 0; i < rows; i++) {
      double[] x = new double[width];
      for (int f = 0; f < width; f++) {
        x[f] = random.nextDouble();
      }
      if (problem > 1) {
        x[0] *= 100;
        x[1] = Math.PI * (40 + 520 * x[1]);
        x[3] = 1 + 10 * x[3];
      }
      double noise = noisy ? NOISE[problem - 1] * random.nextGaussian() : 0;
      data.add(x, function(problem, x) + noise);
    }
    return data.build();
  }

  private static double function(int problem, double[] x) {
    if (problem == 1) {
      return 10 * StrictMath.sin(Math.PI * x[0] * x[1])
          + 20 * (x[2] - 0.5) * (x[2] - 0.5)
          + 10 * x[3]
          + 5 * x[4];
    }
    double reactance = x[1] * x[2] - 1 / (x[1] * x[3]);
    return problem == 2
        ? Math.sqrt(x[0] * x[0] + reactance * reactance)
        : StrictMath.atan(reactance / x[0]);
  }
}
