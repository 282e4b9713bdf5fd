package io.github.adaptertwin.workload.observed;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.report.ObservedRun;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.DealtAdapters;
import java.util.List;

/**
 * One measured serving run: what was asked of which engine, and what came out.
 *
 * @param id name of the run
 * @param model name of the base model
 * @param adapters number of adapters
 * @param adapterSlots {@code max_loras}
 * @param maxLoraRank {@code max_lora_rank}
 * @param ratesPerSecond dealt round robin over the adapters
 * @param ranks dealt round robin over the adapters
 * @param durationSeconds length of the run
 * @param started whether the engine started; if not, nothing else was measured
 * @param arrivals requests sent; NaN if the engine did not start
 * @param meanInputTokens mean prompt tokens of the requests sent; NaN if it did not start
 * @param meanOutputTokens mean of the most output tokens that they were allowed; NaN if it did not
 *     start
 * @param kvCapacityTokens KV tokens at start, the null block included; NaN if not measured
 * @param observed what came out, every figure NaN if the engine did not start
 */
public record MeasuredRun(
    String id,
    String model,
    int adapters,
    int adapterSlots,
    int maxLoraRank,
    List<Double> ratesPerSecond,
    List<Integer> ranks,
    double durationSeconds,
    boolean started,
    double arrivals,
    double meanInputTokens,
    double meanOutputTokens,
    double kvCapacityTokens,
    ObservedRun observed) {
  /** Lengths are told apart up to this number of requests; beyond, they come round again. */
  private static final int MOST_LENGTHS = 1 << 16;

  /**
   * Takes unmodifiable copies of the lists and checks the inputs.
   *
   * @throws IllegalArgumentException if an input is outside its bound; the message names it
   */
  public MeasuredRun {
    ratesPerSecond = ImmutableList.copyOf(ratesPerSecond);
    ranks = ImmutableList.copyOf(ranks);
    check(id, "number of rates", ratesPerSecond.size(), 1, 1e7);
    check(id, "number of ranks", ranks.size(), 1, 1e7);
    check(id, "number of adapters", adapters, 1, 1e7);
    check(id, "adapter slots", adapterSlots, 0, 1e6);
    check(id, "max_lora_rank", maxLoraRank, 1, 1e4);
    if (started) {
      check(id, "duration in seconds", durationSeconds, 1e-3, 1e7);
      check(id, "arrivals", arrivals, 1, 1e9);
      check(id, "mean requested input tokens", meanInputTokens, 1, 1e6);
      check(id, "mean requested output tokens", meanOutputTokens, 1, 1e6);
    }
  }

  private static void check(String id, String what, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          "run '"
              + id
              + "': "
              + what
              + " is "
              + value
              + ", must be in ["
              + least
              + ", "
              + most
              + "]");
    }
  }

  /** {@return the adapters with their nominal rates} */
  public List<AdapterTraffic> traffic() {
    return DealtAdapters.of("adapter-", adapters, ranks, ratesPerSecond);
  }

  /** {@return the adapters} */
  public List<LoraAdapter> loraAdapters() {
    return traffic().stream().map(AdapterTraffic::adapter).collect(ImmutableList.toImmutableList());
  }

  /** {@return nominal requests per second of all adapters} */
  public double ratePerSecond() {
    double sum = 0;
    for (int a = 0; a < adapters; a++) {
      sum += ratesPerSecond.get(a % ratesPerSecond.size());
    }
    return sum;
  }

  /** {@return input and output tokens of the requests sent per second, early stops not counted} */
  public double offeredTokensPerSecond() {
    return arrivals * (meanInputTokens + meanOutputTokens) / durationSeconds;
  }

  /**
   * Requests of a run, ready for an engine.
   *
   * @param source the requests as they reach the engine
   * @param firstUseDelaySeconds mean time by which that is later than they reach the server
   */
  public record Requests(RequestSource source, double firstUseDelaySeconds) {}

  /**
   * Makes requests as they may have been, one source for each seed: as many as were sent, at
   * independent uniform times, with the lengths of the published prompts scaled to the means of
   * this run.
   *
   * @param outputShare share of the allowed output tokens that is generated before an early end of
   *     sequence, in (0, 1]
   * @param waitingCap waiting requests from which on the load client holds back, at least 1
   * @param firstUseSeconds for how long an adapter's first request holds the API server up, at
   *     least 0
   * @param seeds any values
   * @return the requests, in the order of the seeds
   * @throws IllegalStateException if the engine did not start, so that nothing was sent
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public List<Requests> requests(
      double outputShare, int waitingCap, double firstUseSeconds, long... seeds) {
    if (!started) {
      throw new IllegalStateException("run '" + id + "' did not start; it has no requests");
    }
    if (!(outputShare > 0 && outputShare <= 1)) {
      throw new IllegalArgumentException(
          "share of output tokens is " + outputShare + ", must be in (0, 1]");
    }
    if (waitingCap < 1) {
      throw new IllegalArgumentException("waiting cap is " + waitingCap + ", must be at least 1");
    }
    int count = (int) Math.rint(arrivals);
    double[] means = {meanInputTokens, meanOutputTokens * outputShare};
    int[] lengths =
        MeasuredLengths.shareGpt().set(Math.min(count, MOST_LENGTHS), means[0], means[1]);
    ImmutableList.Builder<Requests> all = ImmutableList.builder();
    for (long seed : seeds) {
      ReplayedRequests source =
          new ReplayedRequests(
              adapters,
              ratesPerSecond,
              count,
              SimulatedTime.toPicos(durationSeconds),
              lengths,
              means,
              waitingCap,
              SimulatedTime.toPicos(firstUseSeconds),
              seed);
      all.add(new Requests(source, source.meanFirstUseDelaySeconds()));
    }
    return all.build();
  }
}
