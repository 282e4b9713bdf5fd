package io.github.adaptertwin.placement.export;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which groups serve which adapter, with whole weights that add up to {@link #WHOLE}. */
final class RoutingTable {
  /** Sum of the weights of one adapter. */
  static final int WHOLE = 1000;

  private RoutingTable() {}

  /**
   * Where a request may go.
   *
   * @param group name of the group
   * @param weight part of {@link #WHOLE}, at least 1
   */
  record Target(String group, int weight) {}

  /** {@return the targets of each adapter by its id, ascending} */
  static Map<String, List<Target>> ofAdapters(List<ServingGroup> groups) {
    Map<String, Map<String, Double>> shares = new TreeMap<>();
    for (ServingGroup group : groups) {
      for (SharedAdapter part : group.parts()) {
        String id = part.traffic().adapter().id();
        shares.computeIfAbsent(id, k -> new LinkedHashMap<>()).put(group.name(), group.shareOf(id));
      }
    }
    Map<String, List<Target>> table = new TreeMap<>();
    shares.forEach((id, byGroup) -> table.put(id, weighted(byGroup)));
    return table;
  }

  /** {@return the targets of requests without an adapter; empty if the plan has none} */
  static List<Target> ofBaseModel(List<ServingGroup> groups) {
    Map<String, Double> shares = new LinkedHashMap<>();
    for (ServingGroup group : groups) {
      if (group.baseShare() > 0) {
        shares.put(group.name(), group.baseShare());
      }
    }
    return shares.isEmpty() ? List.of() : weighted(shares);
  }

  /** Rounds so that nobody gets 0 and the sum is kept: what is left over goes to the largest. */
  private static List<Target> weighted(Map<String, Double> shares) {
    double total = shares.values().stream().mapToDouble(s -> s).sum();
    List<Target> targets = new ArrayList<>();
    int given = 0;
    int largest = 0;
    for (Map.Entry<String, Double> entry : shares.entrySet()) {
      int weight = (int) Math.max(1, Math.floor(WHOLE * entry.getValue() / total));
      targets.add(new Target(entry.getKey(), weight));
      given += weight;
      if (weight > targets.get(largest).weight()) {
        largest = targets.size() - 1;
      }
    }
    Target most = targets.get(largest);
    targets.set(largest, new Target(most.group(), most.weight() + WHOLE - given));
    return ImmutableList.copyOf(targets);
  }
}
