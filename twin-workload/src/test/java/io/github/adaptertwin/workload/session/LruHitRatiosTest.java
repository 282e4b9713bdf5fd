package io.github.adaptertwin.workload.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LruHitRatiosTest {
  /** a b a c b: depths -, -, 1, -, 2. */
  @Test
  void depths_of_a_short_sequence_worked_out_by_hand() {
    LruHitRatios ratios = new LruHitRatios(1, 2, 3);
    for (int adapter : new int[] {0, 1, 0, 2, 1}) {
      ratios.add(adapter);
    }
    assertArrayEquals(new double[] {0, 0.2, 0.4}, ratios.ratios(), 1e-12);
    assertEquals(5, ratios.count());
    assertArrayEquals(new int[] {1, 2, 3}, ratios.slots());
  }

  @Property(tries = 200)
  void one_pass_counts_what_a_cache_of_each_size_would(
      @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 12) Integer> sequence) {
    int[] slots = {1, 3, 8, 20};
    LruHitRatios ratios = new LruHitRatios(slots);
    sequence.forEach(ratios::add);
    for (int i = 0; i < slots.length && !sequence.isEmpty(); i++) {
      int size = slots[i];
      Map<Integer, Integer> cache = new LinkedHashMap<>();
      int hits = 0;
      for (int adapter : sequence) {
        hits += cache.remove(adapter) != null ? 1 : 0;
        cache.put(adapter, adapter);
        if (cache.size() > size) {
          cache.remove(cache.keySet().iterator().next());
        }
      }
      assertEquals(hits / (double) sequence.size(), ratios.ratios()[i], 1e-12);
    }
  }

  @Test
  void slots_must_be_numbers_of_slots() {
    assertThrows(IllegalArgumentException.class, () -> new LruHitRatios());
    assertThrows(IllegalArgumentException.class, () -> new LruHitRatios(0));
    assertThrows(IllegalArgumentException.class, () -> new LruHitRatios(70_000));
    assertTrue(Double.isNaN(new LruHitRatios(1).ratios()[0]));
  }
}
