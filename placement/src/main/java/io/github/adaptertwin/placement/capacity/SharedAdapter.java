package io.github.adaptertwin.placement.capacity;

import io.github.adaptertwin.workload.AdapterTraffic;

/**
 * The part of an adapter's requests that one GPU serves. Every request draws a number in [0, 1);
 * the GPU serves those that fall into [from, to). The parts of an adapter on all of its GPUs
 * partition the unit interval, so their shares sum to one by construction.
 *
 * @param traffic the adapter with its whole rate
 * @param from lower end of the part, in [0, 1)
 * @param to upper end, above {@code from}, at most 1
 */
public record SharedAdapter(AdapterTraffic traffic, double from, double to) {
  /**
   * Checks the part.
   *
   * @throws IllegalArgumentException if the ends are out of order or outside [0, 1]
   */
  public SharedAdapter {
    if (!(from >= 0 && to > from && to <= 1)) {
      throw new IllegalArgumentException(
          "adapter '"
              + traffic.adapter().id()
              + "' has the part ["
              + from
              + ", "
              + to
              + "); it must be a non-empty part of [0, 1)");
    }
  }

  /**
   * All of an adapter's requests.
   *
   * @param traffic the adapter
   * @return the whole
   */
  public static SharedAdapter whole(AdapterTraffic traffic) {
    return new SharedAdapter(traffic, 0, 1);
  }

  /** {@return share of the adapter's requests, in (0, 1]} */
  public double share() {
    return to - from;
  }

  /** {@return whether all of the adapter's requests are meant} */
  public boolean isWhole() {
    return from == 0 && to == 1;
  }

  /** {@return requests per second of this part} */
  public double ratePerSecond() {
    return traffic.ratePerSecond() * (to - from);
  }
}
