package io.github.adaptertwin.placement.capacity;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one GPU of a plan is asked: parts of some adapters, and a part of the requests to the base
 * model. Immutable and thread-safe.
 */
public final class GpuTraffic {
  private final Workload whole;
  private final ImmutableList<SharedAdapter> adapters;
  private final double baseFrom;
  private final double baseTo;
  private final double baseRatePerSecond;

  private GpuTraffic(
      Workload whole,
      ImmutableList<SharedAdapter> adapters,
      double baseFrom,
      double baseTo,
      double baseRatePerSecond) {
    this.whole = whole;
    this.adapters = adapters;
    this.baseFrom = baseFrom;
    this.baseTo = baseTo;
    this.baseRatePerSecond = baseRatePerSecond;
  }

  /**
   * The traffic of some adapters, without requests to the base model.
   *
   * @param whole the workload that they belong to
   * @param adapters the parts, each adapter at most once
   * @return the traffic
   */
  public static GpuTraffic of(Workload whole, List<SharedAdapter> adapters) {
    return new GpuTraffic(whole, ImmutableList.copyOf(adapters), 0, 0, 0);
  }

  /**
   * The traffic of some adapters and of a part of the requests to the base model.
   *
   * @param whole the workload that they belong to
   * @param adapters the parts, each adapter at most once
   * @param baseFrom lower end of the part of the base model's requests, in [0, 1]
   * @param baseTo upper end, at least {@code baseFrom}, at most 1; equal for no such requests
   * @return the traffic
   */
  public static GpuTraffic of(
      Workload whole, List<SharedAdapter> adapters, double baseFrom, double baseTo) {
    if (!(baseFrom >= 0 && baseTo >= baseFrom && baseTo <= 1)) {
      throw new IllegalArgumentException(
          "part of the base model's requests is ["
              + baseFrom
              + ", "
              + baseTo
              + "), must be a part of [0, 1)");
    }
    return new GpuTraffic(
        whole,
        ImmutableList.copyOf(adapters),
        baseFrom,
        baseTo,
        (baseTo - baseFrom) * BaseTraffic.ratePerSecond(whole));
  }

  /** {@return the parts of the adapters; unmodifiable} */
  public List<SharedAdapter> adapters() {
    return adapters;
  }

  /** {@return lower end of the part of the base model's requests} */
  public double baseFrom() {
    return baseFrom;
  }

  /** {@return upper end of the part of the base model's requests} */
  public double baseTo() {
    return baseTo;
  }

  /** {@return requests per second to the base model} */
  public double baseRatePerSecond() {
    return baseRatePerSecond;
  }

  /** {@return the workload that this is a part of} */
  public Workload whole() {
    return whole;
  }

  /** {@return the adapters in order, as an engine registers them; unmodifiable} */
  public List<LoraAdapter> loraAdapters() {
    return adapters.stream()
        .map(p -> p.traffic().adapter())
        .collect(ImmutableList.toImmutableList());
  }

  /** {@return requests per second of all, the base model's included} */
  public double ratePerSecond() {
    double rate = baseRatePerSecond;
    for (SharedAdapter part : adapters) {
      rate += part.ratePerSecond();
    }
    return rate;
  }

  /** {@return mean input and output tokens per second that the requests ask for} */
  public double offeredTokensPerSecond() {
    return ratePerSecond()
        * (whole.lengths().meanInputTokens() + whole.lengths().meanOutputTokens());
  }

  /** {@return largest rank of the adapters, 1 if there are none} */
  public int largestRank() {
    int largest = 1;
    for (SharedAdapter part : adapters) {
      largest = Math.max(largest, part.traffic().adapter().rank());
    }
    return largest;
  }

  /** {@return the adapters with the rates of their parts; unmodifiable} */
  public List<AdapterTraffic> scaledTraffic() {
    return adapters.stream()
        .map(
            p ->
                p.isWhole()
                    ? p.traffic()
                    : new AdapterTraffic(p.traffic().adapter(), p.ratePerSecond()))
        .collect(ImmutableList.toImmutableList());
  }

  /** {@return whether an adapter, or the base model, is served by other GPUs, too} */
  public boolean isShared() {
    return baseTo > baseFrom || !adapters.stream().allMatch(SharedAdapter::isWhole);
  }

  /**
   * Opens the requests. Parts of Poisson processes are Poisson processes of a smaller rate; other
   * shared requests are picked out of all, each by a draw from its adapter's stream. A GPU that is
   * asked nothing has none.
   *
   * @param seed any value
   * @param replication index of the replication
   * @return the requests, adapters numbered as in {@link #adapters()}
   */
  public RequestSource source(long seed, int replication) {
    if (adapters.isEmpty() && baseTo == baseFrom) {
      return RequestTrace.builder(0).build(); // It stands by: there is no workload of nobody.
    }
    List<AdapterTraffic> unshared = new ArrayList<>();
    for (SharedAdapter part : adapters) {
      unshared.add(part.traffic());
    }
    if (!isShared()) {
      return whole.restrictedTo(unshared).source(seed, replication);
    }
    boolean divisible =
        !whole.isRecorded()
            && !adapters.isEmpty()
            && adapters.stream().allMatch(p -> p.isWhole() || p.traffic().arrivals().isPoisson())
            && (baseTo == baseFrom
                || whole.baseModelArrivals().filter(ArrivalLaw::isPoisson).isPresent());
    if (divisible) {
      Workload part = whole.restrictedTo(scaledTraffic());
      return (baseTo == baseFrom
              ? part
              : part.withBaseModelRequests(ArrivalLaw.poisson(baseRatePerSecond)))
          .source(seed, replication);
    }
    if (baseTo == baseFrom) {
      return new PickedRequests(
          whole.restrictedTo(unshared).source(seed, replication), identity(), this, seed);
    }
    return new PickedRequests(whole.source(seed, replication), rowsInWhole(), this, seed);
  }

  private int[] identity() {
    int[] rows = new int[adapters.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i;
    }
    return rows;
  }

  private int[] rowsInWhole() {
    Map<String, Integer> rowOf = new TreeMap<>();
    for (int i = 0; i < adapters.size(); i++) {
      rowOf.put(adapters.get(i).traffic().adapter().id(), i);
    }
    int[] rows = new int[whole.adapters().size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = rowOf.getOrDefault(whole.adapters().get(i).adapter().id(), PickedRequests.NONE);
    }
    return rows;
  }
}
