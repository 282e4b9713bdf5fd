package io.github.adaptertwin.placement.pack;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.placement.capacity.GpuDemand;
import io.github.adaptertwin.placement.capacity.SlotSetting;
import io.github.adaptertwin.placement.capacity.SteadyState;
import java.util.HashMap;
import java.util.Map;

/**
 * The steady-state capacity of one kind of GPU, corrected by what the twin said: for each setting
 * of (slots, rank) a factor between what the twin found and what was expected. Not thread-safe.
 */
final class CapacityView {
  private final SteadyState model;
  private final EngineVersion version;
  private final int[] slots;
  private final double defaultBias;
  private final HostMemory host;
  private final Map<Long, Double> biases = new HashMap<>();

  /**
   * Makes a view without corrections.
   *
   * @param model the steady state
   * @param version says which ranks the engine accepts
   * @param slots slots to choose from, ascending, at least one
   * @param defaultBias factor for settings that the twin has not judged, above 0
   * @param host host memory of each GPU
   */
  CapacityView(
      SteadyState model, EngineVersion version, int[] slots, double defaultBias, HostMemory host) {
    this.model = model;
    this.version = version;
    this.slots = slots.clone();
    this.defaultBias = defaultBias;
    this.host = host;
  }

  /**
   * The best slots for a set.
   *
   * @param index where they stand among the slots
   * @param slots their number; 0 without adapters
   * @param factor by which the rates could grow, 0 if no setting starts
   */
  record Best(int index, int slots, double factor) {}

  SteadyState model() {
    return model;
  }

  HostMemory host() {
    return host;
  }

  /** {@return slots to choose from that are of use to so many adapters} */
  int useful(int adapters) {
    int count = 1;
    while (count < slots.length && slots[count - 1] < adapters) {
      count++;
    }
    return count;
  }

  int slotsAt(int index) {
    return slots[index];
  }

  SlotSetting setting(int slotCount, int largestRank) {
    return model.setting(slotCount, largestRank == 0 ? 1 : version.maxLoraRankFor(largestRank));
  }

  double factor(GpuDemand demand, int slotCount, int largestRank) {
    return setting(slotCount, largestRank).capacityFactor(demand) * bias(slotCount, largestRank);
  }

  private static long key(int slotCount, int rank) {
    return (long) slotCount << 32 | rank;
  }

  double bias(int slotCount, int largestRank) {
    return biases.getOrDefault(
        key(slotCount, largestRank == 0 ? 0 : version.maxLoraRankFor(largestRank)), defaultBias);
  }

  void setBias(int slotCount, int largestRank, double bias) {
    biases.put(key(slotCount, largestRank == 0 ? 0 : version.maxLoraRankFor(largestRank)), bias);
  }

  /** Climbs from the hint to the slots with the largest capacity; fewer slots win a tie. */
  Best best(GpuDemand demand, int largestRank, int hint) {
    if (demand.adapters() == 0) {
      return new Best(0, 0, factor(demand, 0, 0));
    }
    int last = useful(demand.adapters()) - 1;
    int at = Math.min(hint, last);
    double best = factor(demand, slots[at], largestRank);
    boolean down = false;
    while (at > 0) {
      double next = factor(demand, slots[at - 1], largestRank);
      if (next < best && best > 0) {
        break;
      }
      best = next;
      at--;
      down = true;
    }
    while (!down && at < last) {
      double next = factor(demand, slots[at + 1], largestRank);
      if (next <= best) {
        break;
      }
      best = next;
      at++;
    }
    return new Best(at, slots[at], best);
  }
}
