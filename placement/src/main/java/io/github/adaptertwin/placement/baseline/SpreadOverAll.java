package io.github.adaptertwin.placement.baseline;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.ArrayList;
import java.util.List;

/**
 * PAPER's load balancers, which use every GPU that they get: uniformly at random with random slots
 * (baseline-3-2), or to the GPU with the least summed rate (baseline-4 with as many slots as
 * adapters, baseline-6 with a third), the latter also with PAPER's check of the prediction
 * (ProposedLat, {@code baseline_4_with_proposal}).
 */
public final class SpreadOverAll implements PlacementAlgorithm {
  /** Tokens per second that ProposedLat forgives. */
  private static final double FORGIVEN = 400;

  private static final double MOST_DIFFERENCE = 0.1;

  private final String name;
  private final boolean random;
  private final int slotsDivisor;
  private final boolean checked;

  private SpreadOverAll(String name, boolean random, int slotsDivisor, boolean checked) {
    this.name = name;
    this.random = random;
    this.slotsDivisor = slotsDivisor;
    this.checked = checked;
  }

  /** {@return {@code random}} */
  public static SpreadOverAll random() {
    return new SpreadOverAll("random", true, 1, false);
  }

  /** {@return {@code least_loaded}} */
  public static SpreadOverAll leastLoaded() {
    return new SpreadOverAll("least_loaded", false, 1, false);
  }

  /** {@return {@code least_loaded_third_slots}} */
  public static SpreadOverAll leastLoadedThirdSlots() {
    return new SpreadOverAll("least_loaded_third_slots", false, 3, false);
  }

  /** {@return {@code paper_latency}} */
  public static SpreadOverAll paperLatency() {
    return new SpreadOverAll("paper_latency", false, 1, true);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Outcome place(Problem problem) {
    RandomStream draws = new RandomStreams(problem.seed()).stream("placement/random", 0);
    List<List<AdapterTraffic>> sets = new ArrayList<>();
    for (int g = 0; g < problem.gpus(); g++) {
      sets.add(new ArrayList<>());
    }
    double[] load = new double[problem.gpus()];
    for (AdapterTraffic adapter : problem.workload().adapters()) {
      int to = random ? draws.nextInt(load.length) : least(load);
      sets.get(to).add(adapter);
      load[to] += adapter.ratePerSecond();
    }
    List<PlannedGpu> gpus = new ArrayList<>();
    for (List<AdapterTraffic> set : sets) {
      if (set.isEmpty()) {
        continue;
      }
      int slots = random ? 1 + draws.nextInt(set.size()) : Math.max(1, set.size() / slotsDivisor);
      if (checked && !passes(problem, set, slots)) {
        return new Outcome.GaveUp("the prediction for a GPU of " + set.size() + " adapters fails");
      }
      gpus.add(problem.gpu(set, slots));
    }
    return new Outcome.Placed(gpus);
  }

  private static int least(double[] load) {
    int least = 0;
    for (int g = 1; g < load.length; g++) {
      if (load[g] < load[least]) {
        least = g;
      }
    }
    return least;
  }

  private static boolean passes(Problem problem, List<AdapterTraffic> set, int slots) {
    double ideal = 0;
    for (AdapterTraffic adapter : set) {
      ideal += adapter.ratePerSecond() * problem.tokensPerRequest();
    }
    double factor = problem.capacityFactor(set, slots);
    double predicted = ideal * Math.min(1, factor);
    return factor > 0
        && 2 * (ideal - predicted - FORGIVEN) / (ideal + predicted + FORGIVEN) <= MOST_DIFFERENCE;
  }
}
