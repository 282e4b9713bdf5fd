package io.github.adaptertwin.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.length.FixedLengths;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.PooledLengths;
import io.github.adaptertwin.workload.popularity.AliasTable;
import java.util.List;
import org.junit.jupiter.api.Test;

class PoissonSourceTest {
  private static final List<AdapterTraffic> ADAPTERS =
      DealtAdapters.of("a", 3, List.of(8), List.of(2.0, 1.0, 0.5));

  private static final LengthLaw LENGTHS = new FixedLengths(10, 20);

  @Test
  void requests_come_at_the_rates_of_their_adapters() {
    RequestCursor cursor = PoissonSource.of(ADAPTERS, LENGTHS, 1, 0).open();
    long horizon = SimulatedTime.toPicos(20_000);
    int[] counts = new int[3];
    double squares = 0;
    double seconds = 0;
    int n = 0;
    long before = 0;
    for (; cursor.arrivalPicos() < horizon; cursor.advance()) {
      counts[cursor.adapter()]++;
      double gap = SimulatedTime.toSeconds(cursor.arrivalPicos() - before);
      seconds += gap;
      squares += gap * gap;
      before = cursor.arrivalPicos();
      n++;
    }
    for (int a = 0; a < 3; a++) {
      double expected = ADAPTERS.get(a).ratePerSecond() * 20_000;
      assertEquals(expected, counts[a], 3.3 * Math.sqrt(expected));
    }
    // Squared coefficient of variation 1 with a standard error of sqrt(8 / n).
    double mean = seconds / n;
    assertEquals(1, (squares / n - mean * mean) / (mean * mean), 3.3 * Math.sqrt(8.0 / n));
  }

  @Test
  void what_is_dropped_as_counts_is_poisson_in_the_time_for_which_the_queue_was_full() {
    LengthLaw lengths = PooledLengths.ofRows(new int[] {10, 30}, new int[] {5, 1});
    RequestCursor cursor = PoissonSource.of(ADAPTERS, lengths, 2, 0).withWaitingCap(1).open();
    // Full from the first arrival on for half of every 10 s.
    double full = 0;
    for (int i = 1; i <= 2000; i++) {
      while (cursor.arrivalPicos() < SimulatedTime.toPicos(10 * i)) {
        cursor.advance();
      }
      long until = SimulatedTime.toPicos(10 * i + 5);
      full += Math.max(0, SimulatedTime.toSeconds(until - cursor.arrivalPicos()));
      assertTrue(cursor.dropBefore(until));
      assertTrue(cursor.arrivalPicos() >= until);
    }
    double seconds = full;
    int[] told = {0};
    cursor.tellDropped(
        (adapter, requests, input, output) -> {
          told[0]++;
          double expected =
              ADAPTERS.get(adapter).ratePerSecond() * seconds
                  + 2000 * ADAPTERS.get(adapter).ratePerSecond() / 3.5;
          double n = (double) requests;
          assertEquals(expected, n, 4 * Math.sqrt(expected));
          assertEquals(20 * n, (double) input, 4 * 10 * Math.sqrt(n));
          assertEquals(3 * n, (double) output, 4 * 2 * Math.sqrt(n));
        });
    assertEquals(3, told[0]);
  }

  @Test
  void every_cursor_gives_the_same_requests_and_every_replication_others() {
    PoissonSource source = PoissonSource.of(ADAPTERS, LENGTHS, 3, 0);
    RequestCursor one = source.open();
    RequestCursor two = source.open();
    RequestCursor other = PoissonSource.of(ADAPTERS, LENGTHS, 3, 1).open();
    assertTrue(one.arrivalPicos() != other.arrivalPicos());
    for (int i = 0; i < 100; i++) {
      assertEquals(one.arrivalPicos(), two.arrivalPicos());
      assertEquals(one.adapter(), two.adapter());
      one.advance();
      two.advance();
    }
  }

  @Test
  void an_alias_table_draws_in_proportion_to_any_weights() {
    double[] weights = {5, 0.01, 1, 1, 3, 0.5};
    AliasTable table = AliasTable.of(weights);
    int n = 400_000;
    int[] counts = new int[weights.length];
    var stream = new RandomStreams(4).stream("alias", 0);
    for (int i = 0; i < n; i++) {
      counts[table.draw(stream)]++;
    }
    for (int i = 0; i < weights.length; i++) {
      double expected = n * weights[i] / 10.51;
      assertEquals(expected, counts[i], 4 * Math.sqrt(expected));
    }
    assertThrows(IllegalArgumentException.class, () -> AliasTable.of(new double[] {}));
    assertThrows(IllegalArgumentException.class, () -> AliasTable.of(new double[] {1, 0}));
    assertThrows(
        IllegalArgumentException.class,
        () -> PoissonSource.of(ADAPTERS, LENGTHS, 3, 0).withWaitingCap(0));
  }
}
