package io.github.adaptertwin.workload;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.popularity.Popularity;
import java.io.Serializable;
import java.util.List;

/**
 * When one adapter is asked for.
 *
 * @param adapter the adapter
 * @param arrivals law of its requests' arrivals
 */
public record AdapterTraffic(LoraAdapter adapter, ArrivalLaw arrivals) implements Serializable {
  /**
   * Makes traffic of Poisson arrivals.
   *
   * @param adapter the adapter
   * @param ratePerSecond mean requests per second, in (0, 1e6]
   * @throws IllegalArgumentException if the rate is NaN, infinite, not above 0 or above 1e6
   */
  public AdapterTraffic(LoraAdapter adapter, double ratePerSecond) {
    this(adapter, ArrivalLaw.poisson(checkedRate(adapter, ratePerSecond)));
  }

  private static double checkedRate(LoraAdapter adapter, double ratePerSecond) {
    if (!(ratePerSecond > 0 && ratePerSecond <= ArrivalLaw.MAX_RATE_PER_SECOND)) {
      throw new IllegalArgumentException(
          "adapter '"
              + adapter.id()
              + "' has a rate of "
              + ratePerSecond
              + " requests/s, must be in (0, "
              + ArrivalLaw.MAX_RATE_PER_SECOND
              + "]; leave an adapter without traffic out");
    }
    return ratePerSecond;
  }

  /** {@return mean requests per second, above 0} */
  public double ratePerSecond() {
    return arrivals.ratePerSecond();
  }

  /**
   * Shares a rate among adapters.
   *
   * @param idPrefix adapter i is called idPrefix + i
   * @param count number of adapters, at least 1
   * @param ranks LoRA ranks, dealt in turn, at least one
   * @param popularity which part of the requests each adapter gets
   * @param arrivals law of all requests together as to its rate, and of each adapter's as to its
   *     kind: every adapter gets it {@linkplain ArrivalLaw#withRate with its part of the rate}
   * @return the adapters, in the order of the popularity
   * @throws IllegalArgumentException if there is no adapter or no rank
   */
  public static List<AdapterTraffic> shared(
      String idPrefix, int count, List<Integer> ranks, Popularity popularity, ArrivalLaw arrivals) {
    if (ranks.isEmpty()) {
      throw new IllegalArgumentException("there is no rank to deal; give at least one");
    }
    double[] shares = popularity.shares(count);
    ImmutableList.Builder<AdapterTraffic> adapters = ImmutableList.builder();
    for (int i = 0; i < count; i++) {
      LoraAdapter adapter = new LoraAdapter(idPrefix + i, ranks.get(i % ranks.size()));
      double rate = shares[i] * arrivals.ratePerSecond();
      adapters.add(new AdapterTraffic(adapter, arrivals.withRate(rate)));
    }
    return adapters.build();
  }
}
