package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.surrogate.RunMap;
import java.util.List;

/**
 * Which loads the twin is run on to make a training set: points of a design in a space of loads,
 * for each of some cards and base models. Run i is a pure function of the plan and i, so the rows
 * are the same wherever and in whatever order they are computed.
 *
 * @param design how the points fill the space
 * @param runs number of runs for each card and base model, at least 1
 * @param seed any value; plans of different seeds have different loads and different requests
 * @param space the loads
 * @param gpus names of the cards, at least one
 * @param models names of the base models, at least one
 * @param version the engine version
 * @param horizonSeconds length of a run, above 0
 */
public record TrainingPlan(
    TrainingDesign design,
    int runs,
    long seed,
    TrainingSpace space,
    List<String> gpus,
    List<String> models,
    EngineVersion version,
    double horizonSeconds) {
  /**
   * Checks the plan.
   *
   * @throws IllegalArgumentException if a figure is outside its bound, or a card or base model is
   *     not known
   */
  public TrainingPlan {
    gpus = ImmutableList.copyOf(gpus);
    models = ImmutableList.copyOf(models);
    if (runs < 1 || gpus.isEmpty() || models.isEmpty()) {
      throw new IllegalArgumentException(
          "plan has "
              + runs
              + " runs, "
              + gpus.size()
              + " cards and "
              + models.size()
              + " base models; at least one of each is needed");
    }
    if (!(horizonSeconds > 0 && horizonSeconds < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "horizon is " + horizonSeconds + " s, must be above 0; 3600 is usual");
    }
    gpus.forEach(Gpus::named);
    models.forEach(Models::named);
  }

  /** {@return number of all runs: cards times base models times runs} */
  public int size() {
    return Math.multiplyExact(runs, gpus.size() * models.size());
  }

  TrainingRun task(int index) {
    int pairs = gpus.size() * models.size();
    int pair = index % pairs;
    double[] point = design.point(index / pairs, runs, TrainingSpace.DIMENSIONS, seed);
    return new TrainingRun(
        index,
        gpus.get(pair % gpus.size()),
        models.get(pair / gpus.size()),
        version,
        space,
        point,
        seed,
        horizonSeconds);
  }

  /**
   * Runs the plan.
   *
   * @param map where the runs are done
   * @param progress hears of each run
   * @return a row for each run, in order; those that did not start included
   */
  public List<TrainingRow> run(RunMap map, Progress progress) {
    ImmutableList.Builder<TrainingRun> tasks = ImmutableList.builder();
    for (int i = 0; i < size(); i++) {
      tasks.add(task(i));
    }
    return map.map(tasks.build(), "training runs", progress);
  }

  /** {@return the plan in words: plans of equal words have equal rows} */
  public String describe() {
    return design
        + " of "
        + runs
        + " runs, seed "
        + seed
        + ", cards "
        + gpus
        + ", models "
        + models
        + ", engine "
        + version
        + ", horizon "
        + horizonSeconds
        + " s, "
        + space.describe();
  }
}
