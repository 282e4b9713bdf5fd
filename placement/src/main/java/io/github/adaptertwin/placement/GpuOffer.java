package io.github.adaptertwin.placement;

import io.github.adaptertwin.gpu.spec.GpuSpec;

/**
 * GPUs of one kind that may be used.
 *
 * @param gpu the card
 * @param count how many there are, at least 0; {@link #UNLIMITED} for no limit
 * @param pricePerHour price of one in any currency, at least 0
 */
public record GpuOffer(GpuSpec gpu, int count, double pricePerHour) {
  /** {@link #count()} of an offer without a limit. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  /**
   * Checks the offer.
   *
   * @throws IllegalArgumentException if the count or the price is negative, NaN or infinite
   */
  public GpuOffer {
    if (count < 0) {
      throw new IllegalArgumentException(
          "offer of " + gpu.name() + " has count " + count + ", must be at least 0");
    }
    if (!(pricePerHour >= 0 && Double.isFinite(pricePerHour))) {
      throw new IllegalArgumentException(
          "offer of " + gpu.name() + " has price " + pricePerHour + ", must be finite, at least 0");
    }
  }
}
