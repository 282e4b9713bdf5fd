package io.github.adaptertwin.placement.pack;

import static io.github.adaptertwin.placement.Workloads.workload;
import static io.github.adaptertwin.placement.pack.Packing.LLAMA;
import static io.github.adaptertwin.placement.pack.Packing.MODEL;
import static io.github.adaptertwin.placement.pack.Packing.UNLIMITED;
import static io.github.adaptertwin.placement.pack.Packing.VERSION;
import static io.github.adaptertwin.placement.pack.Packing.adapter;
import static io.github.adaptertwin.placement.pack.Packing.completing;
import static io.github.adaptertwin.placement.pack.Packing.saying;
import static io.github.adaptertwin.placement.pack.Packing.serving;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.Workloads;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.Candidate;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FleetSearchTest {
  private static final SteadyState A100 =
      new SteadyState(
          Workloads.A100,
          LLAMA,
          Calibration.shipped(VERSION),
          EngineFlags.builder().build(),
          new FixedLengths(250, 230),
          120);

  private final List<Candidate> asked = new ArrayList<>();

  private static FleetSearch.Setup setup(
      @Nullable CapacityOracle oracle, int lowerBound, boolean replication) {
    return new FleetSearch.Setup(
        List.of(MODEL),
        VERSION,
        List.of(8, 16),
        1,
        oracle,
        0.9,
        lowerBound,
        replication,
        UNLIMITED);
  }

  private static Effort effort(int most) {
    return new Effort(most, 100_000, () -> {});
  }

  private static PackResult packed(
      Workload workload, @Nullable CapacityOracle oracle, int mostGpus) {
    return new FleetSearch(workload, setup(oracle, 1, false), effort(500))
        .pack(Fleets.ofOneKind(mostGpus));
  }

  private static List<PlannedGpu> gpus(PackResult result) {
    return assertInstanceOf(PackResult.Packed.class, result).gpus();
  }

  private static Workload twelve(double rate) {
    return workload(IntStream.range(0, 12).mapToObj(i -> adapter("a" + i, 8, rate)).toList());
  }

  private static void assertServed(Workload workload, List<PlannedGpu> gpus) {
    Map<String, Double> rates = new TreeMap<>();
    gpus.forEach(
        g ->
            g.traffic()
                .adapters()
                .forEach(
                    p -> rates.merge(p.traffic().adapter().id(), p.ratePerSecond(), Double::sum)));
    assertEquals(workload.adapters().size(), rates.size());
    for (AdapterTraffic adapter : workload.adapters()) {
      assertEquals(adapter.ratePerSecond(), rates.get(adapter.adapter().id()), 1e-9);
    }
  }

  /** Twelve requests a second on GPUs of four take three, however well one does by the formula. */
  @Test
  void the_oracle_decides_how_many_gpus_are_taken() {
    Workload workload = twelve(1);
    for (int[] most : new int[][] {{4, 3}, {6, 2}, {12, 1}, {3, 4}}) {
      List<PlannedGpu> gpus = gpus(packed(workload, serving(most[0]), Integer.MAX_VALUE));
      assertEquals(most[1], gpus.size(), most[0] + " requests/s on a GPU");
      assertServed(workload, gpus);
      gpus.forEach(g -> assertTrue(g.traffic().ratePerSecond() <= most[0] / 0.9 + 1e-9));
    }
  }

  @Test
  void predictions_are_those_of_the_oracle() {
    PackResult.Packed packed =
        assertInstanceOf(PackResult.Packed.class, packed(twelve(1), serving(6.3), 5));
    assertEquals(2, packed.predictions().size());
    packed.predictions().forEach(p -> assertEquals(1, p.completedShare(), 1e-9));
    assertTrue(packed.mostUse() > 0 && packed.mostUse() < 1, "use " + packed.mostUse());
  }

  @Test
  void a_pool_that_is_too_small_is_told_with_the_last_complaint() {
    PackResult.PoolExhausted none =
        assertInstanceOf(PackResult.PoolExhausted.class, packed(twelve(1), serving(3), 2));
    assertEquals(2, none.gpus());
    assertTrue(none.complaint().startsWith("TEST: share 0."), none.complaint());
    assertTrue(none.mostUse() > 0 && none.mostUse() < 1, "use " + none.mostUse());
  }

  /** Fewer than the bound are not tried, though they would do. */
  @Test
  void the_search_begins_at_the_lower_bound() {
    FleetSearch search = new FleetSearch(twelve(1), setup(serving(100), 3, false), effort(500));
    assertEquals(3, gpus(search.pack(Fleets.ofOneKind(9))).size());
    PackResult.PoolExhausted none =
        assertInstanceOf(
            PackResult.PoolExhausted.class,
            new FleetSearch(twelve(1), setup(serving(100), 4, false), effort(500))
                .pack(Fleets.ofOneKind(3)));
    assertEquals(3, none.gpus());
    assertEquals("", none.complaint());
    assertEquals(Double.POSITIVE_INFINITY, none.mostUse());
  }

  /** Without an oracle the use of every GPU is at most one, and one GPU fewer does not do. */
  @Test
  void the_steady_state_alone_fills_gpus_to_the_brim() {
    Workload workload = twelve(8);
    PackResult.Packed packed =
        assertInstanceOf(PackResult.Packed.class, packed(workload, null, 99));
    int gpus = packed.gpus().size();
    assertTrue(gpus >= 2 && gpus <= 4, gpus + " GPUs for 96 requests/s");
    assertTrue(packed.mostUse() <= 1, "use " + packed.mostUse());
    assertTrue(packed.predictions().isEmpty());
    assertServed(workload, packed.gpus());
    PackResult.PoolExhausted none =
        assertInstanceOf(PackResult.PoolExhausted.class, packed(workload, null, gpus - 1));
    assertEquals(gpus - 1, none.gpus());
    assertTrue(none.mostUse() > 1, "use " + none.mostUse());
  }

  /** Beyond 32 GPUs of the steady state alone nothing is improved. */
  @Test
  void large_fleets_of_the_steady_state_are_dealt_and_no_more() {
    List<AdapterTraffic> many = new ArrayList<>();
    for (int a = 0; a < 200; a++) {
      many.add(adapter("a" + a, 8, 7));
    }
    Workload workload = workload(many);
    Effort effort = effort(500);
    PackResult result =
        new FleetSearch(workload, setup(null, 1, false), effort).pack(Fleets.ofOneKind(99));
    assertTrue(gpus(result).size() > 32, gpus(result).size() + " GPUs for 1,400 requests/s");
    assertTrue(((PackResult.Packed) result).mostUse() <= 1);
    assertEquals(0, effort.moves());
    assertServed(workload, gpus(result));
  }

  @Test
  void an_adapter_above_one_gpu_is_cut_or_named() {
    Workload workload = workload(List.of(adapter("hot", 8, 60), adapter("cold", 8, 1)));
    PackResult.AdapterTooLarge named =
        assertInstanceOf(PackResult.AdapterTooLarge.class, packed(workload, null, 9));
    assertEquals("hot", named.adapter().adapter().id());
    Assessment.Serves word = assertInstanceOf(Assessment.Serves.class, named.assessment());
    double use = 60 / 42.0;
    String complaint = word.prediction().complaints().get(0);
    assertTrue(
        complaint.matches("steady state: its load is 1\\.\\d\\d times what the GPU can do"),
        complaint);
    assertEquals(use, Double.parseDouble(complaint.replaceAll("[^0-9.]", "")), 0.1);
    assertEquals(60 * 480, word.prediction().offeredTokensPerSecond(), 1e-6);
    PackResult cut =
        new FleetSearch(workload, setup(null, 1, true), effort(500)).pack(Fleets.ofOneKind(9));
    assertEquals(2, gpus(cut).size());
    assertServed(workload, gpus(cut));
  }

  /** The oracle is asked about the one that the steady state calls too hot, and about it alone. */
  @Test
  void an_oracle_has_the_last_word_on_an_adapter_that_seems_too_hot() {
    Workload workload = workload(List.of(adapter("hot", 8, 60), adapter("cold", 8, 1)));
    CapacityOracle no =
        c -> {
          asked.add(c);
          return saying(0.5, false);
        };
    PackResult.AdapterTooLarge named =
        assertInstanceOf(PackResult.AdapterTooLarge.class, packed(workload, no, 9));
    assertEquals("hot", named.adapter().adapter().id());
    assertEquals(1, asked.size());
    assertEquals(60, asked.get(0).traffic().ratePerSecond());
    assertEquals(1, asked.get(0).flags().maxLoras());
    assertFalse(packed(workload, serving(100), 9) instanceof PackResult.AdapterTooLarge);
    // What is cut is asked about in parts.
    asked.clear();
    new FleetSearch(workload, setup(no, 1, true), effort(500)).pack(Fleets.ofOneKind(1));
    asked.forEach(c -> assertTrue(c.traffic().ratePerSecond() <= 61));
  }

  @Test
  void what_does_not_start_alone_is_told_as_memory_says() {
    SteadyState large =
        new SteadyState(
            Workloads.H100,
            Models.named("llama-3.1-70b"),
            Calibration.shipped(VERSION),
            EngineFlags.builder().build(),
            new FixedLengths(250, 230),
            120);
    Workload workload =
        Workload.of("llama-3.1-70b", List.of(adapter("a", 8, 1)), new FixedLengths(250, 230), 600);
    FleetSearch.Setup setup =
        new FleetSearch.Setup(
            List.of(large),
            VERSION,
            List.of(8),
            1,
            null,
            0.9,
            1,
            true,
            new HostMemory(Models.named("llama-3.1-70b"), Long.MAX_VALUE));
    PackResult.AdapterTooLarge named =
        assertInstanceOf(
            PackResult.AdapterTooLarge.class,
            new FleetSearch(workload, setup, effort(9)).pack(Fleets.ofOneKind(2)));
    assertInstanceOf(Assessment.Refuses.class, named.assessment());
  }

  @Test
  void effort_ends_a_search() {
    PackResult.PoolExhausted none =
        assertInstanceOf(
            PackResult.PoolExhausted.class,
            new FleetSearch(twelve(1), setup(serving(0.1), 1, false), effort(1))
                .pack(Fleets.ofOneKind(99)));
    assertTrue(none.gpus() < 3, none.gpus() + " GPUs");
  }

  /**
   * Growing fleets end where one more GPU would have nothing to serve: beyond ten and the pieces.
   */
  @Test
  void a_search_without_a_limit_ends_where_every_piece_has_a_gpu() {
    Workload workload = workload(List.of(adapter("a", 8, 1), adapter("b", 8, 1)));
    PackResult.PoolExhausted none =
        assertInstanceOf(
            PackResult.PoolExhausted.class, packed(workload, serving(0.001), Integer.MAX_VALUE));
    assertEquals(10, none.gpus());
  }

  /** Light loads of one adapter that fail: a larger fleet cannot help, other requests might. */
  @Test
  void a_search_may_end_where_a_light_load_fails_by_chance() {
    Workload workload = workload(List.of(adapter("a", 8, 0.1), adapter("b", 8, 0.1)));
    CapacityOracle unlucky = completing(c -> 0.85);
    FleetSearch may = new FleetSearch(workload, setup(unlucky, 1, false), effort(500));
    PackResult.PoolExhausted none =
        assertInstanceOf(PackResult.PoolExhausted.class, may.pack(Fleets.ofOneKind(50), true));
    assertTrue(may.endedByChance());
    assertEquals(2, none.gpus());
    FleetSearch not = new FleetSearch(workload, setup(unlucky, 1, false), effort(500));
    PackResult.PoolExhausted all =
        assertInstanceOf(PackResult.PoolExhausted.class, not.pack(Fleets.ofOneKind(5), false));
    assertFalse(not.endedByChance());
    assertEquals(5, all.gpus());
  }

  /** A tenth of the price for a GPU of half the speed: two of them. */
  @Test
  void the_cheapest_mix_is_taken() {
    CapacityOracle oracle =
        completing(c -> (c.gpu().equals(Workloads.A100) ? 6 : 12) / c.traffic().ratePerSecond());
    FleetSearch.Setup two =
        new FleetSearch.Setup(
            List.of(A100, MODEL), VERSION, List.of(8, 16), 1, oracle, 0.9, 1, false, UNLIMITED);
    Fleets cheap = new Fleets(List.of(9, 9), List.of(1.0, 10.0), Fleets.Order.CHEAPEST);
    List<PlannedGpu> gpus = gpus(new FleetSearch(twelve(1), two, effort(500)).pack(cheap));
    assertEquals(
        List.of(Workloads.A100, Workloads.A100), gpus.stream().map(PlannedGpu::gpu).toList());
    Fleets dear = new Fleets(List.of(9, 9), List.of(1.0, 1.5), Fleets.Order.CHEAPEST);
    assertEquals(
        List.of(Workloads.H100),
        gpus(new FleetSearch(twelve(1), two, effort(500)).pack(dear)).stream()
            .map(PlannedGpu::gpu)
            .toList());
    assertServed(twelve(1), gpus);
  }

  /** Forty parts of one adapter do where two whole adapters do not. */
  @Test
  void finer_pieces_are_tried_where_whole_adapters_do_not_fit() {
    // 20 requests a second of two adapters over three GPUs of 7.5: no whole one fits.
    Workload workload = workload(List.of(adapter("a", 8, 10), adapter("b", 8, 10)));
    PackResult cut =
        new FleetSearch(workload, setup(serving(7.5), 1, true), effort(500))
            .pack(Fleets.ofOneKind(3));
    assertEquals(3, gpus(cut).size());
    assertServed(workload, gpus(cut));
    assertInstanceOf(PackResult.PoolExhausted.class, packed(workload, serving(7.5), 3));
  }

  @Test
  void lists_of_a_setup_cannot_be_changed() {
    List<Integer> slots = new ArrayList<>(List.of(8));
    FleetSearch.Setup setup =
        new FleetSearch.Setup(List.of(MODEL), VERSION, slots, 1.25, null, 0.9, 1, true, UNLIMITED);
    slots.add(16);
    assertEquals(List.of(8), setup.slots());
    CapacityView view = setup.views().get(0);
    assertEquals(1, view.useful(99));
    assertEquals(1.25, view.bias(8, 8));
  }

  /** Moves are tried only where the steady state says that a GPU is more than half full. */
  @Test
  void splits_are_improved_by_moves_where_gpus_are_full() {
    List<AdapterTraffic> uneven = new ArrayList<>();
    for (int a = 0; a < 14; a++) {
      uneven.add(adapter("a" + a, 8 << a % 3, 3 + (a * a) % 11));
    }
    Workload workload = workload(uneven);
    Effort effort = effort(500);
    FleetSearch search = new FleetSearch(workload, setup(serving(1000), 1, false), effort);
    assertServed(workload, gpus(search.pack(Fleets.ofOneKind(9))));
    assertTrue(effort.moves() > 0, "moves");
    Effort light = effort(500);
    gpus(
        new FleetSearch(twelve(0.5), setup(serving(1000), 3, false), light)
            .pack(Fleets.ofOneKind(9)));
    assertEquals(0, light.moves(), "GPUs are nearly empty by the steady state");
  }

  /** Between two fleets the listener is heard, and may end the search. */
  @Test
  void a_listener_is_heard_between_fleets() {
    int[] heard = {0};
    Effort effort = new Effort(500, 1000, () -> heard[0]++);
    new FleetSearch(twelve(1), setup(null, 1, false), effort).pack(Fleets.ofOneKind(9));
    assertEquals(0, heard[0], "the first fleet does");
    PackResult three =
        new FleetSearch(twelve(1), setup(serving(4), 1, false), effort).pack(Fleets.ofOneKind(9));
    // One and two GPUs are asked about in vain.
    assertEquals(3, gpus(three).size());
    assertEquals(2, heard[0] - (int) effort.assessments());
  }

  /**
   * An oracle that is content with anything is asked where the formula says up to 1.3 times full.
   */
  @Test
  void the_search_begins_a_few_gpus_below_what_the_steady_state_says() {
    Workload workload =
        workload(IntStream.range(0, 60).mapToObj(i -> adapter("a" + i, 8, 5)).toList());
    int alone = gpus(packed(workload, null, 99)).size();
    assertTrue(alone >= 7, alone + " GPUs for 300 requests/s");
    PackResult.Packed begun =
        assertInstanceOf(PackResult.Packed.class, packed(workload, serving(1e9), 99));
    assertTrue(begun.gpus().size() < alone, begun.gpus().size() + " of " + alone);
    assertTrue(begun.mostUse() > 1 && begun.mostUse() <= 1.3, "use " + begun.mostUse());
  }

  /**
   * Two GPUs of six adapters each, for which eight slots are tried: four splits, or seven where the
   * last one completed .98 of the nine tenths that are asked for, .882.
   */
  @Test
  void a_split_that_failed_narrowly_is_worth_more_rounds() {
    for (double[] row : new double[][] {{0.85, 4}, {0.881, 4}, {0.883, 7}, {0.899, 7}}) {
      Effort effort = effort(500);
      PackResult.PoolExhausted none =
          assertInstanceOf(
              PackResult.PoolExhausted.class,
              new FleetSearch(twelve(1), setup(c -> saying(row[0], false), 2, false), effort)
                  .pack(Fleets.ofOneKind(2)));
      assertEquals((int) row[1], effort.assessments(), "share " + row[0]);
      assertEquals(2, none.gpus());
    }
  }

  /** One GPU is one split: it is judged once, with up to eight numbers of slots. */
  @Test
  void a_single_gpu_has_a_single_split() {
    Effort effort = effort(500);
    FleetSearch.Setup many =
        new FleetSearch.Setup(
            List.of(MODEL),
            VERSION,
            List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
            1,
            c -> saying(0.899, false),
            0.9,
            1,
            false,
            UNLIMITED);
    new FleetSearch(twelve(0.01), many, effort).pack(Fleets.ofOneKind(1));
    assertEquals(8, effort.assessments());
  }
}
