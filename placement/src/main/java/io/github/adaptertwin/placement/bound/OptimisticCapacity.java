package io.github.adaptertwin.placement.bound;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.placement.bound.TrafficClasses.TrafficClass;
import io.github.adaptertwin.placement.capacity.DemandGrid;
import io.github.adaptertwin.placement.capacity.SlotSetting;
import io.github.adaptertwin.placement.capacity.SteadyState;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one GPU can serve at most, as a union of linear regions. A region is a setting of (slots,
 * rank) and a narrow range of step times. In it the mean running time of a request is known, x =
 * output * step, so everything is linear in the rates by Little's law: rate * x requests run, at
 * most as many as so short a step or the KV cache admits; the line below the law of the step time,
 * start + slope * running + adapters in the batch, must not exceed the step; and the slots held
 * must not exceed the slots. A region gives, for each class of traffic, the use of each of these by
 * one request per second.
 *
 * <p>With several kinds of GPU it is the union of their regions: a GPU of a mixed pool is in one of
 * them. Where it is not known who holds a slot (arrivals that are not Poisson, rules that let whole
 * adapters starve), the rows of slots and of adapters in the batch are left out.
 *
 * <p>It errs on the optimistic side: the step time is a line below the law of the twin, loads cost
 * nothing, every adapter may wait a quarter of the horizon for its slot (beyond a fifth, the
 * backlog alone is a tenth of all requests), and the whole is scaled up by a factor that covers the
 * largest excess of the twin over the steady state.
 */
final class OptimisticCapacity {
  /** Rows of a region: time by two lines, requests running, slots. */
  static final int ROWS = 4;

  private static final double MOST_WAIT_SHARE = 0.25;
  private static final double SHORTEST_STEP_SECONDS = 0.006;
  private static final double STEP_RATIO = 1.06;

  /** Steps up to this are looked at even if the setting has none so long. */
  private static final double LONGEST_STEP_SECONDS = 0.34;

  /** Regions: use[region][row][class], by one request per second; infinite where a class cannot. */
  final List<double[][]> regions = new ArrayList<>();

  private final List<TrafficClass> classes;
  private final double outputTokens;
  private final double mostWaitSeconds;
  private final double factor;
  private final boolean slotsCount;

  /** A setting at a step time; steps from {@code longest / STEP_RATIO} on belong to it. */
  private record Pace(SlotSetting setting, int slots, int rank, double longest) {
    double shortest() {
      return longest / STEP_RATIO;
    }

    SlotSetting.@Nullable Line line(double distinct) {
      return setting.line(shortest(), longest, distinct);
    }
  }

  /**
   * Tabulates the regions.
   *
   * @param kinds the steady state of each kind of GPU, at least one, all with the same lengths
   * @param version says which ranks the engine accepts
   * @param slots slots to choose from
   * @param classes the traffic
   * @param horizonSeconds length of the run that a plan is judged by
   * @param factor by which the twin may exceed the steady state, at least 1; infinite = no limit
   * @param slotsCount whether adapters hold slots and batches as with Poisson arrivals
   */
  OptimisticCapacity(
      List<SteadyState> kinds,
      EngineVersion version,
      List<Integer> slots,
      List<TrafficClass> classes,
      double horizonSeconds,
      double factor,
      boolean slotsCount) {
    this.classes = classes;
    this.outputTokens = kinds.get(0).lengths().outputTokens();
    this.mostWaitSeconds = MOST_WAIT_SHARE * horizonSeconds;
    this.factor = factor;
    this.slotsCount = slotsCount;
    TreeSet<Integer> ranks = new TreeSet<>();
    for (TrafficClass c : classes) {
      ranks.add(c.rank() == 0 ? 0 : version.maxLoraRankFor(c.rank()));
    }
    for (SteadyState kind : kinds) {
      addKind(kind, ranks, slots);
    }
  }

  private void addKind(SteadyState model, SortedSet<Integer> ranks, List<Integer> slots) {
    for (int rank : ranks) {
      for (int count : rank == 0 ? List.of(0) : slots) {
        SlotSetting setting = model.setting(count, Math.max(1, rank));
        if (!setting.starts()) {
          continue;
        }
        double longest = Math.max(LONGEST_STEP_SECONDS, STEP_RATIO * setting.longestStepSeconds());
        for (double step = SHORTEST_STEP_SECONDS; step <= longest; step *= STEP_RATIO) {
          addRegions(new Pace(setting, count, rank, step));
        }
      }
    }
  }

  private void addRegions(Pace pace) {
    double active = 0;
    for (TrafficClass c : classes) {
      boolean served = slotsCount && c.rank() > 0 && c.rank() <= pace.rank();
      active += served ? c.sumRate() / c.mostRate() * active(c, runSeconds(pace.longest())) : 0;
    }
    SlotSetting.Line none = pace.line(0);
    SlotSetting.Line some = pace.line(Math.min(pace.slots(), active));
    SlotSetting.Line all = pace.line(pace.slots());
    if (none == null || some == null || all == null) {
      return;
    }
    if (Math.max(none.startSeconds(), some.startSeconds()) < pace.longest()) {
      regions.add(freeSlots(pace, none, some));
    }
    double full = all.startSeconds() + all.secondsPerAdapter() * pace.slots();
    // Without the rows of slots the region above holds all of this one.
    if (slotsCount && pace.slots() > 0 && full < pace.longest()) {
      regions.add(allSlots(pace, all, full));
    }
  }

  private double runSeconds(double step) {
    return step * outputTokens;
  }

  /** Slots are not short: every active adapter has one. */
  private double[][] freeSlots(Pace pace, SlotSetting.Line none, SlotSetting.Line some) {
    double[][] use = running(pace, none.mostRunning());
    for (int k = 0; k < classes.size(); k++) {
      TrafficClass c = classes.get(k);
      if (c.rank() > pace.rank()) {
        continue;
      }
      boolean holds = slotsCount && c.rank() > 0;
      // Divided by the running time, the law of the step time falls with it: the upper end counts.
      double adapters =
          holds ? active(c, runSeconds(pace.longest())) / c.mostRate() / pace.longest() : 0;
      use[0][k] = time(pace, none, adapters, none.startSeconds());
      use[1][k] = time(pace, some, adapters, some.startSeconds());
      // Slots grow with the running time: the lower end counts.
      use[3][k] =
          holds ? active(c, runSeconds(pace.shortest())) / c.mostRate() / pace.slots() / factor : 0;
    }
    return use;
  }

  /** All slots are taken, and adapters wait for one. */
  private double[][] allSlots(Pace pace, SlotSetting.Line line, double fullSeconds) {
    double[][] use = running(pace, line.mostRunning());
    for (int k = 0; k < classes.size(); k++) {
      TrafficClass c = classes.get(k);
      if (c.rank() > pace.rank()) {
        continue;
      }
      use[0][k] = time(pace, line, 0, fullSeconds);
      use[1][k] = use[0][k];
      double held =
          c.rank() == 0
              ? 0
              : DemandGrid.held(c.mostRate(), runSeconds(pace.shortest()), mostWaitSeconds);
      use[3][k] = held == 0 ? 0 : held / c.mostRate() / pace.slots() / factor;
    }
    return use;
  }

  /** Rows with requests running filled in, and infinite where a class cannot be served. */
  private double[][] running(Pace pace, double mostRunning) {
    double[][] use = new double[ROWS][classes.size()];
    for (int k = 0; k < classes.size(); k++) {
      if (classes.get(k).rank() > pace.rank()) {
        for (double[] row : use) {
          row[k] = Double.POSITIVE_INFINITY;
        }
      } else {
        use[2][k] = runSeconds(pace.shortest()) / mostRunning / factor;
      }
    }
    return use;
  }

  private double time(Pace pace, SlotSetting.Line line, double adapters, double startSeconds) {
    double share = outputTokens * line.secondsPerRunning() + line.secondsPerAdapter() * adapters;
    return share / (1 - startSeconds / pace.longest()) / factor;
  }

  /**
   * Says how full one GPU is with all of some traffic, in the region that suits it best.
   *
   * @param classes the traffic, as many classes as the capacity was tabulated for
   * @return the largest row of that region, above 1 if no region holds the traffic; infinite if the
   *     engine does not start for its ranks
   */
  double use(List<TrafficClass> classes) {
    double least = Double.POSITIVE_INFINITY;
    for (double[][] use : regions) {
      double most = 0;
      for (double[] row : use) {
        double sum = 0;
        for (int k = 0; k < row.length; k++) {
          sum += row[k] * classes.get(k).sumRate();
        }
        most = Math.max(most, sum);
      }
      least = Math.min(least, most);
    }
    return least;
  }

  private static double active(TrafficClass c, double run) {
    return 1 - StrictMath.exp(-c.mostRate() * run);
  }
}
