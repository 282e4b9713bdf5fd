package io.github.adaptertwin.placement;

import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.LLAMA;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.Candidate;
import io.github.adaptertwin.placement.capacity.CapacityOracle;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.placement.pack.Effort;
import io.github.adaptertwin.placement.pack.HostMemory;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Latencies are formulas of the rate and the slots of a GPU here. */
class LatencySearchTest {
  private static final HostMemory UNLIMITED = new HostMemory(Models.named(LLAMA), Long.MAX_VALUE);
  private static final SteadyState MODEL =
      new SteadyState(
          H100,
          Models.named(LLAMA),
          Calibration.shipped(EngineVersion.VLLM_0_8_5),
          EngineFlags.builder().build(),
          new FixedLengths(250, 230),
          120);

  private final List<Candidate> asked = new ArrayList<>();

  /** An oracle that serves at these latencies, or breaks a rule where the first is negative. */
  private CapacityOracle latencies(
      ToDoubleFunction<Candidate> itl, ToDoubleFunction<Candidate> ttft) {
    return candidate -> {
      asked.add(candidate);
      double first = itl.applyAsDouble(candidate);
      double rate = candidate.traffic().ratePerSecond();
      return new Assessment.Serves(
          new Prediction(
              0,
              rate,
              rate,
              1,
              first,
              0,
              ttft.applyAsDouble(candidate),
              0,
              0,
              0,
              0,
              0,
              List.of(new Verdict("TEST", !(first < 0), "as told"))));
    };
  }

  /** Both latencies are a hundredth of the rate of the GPU. */
  private CapacityOracle byRate() {
    return latencies(
        c -> c.traffic().ratePerSecond() / 100, c -> c.traffic().ratePerSecond() / 100);
  }

  /** Adapters a0, a1, ... of rank 8. */
  private static Workload rates(double... rates) {
    return workload(
        IntStream.range(0, rates.length)
            .mapToObj(i -> new AdapterTraffic(new LoraAdapter("a" + i, 8), rates[i]))
            .toList());
  }

  private static PlannedGpu gpu(Workload workload, int slots, int... members) {
    return new PlannedGpu(
        H100,
        GpuTraffic.of(
            workload,
            IntStream.of(members)
                .mapToObj(i -> SharedAdapter.whole(workload.adapters().get(i)))
                .toList()),
        EngineFlags.builder().maxLoras(slots).maxCpuLoras(members.length).build());
  }

  private static List<PlannedGpu> improved(
      Workload workload,
      List<PlannedGpu> even,
      int gpus,
      HostMemory host,
      Effort effort,
      CapacityOracle... replications) {
    return new LatencySearch(
            PlacementOptions.defaults(),
            List.of(1, 2, 4, 8),
            MODEL,
            workload,
            host,
            List.of(replications),
            effort)
        .improve(even, gpus);
  }

  private static Effort effort(int most) {
    return new Effort(most, 100, () -> {});
  }

  private static List<List<String>> names(List<PlannedGpu> gpus) {
    return gpus.stream()
        .map(g -> g.traffic().adapters().stream().map(p -> p.traffic().adapter().id()).toList())
        .toList();
  }

  @Test
  void without_replications_nothing_is_compared() {
    Workload workload = rates(1, 1);
    List<PlannedGpu> even = List.of(gpu(workload, 2, 0, 1));
    assertSame(even, improved(workload, even, 2, UNLIMITED, effort(9)));
  }

  /** In the order of ids 1, 1 and 4, 4 give 5 and 5; all on one GPU would be 10. */
  @Test
  void adapters_are_spread_over_all_gpus() {
    Workload workload = rates(1, 1, 4, 4);
    List<PlannedGpu> even = List.of(gpu(workload, 4, 0, 1, 2, 3));
    List<PlannedGpu> found = improved(workload, even, 2, UNLIMITED, effort(99), byRate());
    assertEquals(List.of(List.of("a0", "a2"), List.of("a1", "a3")), names(found));
    assertEquals(List.of(2, 2), found.stream().map(g -> g.flags().maxLoras()).toList());
    // With one GPU there is one split, and with more GPUs than adapters some stay idle.
    assertEquals(1, improved(workload, even, 1, UNLIMITED, effort(99), byRate()).size());
    assertEquals(4, improved(workload, even, 9, UNLIMITED, effort(99), byRate()).size());
  }

  /**
   * In the order of ids 3, 3 and 6 give 9 and 3 with a latency of .09; the hottest first gives 6
   * and 6, .06.
   */
  @Test
  void the_hottest_first_is_taken_where_it_is_clearly_ahead() {
    Workload workload = rates(3, 3, 6);
    List<PlannedGpu> even = List.of(gpu(workload, 3, 0, 1, 2));
    List<PlannedGpu> found = improved(workload, even, 2, UNLIMITED, effort(99), byRate(), byRate());
    assertEquals(List.of(List.of("a2"), List.of("a0", "a1")), names(found));
    // The split of the packer is taken where it is clearly ahead of both.
    CapacityOracle together =
        latencies(
            c -> c.traffic().adapters().size() == 3 ? 0.01 : 0.05,
            c -> c.traffic().adapters().size() == 3 ? 0.01 : 0.05);
    assertEquals(
        List.of(List.of("a0", "a1", "a2")),
        names(improved(workload, even, 2, UNLIMITED, effort(99), together, together)));
  }

  /** A gain of 1 % is not worth another order: the split by ids is kept. */
  @Test
  void a_split_must_be_clearly_ahead() {
    Workload workload = rates(3, 3, 6);
    List<PlannedGpu> even = List.of(gpu(workload, 3, 0, 1, 2));
    for (double gain : new double[] {0.99, 0.97}) {
      CapacityOracle oracle =
          latencies(
              c -> hottestAlone(c) ? 0.05 * gain : 0.05, c -> hottestAlone(c) ? 0.05 * gain : 0.05);
      List<PlannedGpu> found = improved(workload, even, 2, UNLIMITED, effort(99), oracle, oracle);
      assertEquals(
          gain < 0.98 ? List.of("a2") : List.of("a0", "a2"), names(found).get(0), "gain " + gain);
    }
    // One figure ahead by 3 % and the other behind by 1 %: not ahead.
    CapacityOracle mixed =
        latencies(c -> hottestAlone(c) ? 0.0485 : 0.05, c -> hottestAlone(c) ? 0.0505 : 0.05);
    assertEquals(
        List.of("a0", "a2"),
        names(improved(workload, even, 2, UNLIMITED, effort(99), mixed, mixed)).get(0));
  }

  /** Whether it is one of the GPUs of the order of the hottest first: 6, or 3 and 3. */
  private static boolean hottestAlone(Candidate c) {
    return c.traffic().ratePerSecond() == 6;
  }

  @Test
  void requests_to_the_base_model_leave_the_split_of_the_packer() {
    Workload workload = rates(1, 1).withBaseModelRequests(ArrivalLaw.poisson(1));
    List<PlannedGpu> even = List.of(gpu(workload, 2, 0, 1));
    List<PlannedGpu> found = improved(workload, even, 2, UNLIMITED, effort(99), byRate(), byRate());
    assertEquals(List.of(List.of("a0", "a1")), names(found));
  }

  /** The host holds two adapters of rank 8: three on a GPU are no split. */
  @Test
  void splits_that_the_host_does_not_hold_are_left_out() {
    Workload workload = rates(9, 1, 1, 1);
    HostMemory two = new HostMemory(Models.named(LLAMA), 2 * Models.named(LLAMA).adapterBytes(8));
    List<PlannedGpu> even = List.of(gpu(workload, 2, 0, 1), gpu(workload, 2, 2, 3));
    assertEquals(
        List.of(List.of("a0", "a1"), List.of("a2", "a3")),
        names(improved(workload, even, 2, two, effort(99), byRate(), byRate())));
    HostMemory three = new HostMemory(Models.named(LLAMA), 3 * Models.named(LLAMA).adapterBytes(8));
    assertEquals(
        List.of(List.of("a0"), List.of("a1", "a2", "a3")),
        names(improved(workload, even, 2, three, effort(99), byRate(), byRate())));
  }

  private List<Integer> slotsTaken(
      ToDoubleFunction<Candidate> itl, ToDoubleFunction<Candidate> ttft) {
    asked.clear();
    Workload workload = rates(1, 1, 1, 1);
    List<PlannedGpu> even = List.of(gpu(workload, 4, 0, 1, 2, 3));
    CapacityOracle oracle = latencies(itl, ttft);
    return improved(workload, even, 1, UNLIMITED, effort(99), oracle, oracle).stream()
        .map(g -> g.flags().maxLoras())
        .toList();
  }

  /** All four slots, or fewer where neither latency is worse with them. */
  @Test
  void fewer_slots_are_taken_where_nothing_is_worse() {
    assertEquals(List.of(4), slotsTaken(c -> 0.02, c -> 0.5), "of equals all slots");
    assertEquals(List.of(1), slotsTaken(c -> 0.01 + c.flags().maxLoras() / 1e3, c -> 0.5));
    // Two slots are the quickest by tokens, one has late first tokens.
    assertEquals(
        List.of(2),
        slotsTaken(
            c -> 0.01 + c.flags().maxLoras() / 1e3, c -> c.flags().maxLoras() == 1 ? 0.6 : 0.5));
    // One slot breaks a rule.
    assertEquals(
        List.of(2),
        slotsTaken(
            c -> c.flags().maxLoras() == 1 ? -1 : 0.01 + c.flags().maxLoras() / 1e3, c -> 0.5));
    // More slots than adapters are not asked about.
    assertTrue(asked.stream().allMatch(c -> c.flags().maxLoras() <= 4));
    assertTrue(asked.stream().allMatch(c -> c.flags().maxCpuLoras() == 4));
    // Without any inter-token latency the first token decides.
    assertEquals(List.of(1), slotsTaken(c -> Double.NaN, c -> 0.5 + c.flags().maxLoras() / 10.0));
    // Where all slots break a rule fewer may keep it.
    assertEquals(
        List.of(1),
        slotsTaken(c -> c.flags().maxLoras() == 4 ? -1 : 0.01 * c.flags().maxLoras(), c -> 0.5));
  }

  /** Gains of .2 and .001 on two replications are luck: 2.5 deviations are more than their mean. */
  @Test
  void a_gain_must_stand_out_from_its_spread() {
    Workload workload = rates(1, 1, 1, 1);
    List<PlannedGpu> even = List.of(gpu(workload, 4, 0, 1, 2, 3));
    CapacityOracle much = latencies(c -> c.flags().maxLoras() == 4 ? 0.3 : 0.1, c -> 0.5);
    CapacityOracle little = latencies(c -> c.flags().maxLoras() == 4 ? 0.101 : 0.1, c -> 0.5);
    assertEquals(
        4,
        improved(workload, even, 1, UNLIMITED, effort(99), much, little).get(0).flags().maxLoras());
    assertEquals(
        1,
        improved(workload, even, 1, UNLIMITED, effort(99), much, much).get(0).flags().maxLoras());
  }

  @Test
  void what_no_slots_serve_leaves_the_split_of_the_packer() {
    Workload workload = rates(1, 1);
    List<PlannedGpu> even = List.of(gpu(workload, 2, 0, 1));
    CapacityOracle never = latencies(c -> -1, c -> 0.5);
    assertSame(even, improved(workload, even, 2, UNLIMITED, effort(99), never));
    // So does an effort that ends before a split is judged.
    assertSame(even, improved(workload, even, 2, UNLIMITED, effort(1), byRate()));
  }

  /**
   * Half of the tokens at .02 and half at .04 s are .03 on average; the slowest first token counts.
   */
  @Test
  void a_split_counts_with_its_mean_by_tokens_and_its_slowest_gpu() {
    Workload workload = rates(3, 3, 6);
    List<PlannedGpu> even = List.of(gpu(workload, 3, 0, 1, 2));
    // By ids: 9 (.02) and 3 (.06): .03. The hottest first: 6 and 6 at .0295, less than 2 % ahead.
    ToDoubleFunction<Candidate> itl =
        c -> {
          double rate = c.traffic().ratePerSecond();
          return rate == 9 ? 0.02 : rate == 3 ? 0.06 : rate == 6 ? 0.0295 : 1;
        };
    CapacityOracle narrow = latencies(itl, c -> 0.5);
    assertEquals(
        List.of("a0", "a2"),
        names(improved(workload, even, 2, UNLIMITED, effort(99), narrow, narrow)).get(0));
    // First tokens of the slowest GPU: .7 against .6.
    CapacityOracle first =
        latencies(c -> itl.applyAsDouble(c), c -> c.traffic().ratePerSecond() == 9 ? 0.7 : 0.6);
    assertEquals(
        List.of("a2"),
        names(improved(workload, even, 2, UNLIMITED, effort(99), first, first)).get(0));
  }
}
