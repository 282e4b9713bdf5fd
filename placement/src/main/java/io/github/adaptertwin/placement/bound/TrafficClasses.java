package io.github.adaptertwin.placement.bound;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The adapters of a workload in classes of equal rank and similar rate. A class counts with its
 * summed rate, and each unit of it asks as little as at the largest rate of the class, where an
 * adapter shares its slot among most requests: so a bound over classes holds for the adapters.
 */
final class TrafficClasses {
  /** Ratio of the largest to the smallest rate of a class. */
  private static final double WIDTH = 1.2;

  /**
   * One class.
   *
   * @param rank rank of its adapters, 0 for requests to the base model
   * @param mostRate largest rate of an adapter
   * @param sumRate requests per second of all
   */
  record TrafficClass(int rank, double mostRate, double sumRate) {}

  private TrafficClasses() {}

  static List<TrafficClass> of(List<AdapterTraffic> adapters, double baseRate) {
    TreeMap<Integer, List<Double>> byRank = new TreeMap<>();
    for (AdapterTraffic traffic : adapters) {
      byRank
          .computeIfAbsent(traffic.adapter().rank(), r -> new ArrayList<>())
          .add(traffic.ratePerSecond());
    }
    ImmutableList.Builder<TrafficClass> classes = ImmutableList.builder();
    byRank.forEach(
        (rank, rates) -> {
          rates.sort((a, b) -> Double.compare(b, a));
          double most = rates.get(0);
          double sum = 0;
          for (double rate : rates) {
            // The rarest adapters differ in nothing but their rate: one class is enough for them.
            if (rate * WIDTH < most && rate > rates.get(0) * 1e-4) {
              classes.add(new TrafficClass(rank, most, sum));
              most = rate;
              sum = 0;
            }
            sum += rate;
          }
          classes.add(new TrafficClass(rank, most, sum));
        });
    if (baseRate > 0) {
      classes.add(new TrafficClass(0, baseRate, baseRate));
    }
    return classes.build();
  }
}
