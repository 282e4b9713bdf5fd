package io.github.adaptertwin.workload.fit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.ArrivalStream;
import io.github.adaptertwin.workload.arrival.BurstArrivals;
import io.github.adaptertwin.workload.arrival.ExponentialGaps;
import io.github.adaptertwin.workload.arrival.GammaGaps;
import io.github.adaptertwin.workload.arrival.GapLaw;
import io.github.adaptertwin.workload.arrival.LognormalGaps;
import io.github.adaptertwin.workload.arrival.MmppArrivals;
import io.github.adaptertwin.workload.arrival.RenewalArrivals;
import io.github.adaptertwin.workload.arrival.WeibullGaps;
import io.github.adaptertwin.workload.length.LengthFamily;
import io.github.adaptertwin.workload.length.LengthMargin;
import io.github.adaptertwin.workload.trace.RecordedRequests;
import io.github.adaptertwin.workload.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FitTest {
  private static final RandomStreams STREAMS = new RandomStreams(77);

  private static long[] times(ArrivalLaw law, int n) {
    ArrivalStream stream = law.open(STREAMS, "fit", 0);
    long[] times = new long[n];
    Arrays.setAll(times, i -> stream.nextPicos());
    return times;
  }

  private static double[] sample(GapLaw law, int n) {
    GapLaw.Sampler sampler = law.sampler(STREAMS.stream("sample", 0));
    double[] x = new double[n];
    Arrays.setAll(x, i -> sampler.nextSeconds());
    return x;
  }

  /** Estimates are within 4 standard errors, which for 40,000 values are 1 % or less. */
  @Test
  void parameters_are_found_again() {
    GammaGaps gamma = PositiveLaws.gamma(sample(new GammaGaps(3, 2), 40_000));
    assertEquals(3, gamma.meanSeconds(), 3 * 2 * 4 / 200.0);
    assertEquals(2, gamma.cv(), 0.04);
    WeibullGaps weibull = PositiveLaws.weibull(sample(WeibullGaps.ofMean(3, 0.6), 40_000));
    assertEquals(0.6, weibull.shape(), 0.01);
    LognormalGaps lognormal = PositiveLaws.lognormal(sample(new LognormalGaps(1, 0.7), 40_000));
    assertEquals(1, lognormal.mu(), 0.015);
    assertEquals(0.7, lognormal.sigma(), 0.01);
  }

  private static ArrivalFit.Candidate best(ArrivalLaw law) {
    return ArrivalFit.of(times(law, 4000)).best();
  }

  @Test
  void the_law_that_made_the_arrivals_is_chosen() {
    ArrivalLaw poisson = best(ArrivalLaw.poisson(3)).law();
    assertEquals(3, poisson.ratePerSecond(), 0.2);
    assertEquals(1, poisson.gapCv(), 0.05);
    RenewalArrivals gamma =
        assertInstanceOf(RenewalArrivals.class, best(ArrivalLaw.gamma(3, 2)).law());
    assertInstanceOf(GammaGaps.class, gamma.gaps());
    RenewalArrivals weibull =
        assertInstanceOf(RenewalArrivals.class, best(ArrivalLaw.weibull(3, 0.5)).law());
    assertInstanceOf(WeibullGaps.class, weibull.gaps());
    RenewalArrivals lognormal =
        assertInstanceOf(
            RenewalArrivals.class, best(new RenewalArrivals(3, new LognormalGaps(0, 1))).law());
    assertInstanceOf(LognormalGaps.class, lognormal.gaps());
    ArrivalFit.Candidate mmpp = best(new MmppArrivals(1, 10, 30, 20));
    MmppArrivals law = assertInstanceOf(MmppArrivals.class, mmpp.law());
    double slow = Math.min(law.firstRatePerSecond(), law.secondRatePerSecond());
    double fast = Math.max(law.firstRatePerSecond(), law.secondRatePerSecond());
    assertEquals(1, slow, 0.2);
    assertEquals(10, fast, 0.7);
    assertTrue(mmpp.gapDistance() < 0.03, "distance " + mmpp.gapDistance());
    ArrivalFit.Candidate bursts =
        best(new BurstArrivals(2, 0.5, new GammaGaps(0.05, 0.7), new LognormalGaps(1, 0.3)));
    BurstArrivals found = assertInstanceOf(BurstArrivals.class, bursts.law());
    assertEquals(2, found.sizeMu(), 0.1);
    assertEquals(0.05, found.gaps().meanSeconds(), 0.005);
    assertTrue(bursts.gapDistance() < 0.03, "distance " + bursts.gapDistance());
  }

  @Test
  void candidates_are_in_order_and_printed() {
    ArrivalFit fit = ArrivalFit.of(times(ArrivalLaw.poisson(3), 500));
    for (int i = 1; i < fit.candidates().size(); i++) {
      assertTrue(fit.candidates().get(i - 1).aic() <= fit.candidates().get(i).aic());
    }
    assertTrue(fit.toText().contains("| 0.0 |"), fit.toText());
    // A Poisson process is an MMPP of equal rates.
    double[] gaps = {1, 2, 0.5};
    assertEquals(
        PositiveLaws.logLikelihood(new ExponentialGaps(0.25), gaps),
        MmppLikelihood.logLikelihood(new MmppArrivals(4, 4, 3, 7), gaps),
        1e-9);
    assertEquals(
        new ExponentialGaps(0.25).cdf(0.4),
        MmppLikelihood.gapCdf(new MmppArrivals(4, 4, 3, 7), 0.4),
        1e-12);
  }

  @Test
  void what_cannot_be_fitted_is_refused() {
    assertThrows(IllegalArgumentException.class, () -> ArrivalFit.of(1, 2, 3));
    assertThrows(IllegalArgumentException.class, () -> ArrivalFit.of(new long[100]));
    long[] back = times(ArrivalLaw.poisson(1), 100);
    back[50] = 0;
    assertThrows(IllegalArgumentException.class, () -> ArrivalFit.of(back));
    assertThrows(IllegalArgumentException.class, () -> LengthFit.of(1, 2));
    int[] equal = new int[30];
    assertThrows(IllegalArgumentException.class, () -> LengthFit.of(equal));
    Arrays.fill(equal, 7);
    assertThrows(IllegalArgumentException.class, () -> LengthFit.of(equal));
  }

  @ParameterizedTest
  @EnumSource(LengthFamily.class)
  void the_family_of_lengths_is_found_again(LengthFamily family) {
    int[] table = new LengthMargin.Restricted(family, 600, 500, 1, 20_000).tabulate("x", 10_000);
    RandomStream stream = STREAMS.stream("lengths", 0);
    int[] tokens = new int[20_000];
    Arrays.setAll(tokens, i -> table[stream.nextInt(table.length)]);
    LengthFit fit = LengthFit.of(tokens);
    assertEquals(family, fit.best().family());
    assertEquals(3, fit.candidates().size());
    assertTrue(fit.isNear(), "distance " + fit.best().distance());
    LengthMargin.Restricted margin = assertInstanceOf(LengthMargin.Restricted.class, fit.margin());
    assertEquals(600, margin.meanTokens(), 15);
  }

  @Test
  void lengths_of_two_kinds_are_kept_as_they_are() {
    int[] tokens = new int[1000];
    Arrays.setAll(tokens, i -> i % 2 == 0 ? 10 + i / 100 : 2000 + i);
    LengthFit fit = LengthFit.of(tokens);
    assertFalse(fit.isNear());
    assertInstanceOf(LengthMargin.Empirical.class, fit.margin());
  }

  private static RecordedRequests published(String name) throws IOException {
    Path file = Path.of(System.getProperty("twin.traces", ""), name);
    assumeTrue(Files.exists(file), "no published trace");
    return Trace.of(file).read();
  }

  private static ArrivalFit fit(RecordedRequests trace) {
    long[] times = new long[trace.size()];
    Arrays.setAll(times, trace::arrivalPicos);
    return ArrivalFit.of(times);
  }

  /** Known of the trace: sizes of mu 3.29 and sigma 1.42, gaps of .092 s with CV 1.41. */
  @Test
  void the_azure_code_trace_comes_in_bursts() throws IOException {
    ArrivalFit fit = fit(published("azure-llm-2023-code.csv.gz"));
    BurstArrivals law = assertInstanceOf(BurstArrivals.class, fit.best().law());
    assertEquals(3.29, law.sizeMu(), 0.25);
    assertEquals(1.42, law.sizeSigma(), 0.1);
    assertEquals(0.092, law.gaps().meanSeconds(), 0.005);
    ArrivalFit.Candidate last = fit.candidates().get(fit.candidates().size() - 1);
    assertEquals(1, last.law().gapCv(), 1e-9, "Poisson is the worst");
  }

  /** Known of the trace: rates 4.62 and 7.00 per second, dwells 122 and 75 s; no law of lengths. */
  @Test
  void the_azure_conversation_trace_switches_between_two_rates() throws IOException {
    RecordedRequests trace = published("azure-llm-2023-conv.csv.gz");
    MmppArrivals law = assertInstanceOf(MmppArrivals.class, fit(trace).best().law());
    double slow = Math.min(law.firstRatePerSecond(), law.secondRatePerSecond());
    double fast = Math.max(law.firstRatePerSecond(), law.secondRatePerSecond());
    assertEquals(4.62, slow, 0.1);
    assertEquals(7.00, fast, 0.15);
    boolean firstIsSlow = law.firstRatePerSecond() == slow;
    assertEquals(122, firstIsSlow ? law.firstDwellSeconds() : law.secondDwellSeconds(), 20);
    assertEquals(75, firstIsSlow ? law.secondDwellSeconds() : law.firstDwellSeconds(), 20);
    int[] inputs = new int[trace.size()];
    Arrays.setAll(inputs, trace::inputTokens);
    assertFalse(LengthFit.of(inputs).isNear());
  }

  /** One arrival each second: the law of least variation in each family, and no failure. */
  @Test
  void regular_arrivals_and_almost_equal_lengths_are_fitted() {
    long[] times = new long[200];
    for (int i = 0; i < times.length; i++) {
      times[i] = i * SimulatedTime.PICOS_PER_SECOND;
    }
    ArrivalFit arrivals = ArrivalFit.of(times);
    assertEquals(1, arrivals.best().law().ratePerSecond(), 1e-9);
    assertTrue(arrivals.best().law().gapCv() < 0.01, arrivals.toText());
    int[] tokens = new int[200];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = 1000 + i % 2;
    }
    assertEquals(1000.5, LengthFit.of(tokens).best().meanTokens(), 0.1);
  }
}
