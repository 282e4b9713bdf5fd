package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
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
 * The replica's step loop: an hour of Llama-3.1-8B on an H100 64 GB with 96 adapter slots, 250
 * tokens in and 231 out, the cases of arXiv 2602.24044. The paper's twin takes 1.40 s (A-low), 3.67
 * s (A-high), 9.13 s (B-low) and 9.54 s (B-high) for them.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar SimulatedHourBenchmark -prof gc</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class SimulatedHourBenchmark {
  /** Which of the paper's cases. */
  public enum Case {
    /** 96 adapters, .1, .05 and .025 requests per second. */
    A_LOW(96, 0.1),
    /** 96 adapters, 1.6, .8 and .4 requests per second. */
    A_HIGH(96, 1.6),
    /** 384 adapters, .1, .05 and .025 requests per second. */
    B_LOW(384, 0.1),
    /** 384 adapters, 1.6, .8 and .4 requests per second. */
    B_HIGH(384, 1.6);

    private final int adapters;
    private final double rate;

    Case(int adapters, double rate) {
      this.adapters = adapters;
      this.rate = rate;
    }
  }

  /** The case. */
  @Param public Case hour = Case.A_LOW;

  private Replica replica = replica(Case.A_LOW);
  private RequestTrace trace = RequestTrace.builder(0).build();
  private final RunOptions options = RunOptions.ofSeconds(3600).withDetail(ReportDetail.SUMMARY);

  private static Workload workload(Case hour) {
    return Workload.poisson(
        "llama-3.1-8b-instruct",
        DealtAdapters.of(
            "a", hour.adapters, List.of(8), List.of(hour.rate, hour.rate / 2, hour.rate / 4)),
        new FixedLengths(250, 231),
        3600);
  }

  private static Replica replica(Case hour) {
    EngineConfig config =
        EngineConfig.builder()
            .adapters(workload(hour).loraAdapters())
            .maxLoras(96)
            .maxLoraRank(8)
            .maxCpuLoras(hour.adapters)
            .kvBlocks(235_584 / 16)
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

  /** Makes the requests, whose cost is not measured. */
  @Setup
  public void prepare() {
    replica = replica(hour);
    trace = workload(hour).generate(1, 0);
  }

  /** One simulated hour on a reused replica. */
  @Benchmark
  public ReplicaReport hour() {
    return replica.run(trace, options);
  }
}
