package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * The GPUs that a plan may use: offers that are used up one after the other, in the given order.
 *
 * @param offers at least one of them with a GPU
 */
public record GpuPool(List<GpuOffer> offers) {
  /**
   * Takes an unmodifiable copy.
   *
   * @throws IllegalArgumentException if no offer holds a GPU
   */
  public GpuPool {
    offers = ImmutableList.copyOf(offers);
    if (offers.stream().allMatch(o -> o.count() == 0)) {
      throw new IllegalArgumentException(
          "the pool has no GPU ("
              + offers.size()
              + " offers, all of count 0); offer at least one GPU");
    }
  }

  /**
   * A pool of one kind without a limit.
   *
   * @param gpu the card
   * @return the pool
   */
  public static GpuPool unlimited(GpuSpec gpu) {
    return of(gpu, GpuOffer.UNLIMITED);
  }

  /**
   * A pool of one kind.
   *
   * @param gpu the card
   * @param count how many there are, at least 1
   * @return the pool
   * @throws IllegalArgumentException if the count is below 1
   */
  public static GpuPool of(GpuSpec gpu, int count) {
    return new GpuPool(ImmutableList.of(new GpuOffer(gpu, count, 0)));
  }

  /** The cards one by one, in order of the offers. */
  Iterable<GpuSpec> cards() {
    return () ->
        new Iterator<>() {
          private int offer;
          private int taken;

          @Override
          public boolean hasNext() {
            while (offer < offers.size() && taken >= offers.get(offer).count()) {
              offer++;
              taken = 0;
            }
            return offer < offers.size();
          }

          @Override
          public GpuSpec next() {
            if (!hasNext()) {
              throw new NoSuchElementException();
            }
            GpuOffer current = offers.get(offer);
            if (current.count() != GpuOffer.UNLIMITED) {
              taken++;
            }
            return current.gpu();
          }
        };
  }
}
