package io.github.adaptertwin.placement.cli;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.GpuOffer;
import io.github.adaptertwin.placement.GpuPool;
import io.github.adaptertwin.placement.PlacementOptions.Objective;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** GPUs of several kinds, and what a plan on them should be best in. */
final class PoolInput {
  @Option(
      names = "--pool",
      paramLabel = "NAME[:N][@PRICE],...",
      split = ",",
      description =
          "GPUs of several kinds in place of --gpu and --gpus, in the order in which they are used"
              + " up: N of each (default: no limit) at a price per hour (default: 0).")
  private List<String> offers = new ArrayList<>();

  @Option(
      names = "--objective",
      paramLabel = "fewest_gpus|lowest_latency|cheapest_mix",
      description =
          "What the plan should be best in; lowest_latency uses all GPUs of the first kind"
              + " (default: cheapest_mix where --pool has prices, fewest_gpus elsewhere).")
  private @Nullable Objective objective;

  /**
   * {@return the pool, null if there is none}
   *
   * @throws IllegalArgumentException if an offer cannot be read, or its card is not known
   */
  @Nullable GpuPool read() {
    return offers.isEmpty()
        ? null
        : new GpuPool(
            offers.stream().map(PoolInput::offer).collect(ImmutableList.toImmutableList()));
  }

  Objective objective(GpuPool pool) {
    if (objective != null) {
      return objective;
    }
    return pool.offers().stream().anyMatch(offer -> offer.pricePerHour() > 0)
        ? Objective.CHEAPEST_MIX
        : Objective.FEWEST_GPUS;
  }

  private static GpuOffer offer(String text) {
    int at = text.indexOf('@');
    String kind = at < 0 ? text : text.substring(0, at);
    int colon = kind.indexOf(':');
    String name = colon < 0 ? kind : kind.substring(0, colon);
    try {
      return new GpuOffer(
          Gpus.named(name),
          colon < 0 ? GpuOffer.UNLIMITED : Integer.parseInt(kind.substring(colon + 1)),
          at < 0 ? 0 : Double.parseDouble(text.substring(at + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--pool has '" + text + "', which is not NAME:N@PRICE; write h100-80gb-sxm:4@2.5", e);
    }
  }
}
