package io.github.adaptertwin.placement.baseline;

import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * dLoRA's proactive dispatching (OSDI 2024) as PAPER adapted it, {@code dlora_proactive}: every
 * adapter is placed once, then replicas are added while the smallest "KV memory over expected
 * requests" of a GPU does not fall. Memory is counted in KV tokens with the largest adapter's size
 * for all, requests are spread evenly over the replicas, every adapter of a GPU has a slot, all
 * GPUs are used.
 */
public final class DloraProactive implements PlacementAlgorithm {
  private static final double HORIZON_SECONDS = 3600;

  @Override
  public String name() {
    return "dlora_proactive";
  }

  @Override
  public Outcome place(Problem problem) {
    ModelSpec model = Models.named(problem.workload().baseModel());
    if (!(problem.model().setting(0, 1).memory() instanceof MemoryPlan.Fits fits)) {
      return new Outcome.GaveUp("the base model does not start");
    }
    List<AdapterTraffic> adapters = new ArrayList<>(problem.workload().adapters());
    adapters.sort(
        Comparator.comparingDouble((AdapterTraffic t) -> -t.ratePerSecond())
            .thenComparing(t -> t.adapter().id()));
    int largest = adapters.stream().mapToInt(t -> t.adapter().rank()).max().orElse(1);
    double adapterTokens = (double) model.adapterBytes(largest) / model.kvBytesPerToken();
    if (adapters.size() * adapterTokens > problem.gpus() * (double) fits.kvTokens()) {
      // The published benefit turns negative and its loop does not end.
      return new Outcome.GaveUp("does not terminate: adapters exceed the KV memory of all GPUs");
    }
    State state = new State(problem.gpus(), adapters, fits.kvTokens(), adapterTokens);
    state.placeAll();
    state.addReplicas();
    return new Outcome.Placed(state.gpus(problem));
  }

  private static final class State {
    private final List<AdapterTraffic> adapters;
    private final double adapterTokens;
    private final double[] memory;
    private final double[] expected;
    private final List<List<Integer>> replicas = new ArrayList<>();

    State(int gpus, List<AdapterTraffic> adapters, double kvTokens, double adapterTokens) {
      this.adapters = adapters;
      this.adapterTokens = adapterTokens;
      memory = new double[gpus];
      expected = new double[gpus];
      java.util.Arrays.fill(memory, kvTokens);
      for (int a = 0; a < adapters.size(); a++) {
        replicas.add(new ArrayList<>());
      }
    }

    private double value(int gpu) {
      return expected[gpu] == 0 ? Double.POSITIVE_INFINITY : memory[gpu] / expected[gpu];
    }

    private double requests(int adapter) {
      return adapters.get(adapter).ratePerSecond() * HORIZON_SECONDS;
    }

    void placeAll() {
      for (int a = 0; a < adapters.size(); a++) {
        int best = 0;
        double most = Double.NEGATIVE_INFINITY;
        for (int g = 0; g < memory.length; g++) {
          double after = (memory[g] - adapterTokens) / (expected[g] + requests(a));
          if (after > most) {
            most = after;
            best = g;
          }
        }
        replicas.get(a).add(best);
        memory[best] -= adapterTokens;
        expected[best] += requests(a);
      }
    }

    void addReplicas() {
      for (int round = 0; round < adapters.size() * memory.length; round++) {
        int poorest = 0;
        int richest = 0;
        for (int g = 1; g < memory.length; g++) {
          poorest = value(g) < value(poorest) ? g : poorest;
          richest = value(g) > value(richest) ? g : richest;
        }
        int hottest = hottestToShare(poorest, richest);
        if (hottest < 0 || !share(hottest, richest, value(poorest))) {
          return;
        }
      }
    }

    private int hottestToShare(int from, int to) {
      for (int a = 0; a < adapters.size(); a++) {
        if (replicas.get(a).contains(from) && !replicas.get(a).contains(to)) {
          return a;
        }
      }
      return -1;
    }

    /** Adds a replica if the smallest value does not fall. */
    private boolean share(int adapter, int gpu, double least) {
      List<Integer> holders = replicas.get(adapter);
      int before = holders.size();
      double each = requests(adapter) / before;
      double after = requests(adapter) / (before + 1);
      for (int holder : holders) {
        expected[holder] += after - each;
      }
      expected[gpu] += after;
      memory[gpu] -= adapterTokens;
      double now = Double.POSITIVE_INFINITY;
      for (int g = 0; g < memory.length; g++) {
        now = Math.min(now, value(g));
      }
      if (now < least) {
        return false; // The search ends, and nothing reads again what was tried.
      }
      holders.add(gpu);
      return true;
    }

    List<PlannedGpu> gpus(Problem problem) {
      List<List<SharedAdapter>> parts = new ArrayList<>();
      for (int g = 0; g < memory.length; g++) {
        parts.add(new ArrayList<>());
      }
      for (int a = 0; a < adapters.size(); a++) {
        List<Integer> holders = replicas.get(a);
        for (int i = 0; i < holders.size(); i++) {
          double n = holders.size();
          parts.get(holders.get(i)).add(new SharedAdapter(adapters.get(a), i / n, (i + 1) / n));
        }
      }
      return parts.stream()
          .filter(p -> !p.isEmpty())
          .map(p -> problem.gpuOfParts(p, p.size()))
          .toList();
    }
  }
}
