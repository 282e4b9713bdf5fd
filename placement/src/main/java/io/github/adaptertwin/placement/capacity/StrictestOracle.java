package io.github.adaptertwin.placement.capacity;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * Asks several oracles, such as the twin on several replications, and answers with the first that
 * finds a candidate infeasible, or else with the one that saw the smallest completed share.
 */
public final class StrictestOracle implements CapacityOracle {
  private final ImmutableList<CapacityOracle> oracles;

  /**
   * Makes an oracle of several.
   *
   * @param oracles in the order in which they are asked, at least one
   */
  public StrictestOracle(List<? extends CapacityOracle> oracles) {
    if (oracles.isEmpty()) {
      throw new IllegalArgumentException("there is no oracle; give at least one");
    }
    this.oracles = ImmutableList.copyOf(oracles);
  }

  @Override
  public Assessment assess(Candidate candidate) {
    Assessment strictest = oracles.get(0).assess(candidate);
    for (int i = 1; i < oracles.size() && strictest.feasible(); i++) {
      Assessment next = oracles.get(i).assess(candidate);
      if (!next.feasible() || share(next) < share(strictest)) {
        strictest = next;
      }
    }
    return strictest;
  }

  private static double share(Assessment assessment) {
    return assessment instanceof Assessment.Serves serves
        ? serves.prediction().completedShare()
        : 0;
  }
}
