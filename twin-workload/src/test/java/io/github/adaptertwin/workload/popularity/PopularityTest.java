package io.github.adaptertwin.workload.popularity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.workload.popularity.Popularity.Dealt;
import io.github.adaptertwin.workload.popularity.Popularity.Dirichlet;
import io.github.adaptertwin.workload.popularity.Popularity.Geometric;
import io.github.adaptertwin.workload.popularity.Popularity.PowerCdf;
import io.github.adaptertwin.workload.popularity.Popularity.Uniform;
import io.github.adaptertwin.workload.popularity.Popularity.ZipfLaw;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PopularityTest {
  @Test
  void shares_of_four_adapters_worked_out_by_hand() {
    assertArrayEquals(new double[] {.25, .25, .25, .25}, new Uniform().shares(4), 1e-12);
    assertArrayEquals(
        new double[] {12 / 25.0, 6 / 25.0, 4 / 25.0, 3 / 25.0}, new ZipfLaw(1).shares(4), 1e-12);
    assertArrayEquals(
        new double[] {8 / 15.0, 4 / 15.0, 2 / 15.0, 1 / 15.0}, new Geometric(2).shares(4), 1e-12);
    // Half of the requests go to the first quarter of the adapters.
    double[] power = new PowerCdf(0.5).shares(4);
    assertEquals(0.5, power[0], 1e-12);
    assertEquals(Math.sqrt(0.5) - 0.5, power[1], 1e-12);
    assertArrayEquals(new double[] {.25, .25, .25, .25}, new PowerCdf(1).shares(4), 1e-12);
    assertArrayEquals(new double[] {.4, .1, .4, .1}, new Dealt(List.of(4.0, 1.0)).shares(4), 1e-12);
  }

  /** Measured in production (874 adapters): 7.9 % and 66 %; the law of that exponent is near. */
  @Test
  void zipf_has_about_the_shares_of_production() {
    double[] shares = new ZipfLaw(0.92).shares(874);
    assertEquals(0.079, shares[0], 0.03);
    assertEquals(0.66, Arrays.stream(shares).limit(87).sum(), 0.05);
  }

  /**
   * A share of a symmetric Dirichlet law of n parts has mean 1/n and variance (n - 1) / (n^2 (n c +
   * 1)).
   */
  @Test
  void dirichlet_shares_have_their_variance_and_ignore_newcomers() {
    int n = 2000;
    double c = 0.5;
    double[] shares = new Dirichlet(c, 7).shares(n);
    double variance = Arrays.stream(shares).map(s -> (s - 1.0 / n) * (s - 1.0 / n)).sum() / n;
    double expected = (n - 1.0) / ((double) n * n * (n * c + 1));
    // Fourth moments of a Gamma(.5) law: the relative error of the variance is sqrt(14 / n) = .084.
    assertEquals(expected, variance, 4 * 0.084 * expected);
    double[] more = new Dirichlet(c, 7).shares(n + 1);
    assertEquals(shares[3] / shares[9], more[3] / more[9], 1e-9);
  }

  @Test
  void all_shares_are_above_zero_and_sum_to_one() {
    for (Popularity law :
        List.of(
            new Uniform(),
            new ZipfLaw(5),
            new Geometric(10),
            new PowerCdf(0.01),
            new PowerCdf(100),
            new Dirichlet(0.01, 1),
            new Dealt(List.of(1.0)))) {
      double[] shares = law.shares(1000);
      assertEquals(1, Arrays.stream(shares).sum(), 1e-9, law.toString());
      assertTrue(Arrays.stream(shares).min().orElseThrow() > 0, law.toString());
      assertEquals(1, law.shares(1)[0]);
      assertThrows(IllegalArgumentException.class, () -> law.shares(0));
      assertEquals(1000, AliasTable.of(shares).size());
    }
  }

  @Test
  void what_is_no_law_is_refused_with_the_value() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> new Geometric(0.5));
    assertTrue(e.getMessage().contains("0.5"), e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new ZipfLaw(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new PowerCdf(0));
    assertThrows(IllegalArgumentException.class, () -> new Dirichlet(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Dealt(List.of()));
    assertThrows(IllegalArgumentException.class, () -> new Dealt(List.of(1.0, 0.0)));
  }
}
