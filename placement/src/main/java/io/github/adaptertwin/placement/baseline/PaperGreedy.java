package io.github.adaptertwin.placement.baseline;

import com.google.common.collect.ImmutableSet;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.placement.pack.RankZigzag;
import io.github.adaptertwin.workload.AdapterTraffic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * PAPER's greedy (arXiv 2602.24044, {@code proposal_starvation_2}) as published: adapters by rank
 * and zigzag of rates, pulled until a test point is reached; a test compares the present slots with
 * the next larger number and keeps them only if strictly better; a GPU is closed for good on its
 * first failure, and at 576 adapters. Its learned models are replaced by the steady state, which is
 * closer to the twin than they are; the loop is theirs.
 */
public final class PaperGreedy implements PlacementAlgorithm {
  private static final int[] TEST_POINTS = {
    8, 16, 32, 64, 96, 128, 160, 192, 256, 320, 384, 448, 512, 576
  };

  private static final int MOST_ADAPTERS = 576;

  /** Overload in which PAPER's rule still calls a GPU not starved: completed at least 90 %. */
  private static final double LEAST_SHARE = 0.9;

  /** By how much the published digital twin overstates throughput. */
  private static final double LABEL_ERROR = 1.10;

  private final String name;
  private final ImmutableSet<Quirk> quirks;

  /** A defect of the published code, off unless asked for. */
  public enum Quirk {
    /**
     * An incomplete last batch is padded with (test point - pending) phantom adapters instead of
     * (test point - served - pending), which overstates the rate.
     */
    PHANTOM_PADDING,
    /** An empty batch after a GPU that ends exactly at 576 adapters asks for one more GPU. */
    FAILS_WHEN_EXACTLY_FULL,
    /** Throughput is compared with the ideal although it is 10 % too high. */
    UNCORRECTED_LABEL
  }

  private PaperGreedy(String name, Set<Quirk> quirks) {
    this.name = name;
    this.quirks = ImmutableSet.copyOf(quirks);
  }

  /** {@return {@code paper_greedy}: without its known defects} */
  public static PaperGreedy repaired() {
    return new PaperGreedy("paper_greedy", ImmutableSet.of());
  }

  /** {@return {@code paper_greedy_with_bugs}: with all of its known defects} */
  public static PaperGreedy withKnownBugs() {
    return new PaperGreedy("paper_greedy_with_bugs", ImmutableSet.copyOf(Quirk.values()));
  }

  /**
   * {@return the greedy with some of its defects}
   *
   * @param quirks which
   */
  public static PaperGreedy with(Set<Quirk> quirks) {
    return new PaperGreedy("paper_greedy", quirks);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Outcome place(Problem problem) {
    return new Run(problem).place();
  }

  private final class Run {
    private final Problem problem;
    private final Deque<AdapterTraffic> queue;
    private final List<PlannedGpu> gpus = new ArrayList<>();
    private final List<AdapterTraffic> served = new ArrayList<>();
    private final List<AdapterTraffic> pending = new ArrayList<>();
    private int opened = 1;
    private int slots;
    private int testIndex;

    Run(Problem problem) {
      this.problem = problem;
      this.queue = new ArrayDeque<>(RankZigzag.order(problem.workload().adapters()));
    }

    Outcome place() {
      while (!queue.isEmpty() || !pending.isEmpty()) {
        boolean last = queue.isEmpty();
        if (!last) {
          pending.add(queue.removeFirst());
          if (served.size() + pending.size() < TEST_POINTS[testIndex] && !queue.isEmpty()) {
            continue;
          }
        }
        if (!(test() ? committed() : closed())) {
          return new Outcome.GaveUp("not enough GPUs for the workload");
        }
      }
      close();
      return new Outcome.Placed(gpus);
    }

    /** A batch passed; false if another GPU is needed and there is none. */
    private boolean committed() {
      served.addAll(pending);
      pending.clear();
      if (testIndex < TEST_POINTS.length - 1 && served.size() >= TEST_POINTS[testIndex]) {
        testIndex++;
      }
      if (served.size() < MOST_ADAPTERS) {
        return true;
      }
      boolean more = !queue.isEmpty() || quirks.contains(Quirk.FAILS_WHEN_EXACTLY_FULL);
      close();
      return !more || open();
    }

    /** A batch failed: it goes back, and the GPU is closed for good. */
    private boolean closed() {
      for (int i = pending.size() - 1; i >= 0; i--) {
        queue.addFirst(pending.get(i));
      }
      pending.clear();
      close();
      return open();
    }

    private boolean open() {
      opened++;
      return opened <= problem.gpus();
    }

    private void close() {
      if (!served.isEmpty()) {
        gpus.add(problem.gpu(served, slots));
      }
      served.clear();
      slots = 0;
      testIndex = 0;
    }

    private boolean test() {
      List<AdapterTraffic> all = new ArrayList<>(served);
      all.addAll(pending);
      int phantoms =
          TEST_POINTS[testIndex]
              - pending.size()
              - (quirks.contains(Quirk.PHANTOM_PADDING) ? 0 : served.size());
      if (served.size() + pending.size() < TEST_POINTS[testIndex]) {
        addPhantoms(all, phantoms);
      }
      int stepUp = nextSlots();
      double kept = slots == 0 ? -1 : throughput(all, slots);
      double raised = stepUp == slots ? -1 : throughput(all, stepUp);
      if (kept < 0 && raised < 0) {
        return false;
      }
      int winner = kept > raised ? slots : stepUp;
      double best = Math.max(kept, raised);
      double label = quirks.contains(Quirk.UNCORRECTED_LABEL) ? LABEL_ERROR : 1;
      if (best * label < LEAST_SHARE) {
        return false;
      }
      slots = winner;
      return true;
    }

    private int nextSlots() {
      for (int point : TEST_POINTS) {
        if (point > slots) {
          return point;
        }
      }
      return slots;
    }

    /** Completed share with so many slots; -1 if the engine does not start. */
    private double throughput(List<AdapterTraffic> adapters, int count) {
      double factor = problem.capacityFactor(adapters, count);
      return factor > 0 ? Math.min(1, factor) : -1;
    }

    private void addPhantoms(List<AdapterTraffic> all, int count) {
      double rate = 0;
      int rank = Integer.MAX_VALUE;
      for (AdapterTraffic adapter : all) {
        rate += adapter.ratePerSecond() / all.size();
        rank = Math.min(rank, adapter.adapter().rank());
      }
      for (int p = 0; p < count; p++) {
        all.add(new AdapterTraffic(new LoraAdapter("phantom-" + p, rank), rate));
      }
    }
  }
}
