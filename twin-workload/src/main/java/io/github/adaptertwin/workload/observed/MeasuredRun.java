package io.github.adaptertwin.workload.observed;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.length.LengthLaw;
import java.util.Arrays;
import java.util.List;

/**
 * One measured serving run: what was served, and what came out. A figure that was not measured is
 * NaN.
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
 * @param arrivals requests really sent
 * @param meanInputTokens mean prompt tokens of the requests sent
 * @param meanOutputTokens mean output tokens, early stops included where completed requests tell
 *     them
 * @param kvCapacityTokens KV tokens at start
 * @param throughputTokensPerSecond input and output tokens of completed requests
 * @param idealThroughputTokensPerSecond input and output tokens of all requests
 * @param meanItlMillis mean inter-token latency
 * @param meanTtftMillis mean time to first token of completed requests
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
    double throughputTokensPerSecond,
    double idealThroughputTokensPerSecond,
    double meanItlMillis,
    double meanTtftMillis) {

  /** Takes unmodifiable copies of the lists. */
  public MeasuredRun {
    ratesPerSecond = ImmutableList.copyOf(ratesPerSecond);
    ranks = ImmutableList.copyOf(ranks);
  }

  /** {@return the adapters with their nominal rates} */
  public List<AdapterTraffic> traffic() {
    return DealtAdapters.of("adapter-", adapters, ranks, ratesPerSecond);
  }

  /** {@return the adapters} */
  public List<LoraAdapter> loraAdapters() {
    return traffic().stream().map(AdapterTraffic::adapter).collect(ImmutableList.toImmutableList());
  }

  /**
   * Makes requests as they may have been: as many as were sent, at independent uniform times (which
   * is what Poisson arrivals are, given their number), each to an adapter in proportion to its
   * rate.
   *
   * @param lengths law of their lengths
   * @param waitingCap waiting requests from which on the load client held back
   * @param seed any value
   * @return the requests
   */
  public RequestSource requests(LengthLaw lengths, int waitingCap, long seed) {
    RandomStreams streams = new RandomStreams(seed);
    RandomStream times = streams.stream("measured/times", 0);
    RandomStream choices = streams.stream("measured/adapters", 0);
    RandomStream pairs = streams.stream("measured/lengths", 0);
    long[] arrival = new long[(int) arrivals];
    for (int i = 0; i < arrival.length; i++) {
      arrival[i] = (long) (times.nextDouble() * SimulatedTime.toPicos(durationSeconds));
    }
    Arrays.sort(arrival);
    double[] cumulative = new double[adapters];
    double sum = 0;
    for (int a = 0; a < adapters; a++) {
      sum += ratesPerSecond.get(a % ratesPerSecond.size());
      cumulative[a] = sum;
    }
    RequestTrace.Builder requests = RequestTrace.builder(adapters);
    for (long time : arrival) {
      int found = Arrays.binarySearch(cumulative, choices.nextDouble() * sum);
      int adapter = Math.min(adapters - 1, found >= 0 ? found + 1 : -found - 1);
      long pair = lengths.draw(pairs);
      requests.add(time, adapter, LengthLaw.input(pair), LengthLaw.output(pair));
    }
    return requests.waitingCap(waitingCap).build();
  }
}
