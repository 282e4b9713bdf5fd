package io.github.adaptertwin.placement.capacity;

/**
 * What a set of adapters, and base-model traffic, asks of a GPU: sums that grow and shrink with the
 * set. Not thread-safe.
 */
public final class GpuDemand {
  final double[] sums = new double[DemandGrid.WIDTH];
  private double ratePerSecond;
  private int adapters;

  /** Makes an empty set. */
  public GpuDemand() {
    // All sums are 0.
  }

  /**
   * Adds an adapter.
   *
   * @param vector its demand
   * @param rate its requests per second
   */
  public void add(double[] vector, double rate) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += vector[i];
    }
    ratePerSecond += rate;
    adapters++;
  }

  /**
   * Takes an adapter away that was added before.
   *
   * @param vector its demand
   * @param rate its requests per second
   */
  public void remove(double[] vector, double rate) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] -= vector[i];
    }
    ratePerSecond -= rate;
    adapters--;
  }

  /**
   * Adds or takes away requests to the base model, which need no slot.
   *
   * @param rate requests per second; negative to take away
   */
  public void addBase(double rate) {
    ratePerSecond += rate;
  }

  /** Empties the set. */
  public void clear() {
    java.util.Arrays.fill(sums, 0);
    ratePerSecond = 0;
    adapters = 0;
  }

  /** {@return requests per second of the set} */
  public double ratePerSecond() {
    return ratePerSecond;
  }

  /** {@return number of adapters in the set} */
  public int adapters() {
    return adapters;
  }
}
