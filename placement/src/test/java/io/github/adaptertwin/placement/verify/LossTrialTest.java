package io.github.adaptertwin.placement.verify;

import static io.github.adaptertwin.placement.Workloads.A100;
import static io.github.adaptertwin.placement.Workloads.H100;
import static io.github.adaptertwin.placement.Workloads.LLAMA;
import static io.github.adaptertwin.placement.Workloads.traffic;
import static io.github.adaptertwin.placement.Workloads.workload;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.adaptertwin.core.report.FeasibilityRule;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.GpuSpec;
import io.github.adaptertwin.gpu.spec.ModelSpec;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.Calibration;
import io.github.adaptertwin.placement.capacity.Assessment;
import io.github.adaptertwin.placement.capacity.GpuTraffic;
import io.github.adaptertwin.placement.capacity.SharedAdapter;
import io.github.adaptertwin.placement.capacity.TwinOracle;
import io.github.adaptertwin.placement.pack.PlannedGpu;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LossTrialTest {
  private static final long SEED = 5;

  private static LossTrial trial(FeasibilityRule... rules) {
    return new LossTrial(
        Models.named(LLAMA), Calibration.shipped(EngineVersion.VLLM_0_8_5), List.of(rules), 1);
  }

  /** Adapters dealt in turn to so many GPUs, the last of another kind if asked for. */
  private static List<PlannedGpu> gpus(int count, GpuSpec last, double... rates) {
    Workload workload = workload(traffic(2 * rates.length, rates));
    List<PlannedGpu> gpus = new ArrayList<>();
    for (int g = 0; g < count; g++) {
      List<SharedAdapter> parts = new ArrayList<>();
      for (int a = g; a < workload.adapters().size(); a += count) {
        AdapterTraffic adapter = workload.adapters().get(a);
        parts.add(new SharedAdapter(adapter, 0, 1));
      }
      gpus.add(
          new PlannedGpu(
              g == count - 1 ? last : H100, GpuTraffic.of(workload, parts), flags(parts.size())));
    }
    return gpus;
  }

  private static EngineFlags flags(int slots) {
    return EngineFlags.builder()
        .maxLoras(slots)
        .maxCpuLoras(Math.max(8, slots))
        .maxLoraRank(16)
        .maxModelLen(1024)
        .build();
  }

  @Test
  void who_cannot_take_over_is_named_and_who_can_is_not() {
    List<PlannedGpu> gpus = gpus(2, H100, 10.0, 0.1);
    LossTrial trial = trial(FeasibilityRule.THROUGHPUT_90);
    PlannedGpu strong = new PlannedGpu(H100, gpus.get(0).traffic(), flags(2));
    assertEquals(List.of(), trial.complaints(gpus, strong, SEED, 3));
    // An L4 serves the cold adapters in time, and twenty requests per second not.
    PlannedGpu weak =
        new PlannedGpu(
            io.github.adaptertwin.gpu.spec.Gpus.named("l4-24gb-pcie"),
            gpus.get(0).traffic(),
            flags(2));
    List<String> complaints = trial.complaints(gpus, weak, SEED, 1);
    assertEquals(1, complaints.size(), complaints.toString());
    assertTrue(complaints.get(0).startsWith("the standby for GPU 0: "), complaints.toString());
  }

  @Test
  void who_serves_on_is_judged_too_unless_nobody_does() {
    // Nobody keeps the bound, and the standby is the same GPU: the loss is not its fault alone.
    LossTrial strict = trial(new FeasibilityRule.ThroughputShare(0.99));
    List<PlannedGpu> gpus = gpus(2, A100, 0.1, 12.0);
    PlannedGpu standby = new PlannedGpu(H100, gpus.get(0).traffic(), flags(2));
    List<String> all = strict.complaints(gpus, standby, SEED, 1);
    assertTrue(all.stream().allMatch(c -> c.startsWith("GPU 1: ")), all.toString());
    assertEquals(1, all.size(), all.toString());
    assertEquals(List.of(), strict.complaints(List.of(gpus.get(0)), standby, SEED, 1));
  }

  /** Sets of four cards, and for the second also a set of two: each is as fast as its set. */
  @Test
  void sets_of_cards_are_judged_with_the_step_times_of_their_set() {
    ModelSpec model = Models.named("llama-3.1-70b");
    List<FeasibilityRule> rules = List.of(FeasibilityRule.THROUGHPUT_90);
    Workload workload =
        Workload.of(model.name(), traffic(16, 0.6), new FixedLengths(250, 230), 600);
    List<SharedAdapter> parts = workload.adapters().stream().map(SharedAdapter::whole).toList();
    EngineFlags four = flags(16).toBuilder().tensorParallel(4).build();
    PlannedGpu gpu = new PlannedGpu(H100, GpuTraffic.of(workload, parts), four);
    Assessment alone =
        new TwinOracle(model, Calibration.shipped(EngineVersion.VLLM_0_8_5), rules, SEED, 0)
            .assess(gpu.candidate());
    assertTrue(alone.feasible(), alone.toString());
    LossTrial trial = new LossTrial(model, Calibration.shipped(EngineVersion.VLLM_0_8_5), rules, 1);
    assertEquals(List.of(), trial.complaints(List.of(gpu), gpu, SEED, 1));
    PlannedGpu two =
        new PlannedGpu(H100, gpu.traffic(), four.toBuilder().tensorParallel(2).build());
    List<String> mixed = trial.complaints(List.of(two, gpu), gpu, SEED, 1);
    assertEquals(1, mixed.size(), mixed.toString());
    assertTrue(mixed.get(0).startsWith("GPU 0: "), mixed.toString());
  }

  @Test
  void no_replication_is_refused() {
    List<PlannedGpu> gpus = gpus(2, H100, 1.0);
    Exception none =
        assertThrows(
            IllegalArgumentException.class,
            () -> trial(FeasibilityRule.THROUGHPUT_90).complaints(gpus, gpus.get(0), SEED, 0));
    assertTrue(none.getMessage().contains("0 replications"), none.getMessage());
  }

  /** That no GPU runs anew for the loss of another gives the same word as running all of them. */
  @Property(tries = 12)
  void every_loss_is_survived_if_and_only_if_each_whole_cluster_serves(
      @ForAll @DoubleRange(min = 1, max = 14) double hot,
      @ForAll @DoubleRange(min = 0.1, max = 14) double warm,
      @ForAll @IntRange(min = 2, max = 3) int count,
      @ForAll @IntRange(min = 1, max = 3) int slots,
      @ForAll boolean mixed) {
    List<PlannedGpu> gpus = gpus(count, mixed ? A100 : H100, hot, warm, 0.5);
    LossTrial trial = trial(new FeasibilityRule.ThroughputShare(0.975));
    PlannedGpu standby = new PlannedGpu(H100, gpus.get(0).traffic(), flags(slots));
    boolean all = true;
    for (int replication = 0; replication < 2; replication++) {
      for (int lost = 0; lost < count; lost++) {
        all &= trial.complaints(gpus, lost, standby, SEED, replication).isEmpty();
      }
    }
    assertEquals(all, trial.complaints(gpus, standby, SEED, 2).isEmpty());
  }
}
