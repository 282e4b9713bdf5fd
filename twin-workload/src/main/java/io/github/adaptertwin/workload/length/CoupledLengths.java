package io.github.adaptertwin.workload.length;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import org.apache.commons.math3.distribution.NormalDistribution;

/**
 * Input and output lengths of stated laws, tied by a Gaussian copula, with an optional bound on
 * their sum. Where the bound cuts outputs, the law of the output is moved until the mean after
 * cutting is the stated one, or the pair is refused.
 *
 * @param input law of the input
 * @param output law of the output
 * @param correlation of the copula's normals, in (-1, 1); {@link #normalCorrelation} converts
 *     Spearman's
 * @param maxTotal largest sum of input and output; the output is cut to it, but to no less than 1
 */
public record CoupledLengths(
    LengthMargin input, LengthMargin output, double correlation, int maxTotal)
    implements Serializable {
  private static final int POOL = 1 << 16;
  private static final double TOLERANCE = 2e-3;
  private static final int MOVES = 12;

  /** Checks correlation and bound. */
  public CoupledLengths {
    if (!(correlation > -1 && correlation < 1)) {
      throw new IllegalArgumentException("correlation is " + correlation + ", must be in (-1, 1)");
    }
    if (maxTotal < 2) {
      throw new IllegalArgumentException(
          "largest sum is " + maxTotal + " tokens, must be at least 2");
    }
  }

  /**
   * {@return correlation of the normals of a Gaussian copula whose rank correlation is given: 2
   * sin(pi r / 6)}
   *
   * @param spearman rank correlation in (-1, 1)
   * @throws IllegalArgumentException if it is outside of that
   */
  public static double normalCorrelation(double spearman) {
    if (!(spearman > -1 && spearman < 1)) {
      throw new IllegalArgumentException(
          "rank correlation is " + spearman + ", must be in (-1, 1)");
    }
    return 2 * StrictMath.sin(StrictMath.PI * spearman / 6);
  }

  /**
   * Tabulates the law in 65,536 equally likely pairs. Takes up to some seconds where the bound on
   * the sum cuts.
   *
   * @return the law, ready to draw; its means are the stated ones within .2 %
   * @throws IllegalArgumentException if a margin has no such law, or the bound leaves no way to
   *     keep the means
   */
  public PooledLengths pool() {
    int[] inputs = input.tabulate("input", POOL);
    if (inputs[POOL - 1] >= maxTotal) {
      throw new IllegalArgumentException(
          "inputs reach "
              + inputs[POOL - 1]
              + " tokens, input and output together must stay within "
              + maxTotal
              + "; lower the largest input");
    }
    int[] order = coupled();
    LengthMargin moved = output;
    double reached = Double.NaN;
    for (int move = 0; move < MOVES; move++) {
      int[] outputs = pairs(inputs, order, moved);
      PooledLengths pool = PooledLengths.ofRows(inputs, outputs);
      reached = pool.meanOutputTokens();
      double wanted = output.meanTokens();
      if (Math.abs(reached - wanted) <= TOLERANCE * wanted) {
        return pool;
      }
      if (!(moved instanceof LengthMargin.Restricted restricted)) {
        break;
      }
      double next = restricted.meanTokens() + wanted - reached;
      if (!(next < restricted.most())) {
        break;
      }
      moved = restricted.withMean(next);
    }
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "with input and output together within %d tokens the mean output is %.1f, not %.1f;"
                + " raise the bound or lower the mean",
            maxTotal,
            reached,
            output.meanTokens()));
  }

  /** For each input quantile the quantile of its output. */
  private int[] coupled() {
    NormalDistribution normal = new NormalDistribution(0, 1);
    double independent = StrictMath.sqrt(1 - correlation * correlation);
    double[] latent = new double[POOL];
    Integer[] byLatent = new Integer[POOL];
    for (int i = 0; i < POOL; i++) {
      double u = (i + 0.5) / POOL;
      // Reversed bits pair every input quantile with an unrelated one, evenly spread.
      double v = ((Integer.reverse(i) >>> 16) + 0.5) / POOL;
      latent[i] =
          correlation * normal.inverseCumulativeProbability(u)
              + independent * normal.inverseCumulativeProbability(v);
      byLatent[i] = i;
    }
    // Ranks, so that the outputs have their law exactly.
    Arrays.sort(
        byLatent,
        (a, b) -> {
          int c = Double.compare(latent[a], latent[b]);
          return c != 0 ? c : Integer.compare(a, b);
        });
    int[] order = new int[POOL];
    for (int rank = 0; rank < POOL; rank++) {
      order[byLatent[rank]] = rank;
    }
    return order;
  }

  private int[] pairs(int[] inputs, int[] order, LengthMargin law) {
    int[] quantiles = law.tabulate("output", POOL);
    int[] outputs = new int[POOL];
    for (int i = 0; i < POOL; i++) {
      outputs[i] = Math.max(1, Math.min(maxTotal - inputs[i], quantiles[order[i]]));
    }
    return outputs;
  }
}
