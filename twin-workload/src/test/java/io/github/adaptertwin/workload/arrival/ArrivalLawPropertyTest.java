package io.github.adaptertwin.workload.arrival;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.random.RandomStreams;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** What holds for every law, whatever its parameters. */
class ArrivalLawPropertyTest {
  private static Arbitrary<Double> between(double low, double high) {
    return Arbitraries.doubles().between(low, high);
  }

  @Provide
  Arbitrary<GapLaw> gaps() {
    Arbitrary<Double> mean = between(0.01, 100);
    return Arbitraries.oneOf(
        mean.map(ExponentialGaps::new),
        Combinators.combine(mean, between(0.1, 10)).as(GammaGaps::new),
        Combinators.combine(mean, between(0.3, 5)).as(WeibullGaps::ofMean),
        Combinators.combine(mean, between(0.1, 2)).as(LognormalGaps::ofMean));
  }

  @Provide
  Arbitrary<ArrivalLaw> laws() {
    Arbitrary<Double> rate = between(0.01, 50);
    Arbitrary<Double> dwell = between(0.1, 1000);
    Arbitrary<ArrivalLaw> renewal =
        Combinators.combine(rate, gaps()).as((r, g) -> new RenewalArrivals(r, g));
    return Arbitraries.oneOf(
        renewal,
        Combinators.combine(rate, rate, dwell, dwell)
            .as((a, b, c, d) -> new MmppArrivals(a, b, c, d)),
        Combinators.combine(between(0, 4), between(0.1, 2), gaps(), gaps())
            .as((mu, sigma, inside, silent) -> new BurstArrivals(mu, sigma, inside, silent)),
        Combinators.combine(rate, between(0, 0.99), dwell)
            .as((r, a, period) -> new DiurnalArrivals(r, a, period, period / 3)),
        Combinators.combine(rate, dwell, dwell)
            .as(
                (r, a, b) ->
                    new PiecewiseArrivals(
                        List.of(
                            new PiecewiseArrivals.Piece(a, r), new PiecewiseArrivals.Piece(b, 0)))),
        Combinators.combine(rate, between(0.1, 2)).as(SwitchingArrivals::new),
        Combinators.combine(rate, between(0, 2), between(0, 0.95), dwell).as(DriftingArrivals::new),
        Combinators.combine(renewal, between(0, 0.9), gaps(), between(0, 0.9), gaps())
            .as(SessionArrivals::new));
  }

  @Property(tries = 300)
  void times_ascend_and_are_the_same_each_time(@ForAll("laws") ArrivalLaw law, @ForAll long seed) {
    ArrivalStream one = law.open(new RandomStreams(seed), "x", 0);
    ArrivalStream two = law.open(new RandomStreams(seed), "x", 0);
    long before = 0;
    for (int i = 0; i < 50; i++) {
      long time = one.nextPicos();
      assertTrue(time >= before, "time " + time + " after " + before);
      assertEquals(time, two.nextPicos());
      before = time;
    }
  }

  @Property(tries = 300)
  void figures_are_those_of_a_law(
      @ForAll("laws") ArrivalLaw law, @ForAll @DoubleRange(min = 0.1, max = 100) double window) {
    double dispersion = law.indexOfDispersion(window);
    assertTrue(law.ratePerSecond() > 0);
    assertTrue(Double.isNaN(dispersion) || dispersion >= 0, "dispersion " + dispersion);
    assertTrue(law.limitOfDispersion() >= 0, "limit " + law.limitOfDispersion());
    assertTrue(Double.isNaN(law.gapCv()) || law.gapCv() >= 0, "CV " + law.gapCv());
    // A window too short for two arrivals holds one or none.
    double tiny = law.indexOfDispersion(1e-9 / law.ratePerSecond());
    boolean renewal = law instanceof RenewalArrivals || law instanceof SessionArrivals;
    boolean local = law instanceof SwitchingArrivals;
    assertTrue(Double.isNaN(tiny) || renewal || local || Math.abs(tiny - 1) < 1e-4, "is " + tiny);
  }

  @Property(tries = 100)
  void clients_that_are_alike_have_together_the_dispersion_of_one(
      @ForAll("laws") ArrivalLaw law,
      @ForAll @IntRange(min = 2, max = 5) int clients,
      @ForAll @DoubleRange(min = 0.1, max = 100) double window) {
    SuperposedArrivals all = new SuperposedArrivals(Collections.nCopies(clients, law));
    assertEquals(clients * law.ratePerSecond(), all.ratePerSecond(), 1e-9 * all.ratePerSecond());
    assertRelativelyEqual(law.indexOfDispersion(window), all.indexOfDispersion(window));
    assertRelativelyEqual(law.limitOfDispersion(), all.limitOfDispersion());
  }

  private static void assertRelativelyEqual(double expected, double found) {
    if (Double.isNaN(expected)) {
      assertTrue(Double.isNaN(found), "found " + found);
    } else {
      assertEquals(expected, found, 1e-9 * Math.max(1, expected));
    }
  }

  @Property(tries = 100)
  void a_renewal_law_knows_no_unit_of_time(
      @ForAll("gaps") GapLaw gaps,
      @ForAll @DoubleRange(min = 0.1, max = 10) double rate,
      @ForAll @DoubleRange(min = 0.1, max = 100) double window) {
    double slow = new RenewalArrivals(1, gaps).indexOfDispersion(window * rate);
    double fast = new RenewalArrivals(rate, gaps).indexOfDispersion(window);
    assertEquals(slow, fast, 1e-9 * Math.max(1, slow));
  }

  /** The density is the derivative of the distribution, here between two near points. */
  @Property(tries = 200)
  void densities_and_distributions_of_gaps_agree(
      @ForAll("gaps") GapLaw gaps, @ForAll @DoubleRange(min = 0.2, max = 3) double inMeans) {
    double x = inMeans * gaps.meanSeconds();
    double h = 1e-4 * x;
    double slope = (gaps.cdf(x + h) - gaps.cdf(x - h)) / (2 * h);
    double density = Math.exp(gaps.logDensity(x));
    assertEquals(density, slope, 1e-3 * density + 1e-7 / gaps.meanSeconds());
    assertEquals(0, gaps.cdf(0));
    assertEquals(0, gaps.cdf(-1));
    assertEquals(3, gaps.withMean(3).meanSeconds(), 1e-9);
    assertEquals(gaps.cv(), gaps.withMean(3).cv(), 1e-9 * gaps.cv());
  }
}
