package io.github.adaptertwin.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The bitmap of waiting places and the tournament of keys, against sorted sets. */
class WaitingOrderTest {
  @Test
  void places_a_turn_apart_are_told_apart() {
    WaitingOrder order = new WaitingOrder();
    order.pass(0);
    order.pass(1 << 15);
    order.add(0);
    order.add(1 << 15);
    assertEquals(2, order.size());
    assertEquals(1, order.countBefore(1 << 15));
    assertEquals(2, order.countBefore((1 << 15) + 1));
  }

  @Test
  void a_place_a_turn_behind_the_first_has_room_of_its_own() {
    for (int apart : new int[] {(1 << 15) - 1, 1 << 15, (1 << 15) + 1, 1 << 16}) {
      WaitingOrder order = new WaitingOrder();
      order.addLast(0);
      order.addLast(apart);
      assertEquals(2, order.size());
      assertEquals(0, order.countBefore(0));
      assertEquals(1, order.countBefore(apart));
      assertEquals(2, order.countBefore(apart + 1));
      order.remove(0);
      assertEquals(0, order.countBefore(apart));
      assertEquals(1, order.countBefore(apart + 1));
    }
  }

  @Property
  void places_are_counted_like_those_of_a_sorted_set(@ForAll long seed) {
    RandomStream random = new RandomStreams(seed).stream("order", 0);
    boolean byPriority = random.nextInt(2) == 0;
    int gap = 1 << random.nextInt(18);
    WaitingOrder order = new WaitingOrder();
    TreeSet<Long> expected = new TreeSet<>();
    List<Long> left = new ArrayList<>();
    long next = 0;
    for (int i = 0; i < 300; i++) {
      int what = random.nextInt(8);
      if (what < 3) {
        next += 1 + random.nextInt(gap);
        order.addLast(next);
        expected.add(next);
      } else if (what == 3) {
        next += 1 + random.nextInt(gap);
        order.pass(next);
        left.add(next);
      } else if (what == 4 && byPriority && !left.isEmpty()) {
        long back = left.remove(random.nextInt(left.size()));
        order.add(back);
        expected.add(back);
      } else if (what == 5 && !byPriority) {
        long place = order.addFirst();
        assertEquals(expected.size(), expected.tailSet(place).size());
        expected.add(place);
      } else if (!expected.isEmpty()) {
        List<Long> all = new ArrayList<>(expected);
        long place = all.get(random.nextInt(all.size()));
        order.remove(place);
        expected.remove(place);
        left.add(place);
      }
      assertEquals(expected.size(), order.size());
      long from = expected.isEmpty() ? 0 : expected.first();
      long to = expected.isEmpty() ? 0 : expected.last();
      for (long place : new long[] {from, (from + to) / 2, to}) {
        assertEquals(expected.headSet(place).size(), order.countBefore(place));
      }
    }
    order.clear();
    assertEquals(0, order.size());
    assertEquals(0, order.countBefore(next));
  }

  @Property
  void the_tournament_knows_the_smallest_key(@ForAll long seed) {
    RandomStream random = new RandomStreams(seed).stream("tournament", 0);
    int rows = 1 + random.nextInt(70);
    RowTournament tournament = new RowTournament(rows);
    long[] keys = new long[rows];
    Arrays.fill(keys, RowTournament.ABSENT);
    for (int i = 0; i < 500; i++) {
      int row = random.nextInt(rows);
      keys[row] =
          random.nextInt(3) == 0 ? RowTournament.ABSENT : ((long) random.nextInt(1000) << 20) + row;
      tournament.put(row, keys[row]);
      long smallest = RowTournament.ABSENT;
      for (long key : keys) {
        smallest = Math.min(smallest, key);
      }
      assertEquals(smallest, tournament.first());
    }
  }
}
