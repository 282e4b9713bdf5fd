package io.github.adaptertwin.core.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RandomStreamTest {
  /** Reference outputs of xoshiro256++ from the state (1, 2, 3, 4), by its authors' C code. */
  @Test
  void the_generator_gives_the_reference_sequence() {
    RandomStream stream = new RandomStream(1, 2, 3, 4);
    long[] expected = {41943041L, 58720359L, 3588806011781223L, 3591011842654386L};
    for (long value : expected) {
      assertEquals(value, stream.nextLong());
    }
  }

  @Test
  void a_stream_is_a_function_of_seed_name_and_replication() {
    long base = new RandomStreams(1).stream("arrivals/a", 0).nextLong();
    assertEquals(base, new RandomStreams(1).stream("arrivals/a", 0).nextLong());
    assertNotEquals(base, new RandomStreams(2).stream("arrivals/a", 0).nextLong());
    assertNotEquals(base, new RandomStreams(1).stream("arrivals/b", 0).nextLong());
    assertNotEquals(base, new RandomStreams(1).stream("arrivals/a", 1).nextLong());
    assertEquals(7, new RandomStreams(7).seed());
  }

  @Test
  void the_derivation_of_streams_never_changes() {
    RandomStream stream = new RandomStreams(42).stream("arrivals/adapter-17", 3);
    assertEquals(-8433311091402514149L, stream.nextLong());
  }

  @Test
  void an_all_zero_state_and_an_empty_range_are_refused() {
    assertThrows(IllegalArgumentException.class, () -> new RandomStream(0, 0, 0, 0));
    RandomStream stream = new RandomStream(1, 2, 3, 4);
    Exception e = assertThrows(IllegalArgumentException.class, () -> stream.nextInt(0));
    assertTrue(e.getMessage().contains("bound is 0"));
  }

  @Property(tries = 200)
  void many_draws_at_once_are_those_of_single_calls(
      @ForAll long seed, @ForAll @IntRange(max = 2000) int count) {
    RandomStream single = new RandomStreams(seed).stream("x", 0);
    RandomStream many = new RandomStreams(seed).stream("x", 0);
    long[] words = new long[count];
    many.nextLongs(words);
    for (long word : words) {
      assertEquals(single.nextLong(), word);
    }
    // One in a hundred is rejected at first.
    double[] variates = new double[count];
    many.nextExponentials(variates);
    for (double variate : variates) {
      assertEquals(single.nextExponential(), variate);
    }
    assertEquals(single.nextLong(), many.nextLong());
  }

  @Property
  void integers_stay_below_their_bound(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE) int bound) {
    RandomStream stream = new RandomStreams(seed).stream("x", 0);
    for (int i = 0; i < 20; i++) {
      int value = stream.nextInt(bound);
      assertTrue(value >= 0 && value < bound);
    }
  }

  /** Chi-square with 6 degrees of freedom exceeds 22.46 with probability .001. */
  @Test
  void integers_are_uniform() {
    RandomStream stream = new RandomStreams(5).stream("uniform", 0);
    int[] counts = new int[7];
    for (int i = 0; i < 70_000; i++) {
      counts[stream.nextInt(7)]++;
    }
    double chiSquare = 0;
    for (int count : counts) {
      chiSquare += (count - 10_000.0) * (count - 10_000.0) / 10_000.0;
    }
    assertTrue(chiSquare < 22.46, "chi-square " + chiSquare);
  }

  /** Means of 100,000 draws: four standard errors are .0127. */
  @Test
  void variates_have_the_moments_of_their_laws() {
    RandomStream stream = new RandomStreams(6).stream("moments", 0);
    double exponential = 0;
    double normal = 0;
    double normalSquares = 0;
    int n = 100_000;
    for (int i = 0; i < n; i++) {
      exponential += stream.nextExponential();
      double g = stream.nextGaussian();
      normal += g;
      normalSquares += g * g;
    }
    assertEquals(1, exponential / n, 0.0127);
    assertEquals(0, normal / n, 0.0127);
    assertEquals(1, normalSquares / n, 0.018);
  }

  /** Kolmogorov-Smirnov distance of 200,000 draws: 1.63 / sqrt(n) at a significance of 1 %. */
  @Test
  void exponentials_follow_their_law_far_into_the_tail() {
    RandomStream stream = new RandomStreams(7).stream("ziggurat", 0);
    int n = 200_000;
    double[] x = new double[n];
    for (int i = 0; i < n; i++) {
      x[i] = stream.nextExponential();
    }
    Arrays.sort(x);
    double distance = 0;
    for (int i = 0; i < n; i++) {
      double law = -Math.expm1(-x[i]);
      distance = Math.max(distance, Math.max((i + 1.0) / n - law, law - i / (double) n));
    }
    assertTrue(distance < 1.63 / Math.sqrt(n), "distance " + distance);
    // Beyond the ziggurat's tail 200,000 e^-7.697 = 91 are expected.
    long far = Arrays.stream(x).filter(v -> v > 7.697).count();
    assertEquals(91, (double) far, 3 * Math.sqrt(91));
  }

  /** Chi-square over the counts with an expectation of at least 20, at a significance of .1 %. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3, 4, 9.9, 10.1, 40, 3000})
  void poisson_counts_follow_their_law(double mean) {
    RandomStream stream = new RandomStreams(8).stream("poisson", 0);
    int n = 100_000;
    Map<Long, Integer> counts = new HashMap<>();
    for (int i = 0; i < n; i++) {
      counts.merge(stream.nextPoisson(mean), 1, Integer::sum);
    }
    double chiSquare = 0;
    int cells = 0;
    for (Map.Entry<Long, Integer> entry : counts.entrySet()) {
      long k = entry.getKey();
      double expected =
          mean == 0
              ? n
              : n * Math.exp((double) k * Math.log(mean) - mean - PoissonLaw.logFactorial(k));
      if (expected >= 20) {
        chiSquare += Math.pow(entry.getValue() - expected, 2) / expected;
        cells++;
      }
    }
    assertTrue(chiSquare < cells + 3.3 * Math.sqrt(2.0 * cells) + 4, chiSquare + " " + cells);
  }

  @Test
  void a_mean_outside_its_range_is_refused() {
    RandomStream stream = new RandomStreams(9).stream("poisson", 0);
    assertThrows(IllegalArgumentException.class, () -> stream.nextPoisson(-1));
    assertThrows(IllegalArgumentException.class, () -> stream.nextPoisson(Double.NaN));
  }

  /**
   * Sums of draws, to the bit: any change of a law changes what was recorded. 20,000 draws of mean
   * 1, 0, 750 million, 3.5, and 25.5 times a mean of 3.
   */
  @Test
  void draws_never_change() {
    RandomStream stream = new RandomStreams(10).stream("digest", 0);
    double exponentials = 0;
    double gaussians = 0;
    long integers = 0;
    long small = 0;
    long large = 0;
    for (int i = 0; i < 20_000; i++) {
      exponentials += stream.nextExponential();
      gaussians += stream.nextGaussian();
      integers += stream.nextInt(1_500_000_000);
      small += stream.nextPoisson(3.5);
      large += stream.nextPoisson(25.5) * (i % 7);
    }
    assertEquals(19763.196769460093, exponentials);
    assertEquals(-129.28357799914363, gaussians);
    assertEquals(15_041_227_358_086L, integers);
    assertEquals(69_985, small);
    assertEquals(1_529_212, large);
  }

  /** log 20! = 42.3356..., and of the first number for which the series is taken. */
  @Test
  void logFactorial_isExactOnBothSidesOfItsSeries() {
    double exact = 0;
    for (int k = 0; k <= 40; k++) {
      exact += k < 2 ? 0 : Math.log(k);
      assertEquals(exact, PoissonLaw.logFactorial(k), 1e-11 * Math.max(1, exact));
    }
    assertEquals(42.335616460753485, PoissonLaw.logFactorial(20), 1e-12);
  }

  @Test
  void a_mean_at_the_ends_of_its_range_is_taken() {
    RandomStream stream = new RandomStreams(9).stream("poisson", 0);
    assertEquals(0, stream.nextPoisson(0));
    assertEquals(1e15, (double) stream.nextPoisson(1e15), 2e8);
    assertThrows(IllegalArgumentException.class, () -> stream.nextPoisson(Math.nextUp(1e15)));
  }
}
