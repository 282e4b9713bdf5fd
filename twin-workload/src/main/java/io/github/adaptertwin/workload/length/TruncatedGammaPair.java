package io.github.adaptertwin.workload.length;

import java.io.Serializable;
import org.apache.commons.math3.distribution.NormalDistribution;

/**
 * Input and output lengths as two truncated gamma laws on the integers, tied by a Gaussian copula.
 * Each margin has the stated mean and standard deviation after truncation: shape and scale are
 * solved for, never a clipped normal. A pair whose sum exceeds {@code maxTotal} has its output cut.
 *
 * @param inputMean mean input tokens after truncation
 * @param inputSd its standard deviation
 * @param maxInput largest input, at least 5
 * @param outputMean mean output tokens after truncation
 * @param outputSd its standard deviation
 * @param maxTotal largest sum of input and output, above {@code maxInput}, at most 20 million
 * @param correlation of the copula's normals, in (-1, 1)
 */
public record TruncatedGammaPair(
    double inputMean,
    double inputSd,
    int maxInput,
    double outputMean,
    double outputSd,
    int maxTotal,
    double correlation)
    implements Serializable {
  /** Requests below four tokens are left out of the ShareGPT pool that the law describes. */
  private static final int SHORTEST = 4;

  private static final int MOST_TOTAL = 20_000_000;
  private static final int POOL = 1 << 16;

  /**
   * ShareGPT as the published runs used it (first turns, input 4 to 1024, sum at most 2048): input
   * mean 223, sd 240. The correlation of -.46 reproduces the KV tokens of a running request.
   *
   * @param outputMean mean output tokens: 196.5 with Llama's tokenizer, 200 with Qwen's
   * @return the law
   */
  public static TruncatedGammaPair shareGpt(double outputMean) {
    return new TruncatedGammaPair(223, 240, 1024, outputMean, 202, 2048, -0.46);
  }

  /**
   * Checks the parameters that do not need to be solved for.
   *
   * @throws IllegalArgumentException if a bound or the correlation is outside its range
   */
  public TruncatedGammaPair {
    if (maxInput <= SHORTEST || maxTotal <= maxInput || maxTotal > MOST_TOTAL) {
      throw new IllegalArgumentException(
          "largest input is "
              + maxInput
              + " and largest sum "
              + maxTotal
              + " tokens; they must be above 4 and above the largest input, at most "
              + MOST_TOTAL);
    }
    if (!(correlation > -1 && correlation < 1)) {
      throw new IllegalArgumentException("correlation is " + correlation + ", must be in (-1, 1)");
    }
  }

  /**
   * Tabulates the law in 65,536 pairs at equally likely quantiles of each margin.
   *
   * @return the law, ready to draw
   * @throws IllegalArgumentException if no truncated gamma law has the stated mean and deviation
   */
  public PooledLengths pool() {
    TruncatedLaw input =
        TruncatedLaw.solve(LengthFamily.GAMMA, "input", inputMean, inputSd, SHORTEST, maxInput);
    TruncatedLaw output =
        TruncatedLaw.solve(
            LengthFamily.GAMMA, "output", outputMean, outputSd, SHORTEST, maxTotal - SHORTEST);
    NormalDistribution normal = new NormalDistribution(0, 1);
    double independent = StrictMath.sqrt(1 - correlation * correlation);
    int[] inputs = new int[POOL];
    int[] outputs = new int[POOL];
    for (int i = 0; i < POOL; i++) {
      double u = (i + 0.5) / POOL;
      // Reversed bits pair every input quantile with an unrelated one, evenly spread.
      double v = ((Integer.reverse(i) >>> 16) + 0.5) / POOL;
      double z = normal.inverseCumulativeProbability(u);
      double other = correlation * z + independent * normal.inverseCumulativeProbability(v);
      inputs[i] = input.quantile(u);
      outputs[i] =
          Math.min(maxTotal - inputs[i], output.quantile(normal.cumulativeProbability(other)));
    }
    return PooledLengths.ofRows(inputs, outputs);
  }
}
