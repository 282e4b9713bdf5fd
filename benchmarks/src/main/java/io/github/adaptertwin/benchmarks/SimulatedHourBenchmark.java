package io.github.adaptertwin.benchmarks;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.PoissonSource;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The simulated hour: generation of the requests, the run, and its report with percentiles, on a
 * reused replica. Llama-3.1-8B on an H100 64 GB with ShareGPT's lengths, the cases of arXiv
 * 2602.24044, where at most 24,000 requests wait. The paper's twin takes 1.40 s (A_LOW), 3.67 s
 * (A_HIGH), 9.13 s (B_LOW), 9.54 s (B_HIGH), .94 s (D_VLOW) and 108.5 s (E_SKEW) for them.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar SimulatedHourBenchmark -prof gc</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SimulatedHourBenchmark {
  private static final int WAITING_CAP = 24_000;

  /** Which of the paper's cases. */
  public enum Case {
    /** 96 adapters, 96 slots, .1, .05 and .025 requests per second. */
    A_LOW(96, 96, 8, 235_584, 0.1, 0.05, 0.025),
    /** 96 adapters, 96 slots, 1.6, .8 and .4 requests per second. */
    A_HIGH(96, 96, 8, 235_584, 1.6, 0.8, 0.4),
    /** 384 adapters, 96 slots, .1, .05 and .025 requests per second. */
    B_LOW(384, 96, 8, 235_584, 0.1, 0.05, 0.025),
    /** 384 adapters, 96 slots, 1.6, .8 and .4 requests per second. */
    B_HIGH(384, 96, 8, 235_584, 1.6, 0.8, 0.4),
    /** 384 adapters, 192 slots, .0125, .00625 and .003125 requests per second. */
    D_VLOW(384, 192, 8, 163_456, 0.0125, 0.00625, 0.003125),
    /** 64 adapters, 16 slots, 1.6, .00625 and .003125 requests per second. */
    E_SKEW(64, 16, 16, 296_000, 1.6, 0.00625, 0.003125);

    private final int adapters;
    private final int slots;
    private final int rank;
    private final int kvTokens;
    private final ImmutableList<Double> rates;

    Case(int adapters, int slots, int rank, int kvTokens, Double... rates) {
      this.adapters = adapters;
      this.slots = slots;
      this.rank = rank;
      this.kvTokens = kvTokens;
      this.rates = ImmutableList.copyOf(rates);
    }
  }

  /** The case. */
  @Param public Case scenario = Case.A_LOW;

  private final RunOptions options = RunOptions.ofSeconds(3600);
  private Replica replica = replica(workload(Case.A_LOW), Case.A_LOW);
  private Workload workload = workload(Case.A_LOW);
  private long seed;

  static Workload workload(Case hour) {
    return Workload.poisson(
        "llama-3.1-8b-instruct",
        DealtAdapters.of("a", hour.adapters, List.of(hour.rank), hour.rates),
        TruncatedGammaPair.shareGpt(196.5).pool(),
        3600);
  }

  static Replica replica(Workload workload, Case hour) {
    EngineConfig config =
        EngineConfig.builder()
            .adapters(workload.loraAdapters())
            .maxLoras(hour.slots)
            .maxLoraRank(hour.rank)
            .maxCpuLoras(hour.adapters)
            .kvBlocks(hour.kvTokens / 16)
            .maxNumSeqs(2048)
            .maxNumBatchedTokens(2048)
            .build();
    return Replica.of(
        config,
        StepTimeModel.of(
            Gpus.named("h100-64gb-sxm"),
            Models.named("llama-3.1-8b-instruct"),
            EngineVersion.VLLM_0_8_5));
  }

  /** Makes the replica, which keeps its memory from hour to hour. */
  @Setup
  public void prepare() {
    workload = workload(scenario);
    replica = replica(workload, scenario);
  }

  /** One simulated hour, another one each time. */
  @Benchmark
  public ReplicaReport hour() {
    PoissonSource requests =
        PoissonSource.of(workload.adapters(), workload.lengths(), seed++, 0)
            .withWaitingCap(WAITING_CAP);
    return replica.run(requests, options);
  }
}
