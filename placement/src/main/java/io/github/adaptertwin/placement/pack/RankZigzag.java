package io.github.adaptertwin.placement.pack;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The order in which PAPER's greedy deals adapters (arXiv 2602.24044): ranks from the largest to
 * the smallest, because one adapter of a large rank makes every slot of its GPU dear; inside a rank
 * the highest rate, the lowest, the second highest, the second lowest and so on, so that every
 * prefix holds a mix. The order does not depend on the order of the input.
 */
public final class RankZigzag {
  private static final Comparator<AdapterTraffic> RANK_THEN_RATE =
      Comparator.comparingInt((AdapterTraffic t) -> -t.adapter().rank())
          .thenComparingDouble(t -> -t.ratePerSecond())
          .thenComparing(t -> t.adapter().id());

  private RankZigzag() {}

  /**
   * Orders adapters.
   *
   * @param adapters in any order
   * @return all of them in the order of dealing; unmodifiable
   */
  public static List<AdapterTraffic> order(List<AdapterTraffic> adapters) {
    List<AdapterTraffic> sorted = new ArrayList<>(adapters);
    sorted.sort(RANK_THEN_RATE);
    ImmutableList.Builder<AdapterTraffic> order = ImmutableList.builder();
    int from = 0;
    while (from < sorted.size()) {
      int rank = sorted.get(from).adapter().rank();
      int to = from;
      while (to < sorted.size() && sorted.get(to).adapter().rank() == rank) {
        to++;
      }
      int high = from;
      int low = to - 1;
      while (high <= low) {
        order.add(sorted.get(high++));
        if (high <= low) {
          order.add(sorted.get(low--));
        }
      }
      from = to;
    }
    return order.build();
  }
}
