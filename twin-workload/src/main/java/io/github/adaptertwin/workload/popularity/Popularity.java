package io.github.adaptertwin.workload.popularity;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.workload.arrival.GammaGaps;
import java.io.Serializable;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * How requests are shared among adapters: which part of all of them each adapter gets. Names follow
 * the formula, not the paper: what some call alpha or Zipf is something else. Immutable and
 * thread-safe.
 */
public sealed interface Popularity extends Serializable {
  /**
   * Gives the shares.
   *
   * @param adapters their number, at least 1
   * @return a share above 0 for each adapter, 1 together; all but Dirichlet and dealt shares
   *     descend or ascend with the index
   * @throws IllegalArgumentException if there is no adapter
   */
  double[] shares(int adapters);

  /** All adapters alike. */
  record Uniform() implements Popularity {
    @Override
    public double[] shares(int adapters) {
      return normed(adapters, i -> 1);
    }
  }

  /**
   * Zipf's law: the k-th most popular gets in proportion to k^-alpha. Production use of LoRA
   * adapters follows it with .92, clients of LLM services with 1.01 to 1.52.
   *
   * @param alpha in [0, 100]; 0 is uniform
   */
  record ZipfLaw(double alpha) implements Popularity {
    /** Checks alpha. */
    public ZipfLaw {
      Zipf.check(1, alpha);
    }

    @Override
    public double[] shares(int adapters) {
      return normed(adapters, i -> StrictMath.pow(i + 1, -alpha));
    }
  }

  /**
   * Each adapter gets a fixed multiple of the next one. Punica's benchmark calls a factor of 1.5
   * "zipf:1.5".
   *
   * @param factor in [1, 100]; 1 is uniform
   */
  record Geometric(double factor) implements Popularity {
    /** Checks the factor. */
    public Geometric {
      if (!(factor >= 1 && factor <= 100)) {
        throw new IllegalArgumentException(
            "factor of geometric popularity is " + factor + ", must be in [1, 100]");
      }
    }

    @Override
    public double[] shares(int adapters) {
      // Shares below the least double are no shares; they get the least instead.
      return normed(adapters, i -> Math.max(Double.MIN_NORMAL, StrictMath.pow(factor, -i)));
    }
  }

  /**
   * The first part x of the adapters gets a part x^alpha of the requests. S-LoRA's generator draws
   * its adapters so; its alpha of 1 is uniform, and smaller ones are more skewed.
   *
   * @param alpha in [.01, 100]; above 1 the last adapters are the popular ones
   */
  record PowerCdf(double alpha) implements Popularity {
    /** Checks alpha. */
    public PowerCdf {
      if (!(alpha >= 0.01 && alpha <= 100)) {
        throw new IllegalArgumentException(
            "exponent of the cumulative share is " + alpha + ", must be in [.01, 100]");
      }
    }

    @Override
    public double[] shares(int adapters) {
      double n = adapters;
      return normed(
          adapters,
          i ->
              Math.max(
                  Double.MIN_NORMAL,
                  StrictMath.pow((i + 1) / n, alpha) - StrictMath.pow(i / n, alpha)));
    }
  }

  /**
   * Shares drawn from a symmetric Dirichlet law. Each adapter draws from a stream of its own, so
   * another adapter leaves the ratios of the others alone. The placement study of arXiv 2602.24044
   * uses a concentration of .5.
   *
   * @param concentration in [.01, 1000]; the smaller, the more uneven
   * @param seed any value
   */
  record Dirichlet(double concentration, long seed) implements Popularity {
    /** Checks the concentration. */
    public Dirichlet {
      if (!(concentration >= 0.01 && concentration <= 1000)) {
        throw new IllegalArgumentException(
            "concentration is " + concentration + ", must be in [.01, 1000]");
      }
    }

    @Override
    public double[] shares(int adapters) {
      RandomStreams streams = new RandomStreams(seed);
      return normed(
          adapters,
          i ->
              Math.max(
                  Double.MIN_NORMAL,
                  GammaGaps.standard(concentration, streams.stream("popularity/dirichlet", i))
                      .nextSeconds()));
    }
  }

  /**
   * Shares in proportion to a short list that is dealt round robin, the way of arXiv 2602.24044.
   *
   * @param weights dealt in turn, at least one, each above 0 and finite
   */
  record Dealt(List<Double> weights) implements Popularity {
    /** Takes an unmodifiable copy and checks it. */
    public Dealt {
      weights = ImmutableList.copyOf(weights);
      if (weights.isEmpty()
          || !weights.stream().allMatch(w -> w > 0 && w < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "weights to deal are " + weights + "; give at least one, each above 0 and finite");
      }
    }

    @Override
    public double[] shares(int adapters) {
      return normed(adapters, i -> weights.get(i % weights.size()));
    }
  }

  private static double[] normed(int adapters, IntToDoubleFunction weightOf) {
    if (adapters < 1) {
      throw new IllegalArgumentException(
          "number of adapters is " + adapters + ", must be at least 1");
    }
    double[] shares = new double[adapters];
    double sum = 0;
    for (int i = 0; i < adapters; i++) {
      shares[i] = weightOf.applyAsDouble(i);
      sum += shares[i];
    }
    for (int i = 0; i < adapters; i++) {
      shares[i] /= sum;
    }
    return shares;
  }
}
