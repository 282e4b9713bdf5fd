package io.github.adaptertwin.placement.report;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.List;

/** A workload with more or less of everything. */
final class ScaledWorkload {
  private ScaledWorkload() {}

  /**
   * Multiplies all rates: laws keep their kind and burstiness, a recording is replayed faster.
   *
   * @param factor above 0
   */
  static Workload of(Workload workload, double factor) {
    List<AdapterTraffic> adapters =
        workload.adapters().stream()
            .map(
                t ->
                    new AdapterTraffic(
                        t.adapter(), t.arrivals().withRate(factor * t.ratePerSecond())))
            .collect(ImmutableList.toImmutableList());
    if (!workload.isRecorded()) {
      Workload scaled =
          Workload.of(
              workload.baseModel(), adapters, workload.lengths(), workload.horizonSeconds());
      return workload
          .baseModelArrivals()
          .map(law -> scaled.withBaseModelRequests(law.withRate(factor * law.ratePerSecond())))
          .orElse(scaled);
    }
    RequestTrace recording = workload.generate(0, 0);
    RequestTrace.Builder faster = RequestTrace.builder(recording.adapterCount());
    for (int i = 0; i < recording.size(); i++) {
      faster.add(
          SimulatedTime.toPicos(SimulatedTime.toSeconds(recording.arrivalPicos(i)) / factor),
          recording.adapter(i),
          recording.inputTokens(i),
          recording.outputTokens(i));
    }
    return Workload.recorded(
        workload.baseModel(),
        adapters,
        workload.lengths(),
        workload.horizonSeconds() / factor,
        faster.build());
  }
}
