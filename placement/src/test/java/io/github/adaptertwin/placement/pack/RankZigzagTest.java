package io.github.adaptertwin.placement.pack;

import static io.github.adaptertwin.placement.pack.Packing.adapter;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.adaptertwin.placement.Workloads;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RankZigzagTest {
  private static List<String> ids(List<AdapterTraffic> order) {
    return order.stream().map(t -> t.adapter().id()).toList();
  }

  /** Rank 16 before 8; inside a rank the first, the last, the second, the last but one. */
  @Test
  void ranks_fall_and_rates_go_to_and_fro() {
    List<AdapterTraffic> adapters =
        List.of(
            adapter("e", 8, 1),
            adapter("d", 8, 2),
            adapter("c", 8, 3),
            adapter("b", 8, 4),
            adapter("a", 8, 5),
            adapter("z", 16, 0.1),
            adapter("y", 16, 0.3),
            adapter("x", 16, 0.3),
            adapter("w", 16, 0.2));
    assertEquals(
        List.of("x", "z", "y", "w", "a", "e", "b", "d", "c"), ids(RankZigzag.order(adapters)));
    assertEquals(List.of(), RankZigzag.order(List.of()));
    assertEquals(List.of("e"), ids(RankZigzag.order(adapters.subList(0, 1))));
  }

  @Property(tries = 50)
  void every_adapter_is_dealt_once_whatever_the_order_of_the_input(@ForAll long seed) {
    List<AdapterTraffic> adapters = Workloads.randomTraffic(seed);
    List<AdapterTraffic> order = RankZigzag.order(adapters);
    assertEquals(new HashSet<>(adapters), new HashSet<>(order));
    assertEquals(adapters.size(), order.size());
    List<AdapterTraffic> shuffled = new ArrayList<>(adapters);
    Collections.shuffle(shuffled, new Random(seed));
    assertEquals(order, RankZigzag.order(shuffled));
    assertThrows(UnsupportedOperationException.class, () -> order.remove(0));
  }
}
