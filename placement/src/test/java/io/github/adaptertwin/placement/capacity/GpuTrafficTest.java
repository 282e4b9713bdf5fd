package io.github.adaptertwin.placement.capacity;

import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.placement.Workloads;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GpuTrafficTest {
  private static final List<AdapterTraffic> THREE = traffic(3, 2.0, 1.0, 4.0);
  private static final Workload WHOLE =
      workload(THREE).withBaseModelRequests(ArrivalLaw.poisson(8));

  private static SharedAdapter part(int adapter, double from, double to) {
    return new SharedAdapter(THREE.get(adapter), from, to);
  }

  /** One request as text: when, whose and how long. */
  private static String request(RequestCursor cursor) {
    return cursor.arrivalPicos() + " " + cursor.inputTokens() + " " + cursor.outputTokens();
  }

  /** Requests of the first minute. */
  private static List<String> requests(RequestSource source, int adapter) {
    List<String> requests = new ArrayList<>();
    RequestCursor cursor = source.open();
    for (; cursor.arrivalPicos() < SimulatedTime.toPicos(60); cursor.advance()) {
      if (cursor.adapter() == adapter) {
        requests.add(request(cursor));
      }
    }
    return requests;
  }

  /** A quarter of 2, all of 1, and half of 8 requests a second; 480 tokens each. */
  @Test
  void what_is_asked_of_a_gpu_is_the_sum_of_its_parts() {
    GpuTraffic traffic =
        GpuTraffic.of(WHOLE, List.of(part(0, 0.5, 0.75), part(1, 0, 1)), 0.25, 0.75);
    assertEquals(4, traffic.baseRatePerSecond());
    assertEquals(5.5, traffic.ratePerSecond());
    assertEquals(5.5 * 480, traffic.offeredTokensPerSecond(), 1e-9);
    assertEquals(16, traffic.largestRank());
    assertEquals(0.25, traffic.baseFrom());
    assertEquals(0.75, traffic.baseTo());
    assertEquals(List.of(THREE.get(0).adapter(), THREE.get(1).adapter()), traffic.loraAdapters());
    assertEquals(
        List.of(new AdapterTraffic(THREE.get(0).adapter(), 0.5), THREE.get(1)),
        traffic.scaledTraffic());
    assertEquals(0.25, traffic.adapters().get(0).share());
    assertEquals(0.5, traffic.adapters().get(0).ratePerSecond());
    GpuTraffic none = GpuTraffic.of(WHOLE, List.of());
    assertEquals(0, none.ratePerSecond());
    assertEquals(1, none.largestRank());
    assertEquals(8, GpuTraffic.of(WHOLE, List.of(part(2, 0, 1))).largestRank());
  }

  @Test
  void a_gpu_shares_if_another_serves_the_same_adapter_or_the_base_model() {
    assertFalse(GpuTraffic.of(WHOLE, List.of(part(0, 0, 1), part(1, 0, 1))).isShared());
    assertFalse(GpuTraffic.of(WHOLE, List.of(part(0, 0, 1)), 0.5, 0.5).isShared());
    assertTrue(GpuTraffic.of(WHOLE, List.of(part(0, 0, 1), part(1, 0, 0.5))).isShared());
    assertTrue(GpuTraffic.of(WHOLE, List.of(part(0, 0, 1)), 0, 1).isShared());
    assertTrue(SharedAdapter.whole(THREE.get(0)).isWhole());
    assertFalse(part(0, 0.5, 1).isWhole());
    assertFalse(part(0, 0, 0.5).isWhole());
  }

  @Test
  void parts_are_inside_the_whole() {
    for (double[] ends : new double[][] {{0, 0}, {1, 1}, {0, 1}, {0.25, 0.25}}) {
      assertEquals(ends[1], GpuTraffic.of(WHOLE, List.of(), ends[0], ends[1]).baseTo());
    }
    for (double[] ends : new double[][] {{-0.1, 1}, {0.6, 0.5}, {0, 1.1}, {Double.NaN, 1}}) {
      Exception e =
          assertThrows(
              IllegalArgumentException.class,
              () -> GpuTraffic.of(WHOLE, List.of(), ends[0], ends[1]));
      assertEquals(
          "part of the base model's requests is ["
              + ends[0]
              + ", "
              + ends[1]
              + "), must be a part of [0, 1)",
          e.getMessage());
    }
    for (double[] ends : new double[][] {{-0.1, 1}, {0.5, 0.5}, {0, 1.1}, {0, Double.NaN}}) {
      Exception e = assertThrows(IllegalArgumentException.class, () -> part(1, ends[0], ends[1]));
      assertEquals(
          "adapter 'a1' has the part ["
              + ends[0]
              + ", "
              + ends[1]
              + "); it must be a non-empty part of [0, 1)",
          e.getMessage());
    }
  }

  @Test
  void whole_adapters_have_the_requests_that_they_have_by_themselves() {
    GpuTraffic traffic = GpuTraffic.of(WHOLE, List.of(part(0, 0, 1), part(2, 0, 1)));
    RequestSource alone = WHOLE.restrictedTo(List.of(THREE.get(0), THREE.get(2))).source(3, 1);
    RequestSource source = traffic.source(3, 1);
    assertEquals(requests(alone, 0), requests(source, 0));
    assertEquals(requests(alone, 1), requests(source, 1));
    assertTrue(requests(source, 1).size() > 150, "4 requests/s for a minute");
    assertEquals(List.of(), requests(source, RequestCursor.BASE_MODEL));
  }

  /** Six hundred seconds of 1 of 2 and 2 of 8 requests a second, within four deviations. */
  @Test
  void parts_of_poisson_processes_are_poisson_processes_of_their_rate() {
    GpuTraffic traffic = GpuTraffic.of(WHOLE, List.of(part(0, 0.5, 1)), 0.5, 0.75);
    int[] counts = new int[2];
    RequestCursor cursor = traffic.source(3, 0).open();
    for (; cursor.arrivalPicos() < SimulatedTime.toPicos(600); cursor.advance()) {
      counts[cursor.adapter() + 1]++;
    }
    assertEquals(1200, counts[0], 4 * Math.sqrt(1200));
    assertEquals(600, counts[1], 4 * Math.sqrt(600));
  }

  /** Bursts cannot be thinned: each request goes to one GPU by a draw of its adapter. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void gpus_split_requests_of_other_laws_without_overlap(boolean burstyBase) {
    List<AdapterTraffic> bursty = new ArrayList<>();
    THREE.forEach(
        t -> bursty.add(new AdapterTraffic(t.adapter(), ArrivalLaw.gamma(t.ratePerSecond(), 3))));
    Workload whole =
        workload(bursty)
            .withBaseModelRequests(burstyBase ? ArrivalLaw.gamma(8, 3) : ArrivalLaw.poisson(8));
    GpuTraffic first =
        GpuTraffic.of(
            whole,
            List.of(new SharedAdapter(bursty.get(2), 0, 0.3), SharedAdapter.whole(bursty.get(0))),
            0,
            0.25);
    GpuTraffic second =
        GpuTraffic.of(whole, List.of(new SharedAdapter(bursty.get(2), 0.3, 1)), 0.25, 1);
    GpuTraffic third = GpuTraffic.of(whole, List.of(SharedAdapter.whole(bursty.get(1))));
    RequestSource all = whole.source(5, 2);
    assertEquals(2, first.source(5, 2).adapterCount());
    assertEquals(requests(all, 0), requests(first.source(5, 2), 1), "a0 is the second here");
    assertEquals(
        requests(all, RequestCursor.BASE_MODEL).size(),
        requests(first.source(5, 2), RequestCursor.BASE_MODEL).size()
            + requests(second.source(5, 2), RequestCursor.BASE_MODEL).size());
    TreeSet<String> both = new TreeSet<>(requests(first.source(5, 2), 0));
    int small = both.size();
    both.addAll(requests(second.source(5, 2), 0));
    assertEquals(new TreeSet<>(requests(all, 2)), both);
    assertEquals(0.3, small / (double) both.size(), 0.12);
    assertEquals(
        requests(whole.restrictedTo(List.of(bursty.get(1))).source(5, 2), 0),
        requests(third.source(5, 2), 0));
  }

  /** Without the base model only the adapters of the GPU are opened. */
  @Test
  void a_shared_bursty_adapter_is_picked_out_of_its_own_requests() {
    AdapterTraffic bursty = new AdapterTraffic(new LoraAdapter("b", 8), ArrivalLaw.gamma(3, 4));
    Workload whole = workload(List.of(bursty));
    List<String> all = requests(whole.source(9, 0), 0);
    List<String> low =
        requests(GpuTraffic.of(whole, List.of(new SharedAdapter(bursty, 0, 0.5))).source(9, 0), 0);
    List<String> high =
        requests(GpuTraffic.of(whole, List.of(new SharedAdapter(bursty, 0.5, 1))).source(9, 0), 0);
    assertEquals(all.size(), low.size() + high.size());
    assertEquals(0.5, low.size() / (double) all.size(), 0.2);
    assertTrue(all.containsAll(low) && all.containsAll(high));
  }

  /** The whole is told, not drawn: shares of a recording are picked out of it, in any case. */
  @Test
  void gpus_split_a_recording_without_base_requests_too() {
    RequestTrace.Builder requests = RequestTrace.builder(2);
    for (int i = 0; i < 200; i++) {
      requests.add(i * 1_000L, i % 2, 10 + i, 5);
    }
    List<AdapterTraffic> adapters = traffic(2, 1.0);
    Workload whole =
        Workload.recorded(
            Workloads.LLAMA, adapters, new FixedLengths(10, 5), 600, requests.build());
    List<String> both = new ArrayList<>();
    for (double[] ends : new double[][] {{0, 0.4}, {0.4, 1}}) {
      RequestSource source =
          GpuTraffic.of(
                  whole,
                  List.of(
                      new SharedAdapter(adapters.get(1), ends[0], ends[1]),
                      new SharedAdapter(adapters.get(0), ends[0], ends[1])))
              .source(3, 0);
      both.addAll(requests(source, 0));
      assertEquals(100 * (ends[1] - ends[0]), requests(source, 0).size(), 20);
      assertTrue(requests(whole.source(3, 0), 1).containsAll(requests(source, 0)));
      assertTrue(requests(whole.source(3, 0), 0).containsAll(requests(source, 1)));
    }
    assertEquals(new TreeSet<>(requests(whole.source(3, 0), 1)), new TreeSet<>(both));
    assertEquals(100, both.size());
  }

  /** Poisson adapters beside bursts to the base model: those cannot be thinned. */
  @Test
  void a_part_of_bursts_to_the_base_model_is_picked() {
    Workload whole = workload(THREE).withBaseModelRequests(ArrivalLaw.gamma(8, 4));
    List<String> all = requests(whole.source(2, 0), RequestCursor.BASE_MODEL);
    List<String> low =
        requests(
            GpuTraffic.of(whole, List.of(part(0, 0, 0.5)), 0, 0.5).source(2, 0),
            RequestCursor.BASE_MODEL);
    List<String> high =
        requests(
            GpuTraffic.of(whole, List.of(part(0, 0.5, 1)), 0.5, 1).source(2, 0),
            RequestCursor.BASE_MODEL);
    assertTrue(all.containsAll(low) && all.containsAll(high));
    assertEquals(all.size(), low.size() + high.size());
  }

  @Test
  void a_gpu_of_the_base_model_alone_has_its_part_of_it() {
    GpuTraffic traffic = GpuTraffic.of(WHOLE, List.of(), 0.5, 1);
    RequestSource source = traffic.source(4, 0);
    assertEquals(0, source.adapterCount());
    List<String> all = requests(WHOLE.source(4, 0), RequestCursor.BASE_MODEL);
    List<String> mine = requests(source, RequestCursor.BASE_MODEL);
    assertTrue(all.containsAll(mine));
    assertEquals(0.5, mine.size() / (double) all.size(), 0.12);
    assertEquals(0, requests(source, 0).size());
  }

  @Test
  void a_gpu_that_stands_by_has_no_requests() {
    RequestSource source = GpuTraffic.of(WHOLE, List.of()).source(4, 0);
    assertEquals(RequestCursor.NO_MORE, source.open().arrivalPicos());
    assertEquals(0, source.adapterCount());
    assertEquals(0, GpuTraffic.of(recording(), List.of()).source(4, 0).adapterCount());
  }

  /** Three requests to adapter 1, one to the base model and two to adapter 0. */
  private static Workload recording() {
    RequestTrace.Builder requests = RequestTrace.builder(2).waitingCap(7).hashBlockTokens(16);
    requests.add(0, 1, 16, 3, 2).prefixHashes(77);
    requests.add(1_000, -1, 20, 4);
    requests.add(2_000, 0, 30, 5);
    requests.add(3_000, 1, 40, 6);
    requests.add(4_000, 0, 50, 7);
    requests.add(5_000, 1, 60, 8, 1);
    return Workload.recorded(
        Workloads.LLAMA, traffic(2, 1.0), new FixedLengths(10, 5), 2, requests.build());
  }

  @Test
  void all_that_a_recorded_request_carries_goes_with_it() {
    Workload whole = recording();
    GpuTraffic traffic =
        GpuTraffic.of(whole, List.of(SharedAdapter.whole(whole.adapters().get(1))), 0, 1);
    RequestSource source = traffic.source(1, 0);
    assertEquals(7, source.waitingCap());
    RequestCursor cursor = source.open();
    assertEquals(0, cursor.adapter(), "the second adapter is the first of this GPU");
    assertEquals(
        List.of(0L, 16L, 3L, 2L, 16L, 77L),
        List.of(
            cursor.arrivalPicos(),
            (long) cursor.inputTokens(),
            (long) cursor.outputTokens(),
            (long) cursor.priority(),
            (long) cursor.hashedTokens(),
            cursor.prefixHash(15)));
    cursor.advance();
    assertEquals(RequestCursor.BASE_MODEL, cursor.adapter());
    assertEquals("1000 20 4", request(cursor));
    cursor.advance();
    assertEquals("3000 40 6", request(cursor), "that of the other adapter is left out");
    cursor.advance();
    assertEquals("5000 60 8", request(cursor));
    assertEquals(1, cursor.priority());
    cursor.advance();
    assertEquals(RequestCursor.NO_MORE, cursor.arrivalPicos());
    cursor.advance();
    assertEquals(RequestCursor.NO_MORE, cursor.arrivalPicos());
  }

  @Test
  void requests_to_the_base_model_are_told_or_counted() {
    assertEquals(8, BaseTraffic.ratePerSecond(WHOLE));
    assertEquals(0, BaseTraffic.ratePerSecond(workload(THREE)));
    assertEquals(0.5, BaseTraffic.ratePerSecond(recording()), "one in two seconds");
  }
}
