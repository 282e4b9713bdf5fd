package io.github.adaptertwin.core.engine;

import java.util.Arrays;

/**
 * The two adapter caches of the engine, GPU slots and host memory, both least recently used first.
 * Only idle adapters can be evicted, so only these are kept in order: by step of last use, then by
 * index. All adapters of a step are touched before any is loaded, and missing ones are loaded in
 * order of their index. (The real engine walks a set in hash order, so its own order is arbitrary.)
 */
final class AdapterSlots {
  private final EngineConfig config;
  private final int adapters;
  private final boolean gpuEvicts;
  private final boolean hostEvicts;
  private final boolean[] onGpu;
  private final boolean[] inHost;
  private final long[] lastUse;
  private final IdleList gpuIdle;
  private final IdleList hostIdle;
  private final long[] hostPicos;
  private final long[] diskPicos;
  private final int[] missing;
  private int missingCount;
  private int gpuCount;
  private int hostCount;

  AdapterSlots(EngineConfig config, BoundStepCosts costs) {
    this.config = config;
    adapters = config.adapters().size();
    // Caches that hold every adapter need no order.
    gpuEvicts = adapters > config.maxLoras();
    hostEvicts = adapters > config.maxCpuLoras();
    onGpu = new boolean[adapters];
    inHost = new boolean[adapters];
    lastUse = new long[adapters];
    gpuIdle = new IdleList(adapters);
    hostIdle = new IdleList(adapters);
    missing = new int[adapters];
    hostPicos = new long[adapters];
    diskPicos = new long[adapters];
    for (int a = 0; a < adapters; a++) {
      int rank = config.adapters().get(a).rank();
      hostPicos[a] = costs.loadPicos(rank, AdapterTier.HOST_MEMORY);
      diskPicos[a] = costs.loadPicos(rank, AdapterTier.DISK);
    }
  }

  /** The idle adapters of one cache, a doubly linked list with a sentinel. */
  private final class IdleList {
    private final int[] before;
    private final int[] after;
    private final int end;

    IdleList(int adapters) {
      before = new int[adapters + 1];
      after = new int[adapters + 1];
      end = adapters;
    }

    void clear() {
      before[end] = end;
      after[end] = end;
    }

    int oldest() {
      return after[end];
    }

    /** Adds an adapter that was used no earlier than any in the list. */
    void add(int adapter) {
      int at = before[end];
      while (at > adapter && at != end && lastUse[at] == lastUse[adapter]) {
        at = before[at];
      }
      int next = after[at];
      before[adapter] = at;
      after[adapter] = next;
      after[at] = adapter;
      before[next] = adapter;
    }

    void remove(int adapter) {
      after[before[adapter]] = after[adapter];
      before[after[adapter]] = before[adapter];
    }
  }

  void clear() {
    Arrays.fill(onGpu, false);
    Arrays.fill(inHost, false);
    gpuIdle.clear();
    hostIdle.clear();
    missingCount = 0;
    gpuCount = 0;
    hostCount = 0;
    for (int a = 0; a < adapters; a++) {
      lastUse[a] = (long) a - adapters;
    }
    if (config.adaptersPreloaded()) {
      // Registered one after the other, so the last ones remain in each cache.
      for (int a = Math.max(0, adapters - config.maxCpuLoras()); a < adapters; a++) {
        inHost[a] = true;
        if (hostEvicts) {
          hostIdle.add(a);
        }
        hostCount++;
      }
      for (int a = Math.max(0, adapters - config.maxLoras()); a < adapters; a++) {
        onGpu[a] = true;
        if (gpuEvicts) {
          gpuIdle.add(a);
        }
        gpuCount++;
      }
    }
  }

  boolean isOnGpu(int adapter) {
    return onGpu[adapter];
  }

  /** The adapter joins the batch of a step. */
  void join(int adapter) {
    if (hostEvicts && inHost[adapter]) {
      hostIdle.remove(adapter);
    }
    if (!onGpu[adapter]) {
      missing[missingCount++] = adapter;
    } else if (gpuEvicts) {
      gpuIdle.remove(adapter);
    }
  }

  /** The adapter, which is resident, has left the batch after a step. */
  void leave(int adapter, long lastStep) {
    lastUse[adapter] = lastStep;
    if (hostEvicts) {
      hostIdle.add(adapter);
    }
    if (gpuEvicts) {
      gpuIdle.add(adapter);
    }
  }

  /** {@return whether an adapter of the batch must be loaded} */
  boolean isAnyMissing() {
    return missingCount > 0;
  }

  /** Loads what is missing; the time that it takes, one after the other. */
  long load(long step, long timePicos, RunAccounts accounts, EngineListener listener) {
    if (missingCount > 1) {
      Arrays.sort(missing, 0, missingCount);
    }
    long picos = 0;
    for (int i = 0; i < missingCount; i++) {
      int adapter = missing[i];
      if (!inHost[adapter]) {
        picos += diskPicos[adapter];
        accounts.loaded(adapter, AdapterTier.DISK);
        listener.loaded(adapter, AdapterTier.DISK, step, timePicos);
        inHost[adapter] = true;
        if (++hostCount > config.maxCpuLoras()) {
          evictFromHost(step, timePicos, listener);
        }
      }
      if (gpuCount == config.maxLoras()) {
        evictFromGpu(gpuIdle.oldest(), step, timePicos, listener);
      }
      onGpu[adapter] = true;
      gpuCount++;
      picos += hostPicos[adapter];
      accounts.loaded(adapter, AdapterTier.HOST_MEMORY);
      listener.loaded(adapter, AdapterTier.HOST_MEMORY, step, timePicos);
    }
    missingCount = 0;
    return picos;
  }

  private void evictFromHost(long step, long timePicos, EngineListener listener) {
    int oldest = hostIdle.oldest();
    hostIdle.remove(oldest);
    inHost[oldest] = false;
    hostCount--;
    if (onGpu[oldest]) {
      evictFromGpu(oldest, step, timePicos, listener);
    }
  }

  private void evictFromGpu(int adapter, long step, long timePicos, EngineListener listener) {
    gpuIdle.remove(adapter);
    onGpu[adapter] = false;
    gpuCount--;
    listener.evicted(adapter, step, timePicos);
  }
}
