package io.github.adaptertwin.placement.capacity;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.workload.length.LengthLaw;

/**
 * What a law of lengths comes to for an engine in steady state.
 *
 * @param inputTokens mean prompt tokens of a request
 * @param outputTokens mean generated tokens of a request, which is also its mean number of steps
 * @param contextTokens mean KV tokens of a running request, that is the mean over all of its steps
 * @param prefillPairs mean (query, key) pairs of a prompt's prefill
 */
public record LengthMoments(
    double inputTokens, double outputTokens, double contextTokens, double prefillPairs) {
  private static final int DRAWS = 1 << 14;

  /**
   * Takes the moments of a law from 16,384 draws of a fixed stream: within one percent, and the
   * same on every machine. The means of input and output are the law's own.
   *
   * @param law the law
   * @return its moments
   */
  public static LengthMoments of(LengthLaw law) {
    RandomStream stream = new RandomStreams(0).stream("placement/length-moments", 0);
    double inputs = 0;
    double outputs = 0;
    double contexts = 0;
    double pairs = 0;
    for (int i = 0; i < DRAWS; i++) {
      long pair = law.draw(stream);
      double input = LengthLaw.input(pair);
      double output = LengthLaw.output(pair);
      inputs += input;
      outputs += output;
      contexts += output * (input + output / 2);
      pairs += input * (input + 1) / 2;
    }
    double input = law.meanInputTokens();
    // Scaled by the exact mean, so that the draws decide only about the shape.
    return new LengthMoments(
        input, law.meanOutputTokens(), contexts / outputs, pairs / inputs * input);
  }
}
