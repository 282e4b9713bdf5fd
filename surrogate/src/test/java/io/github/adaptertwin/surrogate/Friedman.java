package io.github.adaptertwin.surrogate;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.surrogate.data.Dataset;
import java.util.ArrayList;
import java.util.List;

/**
 * The generated problems of J. Friedman, "Multivariate adaptive regression splines", Annals of
 * Statistics 19(1), 1991.
 */
public final class Friedman {
  private Friedman() {}

  /** Ten features, of which five matter. */
  public static Dataset one(int rows, double noise, long seed) {
    List<String> names = new ArrayList<>();
    for (int f = 0; f < 10; f++) {
      names.add("x" + f);
    }
    RandomStream random = new RandomStreams(seed).stream("friedman1", 0);
    Dataset.Builder data = Dataset.builder(names);
    for (int i = 0; i < rows; i++) {
      double[] x = new double[10];
      for (int f = 0; f < 10; f++) {
        x[f] = random.nextDouble();
      }
      double y =
          10 * StrictMath.sin(Math.PI * x[0] * x[1])
              + 20 * (x[2] - 0.5) * (x[2] - 0.5)
              + 10 * x[3]
              + 5 * x[4];
      data.add(x, y + noise * random.nextGaussian());
    }
    return data.build();
  }

  /** Class 1 where Friedman's first function is above 14. */
  public static Dataset classes(int rows, double noise, long seed) {
    Dataset data = one(rows, noise, seed);
    double[] classes = new double[rows];
    for (int r = 0; r < rows; r++) {
      classes[r] = data.target(r) > 14 ? 1 : 0;
    }
    return data.withTarget(classes);
  }
}
