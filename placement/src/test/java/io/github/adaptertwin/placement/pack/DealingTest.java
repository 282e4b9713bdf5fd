package io.github.adaptertwin.placement.pack;

import static io.github.adaptertwin.placement.Workloads.randomTraffic;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static io.github.adaptertwin.placement.pack.Packing.MODEL;
import static io.github.adaptertwin.placement.pack.Packing.adapter;
import static io.github.adaptertwin.placement.pack.Packing.pieces;
import static io.github.adaptertwin.placement.pack.Packing.view;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DealingTest {
  /** Ranks 16, 16, 16, 8, 8, 8, 8 by falling rate. */
  private static final Pieces SEVEN =
      pieces(
          adapter("a", 16, 9),
          adapter("b", 16, 8),
          adapter("c", 16, 7),
          adapter("d", 8, 6),
          adapter("e", 8, 5),
          adapter("f", 8, 4),
          adapter("g", 8, 3));

  @Test
  void orders_of_seven_adapters() {
    assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5, 6}, Dealing.FALLING.order(SEVEN));
    // Inside a rank the first, the last, the second, the last but one.
    assertArrayEquals(new int[] {0, 2, 1, 3, 6, 4, 5}, Dealing.ZIGZAG.order(SEVEN));
    // Strides of 7 times .618, 4.3, that is 4.
    assertArrayEquals(new int[] {0, 4, 1, 5, 2, 6, 3}, Dealing.MIXED.order(SEVEN));
  }

  @Test
  void a_stride_that_divides_the_number_is_made_longer() {
    // 8 times .618 is 4.9, 5 has no factor with 8; 10 times .618 is 6.2, 6 has, 7 has not.
    assertArrayEquals(
        new int[] {0, 5, 2, 7, 4, 1, 6, 3}, Dealing.MIXED.order(pieces(workload(traffic(8, 1.0)))));
    assertArrayEquals(
        new int[] {0, 7, 4, 1, 8, 5, 2, 9, 6, 3},
        Dealing.MIXED.order(pieces(workload(traffic(10, 1.0)))));
  }

  /** Eight parts of the base model among four adapters: two behind each of them. */
  @Test
  void parts_of_the_base_model_are_spread_over_the_order() {
    Pieces pieces = pieces(workload(traffic(4, 1.0)).withBaseModelRequests(ArrivalLaw.poisson(1)));
    assertArrayEquals(
        new int[] {0, 4, 5, 1, 6, 7, 2, 8, 9, 3, 10, 11}, Dealing.FALLING.order(pieces));
    // Eight among twelve: two behind each group of three, at the end of thirds.
    Pieces more = pieces(workload(traffic(12, 1.0)).withBaseModelRequests(ArrivalLaw.poisson(1)));
    assertArrayEquals(
        new int[] {0, 1, 12, 2, 13, 3, 4, 14, 5, 15, 6, 7, 16, 8, 17, 9, 10, 18, 11, 19},
        Dealing.FALLING.order(more));
  }

  @Property(tries = 60)
  void every_order_has_every_piece_once(@ForAll long seed, @ForAll @IntRange(max = 1) int base) {
    Pieces pieces =
        pieces(
            base == 0
                ? workload(randomTraffic(seed))
                : workload(randomTraffic(seed)).withBaseModelRequests(ArrivalLaw.poisson(5)));
    for (Dealing dealing : Dealing.values()) {
      int[] sorted = dealing.order(pieces);
      Arrays.sort(sorted);
      assertArrayEquals(IntStream.range(0, pieces.size()).toArray(), sorted);
    }
  }

  /** One after the other until the next piece would be too much. */
  private static int[] plainFill(Pieces pieces, int[] order, CapacityView view, double level) {
    int[] binOf = new int[order.length];
    int bin = 0;
    Bin now = new Bin(view, pieces);
    for (int piece : order) {
      now.add(piece);
      if (now.use() > level) {
        bin++;
        now = Packing.bin(view, pieces, piece);
      }
      binOf[piece] = bin;
    }
    return binOf;
  }

  @Property(tries = 80)
  void filling_in_leaps_is_filling_one_by_one(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 10) int tenths) {
    Pieces pieces = pieces(workload(randomTraffic(seed)));
    CapacityView view = view(4, 16, 64);
    double level = Math.max(tenths / 10.0, mostAlone(pieces, view) + 1e-9);
    for (Dealing dealing : Dealing.values()) {
      int[] order = dealing.order(pieces);
      Split split = Dealing.fill(pieces, order, b -> view, level);
      assertNotNull(split);
      assertArrayEquals(plainFill(pieces, order, view, level), split.binOf);
      assertTrue(split.mostUse() <= level);
      assertEquals(Arrays.stream(split.binOf).max().orElseThrow() + 1, split.bins.size());
      for (int b = 0; b < split.bins.size(); b++) {
        int bin = b;
        double rate = 0;
        for (int piece = 0; piece < pieces.size(); piece++) {
          rate += split.binOf[piece] == bin ? pieces.rate[piece] : 0;
        }
        assertEquals(rate, split.bins.get(b).demand().ratePerSecond(), 1e-9);
      }
    }
  }

  private static double mostAlone(Pieces pieces, CapacityView view) {
    double most = 0;
    for (int piece = 0; piece < pieces.size(); piece++) {
      most = Math.max(most, Packing.bin(view, pieces, piece).use());
    }
    return most;
  }

  @Test
  void nothing_is_filled_where_the_pool_ends_or_one_piece_is_too_much() {
    Pieces pieces = pieces(workload(traffic(20, 3.0)));
    CapacityView view = view(8, 16);
    int[] order = Dealing.FALLING.order(pieces);
    int bins = Dealing.fill(pieces, order, b -> view, 1).bins.size();
    assertTrue(bins > 1, bins + " GPUs for 60 requests/s");
    assertNotNull(Dealing.fill(pieces, order, b -> b < bins ? view : null, 1));
    assertNull(Dealing.fill(pieces, order, b -> b < bins - 1 ? view : null, 1));
    double alone = mostAlone(pieces, view);
    assertNull(Dealing.fill(pieces, order, b -> view, alone * 0.999));
    assertEquals(20, Dealing.fill(pieces, order, b -> view, alone * 1.001).bins.size());
  }

  /** Halvings end within a small distance of the lowest level that so many bins admit. */
  @Property(tries = 40)
  void even_finds_the_lowest_level(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int bins) {
    Pieces pieces = pieces(workload(randomTraffic(seed)));
    CapacityView view = view(4, 16, 64);
    List<CapacityView> views = Collections.nCopies(bins, view);
    int[] order = Dealing.ZIGZAG.order(pieces);
    Split split = Dealing.even(pieces, order, views, 30);
    if (split == null) {
      // 1, 1.3, 1.69 and 2.197 were tried, and 2.86.
      assertNull(Dealing.fill(pieces, order, b -> b < bins ? view : null, 2.8));
      return;
    }
    double level = split.mostUse();
    assertTrue(level <= 2.8561 + 1e-9, "level " + level);
    assertTrue(split.bins.size() <= bins);
    assertNull(
        Dealing.fill(pieces, order, b -> b < bins ? view : null, level - 1e-6),
        "lower than " + level);
    Split rough = Dealing.even(pieces, order, views, 0);
    assertTrue(rough.mostUse() >= level);
    Split some = Dealing.even(pieces, order, views, 6);
    assertTrue(
        some.mostUse() <= level + 1.0 / 64 + 1e-9 || level > 1, some.mostUse() + " " + level);
  }

  @Test
  void even_gives_up_beyond_twice_the_capacity() {
    Pieces pieces = pieces(adapter("hot", 8, 1));
    CapacityView half = view(8);
    double use = Packing.bin(half, pieces, 0).use();
    half.setBias(8, 8, use / 2.8);
    assertNotNull(Dealing.even(pieces, new int[] {0}, List.of(half), 3), "2.8 of 2.86");
    half.setBias(8, 8, use / 2.9);
    assertNull(Dealing.even(pieces, new int[] {0}, List.of(half), 3), "2.9 of 2.86");
    assertEquals(MODEL, half.model());
  }
}
