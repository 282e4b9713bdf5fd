package io.github.adaptertwin.placement.pack;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.placement.capacity.BaseTraffic;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.capacity.SteadyState;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;

/**
 * What is dealt to GPUs: every adapter once, or in equal parts where it was cut, and the requests
 * to the base model in equal parts. In a canonical order (largest rank first, then the highest
 * rate, then the id), so that nothing depends on the order of the input. Immutable after it is
 * made.
 */
final class Pieces {
  private static final Comparator<AdapterTraffic> CANONICAL =
      Comparator.comparingInt((AdapterTraffic t) -> -t.adapter().rank())
          .thenComparingDouble(t -> -t.ratePerSecond())
          .thenComparing(t -> t.adapter().id());

  private final Workload workload;
  private final ImmutableList<AdapterTraffic> adapters;

  /** Adapter of each piece; -1 for a part of the base model's requests. */
  final int[] adapter;

  /** Parts into which the adapter of each piece is cut. */
  final int[] parts;

  final int[] rank;
  final double[] rate;
  final double[][] demand;

  private Pieces(
      Workload workload,
      ImmutableList<AdapterTraffic> adapters,
      int[] cuts,
      int baseParts,
      double baseRate,
      SteadyState model) {
    this.workload = workload;
    this.adapters = adapters;
    int count = Arrays.stream(cuts).sum() + baseParts;
    adapter = new int[count];
    parts = new int[count];
    rank = new int[count];
    rate = new double[count];
    demand = new double[count][];
    Map<Double, double[]> known = new HashMap<>();
    int at = 0;
    for (int a = 0; a < cuts.length; a++) {
      AdapterTraffic traffic = adapters.get(a);
      double each = traffic.ratePerSecond() / cuts[a];
      double[] vector = known.computeIfAbsent(each, model::demandOf);
      for (int p = 0; p < cuts[a]; p++) {
        adapter[at] = a;
        parts[at] = cuts[a];
        rank[at] = traffic.adapter().rank();
        rate[at] = each;
        demand[at++] = vector;
      }
    }
    for (int b = 0; b < baseParts; b++) {
      adapter[at] = -1;
      parts[at] = baseParts;
      rate[at] = baseRate / baseParts;
      demand[at++] = NO_ADAPTER;
    }
  }

  private static final double[] NO_ADAPTER = new double[0];

  /**
   * Makes the pieces of a workload.
   *
   * @param workload the workload
   * @param model gives the demands
   * @param loneUse use of a GPU by an adapter alone, as a function of its index in canonical order
   * @param mostUse an adapter that alone uses more of a GPU than this is cut into equal parts
   * @param mostParts largest number of parts, at least 1
   */
  static Pieces of(
      Workload workload,
      SteadyState model,
      ToDoubleFunction<AdapterTraffic> loneUse,
      double mostUse,
      int mostParts) {
    List<AdapterTraffic> sorted = new ArrayList<>(workload.adapters());
    sorted.sort(CANONICAL);
    ImmutableList<AdapterTraffic> adapters = ImmutableList.copyOf(sorted);
    int[] cuts = new int[adapters.size()];
    double rate = 0;
    for (int a = 0; a < cuts.length; a++) {
      rate += adapters.get(a).ratePerSecond();
      cuts[a] = 1;
      if (mostParts > 1) {
        double use = loneUse.applyAsDouble(adapters.get(a));
        cuts[a] = (int) Math.max(1, Math.min(mostParts, Math.ceil(use / mostUse)));
      }
    }
    double baseRate = BaseTraffic.ratePerSecond(workload);
    int baseParts = 0;
    if (baseRate > 0) {
      double use = baseRate / (rate + baseRate) * Math.max(1, adapters.size() / 8.0);
      baseParts = (int) Math.max(8, Math.min(256, Math.ceil(use)));
    }
    return new Pieces(workload, adapters, cuts, baseParts, baseRate, model);
  }

  /**
   * Makes the pieces of a workload with given cuts.
   *
   * @param workload the workload
   * @param model gives the demands
   * @param cutsOf parts of an adapter by its id, at least 1
   * @param baseParts parts of the base model's requests, at least 1
   */
  static Pieces withCuts(
      Workload workload, SteadyState model, ToIntFunction<String> cutsOf, int baseParts) {
    List<AdapterTraffic> sorted = new ArrayList<>(workload.adapters());
    sorted.sort(CANONICAL);
    int[] cuts = sorted.stream().mapToInt(t -> cutsOf.applyAsInt(t.adapter().id())).toArray();
    double baseRate = BaseTraffic.ratePerSecond(workload);
    return new Pieces(
        workload,
        ImmutableList.copyOf(sorted),
        cuts,
        baseRate > 0 ? baseParts : 0,
        baseRate,
        model);
  }

  int size() {
    return adapter.length;
  }

  boolean isBase(int piece) {
    return adapter[piece] < 0;
  }

  AdapterTraffic traffic(int piece) {
    return adapters.get(adapter[piece]);
  }

  /**
   * Turns an assignment into traffic. The parts of an adapter that lie on one GPU are joined, and
   * its GPUs get consecutive intervals in order of their numbers.
   */
  List<GpuTraffic> trafficOf(int[] binOf, int bins) {
    double[] from = new double[adapters.size()];
    double baseFrom = 0;
    List<GpuTraffic> result = new ArrayList<>();
    int[][] members = membersOf(binOf, bins);
    int[] placed = new int[adapters.size()];
    for (int b = 0; b < bins; b++) {
      int[] here = members[b];
      List<SharedAdapter> shares = new ArrayList<>();
      int base = 0;
      int baseOf = 1;
      for (int i = 0; i < here.length; i++) {
        int piece = here[i];
        if (isBase(piece)) {
          base++;
          baseOf = parts[piece];
          continue;
        }
        int a = adapter[piece];
        int run = 1;
        while (i + 1 < here.length && adapter[here[i + 1]] == a) {
          run++;
          i++;
        }
        placed[a] += run;
        // The last part ends at exactly one, whatever the rounding before it.
        double to = placed[a] == parts[piece] ? 1 : placed[a] / (double) parts[piece];
        shares.add(new SharedAdapter(adapters.get(a), from[a], to));
        from[a] = to;
      }
      double baseTo = base == 0 ? baseFrom : Math.min(1, baseFrom + base / (double) baseOf);
      shares.sort(Comparator.comparing(s -> s.traffic().adapter().id()));
      result.add(GpuTraffic.of(workload, shares, baseFrom, snapped(baseTo)));
      baseFrom = snapped(baseTo);
    }
    return result;
  }

  private static double snapped(double value) {
    return value > 1 - 1e-9 ? 1 : value;
  }

  private static int[][] membersOf(int[] binOf, int bins) {
    int[] counts = new int[bins];
    for (int bin : binOf) {
      counts[bin]++;
    }
    int[][] members = new int[bins][];
    for (int b = 0; b < bins; b++) {
      members[b] = new int[counts[b]];
    }
    int[] at = new int[bins];
    for (int piece = 0; piece < binOf.length; piece++) {
      members[binOf[piece]][at[binOf[piece]]++] = piece;
    }
    return members;
  }
}
