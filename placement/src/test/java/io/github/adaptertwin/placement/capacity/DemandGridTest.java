package io.github.adaptertwin.placement.capacity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DemandGridTest {
  private static final int POINTS = DemandGrid.POINTS;

  /** 250 tokens of 4 ms: the first point is one second. */
  private static DemandGrid grid(double slotWaitSeconds) {
    return new DemandGrid(250, slotWaitSeconds);
  }

  /**
   * T(1) of an M/M/infinity busy period at load a is (e^a - 1) / a; T(j + 1) = (j T(j) - 1) / a.
   */
  private static double firstThree(double load) {
    double one = Math.expm1(load) / load;
    double two = (one - 1) / load;
    return one + two + (2 * two - 1) / load;
  }

  /**
   * Half a request a second that runs a second and waits for 4 s: two gather behind the first, all
   * three together take T(3) + T(2) + T(1) = 2.272 s, every 2 + 4 + 2.272 s.
   */
  @Test
  void an_adapter_holds_its_slot_for_the_busy_period_of_its_backlog() {
    double busy = firstThree(0.5);
    assertEquals(2.27187, busy, 1e-5);
    assertEquals(busy / (6 + busy), DemandGrid.held(0.5, 1, 4), 1e-9);
    double[] vector = grid(4).demandOf(0.5);
    assertEquals(busy / (6 + busy), vector[POINTS], 1e-9);
    // Half an octave on a request runs for 1.414 s: the load is .7071.
    double longer = Math.sqrt(2) * firstThree(0.5 * Math.sqrt(2));
    assertEquals(longer / (6 + longer), vector[POINTS + 1], 1e-9);
    assertEquals(1 - Math.exp(-0.5), vector[0], 1e-12);
    assertEquals(0.5 * Math.exp(-0.5), vector[2 * POINTS], 1e-12);
  }

  /** At load 4 an adapter is idle for e^-4 of the time, beyond it never. */
  @Test
  void beyond_a_load_of_four_an_adapter_never_gives_its_slot_back() {
    double[] vector = grid(100).demandOf(1);
    // Points 4 and 5 are 4 s and 5.66 s.
    assertTrue(vector[POINTS + 4] < 0.99, "held " + vector[POINTS + 4]);
    assertEquals(1, vector[POINTS + 5]);
    assertEquals(1 - Math.exp(-4), vector[4], 1e-12);
  }

  @Test
  void for_the_bound_it_takes_a_load_of_twelve() {
    assertEquals(1, DemandGrid.held(1, 12.001, 1000));
    assertTrue(DemandGrid.held(1, 11.99, 1000) < 1);
    assertTrue(DemandGrid.held(1, 12, 1e6) < 1, "at twelve it is not yet so");
    // Without a wait it is held while a request runs.
    assertEquals(1 - Math.exp(-0.3), DemandGrid.held(0.3, 1, 0), 1e-12);
  }

  /** The busy period of k requests, request by request from far above. */
  private static double plainHeld(double rate, double run, double wait) {
    int backlog = (int) (1 + rate * wait);
    double down = 0;
    double busy = 0;
    for (int j = backlog + 300; j >= 1; j--) {
      down = (1 + rate * run * down) / j;
      busy += j <= backlog ? down * run : 0;
    }
    return Math.min(1 - Math.exp(-rate * run), busy / (1 / rate + wait + busy));
  }

  /** The recursion begins twelve above the backlog, and long backlogs are a logarithm. */
  @Property(tries = 300)
  void the_share_for_the_bound_is_never_overstated(
      @ForAll @DoubleRange(min = 0.01, max = 11.9) double load,
      @ForAll @DoubleRange(min = 0, max = 400) double backlog) {
    double plain = plainHeld(0.1, load / 0.1, backlog / 0.1);
    double held = DemandGrid.held(0.1, load / 0.1, backlog / 0.1);
    assertTrue(held <= plain * (1 + 1e-5), held + " and " + plain);
    assertTrue(held >= plain * (1 - 0.04), held + " and " + plain);
  }

  /**
   * Of a hundred and one requests at a light load the busy period is 5.2 service times and more.
   */
  @Test
  void long_backlogs_hold_the_slot_for_long() {
    for (double load : new double[] {0.01, 0.1, 1}) {
      for (double backlog : new double[] {15, 16, 17, 100, 400}) {
        double plain = plainHeld(0.1, load / 0.1, backlog / 0.1);
        double held = DemandGrid.held(0.1, load / 0.1, backlog / 0.1);
        assertTrue(held <= plain * (1 + 1e-5), held + " and " + plain);
        assertTrue(held >= plain * 0.98, held + " and " + plain + " at " + load + ", " + backlog);
      }
    }
  }

  @Property(tries = 100)
  void the_sum_grows_and_shrinks_with_the_set(
      @ForAll @DoubleRange(min = 0.01, max = 20) double rate,
      @ForAll @IntRange(min = 1, max = 5) int count) {
    GpuDemand demand = new GpuDemand();
    double[] vector = grid(2).demandOf(rate);
    for (int a = 0; a < count; a++) {
      demand.add(vector, rate);
    }
    demand.addBase(3);
    assertEquals(count, demand.adapters());
    assertEquals(count * rate + 3, demand.ratePerSecond(), 1e-9 * rate);
    for (int i = 0; i < vector.length; i++) {
      assertEquals(count * vector[i], demand.sums[i], 1e-9 * count);
      assertTrue(vector[i] >= 0 && vector[i] <= Math.max(1, rate), vector[i] + " at " + i);
    }
    demand.remove(vector, rate);
    demand.addBase(-3);
    assertEquals(count - 1, demand.adapters());
    assertEquals((count - 1) * rate, demand.ratePerSecond(), 1e-9 * rate);
    demand.clear();
    assertEquals(0, demand.adapters());
    assertEquals(0, demand.ratePerSecond());
    assertArrayEquals(new double[DemandGrid.WIDTH], demand.sums);
  }

  @Test
  void half_octaves_are_exact() {
    assertEquals(1, DemandGrid.halfOctaves(0));
    assertEquals(Math.sqrt(2), DemandGrid.halfOctaves(1));
    assertEquals(1024, DemandGrid.halfOctaves(20));
    assertEquals(1024 * Math.sqrt(2), DemandGrid.halfOctaves(21));
  }

  @Test
  void a_grid_needs_tokens_and_a_wait_that_is_not_negative() {
    assertEquals(0.2, new DemandGrid(50, 0).firstSeconds(), 1e-12);
    for (double[] wrong : new double[][] {{0, 1}, {Double.NaN, 1}, {1, -1e-9}, {1, Double.NaN}}) {
      Exception e =
          assertThrows(IllegalArgumentException.class, () -> new DemandGrid(wrong[0], wrong[1]));
      assertEquals(
          "mean output is "
              + wrong[0]
              + " tokens and slot wait "
              + wrong[1]
              + " s; must be above 0 and at least 0",
          e.getMessage());
    }
  }
}
