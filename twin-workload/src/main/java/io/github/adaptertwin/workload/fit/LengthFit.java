package io.github.adaptertwin.workload.fit;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.workload.arrival.GapLaw;
import io.github.adaptertwin.workload.length.LengthFamily;
import io.github.adaptertwin.workload.length.LengthMargin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Chooses a law for lengths: gamma, lognormal and Weibull, each by maximum likelihood, the best by
 * likelihood (all have two parameters). Lengths of real services often follow no such law; how far
 * off the best is, is part of the answer. Immutable and thread-safe.
 */
public final class LengthFit {
  private static final int FEWEST = 20;

  /** Distance up to which a law is taken for that of the data. */
  private static final double NEAR = 0.03;

  /**
   * A family and how well it fits.
   *
   * @param family the family
   * @param meanTokens mean of the law of largest likelihood
   * @param sdTokens its standard deviation
   * @param logLikelihood logarithm of the likelihood of all lengths
   * @param distance largest difference between the distributions of data and law, in [0, 1]; the
   *     lengths are whole numbers, the laws are not, so short lengths alone make a difference
   */
  public record Candidate(
      LengthFamily family,
      double meanTokens,
      double sdTokens,
      double logLikelihood,
      double distance) {}

  private final ImmutableList<Candidate> candidates;
  private final int[] tokens;

  private LengthFit(ImmutableList<Candidate> candidates, int[] tokens) {
    this.candidates = candidates;
    this.tokens = tokens;
  }

  /**
   * Fits the families.
   *
   * @param tokens lengths in any order, at least 20, each at least 1, not all equal
   * @return the families and how well they fit
   * @throws IllegalArgumentException if there are too few lengths, one is below 1, or all are equal
   */
  public static LengthFit of(int... tokens) {
    double[] sorted = Arrays.stream(tokens).asDoubleStream().sorted().toArray();
    int n = sorted.length;
    if (n < FEWEST || sorted[0] < 1) {
      throw new IllegalArgumentException(
          "there are " + n + " lengths, a fit needs at least " + FEWEST + ", each at least 1");
    }
    if (sorted[0] == sorted[n - 1]) {
      throw new IllegalArgumentException(
          "all lengths are " + tokens[0] + "; use a fixed length instead of a fit");
    }
    List<Candidate> all = new ArrayList<>();
    all.add(candidate(LengthFamily.GAMMA, PositiveLaws.gamma(sorted), sorted));
    all.add(candidate(LengthFamily.LOGNORMAL, PositiveLaws.lognormal(sorted), sorted));
    all.add(candidate(LengthFamily.WEIBULL, PositiveLaws.weibull(sorted), sorted));
    all.sort((a, b) -> Double.compare(b.logLikelihood(), a.logLikelihood()));
    return new LengthFit(ImmutableList.copyOf(all), tokens.clone());
  }

  private static Candidate candidate(LengthFamily family, GapLaw law, double[] sorted) {
    return new Candidate(
        family,
        law.meanSeconds(),
        law.meanSeconds() * law.cv(),
        PositiveLaws.logLikelihood(law, sorted),
        PositiveLaws.distance(sorted, law::cdf));
  }

  /** {@return the families, the most likely first; unmodifiable} */
  public List<Candidate> candidates() {
    return candidates;
  }

  /** {@return the most likely family} */
  public Candidate best() {
    return candidates.get(0);
  }

  /** {@return whether the best law is within .03 of the data} */
  public boolean isNear() {
    return best().distance() <= NEAR;
  }

  /**
   * {@return a law to generate with: the best family with mean and deviation of the data,
   * restricted to their range, if it is near; otherwise the data themselves}
   */
  public LengthMargin margin() {
    if (!isNear()) {
      return LengthMargin.Empirical.of(tokens);
    }
    double mean = Arrays.stream(tokens).asLongStream().sum() / (double) tokens.length;
    double squares = Arrays.stream(tokens).mapToDouble(t -> (t - mean) * (t - mean)).sum();
    return new LengthMargin.Restricted(
        best().family(),
        mean,
        Math.sqrt(squares / tokens.length),
        Arrays.stream(tokens).min().orElseThrow(),
        Arrays.stream(tokens).max().orElseThrow());
  }
}
