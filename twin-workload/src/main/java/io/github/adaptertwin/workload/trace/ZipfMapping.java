package io.github.adaptertwin.workload.trace;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.PooledLengths;
import io.github.adaptertwin.workload.popularity.Zipf;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives the requests of a trace without adapters to adapters drawn independently from Zipf's law.
 * Arrivals and lengths stay those of the trace. (Real users come back to the adapter that they used
 * last, so independent draws underestimate cache hits.)
 *
 * @param adapters number of adapters, at least 1
 * @param alpha Zipf exponent, in [0, 100]; .92 in production use of LoRA adapters
 * @param ranks LoRA ranks, dealt round robin from the most popular adapter on, at least one
 * @param seed decides which request asks for which adapter
 */
public record ZipfMapping(int adapters, double alpha, List<Integer> ranks, long seed) {
  /**
   * Checks the rule.
   *
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public ZipfMapping {
    ranks = ImmutableList.copyOf(ranks);
    if (ranks.isEmpty()) {
      throw new IllegalArgumentException("there is no rank to deal; give at least one");
    }
    Zipf.check(adapters, alpha);
  }

  /**
   * Applies the rule. Adapters that no request asks for are left out.
   *
   * @param baseModel name of the base model
   * @param trace arrivals and lengths
   * @return a workload that replays the trace; its horizon ends one mean gap behind the last
   *     request
   */
  public Workload apply(String baseModel, RecordedRequests trace) {
    Zipf law = new Zipf(adapters, alpha);
    RandomStream stream = new RandomStreams(seed).stream("mapping/zipf", 0);
    int[] asked = new int[trace.size()];
    int[] count = new int[adapters];
    for (int i = 0; i < asked.length; i++) {
      asked[i] = law.draw(stream);
      count[asked[i]]++;
    }
    double lastSeconds = SimulatedTime.toSeconds(trace.arrivalPicos(asked.length - 1));
    double horizonSeconds = Math.max(1, lastSeconds * (asked.length + 1) / asked.length);
    int[] row = new int[adapters];
    List<AdapterTraffic> traffic = new ArrayList<>();
    for (int a = 0; a < adapters; a++) {
      if (count[a] > 0) {
        row[a] = traffic.size();
        LoraAdapter adapter = new LoraAdapter("adapter-" + a, ranks.get(a % ranks.size()));
        traffic.add(new AdapterTraffic(adapter, count[a] / horizonSeconds));
      }
    }
    RequestTrace.Builder requests = RequestTrace.builder(traffic.size());
    for (int i = 0; i < asked.length; i++) {
      requests.add(
          trace.arrivalPicos(i), row[asked[i]], trace.inputTokens(i), trace.outputTokens(i));
    }
    return Workload.recorded(
        baseModel,
        traffic,
        PooledLengths.ofRows(trace.allInputTokens(), trace.allOutputTokens()),
        horizonSeconds,
        requests.build());
  }
}
