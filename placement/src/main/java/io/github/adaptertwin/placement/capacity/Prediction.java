package io.github.adaptertwin.placement.capacity;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.report.Verdict;
import java.util.List;

/**
 * How a GPU is expected to serve its adapters. A figure that the oracle does not give is NaN.
 *
 * @param kvTokens tokens that fit into its KV cache
 * @param offeredTokensPerSecond input and output tokens that its requests ask for
 * @param throughputTokensPerSecond input and output tokens of completed requests
 * @param completedShare completed over offered tokens, in [0, 1]
 * @param meanItlSeconds mean inter-token latency
 * @param meanTtftSeconds mean time to first token
 * @param p95TtftSeconds its 95th percentile
 * @param meanRunning mean requests running
 * @param meanWaiting mean requests waiting
 * @param meanKvUse mean share of KV blocks in use
 * @param preemptions requests preempted over the run
 * @param hostLoads adapters swapped in from host memory over the run
 * @param verdicts of the feasibility rules, in the order in which they were asked for
 */
public record Prediction(
    long kvTokens,
    double offeredTokensPerSecond,
    double throughputTokensPerSecond,
    double completedShare,
    double meanItlSeconds,
    double meanTtftSeconds,
    double p95TtftSeconds,
    double meanRunning,
    double meanWaiting,
    double meanKvUse,
    double preemptions,
    double hostLoads,
    List<Verdict> verdicts) {

  /** Takes an unmodifiable copy of the list. */
  public Prediction {
    verdicts = ImmutableList.copyOf(verdicts);
  }

  /** The same figures with one more verdict. */
  Prediction with(Verdict verdict) {
    return new Prediction(
        kvTokens,
        offeredTokensPerSecond,
        throughputTokensPerSecond,
        completedShare,
        meanItlSeconds,
        meanTtftSeconds,
        p95TtftSeconds,
        meanRunning,
        meanWaiting,
        meanKvUse,
        preemptions,
        hostLoads,
        ImmutableList.<Verdict>builder().addAll(verdicts).add(verdict).build());
  }

  /** {@return whether every rule is kept} */
  public boolean feasible() {
    return verdicts.stream().allMatch(Verdict::feasible);
  }

  /** {@return the reasons of the rules that are not kept, empty if all are} */
  public List<String> complaints() {
    return verdicts.stream()
        .filter(v -> !v.feasible())
        .map(v -> v.rule() + ": " + v.reason())
        .toList();
  }
}
