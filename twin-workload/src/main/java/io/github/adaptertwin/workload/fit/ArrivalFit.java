package io.github.adaptertwin.workload.fit;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.ExponentialGaps;
import io.github.adaptertwin.workload.arrival.GapLaw;
import io.github.adaptertwin.workload.arrival.MmppArrivals;
import io.github.adaptertwin.workload.arrival.RenewalArrivals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * Chooses a law of arrival for recorded times: Poisson, Gamma, Weibull, lognormal, MMPP-2 and
 * bursts, each by maximum likelihood, by Akaike's criterion 2 parameters - 2 ln(likelihood). Gaps
 * are taken as they follow each other, so that a law with memory is told from one without.
 *
 * <p>Gaps of 0 are taken for half the smallest gap above 0. The likelihood of bursts is a lower
 * bound, so bursts are chosen only if they are better by that. Immutable and thread-safe; some
 * seconds for 20,000 gaps.
 */
public final class ArrivalFit {
  private static final int FEWEST = 50;

  /** MMPP-2 is fitted to at most so many gaps, since every step of its search reads all of them. */
  private static final int MOST_FOR_SEARCH = 20_000;

  /**
   * A law and how well it fits.
   *
   * @param law the law of largest likelihood in its family
   * @param logLikelihood logarithm of the likelihood of all gaps in seconds
   * @param parameters how many were fitted
   * @param gapDistance largest difference between the distributions of gaps of data and law, in [0,
   *     1]
   */
  public record Candidate(
      ArrivalLaw law, double logLikelihood, int parameters, double gapDistance) {
    /** {@return Akaike's criterion, smaller is better} */
    public double aic() {
      return 2 * (parameters - logLikelihood);
    }
  }

  private final ImmutableList<Candidate> candidates;

  private ArrivalFit(ImmutableList<Candidate> candidates) {
    this.candidates = candidates;
  }

  /**
   * Fits the laws.
   *
   * @param arrivalPicos arrival times in ascending order, at least 51, not all equal
   * @return the laws and how well they fit
   * @throws IllegalArgumentException if there are too few times, they do not ascend, or are all
   *     equal
   */
  public static ArrivalFit of(long... arrivalPicos) {
    double[] gaps = gaps(arrivalPicos);
    double[] sorted = gaps.clone();
    Arrays.sort(sorted);
    List<Candidate> all = new ArrayList<>();
    all.add(renewal(new ExponentialGaps(PositiveLaws.mean(gaps)), 1, gaps, sorted));
    all.add(renewal(PositiveLaws.gamma(gaps), 2, gaps, sorted));
    all.add(renewal(PositiveLaws.weibull(gaps), 2, gaps, sorted));
    all.add(renewal(PositiveLaws.lognormal(gaps), 2, gaps, sorted));
    MmppArrivals mmpp =
        MmppLikelihood.fit(Arrays.copyOf(gaps, Math.min(gaps.length, MOST_FOR_SEARCH)));
    all.add(
        candidate(
            mmpp,
            MmppLikelihood.logLikelihood(mmpp, gaps),
            4,
            sorted,
            x -> MmppLikelihood.gapCdf(mmpp, x)));
    BurstSplit bursts = BurstSplit.fit(gaps);
    if (bursts != null) {
      // The bound between gaps and silences is the seventh.
      all.add(candidate(bursts.law(), bursts.logLikelihood(), 7, sorted, bursts::gapCdf));
    }
    all.sort((a, b) -> Double.compare(a.aic(), b.aic()));
    return new ArrivalFit(ImmutableList.copyOf(all));
  }

  private static Candidate renewal(GapLaw law, int parameters, double[] gaps, double[] sorted) {
    return candidate(
        new RenewalArrivals(1 / law.meanSeconds(), law),
        PositiveLaws.logLikelihood(law, gaps),
        parameters,
        sorted,
        law::cdf);
  }

  private static Candidate candidate(
      ArrivalLaw law,
      double logLikelihood,
      int parameters,
      double[] sorted,
      DoubleUnaryOperator cdf) {
    return new Candidate(law, logLikelihood, parameters, PositiveLaws.distance(sorted, cdf));
  }

  private static double[] gaps(long[] picos) {
    if (picos.length <= FEWEST) {
      throw new IllegalArgumentException(
          "there are " + picos.length + " arrivals, a fit needs at least " + (FEWEST + 1));
    }
    long smallest = Long.MAX_VALUE;
    for (int i = 1; i < picos.length; i++) {
      long gap = picos[i] - picos[i - 1];
      if (gap < 0) {
        throw new IllegalArgumentException(
            "arrival " + i + " at " + picos[i] + " ps is before the one above; sort them by time");
      }
      smallest = gap > 0 ? Math.min(smallest, gap) : smallest;
    }
    if (smallest == Long.MAX_VALUE) {
      throw new IllegalArgumentException("all arrivals have the same time; there is no gap to fit");
    }
    double[] gaps = new double[picos.length - 1];
    for (int i = 0; i < gaps.length; i++) {
      long gap = picos[i + 1] - picos[i];
      gaps[i] = gap > 0 ? SimulatedTime.toSeconds(gap) : SimulatedTime.toSeconds(smallest) / 2;
    }
    return gaps;
  }

  /** {@return the laws, the best by Akaike's criterion first; unmodifiable} */
  public List<Candidate> candidates() {
    return candidates;
  }

  /** {@return the best law} */
  public Candidate best() {
    return candidates.get(0);
  }

  /** {@return a table of the laws} */
  public String toText() {
    StringBuilder text =
        new StringBuilder("| law | AIC above the best | gap distance |\n|---|---|---|\n");
    for (Candidate c : candidates) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %.1f | %.3f |\n",
              c.law(),
              c.aic() - best().aic(),
              c.gapDistance()));
    }
    return text.toString();
  }
}
