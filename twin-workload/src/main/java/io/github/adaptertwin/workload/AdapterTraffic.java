package io.github.adaptertwin.workload;

import io.github.adaptertwin.core.request.LoraAdapter;
import java.io.Serializable;

/**
 * How often one adapter is asked for.
 *
 * @param adapter the adapter
 * @param ratePerSecond mean requests per second, finite and above 0
 */
public record AdapterTraffic(LoraAdapter adapter, double ratePerSecond) implements Serializable {
  /** Largest rate that is taken for meant: beyond it a unit was surely confused. */
  private static final double LARGEST_RATE = 1e6;

  /**
   * Checks the rate.
   *
   * @throws IllegalArgumentException if the rate is NaN, infinite, not above 0 or above 1e6
   */
  public AdapterTraffic {
    if (!(ratePerSecond > 0 && ratePerSecond <= LARGEST_RATE)) {
      throw new IllegalArgumentException(
          "adapter '"
              + adapter.id()
              + "' has a rate of "
              + ratePerSecond
              + " requests/s, must be in (0, "
              + LARGEST_RATE
              + "]; leave an adapter without traffic out");
    }
  }
}
