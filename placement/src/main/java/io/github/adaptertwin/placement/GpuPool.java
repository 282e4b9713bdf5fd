package io.github.adaptertwin.placement;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import java.util.Comparator;
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
   *     the cheapest offers are used up first, and a set of cards comes out of one offer
   * @throws IllegalArgumentException if the plan has cards that the pool does not
   */
  public double pricePerHour(Placement plan) {
    List<GpuOffer> cheapestFirst =
        offers.stream().sorted(Comparator.comparingDouble(GpuOffer::pricePerHour)).toList();
    int[] left = cheapestFirst.stream().mapToInt(GpuOffer::count).toArray();
    double sum = 0;
    for (GpuLoad load : plan.gpus()) {
      int cards = load.flags().tensorParallel();
      int at = 0;
      while (at < left.length
          && (left[at] < cards || !cheapestFirst.get(at).gpu().equals(load.gpu()))) {
        at++;
      }
      if (at == left.length) {
        throw new IllegalArgumentException(
            "the plan has more cards of " + load.gpu().name() + " than the pool offers");
      }
      left[at] -= left[at] == GpuOffer.UNLIMITED ? 0 : cards;
      sum += cards * cheapestFirst.get(at).pricePerHour();
    }
    return sum;
  }
}
