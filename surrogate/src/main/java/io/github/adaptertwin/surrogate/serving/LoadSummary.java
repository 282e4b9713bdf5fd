package io.github.adaptertwin.surrogate.serving;

import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.CommonMmppArrivals;
import io.github.adaptertwin.workload.arrival.MmppArrivals;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The traffic of one GPU, as far as a learner hears of it. Rates are kept in buckets of a factor
 * two, so that sums over adapters cost the same for ten adapters and for ten thousand.
 */
final class LoadSummary {
  /** Smallest rate that has a bucket of its own: 2^-24, one request in 194 days. */
  private static final int LEAST_EXPONENT = -24;

  private static final int BUCKETS = 48;
  private static final double HOUR_SECONDS = 3600;
  private static final double LARGEST_EXPONENT = 50;

  /** In how fine steps the first of two rates is told as a share, so that rounding is not. */
  private static final double SHARE_STEPS = 1e6;

  /** Dispersions beyond it (an infinite one, or one that is not known) count as this. */
  private static final double MOST_DISPERSION = 1000;

  final int adapters;
  final double sumRate;
  final double rateDeviation;
  final double meanRank;
  final double rankDeviation;
  final double largestShare;
  final double dispersion;
  final double meanInput;
  final double meanOutput;

  // Adapters of each bucket, and their mean rate.
  final double[] count;
  final double[] rate;

  private LoadSummary(
      List<AdapterTraffic> traffic, double factor, double meanInput, double meanOutput) {
    adapters = traffic.size();
    this.meanInput = meanInput;
    this.meanOutput = meanOutput;
    double rates = 0;
    double ranks = 0;
    double largest = 0;
    double dispersed = 0;
    Map<Swing, Double> together = ratesTogether(traffic);
    double[] counts = new double[BUCKETS];
    double[] sums = new double[BUCKETS];
    for (AdapterTraffic adapter : traffic) {
      double r = adapter.ratePerSecond() * factor;
      rates += r;
      ranks += adapter.adapter().rank();
      largest = Math.max(largest, r);
      double d = dispersion(adapter.arrivals(), together);
      dispersed += r * (d <= MOST_DISPERSION ? d : MOST_DISPERSION);
      int bucket = Math.max(0, Math.min(BUCKETS - 1, Math.getExponent(r) - LEAST_EXPONENT));
      counts[bucket]++;
      sums[bucket] += r;
    }
    double rateSquares = 0;
    double rankSquares = 0;
    for (AdapterTraffic adapter : traffic) {
      double rateOff = adapter.ratePerSecond() * factor - rates / adapters;
      double rankOff = adapter.adapter().rank() - ranks / adapters;
      rateSquares += rateOff * rateOff;
      rankSquares += rankOff * rankOff;
    }
    sumRate = rates;
    rateDeviation = Math.sqrt(rateSquares / adapters);
    meanRank = ranks / adapters;
    rankDeviation = Math.sqrt(rankSquares / adapters);
    largestShare = largest / rates;
    dispersion = dispersed / rates;
    int used = 0;
    for (double c : counts) {
      used += c > 0 ? 1 : 0;
    }
    count = new double[used];
    rate = new double[used];
    int at = 0;
    for (int b = 0; b < BUCKETS; b++) {
      if (counts[b] > 0) {
        count[at] = counts[b];
        rate[at++] = sums[b] / counts[b];
      }
    }
  }

  /** What sources that switch together have in common. */
  private record Swing(double firstDwell, double secondDwell, long firstShare) {
    static Swing of(CommonMmppArrivals law) {
      MmppArrivals one = law.one();
      double first = one.firstRatePerSecond();
      return new Swing(
          one.firstDwellSeconds(),
          one.secondDwellSeconds(),
          Math.round(SHARE_STEPS * first / (first + one.secondRatePerSecond())));
    }
  }

  private static Map<Swing, Double> ratesTogether(List<AdapterTraffic> traffic) {
    Map<Swing, Double> rates = new HashMap<>();
    for (AdapterTraffic adapter : traffic) {
      if (adapter.arrivals() instanceof CommonMmppArrivals law) {
        rates.merge(Swing.of(law), law.ratePerSecond(), Double::sum);
      }
    }
    return rates;
  }

  /** Independent sources smooth each other out, those that switch together do not. */
  private static double dispersion(ArrivalLaw law, Map<Swing, Double> together) {
    return law instanceof CommonMmppArrivals common
        ? common.limitOfDispersion(together.getOrDefault(Swing.of(common), common.ratePerSecond()))
        : law.limitOfDispersion();
  }

  /** The load as it is planned. */
  static LoadSummary of(Workload workload) {
    return scaled(workload, 1);
  }

  /** The load as it is planned, all rates multiplied by a factor. */
  static LoadSummary scaled(Workload workload, double factor) {
    return new LoadSummary(
        workload.adapters(),
        factor,
        workload.lengths().meanInputTokens(),
        workload.lengths().meanOutputTokens());
  }

  /** The load as it came: rates scaled alike to what arrived, lengths as they were. */
  static LoadSummary asItCame(
      Workload workload, double requestsPerSecond, double meanInput, double meanOutput) {
    return new LoadSummary(
        workload.adapters(), requestsPerSecond / workload.ratePerSecond(), meanInput, meanOutput);
  }

  double tokensPerRequest() {
    return meanInput + meanOutput;
  }

  /** {@return expected number of different adapters among so many requests} */
  double distinct(double requests) {
    double sum = 0;
    for (int b = 0; b < count.length; b++) {
      sum += count[b] * -StrictMath.expm1(-requests * rate[b] / sumRate);
    }
    return sum;
  }

  /**
   * Adapters that never let go of a slot: one whose requests come faster than they go is busy
   * without end, and nobody else gets its slot. An adapter with a running requests on average is
   * busy for (e^a - 1) / rate on end (M/G/infinity); it counts as far as that fills an hour.
   *
   * @param requestSeconds how long a request runs
   * @return expected number of such adapters, and the share of the requests that are theirs
   */
  double[] persistent(double requestSeconds) {
    double number = 0;
    double requests = 0;
    for (int b = 0; b < count.length; b++) {
      double part = count[b] * persistence(rate[b], requestSeconds);
      number += part;
      requests += part * rate[b];
    }
    return new double[] {number, requests / sumRate};
  }

  private static double persistence(double rate, double requestSeconds) {
    double running = Math.min(LARGEST_EXPONENT, rate * requestSeconds);
    double hours = StrictMath.expm1(running) / rate / HOUR_SECONDS;
    return hours / (1 + hours);
  }

  /**
   * Probability that a request's adapter is not among the last {@code slots} different ones that
   * were asked for (the approximation of H. Che, Y. Tung and Z. Wang, "Hierarchical web caching
   * systems", IEEE JSAC 20(7), 2002).
   */
  double missShare(int slots) {
    if (slots >= adapters) {
      return 0;
    }
    double reach = reach(slots);
    double missed = 0;
    for (int b = 0; b < count.length; b++) {
      missed += count[b] * rate[b] / sumRate * StrictMath.exp(-reach * rate[b] / sumRate);
    }
    return missed;
  }

  /**
   * {@return expected share of the slots that are held without end, if those who come first have
   * them}
   *
   * @param slots number of slots, below the adapters
   * @param requestSeconds how long a request runs while only the holders are served
   */
  double heldShare(int slots, double requestSeconds) {
    double reach = slots >= adapters ? Double.POSITIVE_INFINITY : reach(slots);
    double held = 0;
    for (int b = 0; b < count.length; b++) {
      double first = count[b] * -StrictMath.expm1(-reach * rate[b] / sumRate);
      held += first * persistence(rate[b], requestSeconds);
    }
    return held / slots;
  }

  /** {@return number of requests among which one expects so many different adapters} */
  private double reach(int slots) {
    double low = 0;
    double high = 1;
    while (distinct(high) < slots && high < 1e12) {
      high *= 2;
    }
    for (int i = 0; i < 40; i++) {
      double middle = (low + high) / 2;
      if (distinct(middle) < slots) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }
}
