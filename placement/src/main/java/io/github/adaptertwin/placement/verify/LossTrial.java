package io.github.adaptertwin.placement.verify;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.Cluster;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.ClusterReport;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.core.report.Verdict;
import io.github.adaptertwin.core.request.RequestSource;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The cluster that is left when a GPU of a plan is lost: its requests go to the GPU that stands by,
 * which loads the adapters as they are asked for, and all others serve on. Every replica is judged.
 *
 * <p>With the fixed shares of a plan the replicas of a cluster do not touch each other, so one that
 * is not lost serves the same requests in the same way whichever other one is lost. All losses
 * together therefore take two runs of each load: where it is, and on the GPU that stands by.
 * Immutable and thread-safe.
 */
public final class LossTrial {
  private final ModelSpec model;
  private final Calibration calibration;
  private final ImmutableList<FeasibilityRule> rules;
  private final int threads;

  /**
   * Makes a trial.
   *
   * @param model the base model
   * @param calibration the engine version, and what is known of its step times
   * @param rules what every replica must keep, at least one
   * @param threads replicas that run at once, at least 1; the outcome does not depend on it
   */
  public LossTrial(
      ModelSpec model, Calibration calibration, List<FeasibilityRule> rules, int threads) {
    this.model = model;
    this.calibration = calibration;
    this.rules = ImmutableList.copyOf(rules);
    this.threads = threads;
  }

  /**
   * Loses each GPU in turn.
   *
   * @param gpus the GPUs that serve, at least one
   * @param standby the GPU that stands by; its traffic does not count
   * @param seed of the generated requests, the same for all replicas
   * @param replications how many times, on other requests each, at least 1; a recording is run once
   * @return what is wrong in the first replication in which anything is, one entry for each broken
   *     rule or refused start: of the GPU that stands by, or where it takes over every load, of
   *     those that serve on; empty if every loss is survived
   * @throws IllegalArgumentException if there are no replications
   */
  public List<String> complaints(
      List<PlannedGpu> gpus, PlannedGpu standby, long seed, int replications) {
    if (replications < 1) {
      throw new IllegalArgumentException(
          "there are " + replications + " replications, must be at least 1");
    }
    List<PlannedGpu> takeovers =
        gpus.stream()
            .map(gpu -> new PlannedGpu(standby.gpu(), gpu.traffic(), standby.flags()))
            .collect(ImmutableList.toImmutableList());
    int runs = gpus.get(0).traffic().whole().isRecorded() ? 1 : replications;
    for (int r = 0; r < runs; r++) {
      List<String> complaints = judge(takeovers, LossTrial::standbyFor, seed, r);
      if (complaints.isEmpty() && gpus.size() > 1) {
        complaints = judge(gpus, LossTrial::servingOn, seed, r);
      }
      if (!complaints.isEmpty()) {
        return complaints;
      }
    }
    return ImmutableList.of();
  }

  /**
   * Loses a GPU and runs the whole rest.
   *
   * @param gpus the GPUs that serve
   * @param lost which of them is lost
   * @param standby the GPU that stands by; its traffic does not count
   * @param seed of the generated requests, the same for all replicas
   * @param replication which replication of them
   * @return what is wrong, one entry for each broken rule or refused start; empty if nothing
   */
  public List<String> complaints(
      List<PlannedGpu> gpus, int lost, PlannedGpu standby, long seed, int replication) {
    List<PlannedGpu> left = new ArrayList<>(gpus);
    left.set(lost, new PlannedGpu(standby.gpu(), gpus.get(lost).traffic(), standby.flags()));
    return judge(left, g -> g == lost ? standbyFor(g) : servingOn(g), seed, replication);
  }

  /** What one cluster has in common: its step times are those of sets of so many such cards. */
  private record Kind(GpuSpec gpu, int tensorParallel) {
    static Kind of(PlannedGpu planned) {
      return new Kind(planned.gpu(), planned.flags().tensorParallel());
    }
  }

  private List<String> judge(
      List<PlannedGpu> gpus, IntFunction<String> names, long seed, int replication) {
    ImmutableList.Builder<String> complaints = ImmutableList.builder();
    for (Kind kind : gpus.stream().map(Kind::of).distinct().toList()) {
      int[] members =
          IntStream.range(0, gpus.size()).filter(g -> Kind.of(gpus.get(g)).equals(kind)).toArray();
      complaints.addAll(run(gpus, members, kind, names, seed, replication));
    }
    return complaints.build();
  }

  private List<String> run(
      List<PlannedGpu> gpus,
      int[] members,
      Kind kind,
      IntFunction<String> names,
      long seed,
      int replication) {
    ServingTwin twin = ServingTwin.of(kind.gpu(), model, calibration);
    List<EngineConfig> engines = new ArrayList<>();
    List<RequestSource> sources = new ArrayList<>();
    RunOptions options =
        RunOptions.ofSeconds(gpus.get(members[0]).traffic().whole().horizonSeconds());
    for (int g : members) {
      PlannedGpu gpu = gpus.get(g);
      MemoryPlan memory = twin.memory().plan(gpu.flags());
      if (!(memory instanceof MemoryPlan.Fits fits)) {
        return List.of(names.apply(g) + ": " + ((MemoryPlan.Refused) memory).message());
      }
      RequestSource source = gpu.traffic().source(seed, replication);
      sources.add(source);
      engines.add(
          twin.task(gpu.traffic().loraAdapters(), source, gpu.flags(), fits, options).config());
    }
    ClusterReport report =
        Cluster.of(
                engines,
                StepTimeModel.of(kind.gpu(), model, calibration)
                    .withTensorParallel(kind.tensorParallel()))
            .withThreads(threads)
            .runIndependently(sources, options, Progress.NONE);
    List<String> complaints = new ArrayList<>();
    for (FeasibilityRule rule : rules) {
      List<Verdict> verdicts = report.judge(rule);
      for (int i = 0; i < members.length; i++) {
        if (!verdicts.get(i).feasible()) {
          complaints.add(names.apply(members[i]) + ": " + verdicts.get(i).reason());
        }
      }
    }
    return complaints;
  }

  private static String standbyFor(int gpu) {
    return "the standby for GPU " + gpu;
  }

  private static String servingOn(int gpu) {
    return "GPU " + gpu;
  }
}
