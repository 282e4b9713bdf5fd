package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.CommonMmppArrivals;
import io.github.adaptertwin.workload.arrival.MmppArrivals;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadSummaryTest {
  private static double dispersion(ArrivalLaw... laws) {
    AdapterTraffic[] traffic = new AdapterTraffic[laws.length];
    for (int i = 0; i < laws.length; i++) {
      traffic[i] = new AdapterTraffic(new LoraAdapter("a" + i, 8), laws[i]);
    }
    return LoadSummary.of(
            Workload.of("llama-3.1-8b-instruct", List.of(traffic), new FixedLengths(20, 10), 60))
        .dispersion;
  }

  /** Rates of 0 or 2 for 10 s each: s = .2, A = 2 * 4 * .01 / (.04 * .2) = 10. */
  @Test
  void sources_that_switch_together_add_their_dispersions() {
    MmppArrivals law = new MmppArrivals(0, 2, 10, 10);
    assertEquals(11, dispersion(law), 1e-9);
    assertEquals(11, dispersion(law, law, law), 1e-9);
    ArrivalLaw common = new CommonMmppArrivals(law);
    assertEquals(11, dispersion(common), 1e-9);
    assertEquals(31, dispersion(common, common, common), 1e-9);
    assertEquals(31, dispersion(common, common.withRate(0.5), common.withRate(1.5)), 1e-9);
    ArrivalLaw other = new CommonMmppArrivals(new MmppArrivals(0, 2, 10, 10.0001));
    assertEquals(21, dispersion(common, common, other, other), 1e-3);
    // Mixed with as much Poisson traffic: half of 11, and half of 1.
    assertEquals(6, dispersion(common, ArrivalLaw.poisson(1)), 1e-9);
  }
}
