package io.github.adaptertwin.placement.capacity;

/**
 * Asks a quick oracle, and where a candidate is near the edge a careful one, such as the twin on
 * many replications: of loads at the edge some runs go well and others do not.
 */
public final class SecondOpinion implements CapacityOracle {
  private final CapacityOracle quick;
  private final CapacityOracle careful;
  private final double hopelessShare;
  private final double comfortableShare;

  /**
   * Makes an oracle of two.
   *
   * @param quick asked first
   * @param careful asked where the quick one saw a share between the two bounds
   * @param hopelessShare completed share below which no second opinion helps
   * @param comfortableShare completed share from which on none is needed, at least the other
   * @throws IllegalArgumentException if the shares are not in this order in [0, 1]
   */
  public SecondOpinion(
      CapacityOracle quick, CapacityOracle careful, double hopelessShare, double comfortableShare) {
    if (!(hopelessShare >= 0 && comfortableShare >= hopelessShare && comfortableShare <= 1)) {
      throw new IllegalArgumentException(
          "shares are "
              + hopelessShare
              + " and "
              + comfortableShare
              + ", must be in this order in [0, 1]");
    }
    this.quick = quick;
    this.careful = careful;
    this.hopelessShare = hopelessShare;
    this.comfortableShare = comfortableShare;
  }

  @Override
  public Assessment assess(Candidate candidate) {
    Assessment first = quick.assess(candidate);
    if (!(first instanceof Assessment.Serves serves)) {
      return first;
    }
    double share = serves.prediction().completedShare();
    return share >= hopelessShare && share < comfortableShare ? careful.assess(candidate) : first;
  }
}
