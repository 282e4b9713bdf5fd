package io.github.adaptertwin.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LatencyFigureTest {
  private static final double NONE = Double.NaN;

  private static LatencyFigure figure(double... seconds) {
    return new LatencyFigure(seconds);
  }

  @Test
  void a_gain_of_unrelated_runs_must_exceed_how_they_differ() {
    // Means 1 and 1.5 with variances of .02 each: 2.5 deviations are .5.
    LatencyFigure low = figure(.9, 1.1);
    assertTrue(low.isAhead(1, figure(1.401, 1.601)));
    assertFalse(low.isAhead(1, figure(1.399, 1.599)));
    assertFalse(low.isAhead(.6, figure(1.401, 1.601)), "1 is above .6 times 1.501");
    assertTrue(low.isBelow(.7, figure(1.4, 1.6)));
    assertFalse(low.isBelow(.6, figure(1.4, 1.6)));
  }

  @Test
  void a_gain_on_the_same_requests_must_exceed_how_it_differs() {
    // The gains are .1 and .3: a mean of .2 with a deviation of .1414, of which 2.5 are .354.
    assertFalse(figure(1, 2).standsOutFrom(figure(1.1, 2.3)));
    assertTrue(figure(1, 2).standsOutFrom(figure(1.2, 2.2)));
    assertTrue(figure(1, 2).standsOutFrom(figure(1, 2)));
    assertFalse(figure(1, 2).standsOutFrom(figure(.9, 1.9)));
  }

  @Test
  void figures_that_nothing_tells_are_equal() {
    LatencyFigure none = figure(NONE, NONE);
    assertTrue(none.isUntold());
    assertFalse(figure(NONE, 1).isUntold());
    assertFalse(none.isAhead(.998, none));
    assertTrue(none.standsOutFrom(none));
    assertFalse(none.isBelow(.98, none));
    assertTrue(Double.isNaN(none.mean()));
    assertFalse(LatencyFigure.isWorse(NONE, NONE));
  }

  @Test
  void a_figure_that_is_told_is_ahead_of_one_that_is_not() {
    LatencyFigure told = figure(1, 1);
    LatencyFigure none = figure(1, NONE);
    assertFalse(none.isAhead(1, told));
    assertFalse(none.isBelow(1, told));
    assertFalse(none.standsOutFrom(told));
    assertTrue(told.standsOutFrom(none));
    assertTrue(LatencyFigure.isWorse(NONE, 1));
    assertFalse(LatencyFigure.isWorse(1, NONE));
    // Nothing tells by how much it would be ahead.
    assertFalse(figure(1).isAhead(1, figure(NONE)));
    assertFalse(figure(1).isBelow(1, figure(NONE)));
  }

  @Test
  void a_figure_without_replications_is_refused() {
    assertThrows(IllegalArgumentException.class, LatencyFigure::new);
  }

  @Property(tries = 200)
  void a_replication_that_tells_neither_changes_nothing(
      @ForAll @Size(4) List<@DoubleRange(min = .01, max = 9) Double> these,
      @ForAll @Size(4) List<@DoubleRange(min = .01, max = 9) Double> those) {
    double[] a = these.stream().mapToDouble(Double::doubleValue).toArray();
    double[] b = those.stream().mapToDouble(Double::doubleValue).toArray();
    LatencyFigure longerA = figure(withNone(a));
    LatencyFigure longerB = figure(withNone(b));
    assertEquals(figure(a).mean(), longerA.mean());
    assertEquals(figure(a).isAhead(.9, figure(b)), longerA.isAhead(.9, longerB));
    assertEquals(figure(a).isBelow(.9, figure(b)), longerA.isBelow(.9, longerB));
    assertEquals(figure(a).standsOutFrom(figure(b)), longerA.standsOutFrom(longerB));
    assertFalse(figure(a).isAhead(.9, figure(b)) && figure(b).isAhead(.9, figure(a)));
  }

  private static double[] withNone(double[] values) {
    double[] longer = Arrays.copyOf(values, values.length + 1);
    longer[values.length] = NONE;
    return longer;
  }
}
