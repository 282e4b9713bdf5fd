package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.workload.Workload;
import java.util.List;

/**
 * A rule that gives the requests of a recorded trace to adapters. Arrivals, lengths and prefix
 * hashes stay those of the trace; adapters that no request asks for are left out.
 */
public sealed interface AdapterMapping permits ZipfMapping, SessionMapping, ClientMapping {
  /** {@return LoRA ranks, dealt round robin over the adapters} */
  List<Integer> ranks();

  /**
   * Applies the rule.
   *
   * @param baseModel name of the base model
   * @param trace the requests, at least one
   * @return a workload that replays the trace; its horizon ends one mean gap behind the last
   *     request
   * @throws IllegalArgumentException if the trace has no request or the rule does not fit it
   */
  Workload apply(String baseModel, RecordedRequests trace);
}
