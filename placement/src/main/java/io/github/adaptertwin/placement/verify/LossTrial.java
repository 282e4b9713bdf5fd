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
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.surrogate.serving.ServingTwin;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The cluster that is left when a GPU of a plan is lost: its requests go to the GPU that stands by,
 * which loads the adapters as they are asked for, and all others serve on. Every replica is judged.
 * Immutable and thread-safe.
 */
public final class LossTrial {
  private final ModelSpec model;
  private final EngineVersion version;
  private final ImmutableList<FeasibilityRule> rules;
  private final int threads;

  /**
   * Makes a trial.
   *
   * @param model the base model
   * @param version the engine version
   * @param rules what every replica must keep, at least one
   * @param threads replicas that run at once, at least 1; the outcome does not depend on it
   */
  public LossTrial(
      ModelSpec model, EngineVersion version, List<FeasibilityRule> rules, int threads) {
    this.model = model;
    this.version = version;
    this.rules = ImmutableList.copyOf(rules);
    this.threads = threads;
  }

  /**
   * Loses a GPU and runs the rest.
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
    ImmutableList.Builder<String> complaints = ImmutableList.builder();
    for (GpuSpec kind : left.stream().map(PlannedGpu::gpu).distinct().toList()) {
      int[] members =
          IntStream.range(0, left.size()).filter(g -> left.get(g).gpu().equals(kind)).toArray();
      complaints.addAll(run(left, members, kind, lost, seed, replication));
    }
    return complaints.build();
  }

  private List<String> run(
      List<PlannedGpu> left, int[] members, GpuSpec kind, int lost, long seed, int replication) {
    ServingTwin twin = ServingTwin.of(kind, model, version);
    List<EngineConfig> engines = new ArrayList<>();
    List<RequestSource> sources = new ArrayList<>();
    RunOptions options =
        RunOptions.ofSeconds(left.get(members[0]).traffic().whole().horizonSeconds());
    for (int g : members) {
      PlannedGpu gpu = left.get(g);
      MemoryPlan memory = twin.memory().plan(gpu.flags());
      if (!(memory instanceof MemoryPlan.Fits fits)) {
        return List.of(name(g, lost) + ": " + ((MemoryPlan.Refused) memory).message());
      }
      RequestSource source = gpu.traffic().source(seed, replication);
      sources.add(source);
      engines.add(
          twin.task(gpu.traffic().loraAdapters(), source, gpu.flags(), fits, options).config());
    }
    ClusterReport report =
        Cluster.of(engines, StepTimeModel.of(kind, model, version))
            .withThreads(threads)
            .runIndependently(sources, options, Progress.NONE);
    List<String> complaints = new ArrayList<>();
    for (FeasibilityRule rule : rules) {
      List<Verdict> verdicts = report.judge(rule);
      for (int i = 0; i < members.length; i++) {
        if (!verdicts.get(i).feasible()) {
          complaints.add(name(members[i], lost) + ": " + verdicts.get(i).reason());
        }
      }
    }
    return complaints;
  }

  private static String name(int gpu, int lost) {
    return gpu == lost ? "the standby for GPU " + gpu : "GPU " + gpu;
  }
}
