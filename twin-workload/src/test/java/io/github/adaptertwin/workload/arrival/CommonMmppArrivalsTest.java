package io.github.adaptertwin.workload.arrival;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStreams;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommonMmppArrivalsTest {
  private static final double PICOS_PER_SECOND = 1e12;
  private static final CommonMmppArrivals LAW =
      new CommonMmppArrivals(new MmppArrivals(0, 50, 40, 20));

  private static List<Double> arrivals(ArrivalLaw law, String name, int replication, double end) {
    ArrivalStream stream = law.open(new RandomStreams(7), name, replication);
    List<Double> seconds = new ArrayList<>();
    for (double t = stream.nextPicos() / PICOS_PER_SECOND;
        t < end;
        t = stream.nextPicos() / PICOS_PER_SECOND) {
      seconds.add(t);
    }
    return seconds;
  }

  private static int[] counts(List<Double> arrivals, int seconds) {
    int[] counts = new int[seconds];
    arrivals.forEach(t -> counts[(int) (double) t]++);
    return counts;
  }

  private static double correlation(int[] a, int[] b) {
    double meanA = 0;
    double meanB = 0;
    for (int i = 0; i < a.length; i++) {
      meanA += a[i] / (double) a.length;
      meanB += b[i] / (double) a.length;
    }
    double both = 0;
    double squareA = 0;
    double squareB = 0;
    for (int i = 0; i < a.length; i++) {
      both += (a[i] - meanA) * (b[i] - meanB);
      squareA += (a[i] - meanA) * (a[i] - meanA);
      squareB += (b[i] - meanB) * (b[i] - meanB);
    }
    return both / Math.sqrt(squareA * squareB);
  }

  private static double correlation(ArrivalLaw first, ArrivalLaw second, int replication) {
    return correlation(
        counts(arrivals(first, "a", 0, 4000), 4000),
        counts(arrivals(second, "b", replication, 4000), 4000));
  }

  /** Given the state counts are Poisson: the correlation is v / (v + m), v of the rate, m mean. */
  @Test
  void sources_come_and_go_together_and_differ_given_the_state() {
    // On a third of the time at 50: m = 16.7, v = 2500 * 2 / 9 = 556, 556 / 572 = .97.
    double together = correlation(LAW, LAW, 0);
    assertTrue(together > 0.93 && together < 0.99, "correlation " + together);
    assertTrue(Math.abs(correlation(LAW.one(), LAW.one(), 0)) < 0.3);
  }

  @Test
  void the_rate_does_not_move_the_states_but_dwells_and_replications_do() {
    assertTrue(correlation(LAW, LAW.withRate(3), 0) > 0.8);
    assertTrue(Math.abs(correlation(LAW, LAW, 1)) < 0.3);
    ArrivalLaw other = new CommonMmppArrivals(new MmppArrivals(0, 50, 40, 20.5));
    assertTrue(Math.abs(correlation(LAW, other, 0)) < 0.3);
  }

  /** Ten sources together are the process of ten times the rates. */
  @Test
  void all_sources_together_have_the_dispersion_of_their_sum() {
    MmppArrivals ten = new MmppArrivals(0, 500, 40, 20);
    assertEquals(ten.limitOfDispersion(), LAW.limitOfDispersion(10 * LAW.ratePerSecond()), 1e-9);
    assertEquals(LAW.limitOfDispersion(), LAW.limitOfDispersion(LAW.ratePerSecond()), 1e-12);
    double window = 30;
    double sum = 0;
    double squares = 0;
    int windows = 0;
    for (int replication = 0; replication < 200; replication++) {
      int[] counts = new int[4];
      for (int source = 0; source < 10; source++) {
        arrivals(LAW, "source-" + source, replication, 4 * window)
            .forEach(t -> counts[(int) (t / window)]++);
      }
      for (int count : counts) {
        sum += count;
        squares += (double) count * count;
        windows++;
      }
    }
    double mean = sum / windows;
    double dispersion = (squares / windows - mean * mean) / mean;
    assertEquals(ten.ratePerSecond() * window, mean, 0.1 * mean);
    assertEquals(1, dispersion / ten.indexOfDispersion(window), 0.12);
  }
}
