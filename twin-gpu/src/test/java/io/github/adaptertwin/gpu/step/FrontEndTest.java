package io.github.adaptertwin.gpu.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FrontEndTest {
  private static final FrontEnd MEASURED = new FrontEnd(2.4e-3, 0.229e-3, 0.3, 1.17e-4);

  /**
   * 256 adapters, 45 of them in a batch of 45, steps of 42.6 ms: polls take 12.4 % of an hour, and
   * the client sees gaps of 48.6 ms (a published hour of Qwen2.5-7B: 42.6 and 48.6 ms).
   */
  @Test
  void polls_stretch_the_gaps_between_pieces_as_measured() {
    double share = MEASURED.pollShareOf(256, 45, 0.0426, 3600);
    assertEquals(0.1236, share, 1e-3);
    assertEquals(0.0486, MEASURED.clientItlSeconds(0.0426, share, 45), 1e-4);
    double ttft = MEASURED.ttftDelaySeconds(share, 45);
    assertEquals(0.229e-3 * 45 + 4.0 / 3 * 2 * share * share, ttft, 1e-12);
  }

  @Test
  void more_than_one_slice_of_outputs_does_not_merge() {
    assertEquals(0.2, MEASURED.clientItlSeconds(0.2, 0.1, 600), 1e-6);
    assertEquals(0.05, FrontEnd.NONE.clientItlSeconds(0.05, 0, 10), 0);
    assertEquals(0, FrontEnd.NONE.pollShareOf(300, 100, 0.05, 3600), 0);
  }

  @Property(tries = 300)
  void a_client_never_sees_faster_tokens_than_the_engine_makes(
      @ForAll @IntRange(min = 1, max = 400) int adapters,
      @ForAll @DoubleRange(min = 0, max = 400) double distinct,
      @ForAll @DoubleRange(min = 0.01, max = 1) double step,
      @ForAll @DoubleRange(min = 0, max = 1000) double running) {
    double share = MEASURED.pollShareOf(adapters, distinct, step, 3600);
    assertTrue(share >= 0 && share <= 0.5, "share " + share);
    assertTrue(MEASURED.clientItlSeconds(step, share, running) >= step);
    assertTrue(MEASURED.ttftDelaySeconds(share, running) >= 0);
    assertTrue(MEASURED.pollShareOf(adapters + 1, distinct, step, 3600) >= share - 1e-12);
  }

  /**
   * 54 adapters are twice as many as make most sets new: 1 - exp(-4) of the sets. Half an hour
   * halves the share of an hour, and no share is above a half.
   */
  @Test
  void share_isLinearUntilAHalf() {
    FrontEnd front = new FrontEnd(0, 0, 0, 1e-4);
    double hour = 1e-4 * 40 / 0.05 * (1 - Math.exp(-4));
    assertEquals(hour, front.pollShareOf(54, 40, 0.05, 3600), 1e-15);
    assertEquals(hour / 2, front.pollShareOf(54, 40, 0.05, 1800), 1e-15);
    assertEquals(0.5, front.pollShareOf(54, 40, 0.05, 36_000_000));
  }

  /** As many requests run as one slice holds, and a half: half of the batches are in one piece. */
  @Test
  void gaps_atOneSlice_stretchByHalfOfTheShare() {
    assertEquals(0.05 / (1 - 0.2 / 2), FrontEnd.NONE.clientItlSeconds(0.05, 0.2, 128.5), 1e-15);
    double z = 10 / Math.sqrt(118.5);
    double small = 1 / (1 + Math.exp(-1.702 * z));
    assertEquals(0.05 / (1 - 0.2 * small), FrontEnd.NONE.clientItlSeconds(0.05, 0.2, 118.5), 1e-15);
  }

  @Test
  void constants_atTheirBounds_areTaken() {
    double above = Math.nextUp(10.0);
    double below = -Double.MIN_VALUE;
    for (double wrong : new double[] {above, below, Double.NaN}) {
      assertThrows(IllegalArgumentException.class, () -> new FrontEnd(wrong, 0, 0, 0));
      assertThrows(IllegalArgumentException.class, () -> new FrontEnd(0, wrong, 0, 0));
      assertThrows(IllegalArgumentException.class, () -> new FrontEnd(0, 0, wrong, 0));
      assertThrows(IllegalArgumentException.class, () -> new FrontEnd(0, 0, 0, wrong));
    }
    assertEquals(10, new FrontEnd(10, 10, 10, 10).baseSeconds());
  }

  @Test
  void a_constant_in_milliseconds_is_refused() {
    assertThrows(IllegalArgumentException.class, () -> new FrontEnd(2.4, 0.2, 300, 0));
    assertThrows(IllegalArgumentException.class, () -> new FrontEnd(Double.NaN, 0, 0, 0));
  }
}
