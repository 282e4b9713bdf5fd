package io.github.adaptertwin.placement.pack;

import static io.github.adaptertwin.placement.Workloads.randomTraffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static io.github.adaptertwin.placement.pack.Packing.adapter;
import static io.github.adaptertwin.placement.pack.Packing.pieces;
import static io.github.adaptertwin.placement.pack.Packing.view;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LocalSearchTest {
  private static final int[] SLOTS = {8, 32};

  private static Split split(Pieces pieces, int bins, int... binOf) {
    List<Bin> all = new ArrayList<>();
    for (int b = 0; b < bins; b++) {
      int bin = b;
      int[] members = IntStream.range(0, binOf.length).filter(p -> binOf[p] == bin).toArray();
      all.add(Packing.bin(view(SLOTS), pieces, members));
    }
    return new Split(pieces, all, binOf);
  }

  private static Effort moves(long most) {
    return new Effort(0, most, () -> {});
  }

  private static double[] rates(Split split) {
    return split.bins.stream().mapToDouble(b -> b.demand().ratePerSecond()).toArray();
  }

  /** Rates 6, 4, 2 and 2 on one GPU of two: 8 and 6 after one move, 7 and 7 is not to be had. */
  @Test
  void pieces_move_off_the_fullest_gpu() {
    Pieces pieces =
        pieces(adapter("a", 8, 6), adapter("b", 8, 4), adapter("c", 8, 2), adapter("d", 8, 2));
    Split split = split(pieces, 2, 0, 0, 0, 0);
    new LocalSearch(moves(1000)).improve(split, 0, 100);
    double[] rates = rates(split);
    assertEquals(14, rates[0] + rates[1], 1e-9);
    assertEquals(8, Math.max(rates[0], rates[1]), 1e-9);
  }

  /**
   * Rates 6 and 5 against 4 and 3: a move would put at least 12 on one GPU, an exchange of 5 and 3
   * or of 6 and 4 leaves 9 and 9. It costs two moves that do not help and four exchanges.
   */
  @Test
  void pieces_are_exchanged_where_no_move_helps() {
    Pieces pieces =
        pieces(adapter("a", 8, 6), adapter("b", 8, 5), adapter("c", 8, 4), adapter("d", 8, 3));
    Split split = split(pieces, 2, 0, 0, 1, 1);
    Effort effort = moves(1000);
    new LocalSearch(effort).improve(split, 0, 1);
    assertArrayEquals(new double[] {9, 9}, rates(split), 1e-9);
    assertEquals(split.binOf[0], split.binOf[3]);
    assertEquals(split.binOf[1], split.binOf[2]);
    assertEquals(6, effort.moves());
    // Where neither helps nothing is changed.
    new LocalSearch(effort).improve(split, 0, 100);
    assertArrayEquals(new double[] {9, 9}, rates(split), 1e-9);
  }

  @Test
  void the_search_ends_when_it_is_good_enough_or_out_of_steps_or_moves() {
    // Twenty rates, so twenty kinds.
    int n = 20;
    Pieces pieces =
        pieces(
            workload(
                IntStream.range(0, n).mapToObj(i -> adapter("a" + i, 8, 1 + i / 8.0)).toList()));
    int[] before = new int[n];
    Split enough = split(pieces, 3, before.clone());
    new LocalSearch(moves(1000)).improve(enough, enough.mostUse(), 100);
    assertArrayEquals(before, enough.binOf, "good enough");
    Split noSteps = split(pieces, 3, before.clone());
    new LocalSearch(moves(1000)).improve(noSteps, 0, 0);
    assertArrayEquals(before, noSteps.binOf);
    Split noMoves = split(pieces, 3, before.clone());
    new LocalSearch(moves(0)).improve(noMoves, 0, 100);
    assertArrayEquals(before, noMoves.binOf);
    Split one = split(pieces, 3, before.clone());
    new LocalSearch(moves(1000)).improve(one, 0, 1);
    assertEquals(1, IntStream.of(one.binOf).filter(b -> b != 0).count(), "one step, one move");
    Effort effort = moves(1000);
    new LocalSearch(effort).improve(split(pieces, 3, before.clone()), 0, 1);
    assertEquals(12, effort.moves(), "of more kinds twelve are tried");
  }

  /** Of forty adapters of one rate and rank one stands for all: two kinds, two moves a step. */
  @Test
  void pieces_that_stand_for_each_other_are_tried_once() {
    List<io.github.adaptertwin.workload.AdapterTraffic> adapters = new ArrayList<>();
    for (int a = 0; a < 40; a++) {
      adapters.add(adapter("a" + a, a < 20 ? 8 : 16, 0.5));
    }
    Effort effort = moves(1000);
    new LocalSearch(effort).improve(split(pieces(workload(adapters)), 2, new int[40]), 0, 1);
    assertEquals(2, effort.moves());
  }

  @Property(tries = 60)
  void a_search_keeps_every_piece_and_never_fills_the_fullest_more(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int bins) {
    Random draws = new Random(seed);
    Pieces pieces = pieces(workload(randomTraffic(seed)));
    int[] binOf = IntStream.range(0, pieces.size()).map(p -> draws.nextInt(bins)).toArray();
    Split split = split(pieces, bins, binOf);
    double before = split.mostUse();
    new LocalSearch(moves(20_000)).improve(split, 0.5, 60);
    double after = split.mostUse();
    assertTrue(after <= before + 1e-9, after + " and " + before);
    // The bins are those of the assignment.
    Split again = split(pieces, bins, split.binOf.clone());
    for (int b = 0; b < bins; b++) {
      assertEquals(again.bins.get(b).use(), split.bins.get(b).use(), 1e-6);
      assertEquals(again.bins.get(b).size(), split.bins.get(b).size());
    }
    if (after > 0.5 && bins > 1) {
      assertNoMoveHelps(split, after);
    }
  }

  /** Of at most twelve kinds of pieces on the fullest GPU none can go elsewhere to any good. */
  private static void assertNoMoveHelps(Split split, double most) {
    int fullest = 0;
    for (int b = 0; b < split.bins.size(); b++) {
      fullest = split.bins.get(b).use() > split.bins.get(fullest).use() ? b : fullest;
    }
    int from = fullest;
    int[] mine =
        IntStream.range(0, split.binOf.length).filter(p -> split.binOf[p] == from).toArray();
    if (mine.length > 12) {
      return;
    }
    for (int piece : mine) {
      split.bins.get(from).remove(piece);
      for (int b = 0; b < split.bins.size(); b++) {
        if (b != from) {
          split.bins.get(b).add(piece);
          double worse = Math.max(split.bins.get(from).use(), split.bins.get(b).use());
          assertTrue(worse > most - 1.1e-4, "a move to " + b + " helps: " + worse + " of " + most);
          split.bins.get(b).remove(piece);
        }
      }
      split.bins.get(from).add(piece);
    }
  }
}
