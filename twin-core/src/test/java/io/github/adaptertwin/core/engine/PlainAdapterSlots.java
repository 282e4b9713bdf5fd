package io.github.adaptertwin.core.engine;

import java.util.Arrays;

/**
 * The two adapter caches of the engine, GPU slots and host memory, both least recently used first,
 * kept the plain way: by the step of last use and a scan.
 *
 * <p>All adapters of a step are touched before any is loaded, and missing ones are loaded in order
 * of their index; adapters of the same last step are evicted in order of their index. (The real
 * engine walks a set in hash order, so its own order is arbitrary.)
 */
final class PlainAdapterSlots {
  private final EngineConfig config;
  private final BoundStepCosts costs;
  private final boolean[] onGpu;
  private final boolean[] inHost;
  private final long[] lastUse;
  private int gpuCount;
  private int hostCount;

  PlainAdapterSlots(EngineConfig config, BoundStepCosts costs) {
    this.config = config;
    this.costs = costs;
    int n = config.adapters().size();
    onGpu = new boolean[n];
    inHost = new boolean[n];
    lastUse = new long[n];
  }

  void clear() {
    int n = onGpu.length;
    Arrays.fill(onGpu, false);
    Arrays.fill(inHost, false);
    gpuCount = 0;
    hostCount = 0;
    for (int a = 0; a < n; a++) {
      lastUse[a] = (long) a - n;
    }
    if (config.adaptersPreloaded()) {
      // Registered one after the other, so the last ones remain in each cache.
      for (int a = Math.max(0, n - config.maxCpuLoras()); a < n; a++) {
        inHost[a] = true;
        hostCount++;
      }
      for (int a = Math.max(0, n - config.maxLoras()); a < n; a++) {
        onGpu[a] = true;
        gpuCount++;
      }
    }
  }

  /**
   * Makes the adapters of a step resident.
   *
   * @param batch distinct adapters of the step in ascending order
   * @return time that the loads take, one after the other
   */
  long use(int[] batch, long step, long timePicos, PlainBooks books, EngineListener listener) {
    for (int adapter : batch) {
      lastUse[adapter] = step;
    }
    long picos = 0;
    for (int adapter : batch) {
      int rank = config.adapters().get(adapter).rank();
      if (!inHost[adapter]) {
        picos += costs.loadPicos(rank, AdapterTier.DISK);
        books.loaded(adapter, AdapterTier.DISK);
        listener.loaded(adapter, AdapterTier.DISK, step, timePicos);
        inHost[adapter] = true;
        if (++hostCount > config.maxCpuLoras()) {
          int oldest = oldest(inHost);
          inHost[oldest] = false;
          hostCount--;
          if (onGpu[oldest]) {
            onGpu[oldest] = false;
            gpuCount--;
            listener.evicted(oldest, step, timePicos);
          }
        }
      }
      if (!onGpu[adapter]) {
        if (gpuCount == config.maxLoras()) {
          int oldest = oldest(onGpu);
          onGpu[oldest] = false;
          gpuCount--;
          listener.evicted(oldest, step, timePicos);
        }
        onGpu[adapter] = true;
        gpuCount++;
        picos += costs.loadPicos(rank, AdapterTier.HOST_MEMORY);
        books.loaded(adapter, AdapterTier.HOST_MEMORY);
        listener.loaded(adapter, AdapterTier.HOST_MEMORY, step, timePicos);
      }
    }
    return picos;
  }

  private int oldest(boolean[] cache) {
    int oldest = -1;
    for (int a = 0; a < cache.length; a++) {
      if (cache[a] && (oldest < 0 || lastUse[a] < lastUse[oldest])) {
        oldest = a;
      }
    }
    return oldest;
  }
}
