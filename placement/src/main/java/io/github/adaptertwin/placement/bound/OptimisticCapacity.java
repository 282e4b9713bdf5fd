package io.github.adaptertwin.placement.bound;

import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.placement.bound.TrafficClasses.TrafficClass;
import io.github.adaptertwin.placement.capacity.DemandGrid;
import io.github.adaptertwin.placement.capacity.SlotSetting;
import io.github.adaptertwin.placement.capacity.SteadyState;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * What one GPU can serve at most, as a union of linear regions. For a setting of (slots, rank) and
 * a mean running time x of a request, Little's law makes everything linear in the rates: rate * x
 * requests run, which the KV cache bounds; the step time, output * (start + slope * running +
 * adapters in the batch) must not exceed x; and the slots held must not exceed the slots. A region
 * gives, for each class of traffic, the use of each of these three by one request per second.
 *
 * <p>It errs on the optimistic side: the step time is a line below the law of the twin, loads cost
 * nothing, every adapter may wait a quarter of the horizon for its slot (beyond a fifth, the
 * backlog alone is a tenth of all requests), and the whole is scaled up by a factor that covers the
 * largest excess of the twin over the steady state.
 */
final class OptimisticCapacity {
  /** Rows of a region: time, requests running, slots. */
  static final int ROWS = 3;

  private static final double MOST_WAIT_SHARE = 0.25;
  private static final double SHORTEST_STEP_SECONDS = 0.006;
  private static final double STEP_RATIO = 1.06;
  private static final int RUN_TIMES = 70;

  /** Regions: use[region][row][class], by one request per second; infinite where a class cannot. */
  final List<double[][]> regions = new ArrayList<>();

  /**
   * Tabulates the regions.
   *
   * @param model the steady state
   * @param version says which ranks the engine accepts
   * @param slots slots to choose from
   * @param classes the traffic
   * @param horizonSeconds length of the run that a plan is judged by
   * @param factor by which the twin may exceed the steady state, at least 1
   */
  OptimisticCapacity(
      SteadyState model,
      EngineVersion version,
      List<Integer> slots,
      List<TrafficClass> classes,
      double horizonSeconds,
      double factor) {
    TreeSet<Integer> ranks = new TreeSet<>();
    for (TrafficClass c : classes) {
      ranks.add(c.rank() == 0 ? 0 : version.maxLoraRankFor(c.rank()));
    }
    double output = model.lengths().outputTokens();
    for (int rank : ranks) {
      for (int count : rank == 0 ? List.of(0) : slots) {
        SlotSetting setting = model.setting(count, Math.max(1, rank));
        if (!setting.starts()) {
          continue;
        }
        SlotSetting.Line line = setting.line();
        double step = SHORTEST_STEP_SECONDS;
        for (int i = 0; i < RUN_TIMES; i++, step *= STEP_RATIO) {
          addRegions(line, rank, step * output, output, classes, horizonSeconds, factor);
        }
      }
    }
  }

  private void addRegions(
      SlotSetting.Line line,
      int rank,
      double run,
      double output,
      List<TrafficClass> classes,
      double horizonSeconds,
      double factor) {
    // A set that runs for any time of the interval below this point must be inside. Divided by the
    // running time, the law of the step time falls with it, so the upper end counts there; requests
    // and slots grow with it, so the lower end counts for them.
    double shortest = run / STEP_RATIO;
    double freeTime = 1 - output * line.startSeconds() / run;
    double fullTime = freeTime - output * line.secondsPerAdapter() * line.slots() / run;
    if (freeTime > 0) {
      regions.add(
          region(line, rank, shortest, output, classes, freeTime, factor, 0, horizonSeconds));
    }
    if (fullTime > 0 && line.slots() > 0) {
      regions.add(
          region(line, rank, shortest, output, classes, fullTime, factor, 1, horizonSeconds));
    }
  }

  /** Kind 0: slots are not short, every active adapter has one. Kind 1: all slots are taken. */
  private static double[][] region(
      SlotSetting.Line line,
      int rank,
      double run,
      double output,
      List<TrafficClass> classes,
      double time,
      double factor,
      int kind,
      double horizonSeconds) {
    double[][] use = new double[ROWS][classes.size()];
    for (int k = 0; k < classes.size(); k++) {
      TrafficClass c = classes.get(k);
      if (c.rank() > rank) {
        use[0][k] = use[1][k] = use[2][k] = Double.POSITIVE_INFINITY;
        continue;
      }
      double active = 0;
      double held = 0;
      if (c.rank() > 0) {
        active = (1 - StrictMath.exp(-c.mostRate() * run)) / c.mostRate();
        held =
            kind == 0
                ? active
                : DemandGrid.held(c.mostRate(), run, MOST_WAIT_SHARE * horizonSeconds)
                    / c.mostRate();
      }
      double share = output * line.secondsPerRunning();
      if (kind == 0 && c.rank() > 0) {
        double longest = run * STEP_RATIO;
        double activeLater = (1 - StrictMath.exp(-c.mostRate() * longest)) / c.mostRate();
        share += output * line.secondsPerAdapter() * activeLater / longest;
      }
      use[0][k] = share / time / factor;
      use[1][k] = run / line.mostRunning() / factor;
      use[2][k] = line.slots() == 0 ? 0 : held / line.slots() / factor;
    }
    return use;
  }
}
