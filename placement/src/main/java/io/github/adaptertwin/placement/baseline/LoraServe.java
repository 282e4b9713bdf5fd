package io.github.adaptertwin.placement.baseline;

import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * LoRAServe's placement (arXiv 2511.22880) as PAPER adapted it: the use of an adapter is its tokens
 * over the operating point of its rank; the GPUs are divided among the ranks in proportion to their
 * use (largest remainders); each GPU is filled to the average use with fractions of adapters, and
 * what is left goes to GPUs of a larger rank. All GPUs are used by construction.
 *
 * @param name the name
 * @param slotsDivisor slots are the GPU's adapters divided by this, at least 1
 */
public record LoraServe(String name, int slotsDivisor) implements PlacementAlgorithm {
  private static final double[] LLAMA = {15_064, 14_732, 14_496};
  private static final double[] QWEN = {15_633, 15_537, 15_536};
  private static final double LEAST_PART = 1e-9;

  /** {@return {@code lora_serve}: as many slots as adapters} */
  public static LoraServe published() {
    return new LoraServe("lora_serve", 1);
  }

  /** {@return {@code lora_serve_third_slots}} */
  public static LoraServe thirdSlots() {
    return new LoraServe("lora_serve_third_slots", 3);
  }

  @Override
  public Outcome place(Problem problem) {
    TreeMap<Integer, List<AdapterTraffic>> byRank = new TreeMap<>();
    TreeMap<Integer, Double> use = new TreeMap<>();
    for (AdapterTraffic adapter : problem.workload().adapters()) {
      int rank = adapter.adapter().rank();
      byRank.computeIfAbsent(rank, r -> new ArrayList<>()).add(adapter);
      use.merge(rank, use(problem, adapter), Double::sum);
    }
    double total = use.values().stream().mapToDouble(Double::doubleValue).sum();
    int[] rankOf = budget(use, total, problem.gpus());
    Filling filling = new Filling(problem, rankOf, total / problem.gpus());
    for (List<AdapterTraffic> adapters : byRank.values()) {
      adapters.sort(
          Comparator.comparingDouble((AdapterTraffic t) -> -t.ratePerSecond())
              .thenComparing(t -> t.adapter().id()));
      adapters.forEach(filling::add);
    }
    return new Outcome.Placed(filling.gpus(slotsDivisor));
  }

  private static double use(Problem problem, AdapterTraffic adapter) {
    double[] points = problem.workload().baseModel().startsWith("qwen") ? QWEN : LLAMA;
    int rank = adapter.adapter().rank();
    double point = points[rank <= 8 ? 0 : rank <= 16 ? 1 : 2];
    return adapter.ratePerSecond() * problem.tokensPerRequest() / point;
  }

  /** Rank of each GPU by largest remainders, ascending. */
  private static int[] budget(TreeMap<Integer, Double> use, double total, int gpus) {
    List<Integer> ranks = new ArrayList<>(use.keySet());
    double[] quota = use.values().stream().mapToDouble(u -> u / total * gpus).toArray();
    int[] count = new int[ranks.size()];
    int given = 0;
    List<Integer> byRemainder = new ArrayList<>();
    for (int i = 0; i < count.length; i++) {
      count[i] = (int) quota[i];
      given += count[i];
      byRemainder.add(i);
    }
    byRemainder.sort(
        Comparator.comparingDouble((Integer i) -> count[i] - quota[i]).thenComparing(i -> -i));
    for (int i = 0; given < gpus; i++, given++) {
      count[byRemainder.get(i % count.length)]++;
    }
    int[] rankOf = new int[gpus];
    int at = 0;
    for (int i = 0; i < count.length; i++) {
      for (int c = 0; c < count[i] && at < gpus; c++) {
        rankOf[at++] = ranks.get(i);
      }
    }
    return rankOf;
  }

  private static final class Filling {
    private final Problem problem;
    private final int[] rankOf;
    private final double average;
    private final double[] load;
    private final List<List<SharedAdapter>> parts = new ArrayList<>();

    Filling(Problem problem, int[] rankOf, double average) {
      this.problem = problem;
      this.rankOf = rankOf;
      this.average = average;
      load = new double[rankOf.length];
      for (int g = 0; g < rankOf.length; g++) {
        parts.add(new ArrayList<>());
      }
    }

    void add(AdapterTraffic adapter) {
      double whole = use(problem, adapter);
      double from = 0;
      int rank = adapter.adapter().rank();
      int lastGpu = -1;
      for (int g = 0; g < load.length && from < 1; g++) {
        double room = average - load[g];
        if (rankOf[g] < rank || room <= average * 1e-6) {
          continue;
        }
        double to = Math.min(1, from + room / whole);
        to = 1 - to < LEAST_PART ? 1 : to;
        if (to - from >= LEAST_PART) {
          put(adapter, g, from, to, whole);
          from = to;
          lastGpu = g;
        }
      }
      if (from < 1) {
        put(adapter, lastGpu < 0 ? least() : lastGpu, from, 1, whole);
      }
    }

    private void put(AdapterTraffic adapter, int gpu, double from, double to, double whole) {
      List<SharedAdapter> here = parts.get(gpu);
      SharedAdapter last = here.isEmpty() ? null : here.get(here.size() - 1);
      if (last != null && last.traffic().equals(adapter) && last.to() == from) {
        here.set(here.size() - 1, new SharedAdapter(adapter, last.from(), to));
      } else {
        here.add(new SharedAdapter(adapter, from, to));
      }
      load[gpu] += whole * (to - from);
    }

    private int least() {
      int least = load.length - 1;
      for (int g = load.length - 2; g >= 0; g--) {
        least = load[g] < load[least] ? g : least;
      }
      return least;
    }

    List<PlannedGpu> gpus(int slotsDivisor) {
      return parts.stream()
          .filter(p -> !p.isEmpty())
          .map(p -> problem.gpuOfParts(p, Math.max(1, p.size() / slotsDivisor)))
          .toList();
    }
  }
}
