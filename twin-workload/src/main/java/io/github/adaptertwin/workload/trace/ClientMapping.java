package io.github.adaptertwin.workload.trace;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.workload.Workload;
import java.util.List;

/**
 * Makes every client of a trace an adapter of its own, under its name; requests of which no client
 * is told go to the base model.
 *
 * @param ranks LoRA ranks, dealt round robin in order of the clients' first requests, at least one
 */
public record ClientMapping(List<Integer> ranks) implements AdapterMapping {
  /**
   * Checks the rule.
   *
   * @throws IllegalArgumentException if there is no rank
   */
  public ClientMapping {
    ranks = ImmutableList.copyOf(ranks);
    MappedWorkload.checkRanks(ranks);
  }

  @Override
  public Workload apply(String baseModel, RecordedRequests trace) {
    if (trace.clients().isEmpty()) {
      throw new IllegalArgumentException(
          "the trace tells no clients; map it by Zipf's law or by sessions");
    }
    int[] asked = new int[trace.size()];
    for (int i = 0; i < asked.length; i++) {
      asked[i] = trace.client(i);
    }
    return MappedWorkload.of(baseModel, trace, asked, trace.clients(), ranks);
  }
}
