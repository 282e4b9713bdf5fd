package io.github.adaptertwin.core.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TicksTest {
  private static String labels(Ticks ticks) {
    return String.join(" ", ticks.labels());
  }

  private static void assertEnds(double low, double high, Ticks ticks) {
    assertEquals(low, ticks.low(), 1e-12);
    assertEquals(high, ticks.high(), 1e-12);
  }

  @Test
  void an_axis_that_follows_its_values_ends_at_the_ticks_outside_them() {
    Ticks ticks = Axis.linear("").ticks(-3.5, 3);
    assertEnds(-4, 4, ticks);
    assertEquals(List.of(-4.0, -2.0, 0.0, 2.0, 4.0), ticks.values());
    assertEnds(2, 50, Axis.logarithmic("").ticks(2.5, 40));
    // .14 / .01 is above 14 as doubles, and 2.3 / .1 below 23.
    assertEquals("0.10 0.11 0.12 0.13 0.14", labels(Axis.linear("").ticks(0.1, 0.14)));
    assertEquals("2.3 2.4 2.5 2.6 2.7", labels(Axis.linear("").ticks(2.3, 2.7)));
  }

  @Test
  void an_axis_whose_ends_are_given_keeps_them_and_has_ticks_within() {
    Ticks ticks = Axis.linear("").between(10, 70).ticks(0, 0);
    assertEnds(10, 70, ticks);
    assertEquals(List.of(20.0, 40.0, 60.0), ticks.values());
    assertEnds(0.9, 3, Axis.logarithmic("").between(0.9, 3).ticks(0, 0));
    // .07 / .01 is above 7, and .3 / .1 below 3, as doubles.
    assertEquals(
        "0.07 0.08 0.09 0.10 0.11", labels(Axis.linear("").between(0.07, 0.11).ticks(0, 0)));
    assertEquals("-0.1 0.0 0.1 0.2 0.3", labels(Axis.linear("").between(-0.1, 0.3).ticks(0, 0)));
  }

  @Test
  void an_axis_begins_at_zero_if_the_smallest_value_is_below_half_the_largest() {
    assertEquals("0 2 4 6 8 10", labels(Axis.linear("").ticks(4.9, 10)));
    assertEquals("5 6 7 8 9 10", labels(Axis.linear("").ticks(5, 10)));
    assertEquals("6 7 8 9 10", labels(Axis.linear("").ticks(6, 10)));
    assertEquals("-5 0 5 10", labels(Axis.linear("").ticks(-1, 10)));
  }

  @Test
  void one_value_or_none_is_given_an_extent() {
    assertEquals("0.0 0.2 0.4 0.6 0.8 1.0", labels(Axis.linear("").ticks(0, 0)));
    assertEquals("0.0 0.2 0.4 0.6 0.8 1.0", labels(Axis.linear("").ticks(Double.NaN, Double.NaN)));
    // Half of it on both sides of a positive value, above a negative one.
    assertEquals("2 3 4 5 6 7 8", labels(Axis.linear("").ticks(5, 5)));
    assertEquals("-5.0 -4.5 -4.0 -3.5 -3.0 -2.5", labels(Axis.linear("").ticks(-5, -5)));
    assertEquals("5 10 20 50", labels(Axis.logarithmic("").ticks(5, 5)));
    assertEquals("1 2 5 10", labels(Axis.logarithmic("").ticks(Double.NaN, Double.NaN)));
    // Bars stand on 0, which a logarithmic axis has not.
    assertEquals("1 2 5 10 20 50 100", labels(Axis.logarithmic("").ticks(0, 100)));
  }

  @Test
  void steps_are_one_two_and_five_times_a_power_of_ten() {
    assertEquals("0 1 2 3 4 5", labels(Axis.linear("").ticks(0, 5)));
    assertEquals("0 2 4 6 8 10", labels(Axis.linear("").ticks(0, 10)));
    assertEquals("0 5 10 15 20 25", labels(Axis.linear("").ticks(0, 25)));
    assertEquals("0 10 20 30", labels(Axis.linear("").ticks(0, 26)));
    assertEquals("0.0 0.1 0.2 0.3 0.4 0.5", labels(Axis.linear("").ticks(0, 0.5)));
  }

  @Test
  void decades_alone_are_ticks_where_there_are_many() {
    assertEquals("1 2 5 10 20 50 100 200", labels(Axis.logarithmic("").ticks(1, 200)));
    assertEquals("1 10 100 1,000", labels(Axis.logarithmic("").ticks(1, 400)));
    assertEquals("1 10 100 1,000", labels(Axis.logarithmic("").ticks(1, 1000)));
    assertEquals("0.001 0.01 0.1 1", labels(Axis.logarithmic("").between(1e-3, 1).ticks(0, 0)));
  }

  @Test
  void very_large_and_very_small_labels_have_exponents() {
    assertEquals("0 200,000,000 400,000,000 600,000,000", labels(Axis.linear("").ticks(0, 5.5e8)));
    assertEquals("0 1e9 2e9 3e9 4e9 5e9", labels(Axis.linear("").ticks(0, 5e9)));
    assertEquals("-1.5e10 -1e10 -5e9 0", labels(Axis.linear("").ticks(-1.5e10, -1)));
    assertEquals(
        "0.0000 0.0001 0.0002 0.0003 0.0004 0.0005", labels(Axis.linear("").ticks(0, 5e-4)));
    assertEquals("0.00000 1e-5 2e-5 3e-5 4e-5 5e-5", labels(Axis.linear("").ticks(0, 5e-5)));
  }

  @Test
  void places_go_from_the_begin_to_the_end() {
    Ticks linear = Axis.linear("").between(-4, 4).ticks(0, 0);
    assertEquals(0, linear.place(-4));
    assertEquals(0.75, linear.place(2), 1e-12);
    assertEquals(1.5, linear.place(8), 1e-12);
    Ticks logarithmic = Axis.logarithmic("").between(10, 1000).ticks(0, 0);
    assertEquals(0, logarithmic.place(10));
    assertEquals(0.5, logarithmic.place(100), 1e-12);
    assertEquals(-0.5, logarithmic.place(1), 1e-12);
    Ticks names = Axis.categories("", List.of("a", "b")).ticks(7, 9);
    assertEquals(List.of("a", "b"), names.labels());
    assertEquals(List.of(0.0, 1.0), names.values());
    assertEquals(0.25, names.place(0), 1e-12);
    assertEquals(0.75, names.place(1), 1e-12);
  }
}
