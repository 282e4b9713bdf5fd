package io.github.adaptertwin.workload.observed;

import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.PooledLengths;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import java.util.Arrays;
import org.apache.commons.math3.distribution.NormalDistribution;

/**
 * Lengths of the ShareGPT prompts of the published runs: quantiles of two truncated gamma margins,
 * tied by a Gaussian copula, scaled so that a set of them has the means that a run was sent.
 *
 * <p>A set of n requests takes n points of a Hammersley set instead of n random ones: its means,
 * spread and correlation are those of the law whatever n is, so that a replay carries no sampling
 * noise in its offered tokens, which are known. Immutable and thread-safe.
 */
final class MeasuredLengths {
  private static final int SHORTEST = 4;
  private static final int LONGEST_INPUT = 1024;
  private static final int LONGEST_PAIR = 2048;
  private static final int NORMALS = 1 << 12;
  private static final int MEAN_ROUNDS = 4;

  /** Gaussian correlation with which running requests hold the measured 361 KV tokens. */
  static final double CORRELATION = -0.36;

  private static final MeasuredLengths SHARE_GPT = new MeasuredLengths(CORRELATION);

  private final int[] inputs;
  private final int[] outputs;
  private final double[] normal;
  private final double correlation;

  private MeasuredLengths(double correlation) {
    this.correlation = correlation;
    PooledLengths pool = TruncatedGammaPair.shareGpt(198).pool();
    inputs = new int[pool.rows()];
    outputs = new int[pool.rows()];
    for (int i = 0; i < pool.rows(); i++) {
      inputs[i] = LengthLaw.input(pool.pair(i));
      outputs[i] = LengthLaw.output(pool.pair(i));
    }
    Arrays.sort(inputs);
    Arrays.sort(outputs);
    NormalDistribution law = new NormalDistribution(0, 1);
    normal = new double[NORMALS];
    for (int i = 0; i < NORMALS; i++) {
      normal[i] = law.inverseCumulativeProbability((i + 0.5) / NORMALS);
    }
  }

  /** {@return the law of the published prompts} */
  static MeasuredLengths shareGpt() {
    return SHARE_GPT;
  }

  /**
   * Makes a set of pairs.
   *
   * @param count number of pairs, at least 1
   * @param meanInput mean input tokens of the set
   * @param meanOutput mean output tokens of the set
   * @return input shifted by 16 bits plus output, in the order of the Hammersley set
   */
  int[] set(int count, double meanInput, double meanOutput) {
    double[] in = new double[count];
    double[] out = new double[count];
    double independent = StrictMath.sqrt(1 - correlation * correlation);
    for (int i = 0; i < count; i++) {
      double u = (i + 0.5) / count;
      // Reversed bits pair every input quantile with an unrelated one, evenly spread.
      double v = ((Integer.reverse(i) >>> 1) + 0.5) / (1L << 31);
      in[i] = quantile(inputs, u);
      out[i] = quantile(outputs, probability(correlation * z(u) + independent * z(v)));
    }
    scale(in, meanInput, LONGEST_INPUT);
    scale(out, meanOutput, LONGEST_PAIR - SHORTEST);
    int[] pairs = new int[count];
    double inputDebt = 0;
    double outputDebt = 0;
    for (int i = 0; i < count; i++) {
      // What rounding takes from one request it gives to the next.
      int input = (int) Math.rint(in[i] + inputDebt);
      inputDebt += in[i] - input;
      int output = Math.min(LONGEST_PAIR - input, (int) Math.rint(out[i] + outputDebt));
      outputDebt = Math.min(1, outputDebt + out[i] - output);
      pairs[i] = Math.max(1, input) << 16 | Math.max(1, output);
    }
    return pairs;
  }

  private static void scale(double[] values, double mean, int most) {
    for (int round = 0; round < MEAN_ROUNDS; round++) {
      double sum = 0;
      for (double value : values) {
        sum += value;
      }
      double factor = mean * values.length / sum;
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.max(1, Math.min(most, values[i] * factor));
      }
    }
  }

  private static double quantile(int[] sorted, double u) {
    return sorted[(int) (u * sorted.length)];
  }

  private double z(double u) {
    double at = u * NORMALS - 0.5;
    if (at <= 0) {
      return normal[0];
    }
    int below = (int) at;
    return below >= NORMALS - 1
        ? normal[NORMALS - 1]
        : normal[below] + (at - below) * (normal[below + 1] - normal[below]);
  }

  /** Inverse of {@link #z} on its table. */
  private double probability(double z) {
    int found = Arrays.binarySearch(normal, z);
    if (found >= 0) {
      return (found + 0.5) / NORMALS;
    }
    int above = -found - 1;
    if (above == 0) {
      return 0.5 / NORMALS;
    }
    if (above == NORMALS) {
      return (NORMALS - 0.5) / NORMALS;
    }
    double part = (z - normal[above - 1]) / (normal[above] - normal[above - 1]);
    return (above - 0.5 + part) / NORMALS;
  }
}
