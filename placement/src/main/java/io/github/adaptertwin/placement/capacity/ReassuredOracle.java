package io.github.adaptertwin.placement.capacity;

/**
 * Asks a comfortable oracle, whose yes is enough; where it says no, a quick one, whose no is
 * enough; and a careful one, such as the twin on many replications, only for what lies between.
 */
public final class ReassuredOracle implements CapacityOracle {
  private final CapacityOracle comfortable;
  private final CapacityOracle quick;
  private final CapacityOracle careful;

  /**
   * Makes an oracle of three.
   *
   * @param comfortable asked first, stricter than the quick one
   * @param quick asked where the first finds a candidate not feasible
   * @param careful asked where the quick one alone finds it feasible
   */
  public ReassuredOracle(CapacityOracle comfortable, CapacityOracle quick, CapacityOracle careful) {
    this.comfortable = comfortable;
    this.quick = quick;
    this.careful = careful;
  }

  @Override
  public Assessment assess(Candidate candidate) {
    Assessment first = comfortable.assess(candidate);
    if (first.feasible() || first instanceof Assessment.Refuses) {
      return first;
    }
    Assessment second = quick.assess(candidate);
    return second.feasible() ? careful.assess(candidate) : second;
  }
}
