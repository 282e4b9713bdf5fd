package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import java.util.List;

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

  /**
   * Adds up what the cards of a plan cost; a GPU that is a set of cards costs as much as its cards.
   *
   * @param plan a plan on GPUs of this pool
   * @return price per hour, in the currency of the offers; of a kind that is offered more than once
   *     the first offers are used up first
   * @throws IllegalArgumentException if the plan has cards that the pool does not
   */
  public double pricePerHour(Placement plan) {
    int[] left = offers.stream().mapToInt(GpuOffer::count).toArray();
    double sum = 0;
    for (GpuLoad load : plan.gpus()) {
      for (int card = 0; card < load.flags().tensorParallel(); card++) {
        int offer = 0;
        while (offer < left.length
            && (left[offer] == 0 || !offers.get(offer).gpu().equals(load.gpu()))) {
          offer++;
        }
        if (offer == left.length) {
          throw new IllegalArgumentException(
              "the plan has more cards of " + load.gpu().name() + " than the pool offers");
        }
        left[offer] -= left[offer] == GpuOffer.UNLIMITED ? 0 : 1;
        sum += offers.get(offer).pricePerHour();
      }
    }
    return sum;
  }
}
