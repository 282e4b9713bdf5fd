package io.github.adaptertwin.workload.arrival;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.time.SimulatedTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Laws at the ends of what they can be, where a stream would hang, overflow or fill the memory. */
class ArrivalBoundsTest {
  private static void refused(String words, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.contains(words), message);
  }

  /** On a clock of picoseconds such states have no length: a stream would switch for ever. */
  @Test
  void states_too_short_for_the_clock_are_refused() {
    refused("first state is 1.0E-13 s", () -> new MmppArrivals(1, 2, 1e-13, 1));
    refused("second state is 0.0 s", () -> new MmppArrivals(1, 2, 1, 0));
    refused("epoch is 1.0E-13 s", () -> new DriftingArrivals(1, 1, 0.5, 1e-13));
    refused("piece is 1.0E-300 s", () -> new PiecewiseArrivals.Piece(1e-300, 1));
    refused("period is 1.0E-300 s", () -> new DiurnalArrivals(1, 0.5, 1e-300, 0));
    refused("shift is 2.0 s, must be in [0, 1.0]", () -> new DiurnalArrivals(1, 0.5, 1, 2));
    assertEquals(1.5, new MmppArrivals(1, 2, 1e-6, 1e-6).ratePerSecond(), 1e-12);
  }

  /**
   * With r near 1 the sum over all distances tends to 2 / (1 - r) times the sum of sigma^(2k) / (k
   * k!), which is Ei(1) less Euler's constant, 1.3179021514544, for a sigma of 1.
   */
  @Test
  void rates_that_hardly_forget_have_a_limit_of_dispersion() {
    double correlation = 1 - 1e-12;
    double limit = new DriftingArrivals(1, 1, correlation, 1).limitOfDispersion();
    double expected = 2 * 1.3179021514544 / (1 - correlation);
    assertEquals(expected, limit, 1e-6 * expected);
    assertEquals(1, new DriftingArrivals(1, 0, correlation, 1).limitOfDispersion());
  }

  @Test
  void bursts_faster_than_any_service_are_refused() {
    GapLaw gaps = new ExponentialGaps(1e-9);
    refused("arrivals/s, must be in (0, 1000000.0]", () -> new BurstArrivals(3, 1, gaps, gaps));
  }

  /** Gaps of a median of 123 s have a mean of a year if their sigma is 5. */
  @Test
  void sessions_that_would_fill_the_memory_are_refused() {
    GapLaw gaps = LognormalGaps.ofMedian(123, 5);
    refused("lower the rate or shorten the gaps", () -> SessionArrivals.of(1000, 0.79, gaps));
    assertEquals(0.1, SessionArrivals.of(0.1, 0.79, gaps).ratePerSecond(), 1e-12);
  }

  @Test
  void sessions_without_returns_are_equal_whatever_returns_would_be() {
    GapLaw gaps = new ExponentialGaps(9);
    assertEquals(
        SessionArrivals.of(1, 0.5, gaps),
        SessionArrivals.of(1, 0.5, gaps, 0, new ExponentialGaps(600)));
  }

  /** One arrival in three billion years: the pieces are nothing against a gap. */
  @Test
  void gaps_far_longer_than_the_pieces_are_exponential() {
    PiecewiseArrivals rare =
        new PiecewiseArrivals(
            List.of(new PiecewiseArrivals.Piece(1, 1e-17), new PiecewiseArrivals.Piece(1, 3e-17)));
    assertEquals(1, rare.gapCv(), 1e-9);
  }

  /** The window ends behind the longest time, so that it is never complete. */
  @Test
  void a_window_that_ends_beyond_all_time_is_not_counted() {
    ArrivalStatistics statistics = new ArrivalStatistics(9.2e6, 60);
    for (int i = 0; i < 600; i++) {
      statistics.add(SimulatedTime.toPicos(100_000 + i));
    }
    assertEquals(Double.NaN, statistics.indexOfDispersion(0));
    assertEquals(0, statistics.indexOfDispersion(1), 1e-12);
  }

  @Test
  void exponential_gaps_alone_are_poisson() {
    assertTrue(ArrivalLaw.poisson(2).isPoisson());
    assertFalse(ArrivalLaw.gamma(2, 1).isPoisson());
    assertFalse(new MmppArrivals(1, 1, 1, 1).isPoisson());
  }

  /**
   * Gaps with a long tail take tens of thousands of them until the limit is near: 38.7 is the mean
   * of 60,000 simulated windows of 1,000 s. Whatever the method, the curve rises to the limit.
   */
  @Test
  void dispersion_of_gaps_with_a_long_tail_rises_to_its_limit() {
    RenewalArrivals lognormal = new RenewalArrivals(1, LognormalGaps.ofMean(1, 2));
    assertEquals(38.7, lognormal.indexOfDispersion(1000), 0.03 * 38.7);
    for (ArrivalLaw law : List.of(lognormal, ArrivalLaw.weibull(1, 0.26))) {
      double last = 0;
      for (double window : new double[] {1, 30, 100, 400, 700, 1e3, 2e3, 5e3, 1e4, 3e4, 1e6}) {
        double dispersion = law.indexOfDispersion(window);
        assertTrue(dispersion > last, dispersion + " at " + window + " s after " + last);
        last = dispersion;
      }
      assertEquals(law.limitOfDispersion(), last, 0.01 * last);
    }
  }
}
