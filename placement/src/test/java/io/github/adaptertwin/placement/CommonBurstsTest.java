package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.LLAMA;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.CommonMmppArrivals;
import io.github.adaptertwin.workload.arrival.MmppArrivals;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.popularity.Popularity;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommonBurstsTest {
  private static Workload workload(ArrivalLaw law) {
    List<AdapterTraffic> adapters =
        AdapterTraffic.shared("a", 30, List.of(8), new Popularity.Uniform(), law);
    return Workload.of(LLAMA, adapters, new FixedLengths(250, 230), 3600);
  }

  /** 19 requests/s on average, which one GPU serves, and 56 for minutes, which it does not. */
  @Test
  void a_fleet_that_comes_and_goes_together_needs_more_than_one_that_smooths_itself() {
    MmppArrivals law = new MmppArrivals(1, 56, 400, 200);
    Placement smooth = Placer.place(workload(law), H100).orElseThrow();
    assertEquals(1, smooth.gpus().size());
    Workload together = workload(new CommonMmppArrivals(law));
    assertTrue(Placer.place(together, H100).orElseThrow().gpus().size() > 1);
    assertFalse(Placer.with(PlacementOptions.defaults()).evaluate(smooth, together).feasible());
  }
}
