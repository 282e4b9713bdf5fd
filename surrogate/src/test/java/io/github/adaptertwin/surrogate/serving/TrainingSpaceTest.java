package io.github.adaptertwin.surrogate.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.PooledLengths;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingSpaceTest {
  private static final EngineFlags FLAGS = EngineFlags.builder().maxNumSeqs(512).build();
  private static final FixedLengths LENGTHS = new FixedLengths(100, 200);

  private static TrainingSpace.Builder builder() {
    return TrainingSpace.builder(LENGTHS, FLAGS)
        .adapters(4, 256)
        .leastSlots(8)
        .leastSlotShare(0.25)
        .ranks(List.of(8, 16, 32, 64))
        .utilisation(0.25, 4)
        .spread(1, 64)
        .dispersion(4)
        .inputScale(0.5, 2)
        .outputScale(0.25, 1)
        .maxNumSeqs(List.of(256, 512, 1024));
  }

  private static TrainingSpace.Draw draw(double... unit) {
    return builder().build().draw(unit);
  }

  /** Every range is drawn evenly in its logarithm: its middle is the geometric mean. */
  @Test
  void the_middle_of_the_cube_is_as_by_hand() {
    assertEquals(
        new TrainingSpace.Draw(
            32, // of 4 to 256
            16, // the root of the quarter
            List.of(32),
            1,
            8,
            2, // the middle of the half that is not Poisson
            1,
            0.5,
            512),
        draw(0.5, 0.375, 0.5, 0.25, 0.5, 0.5, 0.75, 0.5, 0.5, 0.5));
  }

  @Test
  void the_first_corner_is_as_by_hand() {
    assertEquals(
        new TrainingSpace.Draw(4, 4, List.of(8), 0.25, 1, 1, 0.5, 0.25, 256),
        draw(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void slots_grow_from_the_least_share_to_one_for_each_adapter() {
    double[] unit = {0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    int[] slots = {8, 10, 16, 32, 32};
    double[] share = {0, 0.125, 0.375, 0.75, 0.99};
    for (int i = 0; i < share.length; i++) {
      unit[1] = share[i];
      // 32 adapters: a quarter of them, its 5/6th power, its root, all, all.
      assertEquals(slots[i], builder().build().draw(unit).slots(), "at " + share[i]);
    }
    unit[1] = 0;
    assertEquals(12, builder().leastSlots(12).build().draw(unit).slots());
    // No more than there are adapters.
    assertEquals(32, builder().leastSlots(100).build().draw(unit).slots());
  }

  @Test
  void ranks_are_neighbours_from_a_drawn_one_on() {
    double[] unit = {0, 0, 0, 0.999, 0, 0, 0, 0, 0, 0};
    assertEquals(List.of(8, 16, 32, 64), builder().build().draw(unit).ranks());
    unit[2] = 0.5;
    assertEquals(List.of(32, 64), builder().build().draw(unit).ranks());
    unit[3] = 0.499;
    assertEquals(List.of(32), builder().build().draw(unit).ranks());
    unit[2] = 0.999;
    unit[3] = 0.999;
    assertEquals(List.of(64), builder().build().draw(unit).ranks());
  }

  @Test
  void half_of_the_loads_are_poisson_and_all_where_nothing_else_is_wanted() {
    double[] unit = {0, 0, 0, 0, 0, 0, 0.4999, 0, 0, 0};
    assertEquals(1, builder().build().draw(unit).dispersion());
    unit[6] = 0.5;
    assertEquals(1, builder().build().draw(unit).dispersion());
    unit[6] = 1;
    assertEquals(4, builder().build().draw(unit).dispersion(), 1e-12);
    assertEquals(1, builder().dispersion(1).build().draw(unit).dispersion());
  }

  @Test
  void lengths_are_scaled_pair_by_pair_and_never_below_one_token() {
    TrainingSpace space = builder().build();
    LengthLaw law = space.lengths(draw(0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0), 1);
    assertEquals(50, law.meanInputTokens());
    assertEquals(100, law.meanOutputTokens());
    LengthLaw onlyInput = space.lengths(draw(0, 0, 0, 0, 0, 0, 0, 1, 1, 0), 1);
    assertEquals(200, onlyInput.meanInputTokens());
    assertEquals(200, onlyInput.meanOutputTokens());
    // 1 and .25 times 1 token: neither vanishes.
    TrainingSpace shortest =
        TrainingSpace.builder(new FixedLengths(1, 1), FLAGS)
            .inputScale(0.25, 0.25)
            .outputScale(0.25, 0.25)
            .build();
    LengthLaw one = shortest.lengths(shortest.draw(new double[10]), 1);
    assertEquals(1, one.meanInputTokens());
    assertEquals(1, one.meanOutputTokens());
  }

  @Test
  void lengths_that_are_not_scaled_are_the_law_itself() {
    TrainingSpace plain = builder().inputScale(1, 1).outputScale(1, 1).build();
    assertSame(LENGTHS, plain.lengths(plain.draw(new double[10]), 1));
    TrainingSpace output = builder().inputScale(1, 1).outputScale(2, 2).build();
    assertEquals(400, output.lengths(output.draw(new double[10]), 1).meanOutputTokens());
    TrainingSpace input = builder().inputScale(2, 2).outputScale(1, 1).build();
    assertEquals(200, input.lengths(input.draw(new double[10]), 1).meanInputTokens());
  }

  /** Half of the requests have 10 tokens and half 30; which rows are drawn depends on the seed. */
  private static final LengthLaw COIN =
      PooledLengths.ofRows(new int[] {10, 30}, new int[] {40, 40});

  @Test
  void scaled_lengths_are_drawn_from_a_stream_of_the_seed() {
    TrainingSpace space = TrainingSpace.builder(COIN, FLAGS).inputScale(2, 2).build();
    LengthLaw law = space.lengths(space.draw(new double[10]), 5);
    RandomStream stream = new RandomStreams(5).stream("training/lengths", 0);
    double sum = 0;
    for (int i = 0; i < 4096; i++) {
      sum += 2 * LengthLaw.input(COIN.draw(stream));
    }
    assertEquals(sum / 4096, law.meanInputTokens(), 1e-9);
    assertNotEquals(
        law.meanInputTokens(), space.lengths(space.draw(new double[10]), 6).meanInputTokens());
  }

  @Test
  void a_space_is_told_in_words() {
    String words = builder().build().describe();
    assertTrue(
        words.startsWith(
            "adapters Range[least=4.0, most=256.0], ranks [8, 16, 32, 64], utilisation"
                + " Range[least=0.25, most=4.0], spread Range[least=1.0, most=64.0], dispersion"
                + " Range[least=1.0, most=4.0], input scale Range[least=0.5, most=2.0], output"
                + " scale Range[least=0.25, most=1.0], max_num_seqs [256, 512, 1024], mean lengths"
                + " 100.0 and 200.0 (law "),
        words);
    assertTrue(words.endsWith("), least slots 8 and share 0.25, flags " + FLAGS.toString()), words);
    // Of equal means, but other requests.
    String coin = TrainingSpace.builder(COIN, FLAGS).build().describe();
    String fixed = TrainingSpace.builder(new FixedLengths(20, 40), FLAGS).build().describe();
    assertNotEquals(coin, fixed);
    assertEquals(coin.replaceFirst("law [0-9a-f]+", ""), fixed.replaceFirst("law [0-9a-f]+", ""));
  }

  @Test
  void what_is_not_said_is_usual() {
    TrainingSpace space = TrainingSpace.builder(LENGTHS, FLAGS).build();
    assertEquals(new TrainingSpace.Range(4, 512), space.adapters);
    assertEquals(new TrainingSpace.Range(0.15, 3), space.utilisation);
    assertEquals(new TrainingSpace.Range(1, 64), space.spread);
    assertEquals(new TrainingSpace.Range(1, 1), space.dispersion);
    assertEquals(List.of(8, 16, 32), space.ranks);
    assertEquals(List.of(512), space.maxNumSeqs);
    assertEquals(1, space.leastSlots);
    assertEquals(0.125, space.leastSlotShare);
  }

  private static void assertRefused(String message, TrainingSpace.Builder builder) {
    assertEquals(
        message, assertThrows(IllegalArgumentException.class, builder::build).getMessage());
  }

  @Test
  void spaces_without_loads_are_refused() {
    assertRefused("least share of slots is 0.0, must be in (0, 1]", builder().leastSlotShare(0));
    assertRefused(
        "least share of slots is NaN, must be in (0, 1]", builder().leastSlotShare(0. / 0));
    assertRefused("least share of slots is 1.1, must be in (0, 1]", builder().leastSlotShare(1.1));
    assertEquals(1, builder().leastSlotShare(1).build().leastSlotShare);
    assertRefused("least slots are 0, must be at least 1", builder().leastSlots(0));
    assertEquals(1, builder().leastSlots(1).build().leastSlots);
    String none = "there are 0 ranks and 3 numbers of sequences; give at least one of each";
    assertRefused(none, builder().ranks(List.of()));
    String noSequences = "there are 4 ranks and 0 numbers of sequences; give at least one of each";
    assertRefused(noSequences, builder().maxNumSeqs(List.of()));
    assertRefused(
        "least spread of rates is 0.5, must be at least 1 (all alike)", builder().spread(0.5, 2));
    for (double[] range : new double[][] {{0, 1}, {-1, 1}, {2, 1}, {1, 1.0 / 0}, {0. / 0, 1}}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> builder().utilisation(range[0], range[1]))
              .getMessage();
      assertEquals(
          "range is [" + range[0] + ", " + range[1] + "]; must be 0 < least <= most", message);
    }
    assertEquals(3, new TrainingSpace.Range(3, 3).at(0.7));
  }

  /** Two dimensions, ten points: three levels, nine points, and the tenth is the first again. */
  @Test
  void a_grid_counts_with_its_first_dimension_fastest() {
    double low = 0.5 / 3;
    double high = 2.5 / 3;
    double[][] expected = {
      {low, low}, {0.5, low}, {high, low},
      {low, 0.5}, {0.5, 0.5}, {high, 0.5},
      {low, high}, {0.5, high}, {high, high},
      {low, low},
    };
    for (int i = 0; i < expected.length; i++) {
      double[] point = TrainingDesign.GRID.point(i, expected.length, 2, 1);
      assertArrayEquals(expected[i], point, 1e-15, "point " + i);
    }
    assertArrayEquals(new double[] {0.5, 0.5}, TrainingDesign.GRID.point(2, 3, 2, 1));
    assertArrayEquals(new double[] {0.25, 0.25}, TrainingDesign.GRID.point(0, 4, 2, 1));
  }

  @Test
  void sobol_is_the_sequence_moved_by_one_vector_of_the_seed() {
    double[] zero = TrainingDesign.SOBOL.point(0, 8, 3, 9);
    RandomStream shift = new RandomStreams(9).stream("design/shift", 0);
    // The sequence begins with 0 and goes on with 1/2 in each dimension.
    for (int d = 0; d < 3; d++) {
      double moved = shift.nextDouble();
      assertEquals(moved, zero[d]);
      assertEquals((moved + 0.5) % 1, TrainingDesign.SOBOL.point(1, 8, 3, 9)[d], 1e-15);
    }
    assertNotEquals(zero[0], TrainingDesign.SOBOL.point(0, 8, 3, 10)[0]);
  }

  @Test
  void a_latin_hypercube_is_another_for_each_seed_and_dimension() {
    int n = 50;
    int equal = 0;
    int alike = 0;
    for (int i = 0; i < n; i++) {
      double[] one = TrainingDesign.LATIN_HYPERCUBE.point(i, n, 2, 1);
      double[] other = TrainingDesign.LATIN_HYPERCUBE.point(i, n, 2, 2);
      assertTrue(one[0] >= 0 && one[0] < 1);
      equal += (int) (one[0] * n) == (int) (other[0] * n) ? 1 : 0;
      alike += (int) (one[0] * n) == (int) (one[1] * n) ? 1 : 0;
    }
    // Two permutations at random agree in one place on average.
    assertTrue(equal <= 6, equal + " strata are the same");
    assertTrue(alike <= 6, alike + " strata are the same in both dimensions");
    assertEquals(1, (int) (1 + TrainingDesign.LATIN_HYPERCUBE.point(0, 1, 1, 7)[0]));
  }
}
