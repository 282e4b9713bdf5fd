package io.github.adaptertwin.placement.pack;

import static io.github.adaptertwin.placement.Workloads.workload;
import static io.github.adaptertwin.placement.pack.Packing.LLAMA;
import static io.github.adaptertwin.placement.pack.Packing.MODEL;
import static io.github.adaptertwin.placement.pack.Packing.UNLIMITED;
import static io.github.adaptertwin.placement.pack.Packing.VERSION;
import static io.github.adaptertwin.placement.pack.Packing.adapter;
import static io.github.adaptertwin.placement.pack.Packing.serving;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RepackingTest {
  private static FleetSearch.Setup setup(CapacityOracle oracle, HostMemory host) {
    return new FleetSearch.Setup(
        List.of(MODEL), VERSION, List.of(4, 8, 16), 1, oracle, 0.9, 1, true, host);
  }

  private static PackResult repacked(
      Workload now, List<PlannedGpu> before, int most, CapacityOracle oracle) {
    return new Repacking(now, setup(oracle, UNLIMITED), new Effort(200, 100_000, () -> {}))
        .repack(before, most);
  }

  private static List<PlannedGpu> packed(PackResult result) {
    return assertInstanceOf(PackResult.Packed.class, result).gpus();
  }

  /** Adapters a0, a1, ... of the rates. */
  private static List<AdapterTraffic> adapters(double... rates) {
    return IntStream.range(0, rates.length).mapToObj(i -> adapter("a" + i, 8, rates[i])).toList();
  }

  /** A GPU that has served the adapters of these numbers. */
  private static PlannedGpu gpu(Workload workload, double from, double to, int... members) {
    List<SharedAdapter> parts =
        Arrays.stream(members)
            .mapToObj(i -> SharedAdapter.whole(workload.adapters().get(i)))
            .toList();
    return new PlannedGpu(
        MODEL.gpu(),
        GpuTraffic.of(workload, parts, from, to),
        MODEL.common().toBuilder().maxLoras(4).maxCpuLoras(4).build());
  }

  private static List<List<String>> names(List<PlannedGpu> gpus) {
    return gpus.stream()
        .map(g -> g.traffic().adapters().stream().map(p -> p.traffic().adapter().id()).toList())
        .toList();
  }

  @Test
  void what_serves_stays_where_it_is() {
    Workload workload = workload(adapters(1, 2, 1, 1));
    List<PlannedGpu> before = List.of(gpu(workload, 0, 0, 3, 0), gpu(workload, 0, 0, 1, 2));
    List<PlannedGpu> after = packed(repacked(workload, before, 9, serving(10)));
    assertEquals(List.of(List.of("a0", "a3"), List.of("a1", "a2")), names(after));
  }

  @Test
  void adapters_that_are_gone_leave_and_new_ones_go_where_there_is_room() {
    Workload then = workload(adapters(1, 4, 1));
    List<PlannedGpu> before = List.of(gpu(then, 0, 0, 1), gpu(then, 0, 0, 0, 2));
    Workload now =
        workload(List.of(adapter("a1", 8, 4), adapter("a2", 8, 1), adapter("n", 8, 1.5)));
    List<PlannedGpu> after = packed(repacked(now, before, 9, serving(10)));
    assertEquals(List.of(List.of("a1"), List.of("a2", "n")), names(after));
  }

  /** Six requests a second on a GPU that serves four, and nothing on the other. */
  @Test
  void adapters_move_off_a_gpu_that_the_oracle_calls_overloaded() {
    Workload workload = workload(adapters(2, 2, 2));
    List<PlannedGpu> before = List.of(gpu(workload, 0, 0, 0, 1, 2), gpu(workload, 0, 0));
    List<PlannedGpu> after = packed(repacked(workload, before, 2, serving(4)));
    assertEquals(2, after.size());
    assertTrue(
        after.stream().allMatch(g -> g.traffic().ratePerSecond() <= 4), names(after).toString());
  }

  @Test
  void gpus_are_added_where_there_may_be_more() {
    Workload workload = workload(adapters(2, 2, 2, 2));
    List<PlannedGpu> before = List.of(gpu(workload, 0, 0, 0, 1, 2, 3));
    List<PlannedGpu> after = packed(repacked(workload, before, 9, serving(4)));
    assertEquals(2, after.size());
    PackResult.PoolExhausted none =
        assertInstanceOf(PackResult.PoolExhausted.class, repacked(workload, before, 1, serving(4)));
    assertEquals(1, none.gpus());
    assertEquals("TEST: share 0.5", none.complaint());
    // Half of it is done where nine tenths are asked for: the steady state has been corrected.
    assertEquals(0.9 / 0.5, none.mostUse(), 1e-9);
    assertEquals(
        new PackResult.PoolExhausted(0, Double.POSITIVE_INFINITY, ""),
        repacked(workload, before, 0, serving(4)));
  }

  /** Beyond twice what there was and two more nothing is added: five GPUs of one. */
  @Test
  void a_hopeless_update_ends() {
    Workload workload = workload(adapters(2, 2));
    PackResult.PoolExhausted none =
        assertInstanceOf(
            PackResult.PoolExhausted.class,
            repacked(workload, List.of(gpu(workload, 0, 0, 0, 1)), 99, serving(0.1)));
    assertEquals(5, none.gpus());
  }

  @Test
  void gpus_beyond_the_number_are_given_up_from_the_last_on() {
    Workload workload = workload(adapters(1, 1, 1));
    List<PlannedGpu> before =
        List.of(gpu(workload, 0, 0, 0), gpu(workload, 0, 0, 1), gpu(workload, 0, 0, 2));
    List<PlannedGpu> after = packed(repacked(workload, before, 2, serving(10)));
    assertEquals(2, after.size());
    List<String> all = new ArrayList<>();
    names(after).forEach(all::addAll);
    assertEquals(List.of("a0", "a1", "a2"), all.stream().sorted().toList());
    assertEquals("a0", names(after).get(0).get(0));
    assertTrue(names(after).get(1).contains("a1"), names(after).toString());
  }

  /** Sixteen parts: the first GPU has had a quarter of them, and keeps four. */
  @Test
  void requests_to_the_base_model_stay_too() {
    Workload workload = workload(adapters(1, 1)).withBaseModelRequests(ArrivalLaw.poisson(4));
    List<PlannedGpu> before = List.of(gpu(workload, 0, 0.25, 0), gpu(workload, 0.25, 1, 1));
    List<PlannedGpu> after = packed(repacked(workload, before, 2, serving(10)));
    assertEquals(0.25, after.get(0).traffic().baseTo());
    assertEquals(0.25, after.get(1).traffic().baseFrom());
    assertEquals(1, after.get(1).traffic().baseTo());
  }

  @Test
  void parts_of_an_adapter_stay_on_their_gpus() {
    Workload workload = workload(adapters(6));
    AdapterTraffic hot = workload.adapters().get(0);
    List<PlannedGpu> before = new ArrayList<>();
    for (int g = 0; g < 2; g++) {
      before.add(
          new PlannedGpu(
              MODEL.gpu(),
              GpuTraffic.of(workload, List.of(new SharedAdapter(hot, g / 2.0, (g + 1) / 2.0))),
              MODEL.common().toBuilder().maxLoras(1).maxCpuLoras(1).build()));
    }
    List<PlannedGpu> after = packed(repacked(workload, before, 2, serving(4)));
    assertEquals(List.of(List.of("a0"), List.of("a0")), names(after));
    assertEquals(0.5, after.get(0).traffic().adapters().get(0).to());
  }

  /** Two adapters where the host holds one: the judge is not asked before one has moved. */
  @Test
  void host_memory_moves_adapters_before_anybody_is_asked() {
    Workload workload = workload(adapters(0.1, 0.1));
    List<PlannedGpu> before = List.of(gpu(workload, 0, 0, 0, 1), gpu(workload, 0, 0));
    CapacityOracle all = serving(100);
    Effort effort = new Effort(200, 1000, () -> {});
    PackResult result =
        new Repacking(workload, setup(all, new HostMemory(LLAMA, LLAMA.adapterBytes(8))), effort)
            .repack(before, 2);
    assertEquals(
        List.of(1, 1), packed(result).stream().map(g -> g.traffic().adapters().size()).toList());
    assertEquals(2, effort.assessments());
  }

  @Test
  void without_an_oracle_a_gpu_that_is_too_full_is_relieved() {
    Workload workload = workload(adapters(20, 20, 20));
    List<PlannedGpu> before = List.of(gpu(workload, 0, 0, 0, 1, 2));
    List<PlannedGpu> after = packed(repacked(workload, before, 9, null));
    assertTrue(after.size() >= 2, after.size() + " GPUs for 60 requests/s");
    assertEquals(60, after.stream().mapToDouble(g -> g.traffic().ratePerSecond()).sum(), 1e-9);
  }

  @Test
  void an_update_ends_with_its_effort() {
    Workload workload = workload(adapters(2, 2));
    PackResult none =
        new Repacking(workload, setup(serving(0.1), UNLIMITED), new Effort(3, 1000, () -> {}))
            .repack(List.of(gpu(workload, 0, 0, 0, 1)), 99);
    assertInstanceOf(PackResult.PoolExhausted.class, none);
  }

  /** Of the new adapters the hottest is placed first, each where there is most room. */
  @Test
  void new_adapters_go_one_by_one_to_the_emptiest_gpu() {
    Workload then = workload(List.of(adapter("x", 8, 3), adapter("y", 8, 1)));
    List<PlannedGpu> before = List.of(gpu(then, 0, 0, 0), gpu(then, 0, 0, 1));
    Workload now =
        workload(
            List.of(
                adapter("x", 8, 3),
                adapter("y", 8, 1),
                adapter("n1", 8, 1.2),
                adapter("n2", 8, 1.1),
                adapter("n3", 8, 1)));
    List<PlannedGpu> after = packed(repacked(now, before, 2, serving(10)));
    // y and n1 are 2.2, with n2 3.3; then x is the emptier one with 3.
    assertEquals(List.of(List.of("n3", "x"), List.of("n1", "n2", "y")), names(after));
  }
}
