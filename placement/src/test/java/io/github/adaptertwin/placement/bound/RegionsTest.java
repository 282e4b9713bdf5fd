package io.github.adaptertwin.placement.bound;

import static io.github.adaptertwin.placement.Workloads.randomTraffic;
import static io.github.adaptertwin.placement.Workloads.scaled;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.Workloads;
import io.github.adaptertwin.placement.bound.TrafficClasses.TrafficClass;
import io.github.adaptertwin.placement.capacity.GpuDemand;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ojalgo.optimisation.Expression;
import org.ojalgo.optimisation.ExpressionsBasedModel;
import org.ojalgo.optimisation.Variable;

/** Bounds over regions that are made up, and the regions of the steady state. */
class RegionsTest {
  private static final EngineVersion VERSION = EngineVersion.VLLM_0_8_5;
  private static final List<Integer> SLOTS = List.of(4, 16, 64);

  private static SteadyState kind(GpuSpec gpu) {
    return new SteadyState(
        gpu,
        Models.named(Workloads.LLAMA),
        Calibration.shipped(VERSION),
        EngineFlags.builder().build(),
        new FixedLengths(250, 230),
        120);
  }

  private static final SteadyState H100 = kind(Workloads.H100);

  private static AdapterTraffic adapter(int number, int rank, double rate) {
    return new AdapterTraffic(new LoraAdapter("a" + number, rank), rate);
  }

  private static List<AdapterTraffic> rates(int rank, double... rates) {
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (double rate : rates) {
      adapters.add(adapter(adapters.size(), rank, rate));
    }
    return adapters;
  }

  /** Of 1.2, 1.1 and 1 the smallest is the largest divided by 1.2; .99 and .83 are the next. */
  @Test
  void classes_hold_rates_that_differ_by_a_fifth() {
    List<TrafficClass> classes = TrafficClasses.of(rates(8, 0.99, 1.2, 0.82, 1, 1.1, 0.83), 0);
    assertEquals(3, classes.size());
    assertClass(8, 1.2, 3.3, classes.get(0));
    assertClass(8, 0.99, 1.82, classes.get(1));
    assertClass(8, 0.82, 0.82, classes.get(2));
  }

  private static void assertClass(int rank, double most, double sum, TrafficClass actual) {
    assertEquals(rank, actual.rank());
    assertEquals(most, actual.mostRate());
    assertEquals(sum, actual.sumRate(), 1e-12);
  }

  /** Rates of a ten-thousandth of the largest are no class of their own. */
  @Test
  void classes_are_by_rank_and_the_rarest_adapters_are_one() {
    List<AdapterTraffic> all = new ArrayList<>(rates(16, 1, 0.5, 1e-4, 1e-6));
    all.add(adapter(9, 8, 0.25));
    List<TrafficClass> classes = TrafficClasses.of(all, 7);
    assertEquals(4, classes.size());
    assertClass(8, 0.25, 0.25, classes.get(0));
    assertClass(16, 1, 1, classes.get(1));
    assertClass(16, 0.5, 0.500101, classes.get(2));
    assertClass(0, 7, 7, classes.get(3));
    assertEquals(3, TrafficClasses.of(all, 0).size());
    // Just above it is one.
    assertEquals(2, TrafficClasses.of(rates(16, 1, 1.01e-4), 0).size());
  }

  private static List<TrafficClass> classes(double... demand) {
    return Arrays.stream(demand).mapToObj(d -> new TrafficClass(8, 1, d)).toList();
  }

  /** A capacity with regions of ones own: use by one request per second, [region][row][class]. */
  private static OptimisticCapacity capacity(List<TrafficClass> classes, double[][]... regions) {
    OptimisticCapacity capacity =
        new OptimisticCapacity(List.of(H100), VERSION, List.of(4), classes, 600, 1, true);
    capacity.regions.clear();
    capacity.regions.addAll(List.of(regions));
    return capacity;
  }

  private static double byPrices(OptimisticCapacity capacity, List<TrafficClass> classes) {
    return new CombinatorialBound(capacity, classes).bound();
  }

  private static double byProgram(OptimisticCapacity capacity, List<TrafficClass> classes) {
    double[] prices = new CombinatorialBound(capacity, classes).prices();
    return new ConfigurationBound(capacity, classes).bound(prices);
  }

  /** A GPU serves five requests a second, by its slots: thirty take six. */
  @Test
  void one_class_in_one_region_takes_its_rate_over_the_capacity() {
    for (int row = 0; row < 4; row++) {
      double[][] use = {{0.1}, {0.1}, {0.1}, {0.1}};
      use[row][0] = 0.2;
      List<TrafficClass> thirty = classes(30);
      OptimisticCapacity capacity = capacity(thirty, use);
      CombinatorialBound prices = new CombinatorialBound(capacity, thirty);
      assertEquals(6, prices.bound(), 1e-12);
      assertArrayEquals(new double[] {0.2}, prices.prices(), 1e-12);
      assertEquals(6, byProgram(capacity, thirty), 1e-9);
      assertEquals(6, capacity.use(thirty), 1e-12);
    }
  }

  /**
   * Time .2 and slots .05 against time .05 and slots .2: four of each fill a GPU in both, so twenty
   * of each take five.
   */
  @Test
  void classes_that_complement_each_other_share_a_gpu() {
    List<TrafficClass> both = classes(20, 20);
    double[][] use = {{0.2, 0.05}, {0.2, 0.05}, {0, 0}, {0.05, 0.2}};
    OptimisticCapacity capacity = capacity(both, use);
    assertEquals(5, byPrices(capacity, both), 1e-9);
    assertEquals(5, byProgram(capacity, both), 1e-6);
    // Alone the first takes 20 * .2.
    List<TrafficClass> one = classes(20, 1e-9);
    assertEquals(4, byProgram(capacity(one, use), one), 1e-6);
    assertEquals(5, capacity.use(both), 1e-9);
  }

  /**
   * One region is short of time, the other of slots: at any weights one of them is cheap, and
   * prices say three; but no GPU is in both, so six are needed.
   */
  @Test
  void the_program_knows_that_a_gpu_is_in_one_region() {
    List<TrafficClass> thirty = classes(30);
    OptimisticCapacity capacity =
        capacity(
            thirty, new double[][] {{0.2}, {0.2}, {0}, {0}}, new double[][] {{0}, {0}, {0}, {0.2}});
    assertEquals(3, byPrices(capacity, thirty), 1e-12);
    assertEquals(6, byProgram(capacity, thirty), 1e-6);
    // The better of two regions counts.
    assertEquals(6, capacity.use(thirty), 1e-12);
    OptimisticCapacity better =
        capacity(
            thirty, new double[][] {{0.2}, {0.2}, {0}, {0}}, new double[][] {{0}, {0}, {0}, {0.1}});
    assertEquals(3, byProgram(better, thirty), 1e-6);
    assertEquals(3, better.use(thirty), 1e-12);
  }

  /** Each class where it is cheap: 20 * .1 and 30 * .1, on GPUs of their own. */
  @Test
  void classes_go_where_they_are_cheap() {
    double no = Double.POSITIVE_INFINITY;
    List<TrafficClass> both = classes(20, 30);
    OptimisticCapacity capacity =
        capacity(
            both,
            new double[][] {{0.1, 0.4}, {0.1, 0.4}, {0, 0}, {0, 0}},
            new double[][] {{no, 0.1}, {no, 0.1}, {no, 0}, {no, 0}});
    assertEquals(5, byPrices(capacity, both), 1e-12);
    assertEquals(5, byProgram(capacity, both), 1e-6);
    assertEquals(14, capacity.use(both), 1e-12);
  }

  /** What no engine can serve counts with nothing: who asks gets a bound of the rest. */
  @Test
  void a_class_that_cannot_be_served_does_not_count() {
    double no = Double.POSITIVE_INFINITY;
    List<TrafficClass> both = classes(20, 30);
    OptimisticCapacity capacity =
        capacity(both, new double[][] {{0.1, no}, {0.1, no}, {0, no}, {0, no}});
    assertEquals(2, byPrices(capacity, both), 1e-12);
    assertEquals(2, byProgram(capacity, both), 1e-6);
    assertEquals(no, capacity.use(both));
    OptimisticCapacity none = capacity(both);
    assertEquals(0, byPrices(none, both));
    assertEquals(no, none.use(both));
    assertEquals(0, new ConfigurationBound(none, both).bound(new double[] {1, 1}));
  }

  /** GPUs filled at random as the regions admit: no bound is above their number. */
  @Property(tries = 200)
  void no_plan_has_fewer_gpus_than_the_bound(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 4) int kinds,
      @ForAll @IntRange(min = 1, max = 5) int regions,
      @ForAll @IntRange(min = 1, max = 6) int gpus) {
    Random draws = new Random(seed);
    double[][][] use = new double[regions][4][kinds];
    for (double[][] region : use) {
      for (int k = 0; k < kinds; k++) {
        boolean can = draws.nextInt(5) > 0;
        for (double[] row : region) {
          row[k] = can ? draws.nextInt(3) * draws.nextDouble() : Double.POSITIVE_INFINITY;
        }
      }
    }
    double[] demand = new double[kinds];
    for (int g = 0; g < gpus; g++) {
      double[][] region = use[draws.nextInt(regions)];
      double[] mix = new double[kinds];
      double most = 1e-6;
      for (int k = 0; k < kinds; k++) {
        mix[k] = Double.isInfinite(region[0][k]) ? 0 : draws.nextDouble();
      }
      for (double[] row : region) {
        double sum = 0;
        for (int k = 0; k < kinds; k++) {
          sum += mix[k] == 0 ? 0 : mix[k] * row[k];
        }
        most = Math.max(most, sum);
      }
      for (int k = 0; k < kinds; k++) {
        demand[k] += mix[k] / most;
      }
    }
    List<TrafficClass> classes = classes(demand);
    OptimisticCapacity capacity = capacity(classes, use);
    double prices = byPrices(capacity, classes);
    double program = byProgram(capacity, classes);
    assertTrue(prices <= gpus + 1e-9, prices + " by prices, " + gpus + " GPUs do");
    assertTrue(program <= gpus + 1e-6, program + " by the program, " + gpus + " GPUs do");
  }

  private static OptimisticCapacity of(
      List<TrafficClass> classes, double factor, boolean slotsCount, SteadyState... kinds) {
    return new OptimisticCapacity(List.of(kinds), VERSION, SLOTS, classes, 600, factor, slotsCount);
  }

  private static double bestFactor(List<AdapterTraffic> adapters, double base) {
    GpuDemand demand = new GpuDemand();
    int rank = 8;
    for (AdapterTraffic t : adapters) {
      demand.add(H100.demandOf(t.ratePerSecond()), t.ratePerSecond());
      rank = Math.max(rank, t.adapter().rank());
    }
    demand.addBase(base);
    double best = 0;
    for (int slots : SLOTS) {
      best = Math.max(best, H100.setting(slots, rank).capacityFactor(demand));
    }
    return best;
  }

  /** What the steady state can just serve is inside the optimistic capacity, and not far inside. */
  @Property(tries = 60)
  void what_the_steady_state_serves_is_inside_the_capacity(
      @ForAll long seed, @ForAll @IntRange(max = 1) int base) {
    List<AdapterTraffic> adapters = randomTraffic(seed);
    double baseRate = base * 10;
    for (int round = 0; round < 12; round++) {
      double factor = bestFactor(adapters, baseRate);
      adapters = scaled(adapters, factor);
      baseRate *= factor;
    }
    List<TrafficClass> classes = TrafficClasses.of(adapters, baseRate);
    double use = of(classes, 1, true, H100).use(classes);
    assertTrue(use <= 1.03, "use " + use);
    assertTrue(use > 0.55, "use " + use);
    double loose = of(classes, 1, false, H100).use(classes);
    assertTrue(loose <= use * (1 + 1e-9), "without slots it is " + loose + " of " + use);
  }

  @Test
  void a_factor_divides_all_uses() {
    List<TrafficClass> classes = TrafficClasses.of(traffic(40, 2.0, 0.2), 3);
    OptimisticCapacity one = of(classes, 1, true, H100);
    OptimisticCapacity two = of(classes, 2, true, H100);
    assertEquals(one.regions.size(), two.regions.size());
    assertEquals(one.use(classes) / 2, two.use(classes), 1e-9);
    assertEquals(0, of(classes, Double.POSITIVE_INFINITY, true, H100).use(classes));
    for (int r = 0; r < one.regions.size(); r++) {
      for (int row = 0; row < 4; row++) {
        for (int k = 0; k < classes.size(); k++) {
          double use = one.regions.get(r)[row][k];
          assertTrue(use >= 0, use + " in row " + row);
          double half = two.regions.get(r)[row][k];
          assertTrue(use == half || Math.abs(use / 2 - half) <= 1e-12 * use, use + ", " + half);
        }
      }
    }
  }

  @Test
  void classes_of_larger_ranks_have_no_place_in_small_slots() {
    List<TrafficClass> classes = TrafficClasses.of(List.of(adapter(0, 8, 1), adapter(1, 32, 1)), 2);
    OptimisticCapacity capacity = of(classes, 1, true, H100);
    boolean small = false;
    boolean none = false;
    for (double[][] use : capacity.regions) {
      boolean eight = Double.isInfinite(use[0][0]);
      boolean thirtyTwo = Double.isInfinite(use[0][1]);
      assertTrue(!eight || thirtyTwo, "who holds 32 holds 8");
      small |= thirtyTwo && !eight;
      none |= eight;
      for (double[] row : use) {
        assertEquals(thirtyTwo, Double.isInfinite(row[1]), "in all rows or in none");
        assertTrue(Double.isFinite(row[2]), "the base model is served everywhere");
      }
      assertEquals(0, use[3][2], "and takes no slot");
    }
    assertTrue(small && none);
  }

  @Test
  void where_slots_do_not_count_nobody_holds_one() {
    List<TrafficClass> classes = TrafficClasses.of(traffic(40, 2.0, 0.2), 0);
    for (double[][] use : of(classes, 1, false, H100).regions) {
      for (double slots : use[3]) {
        assertTrue(slots == 0 || Double.isInfinite(slots), "slots " + slots);
      }
      // And adapters cost no time: both lines are one.
      assertTrue(use[0][0] <= use[1][0] || Double.isInfinite(use[0][0]));
    }
  }

  @Test
  void kinds_are_united() {
    SteadyState a100 = kind(Workloads.A100);
    List<TrafficClass> classes = TrafficClasses.of(traffic(40, 1.0, 0.2), 0);
    OptimisticCapacity both = of(classes, 1, true, a100, H100);
    int apart =
        of(classes, 1, true, a100).regions.size() + of(classes, 1, true, H100).regions.size();
    assertEquals(apart, both.regions.size());
    assertEquals(
        Math.min(of(classes, 1, true, a100).use(classes), of(classes, 1, true, H100).use(classes)),
        both.use(classes),
        1e-12);
  }

  private static Workload recording(int count, int input, int output) {
    RequestTrace.Builder requests = RequestTrace.builder(1);
    for (int i = 0; i < count; i++) {
      requests.add(i * 1_000_000_000L, 0, input, output);
    }
    return Workload.recorded(
        Workloads.LLAMA, traffic(1, 100.0), new FixedLengths(250, 230), 600, requests.build());
  }

  private static double use(Workload workload) {
    return Bounds.use(workload, H100, VERSION, SLOTS, 1.1);
  }

  /** The rate speaks of 60,000 requests: what is recorded counts, in requests or in tokens. */
  @Test
  void a_recording_counts_with_its_requests_or_its_tokens() {
    double sixty = use(recording(60, 250, 230));
    assertTrue(sixty > 0);
    assertEquals(2 * sixty, use(recording(120, 250, 230)), 1e-9 * sixty);
    assertEquals(sixty / 2, use(recording(60, 125, 115)), 1e-9 * sixty, "half of the tokens");
    assertEquals(sixty, use(recording(60, 500, 460)), 1e-9 * sixty, "requests are what is less");
    // More than the rate says is not more than its share of one.
    assertEquals(
        1000 * sixty, use(recording(90_000, 250, 230)), 1e-9 * 1000 * sixty, "60,000 of them");
  }

  /** Bursts may bring much less than their mean: three deviations below, of eight runs. */
  @Test
  void bursts_count_with_what_they_bring_at_least() {
    List<AdapterTraffic> calm = new ArrayList<>();
    List<AdapterTraffic> bursty = new ArrayList<>();
    for (AdapterTraffic t : traffic(20, 2.0)) {
      calm.add(new AdapterTraffic(t.adapter(), ArrivalLaw.gamma(t.ratePerSecond(), 1.01)));
      bursty.add(new AdapterTraffic(t.adapter(), ArrivalLaw.gamma(t.ratePerSecond(), 6)));
    }
    double regular = use(workload(calm));
    double bursts = use(workload(bursty));
    // 24,000 requests: deviations of .7 % and 4 % of the mean, thrice.
    assertEquals(1 - 0.02, regular / timeOnly(), 0.03);
    assertEquals(1 - 0.12, bursts / timeOnly(), 0.1);
    assertTrue(bursts < regular);
  }

  private static double timeOnly() {
    List<TrafficClass> classes = TrafficClasses.of(traffic(20, 2.0), 0);
    return of(classes, 1.1, false, H100).use(classes);
  }

  @Test
  void requests_to_the_base_model_that_are_not_poisson_leave_the_slots_open_too() {
    Workload poisson = workload(traffic(40, 0.1)).withBaseModelRequests(ArrivalLaw.poisson(10));
    Workload bursty = workload(traffic(40, 0.1)).withBaseModelRequests(ArrivalLaw.gamma(10, 2));
    assertTrue(use(bursty) < use(poisson));
  }

  @Test
  void a_bound_says_how_it_was_found() {
    Workload busy = workload(traffic(60, 2.0));
    assertEquals(
        new LowerBound(1, 1, "one GPU is needed"), Bounds.of(busy, H100, VERSION, SLOTS, 1.1, 1));
    LowerBound capped = Bounds.of(busy, H100, VERSION, SLOTS, 1.1, 2);
    assertEquals(new LowerBound(2, 2, "prices"), capped, "prices say so many");
    LowerBound free = Bounds.of(busy, H100, VERSION, SLOTS, 1.1, 1000);
    assertEquals("configuration LP", free.method());
    assertEquals((int) Math.ceil(free.fractionalGpus() - 1e-6), free.gpus());
    // A plan that has as many is not looked at again, nor is the bound raised beyond it.
    LowerBound met = Bounds.of(busy, H100, VERSION, SLOTS, 1.1, free.gpus());
    assertEquals(free.gpus(), met.gpus());
    // With any excess nothing is known but that one GPU is needed.
    LowerBound nothing = Bounds.of(busy, H100, VERSION, SLOTS, Double.POSITIVE_INFINITY, 1000);
    assertEquals(new LowerBound(0, 1, "prices"), nothing);
  }

  @Test
  void a_bound_is_a_number_of_gpus() {
    assertEquals(1, new LowerBound(0, 1, "test").gap(2));
    assertEquals(0, new LowerBound(2, 2, "test").gap(2));
    for (double[] wrong : new double[][] {{-1, 1}, {Double.NaN, 1}, {1, 0}}) {
      Exception e =
          assertThrows(
              IllegalArgumentException.class,
              () -> new LowerBound(wrong[0], (int) wrong[1], "test"));
      assertEquals(
          "bound is " + wrong[0] + " or " + (int) wrong[1] + " GPUs; must be at least 0 and 1",
          e.getMessage());
    }
  }

  /**
   * The least number of GPUs, in parts: of each region so many, and of each class so much in each
   * region; written down as it is, without columns.
   */
  private static double optimum(double[][][] use, double[] demand) {
    ExpressionsBasedModel model = new ExpressionsBasedModel();
    Expression[] served = new Expression[demand.length];
    for (int k = 0; k < demand.length; k++) {
      served[k] = model.addExpression("d" + k).lower(demand[k]);
    }
    for (int r = 0; r < use.length; r++) {
      Variable gpus = model.addVariable("g" + r).lower(0).weight(1);
      Expression[] rows = new Expression[use[r].length];
      for (int row = 0; row < rows.length; row++) {
        rows[row] = model.addExpression("r" + r + "w" + row).upper(0).set(gpus, -1);
      }
      for (int k = 0; k < demand.length; k++) {
        Variable part = model.addVariable("x" + r + "," + k).lower(0);
        served[k].set(part, 1);
        for (int row = 0; row < rows.length; row++) {
          rows[row].set(part, use[r][row][k]);
        }
      }
    }
    return model.minimise().getValue();
  }

  /** Columns only ever under-estimate: the bound is never above the optimum of the program. */
  @Property(tries = 60)
  void no_bound_is_above_the_program_itself(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 5) int kinds,
      @ForAll @IntRange(min = 2, max = 6) int regions) {
    Random draws = new Random(seed);
    double[][][] use = new double[regions][4][kinds];
    double[] demand = new double[kinds];
    for (int k = 0; k < kinds; k++) {
      demand[k] = 20 + 80 * draws.nextDouble();
      for (double[][] region : use) {
        region[0][k] = 0.02 + 0.3 * draws.nextDouble();
        region[1][k] = region[0][k];
        region[2][k] = 0.02 + 0.2 * draws.nextDouble();
        region[3][k] = 0.02 + 0.3 * draws.nextDouble();
      }
    }
    List<TrafficClass> classes = classes(demand);
    OptimisticCapacity capacity = capacity(classes, use);
    double program = byProgram(capacity, classes);
    double prices = byPrices(capacity, classes);
    double optimum = optimum(use, demand);
    assertTrue(program <= optimum + 1e-6, program + " of " + optimum);
    assertTrue(prices <= optimum + 1e-6, prices + " of " + optimum);
    assertTrue(Math.max(program, prices) >= 0.6 * optimum, program + " of " + optimum);
  }

  /**
   * Fifty GPUs are needed by two hundred of each class that fill a GPU four by four. Whatever the
   * prices to begin with, columns are made until no whole GPU is left to gain.
   */
  @Test
  void columns_mend_the_prices_that_the_program_begins_with() {
    List<TrafficClass> both = classes(200, 200);
    OptimisticCapacity capacity =
        capacity(both, new double[][] {{0.2, 0.05}, {0.2, 0.05}, {0, 0}, {0.05, 0.2}});
    for (double[] first : new double[][] {{1, 1}, {1, 0.01}, {0.01, 1}, {1, 0}, {0, 1}}) {
      double bound = new ConfigurationBound(capacity, both).bound(first);
      assertTrue(bound > 49 && bound <= 50 + 1e-6, bound + " from " + Arrays.toString(first));
    }
    assertEquals(
        50, optimum(new double[][][] {capacity.regions.get(0)}, new double[] {200, 200}), 1e-6);
    assertEquals(0, new ConfigurationBound(capacity, both).bound(new double[] {0, 0}));
  }

  /** Three classes, each cheap in a region of its own: 20 + 30 + 40 GPUs. */
  @Test
  void columns_of_several_regions_are_mixed() {
    double[][][] use = new double[3][4][3];
    for (int r = 0; r < 3; r++) {
      for (int k = 0; k < 3; k++) {
        double cost = r == k ? 0.1 : 0.5;
        use[r][0][k] = cost;
        use[r][1][k] = cost;
        use[r][3][k] = cost / 2;
      }
    }
    List<TrafficClass> three = classes(200, 300, 400);
    OptimisticCapacity capacity = capacity(three, use);
    assertEquals(90, optimum(use, new double[] {200, 300, 400}), 1e-6);
    for (double[] first : new double[][] {{1, 1, 1}, {1, 0.1, 0.01}, {0, 0, 1}, {3, 2, 1}}) {
      double bound = new ConfigurationBound(capacity, three).bound(first);
      assertTrue(bound > 89 && bound <= 90 + 1e-6, bound + " from " + Arrays.toString(first));
    }
  }

  /**
   * Loads that just fill a GPU by the steady state fill the regions, too, where slots are not
   * short; of many cold adapters, which may wait longer for theirs, twice as many are admitted.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 30, 8, 0, 0.98, 1.001",
    "16, 2, 8, 0, 0.98, 1.001",
    "16, 2, 32, 0, 0.98, 1.001",
    "16, 1, 16, 20, 0.98, 1.001",
    "64, 0.5, 8, 0, 0.98, 1.001",
    "300, 0.1, 8, 0, 0.45, 0.55",
    "300, 0.02, 128, 0, 0.45, 0.55"
  })
  void the_capacity_is_little_above_the_steady_state(
      int adapters, double rate, int rank, double base, double least, double most) {
    List<AdapterTraffic> all = new ArrayList<>();
    for (int a = 0; a < adapters; a++) {
      all.add(adapter(a, rank, rate));
    }
    double baseRate = base;
    for (int round = 0; round < 12; round++) {
      double factor = bestFactor(all, baseRate);
      all = scaled(all, factor);
      baseRate *= factor;
    }
    List<TrafficClass> classes = TrafficClasses.of(all, baseRate);
    double use = of(classes, 1, true, H100).use(classes);
    assertTrue(use >= least && use <= most, "use " + use);
  }
}
