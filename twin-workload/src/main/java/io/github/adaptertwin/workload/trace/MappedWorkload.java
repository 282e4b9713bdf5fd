package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.List;

/** Makes the workload of a mapping. */
final class MappedWorkload {
  private MappedWorkload() {}

  static void checkRanks(List<Integer> ranks) {
    if (ranks.isEmpty()) {
      throw new IllegalArgumentException("there is no rank to deal; give at least one");
    }
  }

  /**
   * @param asked adapter of each request, -1 for the base model
   * @param names of all adapters
   */
  static Workload of(
      String baseModel,
      RecordedRequests trace,
      int[] asked,
      List<String> names,
      List<Integer> ranks) {
    if (trace.size() == 0) {
      throw new IllegalArgumentException("the trace has no request; there is nothing to replay");
    }
    int[] count = new int[names.size()];
    for (int adapter : asked) {
      if (adapter >= 0) {
        count[adapter]++;
      }
    }
    double horizonSeconds = trace.horizonSeconds();
    int[] row = new int[names.size()];
    List<AdapterTraffic> traffic = new ArrayList<>();
    for (int a = 0; a < names.size(); a++) {
      if (count[a] > 0) {
        row[a] = traffic.size();
        LoraAdapter adapter = new LoraAdapter(names.get(a), ranks.get(a % ranks.size()));
        traffic.add(new AdapterTraffic(adapter, count[a] / horizonSeconds));
      }
    }
    RequestTrace.Builder requests = RequestTrace.builder(traffic.size());
    if (trace.hashBlockTokens() > 0) {
      requests.hashBlockTokens(trace.hashBlockTokens());
    }
    for (int i = 0; i < asked.length; i++) {
      requests.add(
          trace.arrivalPicos(i),
          asked[i] < 0 ? -1 : row[asked[i]],
          trace.inputTokens(i),
          trace.outputTokens(i));
      long[] hashes = trace.prefixHashes(i);
      if (hashes.length > 0) {
        requests.prefixHashes(hashes);
      }
    }
    return Workload.recorded(baseModel, traffic, trace.lengths(), horizonSeconds, requests.build());
  }
}
