package io.github.adaptertwin.core.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulatedTimeTest {
  @Test
  void seconds_and_milliseconds_become_picoseconds_and_back() {
    assertEquals(1_500_000_000_000L, SimulatedTime.toPicos(1.5));
    assertEquals(2_500_000_000L, SimulatedTime.fromMillis(2.5));
    assertEquals(0.25, SimulatedTime.toSeconds(250_000_000_000L));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1e-12, Double.NaN, Double.POSITIVE_INFINITY, 9.3e6})
  void times_outside_the_range_are_refused_with_the_value(double seconds) {
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> SimulatedTime.toPicos(seconds));
    assertTrue(e.getMessage().contains(String.valueOf(seconds)), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> SimulatedTime.fromMillis(seconds * 1000));
  }

  @Test
  void times_at_the_ends_of_the_range_are_taken() {
    assertEquals(0, SimulatedTime.toPicos(0));
    assertEquals(9_200_000_000_000_000_000L, SimulatedTime.toPicos(9.2e6));
    assertEquals(0, SimulatedTime.fromMillis(0));
    assertEquals(9_200_000_000_000_000_000L, SimulatedTime.fromMillis(9.2e9));
  }
}
