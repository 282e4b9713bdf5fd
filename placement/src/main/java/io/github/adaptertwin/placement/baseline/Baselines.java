package io.github.adaptertwin.placement.baseline;

import com.google.common.collect.ImmutableList;
import java.util.List;

/** All baselines by name. */
public final class Baselines {
  private static final ImmutableList<PlacementAlgorithm> ALL =
      ImmutableList.of(
          PackToMaximum.maxBase(),
          PackToMaximum.maxBaseHalfSlots(),
          PackToMaximum.twoThirdsCapThirdSlots(),
          SpreadOverAll.random(),
          SpreadOverAll.leastLoaded(),
          SpreadOverAll.leastLoadedThirdSlots(),
          new DloraProactive(),
          LoraServe.published(),
          LoraServe.thirdSlots(),
          PaperGreedy.repaired(),
          PaperGreedy.withKnownBugs(),
          SpreadOverAll.paperLatency());

  private Baselines() {}

  /** {@return all, in the order of the published comparison; unmodifiable} */
  public static List<PlacementAlgorithm> all() {
    return ALL;
  }

  /**
   * Finds an algorithm.
   *
   * @param name its name
   * @return the algorithm
   * @throws IllegalArgumentException if there is none of that name; the message lists all
   */
  public static PlacementAlgorithm named(String name) {
    return ALL.stream()
        .filter(a -> a.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no algorithm '"
                        + name
                        + "'; known are "
                        + ALL.stream().map(PlacementAlgorithm::name).toList()));
  }
}
