package io.github.adaptertwin.workload.popularity;

import io.github.adaptertwin.core.random.RandomStream;
import java.io.Serializable;
import java.util.Arrays;

/**
 * Zipf's law over a finite number of ranks: the share of the k-th most popular is proportional to
 * k^-alpha. Production use of LoRA adapters follows it with alpha .92. Immutable and thread-safe.
 */
public final class Zipf implements Serializable {
  private static final long serialVersionUID = 1L;

  private final double alpha;
  private final double[] cumulative;

  /**
   * Checks the parameters of a law without making it.
   *
   * @param size number of ranks, at least 1
   * @param alpha exponent in [0, 100]
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public static void check(int size, double alpha) {
    if (size < 1) {
      throw new IllegalArgumentException("number of adapters is " + size + ", must be at least 1");
    }
    if (!(alpha >= 0 && alpha <= 100)) {
      throw new IllegalArgumentException("Zipf exponent is " + alpha + ", must be in [0, 100]");
    }
  }

  /**
   * Makes the law.
   *
   * @param size number of ranks, at least 1
   * @param alpha exponent in [0, 100]; 0 is uniform
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public Zipf(int size, double alpha) {
    check(size, alpha);
    this.alpha = alpha;
    cumulative = new double[size];
    double sum = 0;
    for (int k = 0; k < size; k++) {
      sum += StrictMath.pow(k + 1, -alpha);
      cumulative[k] = sum;
    }
    for (int k = 0; k < size; k++) {
      cumulative[k] /= sum;
    }
  }

  /** {@return number of ranks} */
  public int size() {
    return cumulative.length;
  }

  /** {@return the exponent} */
  public double alpha() {
    return alpha;
  }

  /**
   * {@return probability of a rank}
   *
   * @param rank in [0, size), 0 the most popular
   */
  public double share(int rank) {
    return rank == 0 ? cumulative[0] : cumulative[rank] - cumulative[rank - 1];
  }

  /**
   * Draws a rank.
   *
   * @param stream where the randomness comes from
   * @return a rank in [0, size)
   */
  public int draw(RandomStream stream) {
    int found = Arrays.binarySearch(cumulative, stream.nextDouble());
    int rank = found >= 0 ? found + 1 : -found - 1;
    return Math.min(rank, cumulative.length - 1);
  }
}
