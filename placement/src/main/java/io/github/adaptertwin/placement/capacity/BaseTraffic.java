package io.github.adaptertwin.placement.capacity;

import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;

/** How much of a workload goes to the base model without an adapter. */
public final class BaseTraffic {
  private BaseTraffic() {}

  /**
   * Tells, or counts in a recording, the requests to the base model.
   *
   * @param workload the workload
   * @return requests per second, 0 if every request names an adapter
   */
  public static double ratePerSecond(Workload workload) {
    if (!workload.isRecorded()) {
      return workload.baseModelArrivals().map(ArrivalLaw::ratePerSecond).orElse(0.0);
    }
    RequestTrace recording = workload.generate(0, 0);
    long count = 0;
    for (int i = 0; i < recording.size(); i++) {
      count += recording.adapter(i) == RequestCursor.BASE_MODEL ? 1 : 0;
    }
    return count / workload.horizonSeconds();
  }
}
