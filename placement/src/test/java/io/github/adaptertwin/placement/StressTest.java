package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StressTest {
  private static final FixedLengths LENGTHS = new FixedLengths(250, 230);

  private static Workload of(double horizonSeconds, ArrivalLaw... laws) {
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (ArrivalLaw law : laws) {
      adapters.add(new AdapterTraffic(traffic(9, 1.0).get(adapters.size()).adapter(), law));
    }
    return Workload.of(Workloads.LLAMA, adapters, LENGTHS, horizonSeconds);
  }

  private static ArrivalLaw law(Workload workload, int adapter) {
    return workload.adapters().get(adapter).arrivals();
  }

  @Test
  void traffic_without_margins_stays_as_it_is() {
    Workload hour = of(3600, ArrivalLaw.poisson(2));
    assertSame(hour, Stress.of(hour, 0, 1));
    assertSame(hour, Stress.lengthened(hour));
    Workload exact = of(600, ArrivalLaw.poisson(2));
    assertSame(exact, Stress.lengthened(exact));
  }

  @Test
  void a_short_horizon_is_made_ten_minutes() {
    Workload brief = of(30, ArrivalLaw.gamma(2, 3)).withBaseModelRequests(ArrivalLaw.poisson(4));
    Workload judged = Stress.lengthened(brief);
    assertEquals(600, judged.horizonSeconds());
    assertSame(law(brief, 0), law(judged, 0), "the law is the same");
    assertEquals(brief.baseModelArrivals(), judged.baseModelArrivals());
    assertEquals(LENGTHS, judged.lengths());
    assertEquals(Workloads.LLAMA, judged.baseModel());
    assertEquals(601, Stress.of(of(601, ArrivalLaw.poisson(1)), 1, 1).horizonSeconds());
  }

  /** A quarter more of 2 and of 4; bursts only where gaps are not as uneven already. */
  @Test
  void margins_raise_rates_and_make_gaps_uneven() {
    Workload calm =
        of(600, ArrivalLaw.poisson(2), ArrivalLaw.gamma(2, 3), ArrivalLaw.gamma(2, 5))
            .withBaseModelRequests(ArrivalLaw.poisson(4));
    Workload hot = Stress.of(calm, 0.25, 1);
    for (int a = 0; a < 3; a++) {
      assertEquals(2.5, law(hot, a).ratePerSecond(), 1e-12);
      assertEquals(law(calm, a).gapCv(), law(hot, a).gapCv(), 1e-12);
    }
    assertEquals(5, hot.baseModelArrivals().orElseThrow().ratePerSecond(), 1e-12);
    Workload bursty = Stress.of(calm, 0, 3);
    assertEquals(3, law(bursty, 0).gapCv(), 1e-12);
    assertEquals(2, law(bursty, 0).ratePerSecond(), 1e-12);
    assertSame(law(calm, 1), law(bursty, 1), "as uneven as asked for");
    assertSame(law(calm, 2), law(bursty, 2), "more uneven");
    assertEquals(3, bursty.baseModelArrivals().orElseThrow().gapCv(), 1e-12);
    Workload both = Stress.of(calm, 0.25, 4);
    assertEquals(2.5, law(both, 0).ratePerSecond(), 1e-12);
    assertEquals(4, law(both, 1).gapCv(), 1e-12);
    assertEquals(5, law(both, 2).gapCv(), 1e-12);
    assertEquals(2.5, law(both, 2).ratePerSecond(), 1e-12);
  }

  @Test
  void a_recording_is_judged_as_it_is() {
    Workload recorded =
        Workload.recorded(
            Workloads.LLAMA, traffic(1, 1.0), LENGTHS, 30, RequestTrace.builder(1).build());
    assertSame(recorded, Stress.lengthened(recorded));
    for (double[] margins : new double[][] {{0.1, 1}, {0, 2}}) {
      Exception e =
          assertThrows(
              IllegalArgumentException.class, () -> Stress.of(recorded, margins[0], margins[1]));
      assertEquals(
          "headroom is "
              + margins[0]
              + " and burst gap CV "
              + margins[1]
              + "; a recording cannot be made hotter, give laws of arrival instead",
          e.getMessage());
    }
  }

  @Test
  void a_plan_keeps_its_parts_under_other_traffic() {
    List<AdapterTraffic> three = traffic(3, 1.0);
    Workload before = workload(three).withBaseModelRequests(ArrivalLaw.poisson(4));
    PlannedGpu gpu =
        new PlannedGpu(
            H100,
            GpuTraffic.of(
                before,
                List.of(
                    SharedAdapter.whole(three.get(0)),
                    new SharedAdapter(three.get(1), 0.25, 0.75),
                    SharedAdapter.whole(three.get(2))),
                0.5,
                0.75),
            EngineFlags.builder().maxLoras(3).maxCpuLoras(3).build());
    Workload now =
        workload(Workloads.scaled(three.subList(0, 2), 3))
            .withBaseModelRequests(ArrivalLaw.poisson(8));
    PlannedGpu after = Stress.withTraffic(List.of(gpu), now).get(0);
    assertNotSame(gpu, after);
    assertEquals(gpu.flags(), after.flags());
    assertEquals(gpu.gpu(), after.gpu());
    assertSame(now, after.traffic().whole());
    assertEquals(
        List.of(
            SharedAdapter.whole(now.adapters().get(0)),
            new SharedAdapter(now.adapters().get(1), 0.25, 0.75)),
        after.traffic().adapters(),
        "what nobody asks for is left out");
    assertEquals(2, after.traffic().baseRatePerSecond(), 1e-12);
    assertEquals(0.5, after.traffic().baseFrom());
  }
}
