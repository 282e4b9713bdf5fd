package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.CommonMmppArrivals;
import io.github.adaptertwin.workload.arrival.GammaGaps;
import io.github.adaptertwin.workload.arrival.MmppArrivals;
import io.github.adaptertwin.workload.arrival.RenewalArrivals;
import io.github.adaptertwin.workload.arrival.UnpredictableArrivals;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Three adapters by hand: two of rank 8 and 1 request/s, one of rank 32 and 2 requests/s. */
class LoadSummaryTest {
  private static final double E14 = Math.exp(-0.25);

  /** Requests in which two of the three are expected: 2 (1 - x) + (1 - x^2) = 2 at x = e^(-n/4). */
  private static final double X = Math.sqrt(2) - 1;

  static Workload workload(ArrivalLaw first) {
    return Workload.of(
        "llama-3.1-8b",
        List.of(
            new AdapterTraffic(new LoraAdapter("a", 8), first),
            new AdapterTraffic(new LoraAdapter("b", 8), 1),
            new AdapterTraffic(new LoraAdapter("c", 32), 2)),
        new FixedLengths(100, 50),
        3600);
  }

  static Workload workload() {
    return workload(ArrivalLaw.poisson(1));
  }

  @Test
  void moments_are_as_by_hand() {
    LoadSummary load = LoadSummary.of(workload(new RenewalArrivals(1, new GammaGaps(1, 2))));
    assertEquals(3, load.adapters);
    assertEquals(4, load.sumRate, 1e-12);
    // Off the mean by -1/3, -1/3 and 2/3.
    assertEquals(Math.sqrt(2) / 3, load.rateDeviation, 1e-12);
    assertEquals(16, load.meanRank, 1e-12);
    assertEquals(Math.sqrt(128), load.rankDeviation, 1e-12);
    assertEquals(0.5, load.largestShare, 1e-12);
    // Dispersion 4 of a quarter of the requests, 1 of the others.
    assertEquals(1.75, load.dispersion, 1e-9);
    assertEquals(100, load.meanInput);
    assertEquals(50, load.meanOutput);
    assertEquals(150, load.tokensPerRequest());
  }

  @Test
  void an_unknown_dispersion_counts_as_a_thousand() {
    LoadSummary load = LoadSummary.of(workload(new UnpredictableArrivals(1)));
    assertEquals((1000 + 1 + 2 * 1) / 4.0, load.dispersion, 1e-9);
    LoadSummary most =
        LoadSummary.of(workload(new RenewalArrivals(1, new GammaGaps(1, Math.sqrt(900)))));
    assertEquals((900 + 3) / 4.0, most.dispersion, 1e-6);
  }

  @Test
  void rates_are_kept_in_buckets_of_a_factor_of_two() {
    LoadSummary load = LoadSummary.of(workload());
    assertArrayEquals(new double[] {2, 1}, load.count);
    assertArrayEquals(new double[] {1, 2}, load.rate);
    // Both ends take what lies beyond them: below 2^-24 and from 2^23 on.
    LoadSummary tiny = LoadSummary.scaled(workload(), Math.scalb(1.0, -40));
    assertArrayEquals(new double[] {3}, tiny.count);
    assertEquals(Math.scalb(4.0, -40) / 3, tiny.rate[0], 1e-25);
    LoadSummary huge = LoadSummary.scaled(workload(), Math.scalb(1.0, 30));
    assertArrayEquals(new double[] {3}, huge.count);
    // The last that are still apart.
    assertArrayEquals(
        new double[] {2, 1}, LoadSummary.scaled(workload(), Math.scalb(1.0, -24)).count);
    assertArrayEquals(
        new double[] {2, 1}, LoadSummary.scaled(workload(), Math.scalb(1.0, 22)).count);
    assertArrayEquals(new double[] {3}, LoadSummary.scaled(workload(), Math.scalb(1.0, 23)).count);
  }

  @Test
  void scaling_multiplies_rates_and_nothing_else() {
    LoadSummary load = LoadSummary.scaled(workload(), 2.5);
    assertEquals(10, load.sumRate, 1e-12);
    assertEquals(2.5 * Math.sqrt(2) / 3, load.rateDeviation, 1e-12);
    assertEquals(0.5, load.largestShare, 1e-12);
    assertEquals(16, load.meanRank, 1e-12);
    LoadSummary came = LoadSummary.asItCame(workload(), 6, 10, 20);
    assertEquals(6, came.sumRate, 1e-12);
    assertEquals(30, came.tokensPerRequest());
    assertEquals(10, came.meanInput);
  }

  @Test
  void distinct_adapters_of_some_requests() {
    LoadSummary load = LoadSummary.of(workload());
    assertEquals(0, load.distinct(0));
    assertEquals(2 * (1 - E14) + (1 - E14 * E14), load.distinct(1), 1e-12);
    assertEquals(2, load.distinct(-4 * Math.log(X)), 1e-12);
    assertEquals(3, load.distinct(1e6), 1e-12);
  }

  /** Missed are x of the requests of each small one and x^2 of the large one's. */
  @Test
  void a_request_misses_if_its_adapter_was_long_not_asked_for() {
    LoadSummary load = LoadSummary.of(workload());
    assertEquals(1 - Math.sqrt(0.5), load.missShare(2), 1e-9);
    assertEquals(0, load.missShare(3));
    assertEquals(0, load.missShare(4));
    // One slot: 2 (1 - x) + (1 - x^2) = 1, so x = sqrt(3) - 1.
    double x = Math.sqrt(3) - 1;
    assertEquals((x + x * x) / 2, load.missShare(1), 1e-9);
  }

  /** An adapter is busy for (e^a - 1) / rate on end, which is weighed against an hour. */
  @Test
  void adapters_that_never_rest_hold_their_slots() {
    LoadSummary load = LoadSummary.of(workload());
    double small = (Math.exp(4) - 1) / 3600;
    double large = (Math.exp(8) - 1) / 2 / 3600;
    small /= 1 + small;
    large /= 1 + large;
    double[] persistent = load.persistent(4);
    assertEquals(2 * small + large, persistent[0], 1e-12);
    assertEquals((2 * small + 2 * large) / 4, persistent[1], 1e-12);
    assertEquals((2 * small + large) / 3, load.heldShare(3, 4), 1e-12);
    assertEquals((2 * small + large) / 4, load.heldShare(4, 4), 1e-12);
    assertEquals((2 * (1 - X) * small + (1 - X * X) * large) / 2, load.heldShare(2, 4), 1e-9);
    // However long requests run, each adapter counts once.
    assertEquals(3, load.persistent(1e6)[0], 1e-9);
    assertEquals(1, load.persistent(1e6)[1], 1e-9);
  }

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
