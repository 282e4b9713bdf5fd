package io.github.adaptertwin.placement.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.placement.pack.Fleets.Order;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

class FleetsTest {
  private static final int ANY = Integer.MAX_VALUE;

  private static List<List<Integer>> listed(Fleets fleets, double... wholeUse) {
    List<List<Integer>> all = new ArrayList<>();
    for (int[] fleet : fleets.list(wholeUse)) {
      all.add(Arrays.stream(fleet).boxed().toList());
    }
    return all;
  }

  @Test
  void fewest_grows_by_one_gpu_through_the_kinds_until_the_pool_ends() {
    Fleets fleets = new Fleets(List.of(2, 0, 1), List.of(3.0, 2.0, 1.0), Order.FEWEST);
    assertEquals(List.of(List.of(0), List.of(0, 0), List.of(0, 0, 2)), listed(fleets, 1, 1, 1));
    assertEquals(3, fleets.mostGpus());
    assertFalse(fleets.oneKind());
  }

  @Test
  void one_kind_without_a_limit_grows_on() {
    Fleets fleets = Fleets.ofOneKind(ANY);
    assertTrue(fleets.oneKind());
    assertEquals(ANY, fleets.mostGpus());
    Iterator<int[]> growing = fleets.list(new double[] {1}).iterator();
    for (int size = 1; size <= 100; size++) {
      assertTrue(growing.hasNext());
      assertEquals(size, growing.next().length);
    }
    assertEquals(ANY, new Fleets(List.of(ANY, ANY), List.of(1.0, 1.0), Order.FEWEST).mostGpus());
  }

  @Test
  void all_is_every_gpu_of_the_first_kind_and_nothing_else() {
    Fleets fleets = new Fleets(List.of(3, 5), List.of(1.0, 1.0), Order.ALL);
    assertEquals(List.of(List.of(0, 0, 0)), listed(fleets, 1, 1));
  }

  /**
   * One GPU of the first kind is just full with the workload, of the second two are: n and m of
   * them hold n + m / 2 of it, and less than 1 / 1.35 = 0.74 is not looked at. A kind is taken at
   * most twice as often as alone would do and once more: 0 to 3 and 0 to 5, 24 pairs, without (0,
   * 0) and (0, 1).
   */
  @Test
  void cheapest_lists_by_price_what_could_hold_the_workload() {
    Fleets fleets = new Fleets(List.of(ANY, ANY), List.of(2.5, 1.2), Order.CHEAPEST);
    List<List<Integer>> all = listed(fleets, 1.0, 2.0);
    assertEquals(22, all.size());
    assertEquals(
        List.of(
            List.of(1, 1), // 2.4
            List.of(0), // 2.5
            List.of(1, 1, 1), // 3.6
            List.of(0, 1), // 3.7
            List.of(1, 1, 1, 1), // 4.8
            List.of(0, 1, 1), // 4.9
            List.of(0, 0)), // 5.0
        all.subList(0, 7));
    assertEquals(List.of(0, 0, 0, 1, 1, 1, 1, 1), all.get(21), "13.5");
  }

  /** Uses are rounded up before they are doubled: of a use of 1.2 up to five are looked at. */
  @Test
  void cheapest_keeps_to_what_there_is_and_what_is_of_use() {
    Fleets one = new Fleets(List.of(ANY), List.of(1.0), Order.CHEAPEST);
    assertEquals(
        List.of(1, 2, 3, 4, 5),
        listed(one, 1.2).stream().map(List::size).toList(),
        "1 / 1.2 > .74");
    assertEquals(List.of(2, 3, 4, 5), listed(one, 1.4).stream().map(List::size).toList());
    Fleets few = new Fleets(List.of(2, ANY), List.of(1.0, 1.0), Order.CHEAPEST);
    assertEquals(
        List.of(List.of(0, 0)),
        listed(few, 1.4, Double.POSITIVE_INFINITY),
        "one kind does not start");
  }

  /** At one price the fewer GPUs come first, and of as many those with more of the last kind. */
  @Test
  void cheapest_breaks_ties_by_number_and_then_by_kind() {
    Fleets fleets = new Fleets(List.of(2, 2), List.of(2.0, 1.0), Order.CHEAPEST);
    assertEquals(
        List.of(
            List.of(1), // 1
            List.of(0), // 2
            List.of(1, 1), // 2
            List.of(0, 1), // 3
            List.of(0, 0), // 4
            List.of(0, 1, 1), // 4
            List.of(0, 0, 1), // 5
            List.of(0, 0, 1, 1)), // 6
        listed(fleets, 1.0, 1.0));
    Fleets free = new Fleets(List.of(1, 1), List.of(0.0, 0.0), Order.CHEAPEST);
    assertEquals(List.of(List.of(1), List.of(0), List.of(0, 1)), listed(free, 1.0, 1.0));
  }

  @Test
  void cheapest_ends_after_four_thousand_mixes() {
    Fleets fleets = new Fleets(List.of(ANY, ANY), List.of(1.0, 1.0), Order.CHEAPEST);
    List<List<Integer>> all = listed(fleets, 100.0, 100.0);
    assertEquals(4_000, all.size());
    // 75 GPUs are the fewest with 75 / 100 > 0.74; each larger number has one more mix.
    assertEquals(75, all.get(0).size());
    assertEquals(76, all.stream().filter(fleet -> fleet.size() == 75).count());
    assertEquals(77, all.stream().filter(fleet -> fleet.size() == 76).count());
  }

  @Test
  void lists_are_copies_that_cannot_be_changed() {
    List<Integer> counts = new ArrayList<>(List.of(1));
    List<Double> prices = new ArrayList<>(List.of(1.0));
    Fleets fleets = new Fleets(counts, prices, Order.FEWEST);
    counts.set(0, 7);
    prices.set(0, 7.0);
    assertEquals(new Fleets(List.of(1), List.of(1.0), Order.FEWEST), fleets);
    assertThrows(UnsupportedOperationException.class, () -> fleets.counts().set(0, 7));
  }
}
