package io.github.adaptertwin.placement.verify;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.memory.MemoryPlan;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.Prediction;
import io.github.adaptertwin.placement.capacity.TwinOracle;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs every GPU of a plan through the twin, on several replications. With the fixed shares of a
 * plan the GPUs of a cluster are independent, so they run in parallel; the verdicts do not depend
 * on the number of threads. Immutable and thread-safe.
 */
public final class Verifier {
  private final ModelSpec model;
  private final Calibration calibration;
  private final ImmutableList<FeasibilityRule> rules;
  private final int replications;
  private final int threads;

  /**
   * Makes a verifier.
   *
   * @param model the base model
   * @param calibration the engine version, and what is known of its step times
   * @param rules what every run must keep, at least one
   * @param replications runs of each GPU, at least 1
   * @param threads runs that go on at once, at least 1
   */
  public Verifier(
      ModelSpec model,
      Calibration calibration,
      List<FeasibilityRule> rules,
      int replications,
      int threads) {
    if (replications < 1 || threads < 1) {
      throw new IllegalArgumentException(
          "there are "
              + replications
              + " replications and "
              + threads
              + " threads, both must be at least 1");
    }
    this.model = model;
    this.calibration = calibration;
    this.rules = ImmutableList.copyOf(rules);
    this.replications = replications;
    this.threads = threads;
  }

  /**
   * Verifies a plan.
   *
   * @param gpus its GPUs
   * @param seed of the generated requests
   * @param progress hears of each GPU and may cancel
   * @return a verdict for each GPU, in the same order; unmodifiable
   */
  public List<GpuVerdict> verify(List<PlannedGpu> gpus, long seed, Progress progress) {
    if (threads == 1 || gpus.size() == 1) {
      ImmutableList.Builder<GpuVerdict> verdicts = ImmutableList.builder();
      for (int g = 0; g < gpus.size(); g++) {
        verdicts.add(verifyOne(gpus.get(g), g, seed));
        progress.done("GPUs verified", g + 1L, gpus.size());
      }
      return verdicts.build();
    }
    ExecutorService workers = Executors.newFixedThreadPool(Math.min(threads, gpus.size()));
    try {
      List<Future<GpuVerdict>> pending = new ArrayList<>();
      for (int g = 0; g < gpus.size(); g++) {
        int index = g;
        pending.add(workers.submit(() -> verifyOne(gpus.get(index), index, seed)));
      }
      ImmutableList.Builder<GpuVerdict> verdicts = ImmutableList.builder();
      for (int g = 0; g < gpus.size(); g++) {
        verdicts.add(pending.get(g).get());
        progress.done("GPUs verified", g + 1L, gpus.size());
      }
      return verdicts.build();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while verifying");
    } catch (ExecutionException e) {
      throw new IllegalStateException("a verification run failed: " + e.getCause(), e.getCause());
    } finally {
      workers.shutdownNow();
    }
  }

  private GpuVerdict verifyOne(PlannedGpu gpu, int index, long seed) {
    if (gpu.traffic().ratePerSecond() == 0) {
      return new GpuVerdict(ImmutableList.of(), null); // It stands by.
    }
    // GPUs draw independently; only those that share an adapter must see the same requests.
    long own =
        gpu.traffic().isShared()
            ? seed
            : new RandomStreams(seed).stream("placement/verify/gpu-" + index, 0).nextLong();
    ImmutableList.Builder<Prediction> runs = ImmutableList.builder();
    for (int r = 0; r < replications; r++) {
      Assessment word = new TwinOracle(model, calibration, rules, own, r).assess(gpu.candidate());
      if (word instanceof Assessment.Refuses refuses) {
        MemoryPlan.Refused refusal = refuses.refusal();
        return new GpuVerdict(ImmutableList.of(), refusal);
      }
      runs.add(((Assessment.Serves) word).prediction());
      if (gpu.traffic().whole().isRecorded()) {
        break; // A recording is the same in every replication.
      }
    }
    return new GpuVerdict(runs.build(), null);
  }
}
