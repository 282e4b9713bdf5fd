package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.PoissonSource;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.FixedLengths;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Simulated requests per second: an 8B model on an H100, Poisson arrivals at 20 requests per second
 * for 500 s (10,000 requests), 250 tokens in and 230 out, generation included. The case that
 * simulators of this kind publish: inference-sim 1,320 and Vidur 2,400 requests per second.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar RequestRateBenchmark -prof gc</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class RequestRateBenchmark {
  private static final int REQUESTS = 10_000;

  /** How much the report holds. */
  @Param public ReportDetail detail = ReportDetail.PERCENTILES;

  /** Adapters that share the load. */
  @Param({"1", "32"})
  public int adapters = 1;

  private Workload workload = workload(1);
  private Replica replica = replica(workload(1));
  private RunOptions options = RunOptions.ofSeconds(500);
  private long seed;

  private static Workload workload(int adapters) {
    return Workload.poisson(
        "llama-3.1-8b-instruct",
        DealtAdapters.of("a", adapters, List.of(8), List.of(20.0 / adapters)),
        new FixedLengths(250, 230),
        500);
  }

  private static Replica replica(Workload workload) {
    int adapters = workload.adapters().size();
    return Replica.of(
        EngineConfig.builder()
            .adapters(workload.loraAdapters())
            .maxLoras(adapters)
            .maxLoraRank(8)
            .kvBlocks(25_000)
            .maxNumSeqs(1024)
            .maxNumBatchedTokens(8192)
            .build(),
        StepTimeModel.of(
            Gpus.named("h100-64gb-sxm"),
            Models.named("llama-3.1-8b-instruct"),
            EngineVersion.VLLM_0_8_5));
  }

  /** Makes the replica. */
  @Setup
  public void prepare() {
    workload = workload(adapters);
    replica = replica(workload);
    options = options.withDetail(detail);
  }

  /** 500 simulated seconds, others each time. */
  @Benchmark
  @OperationsPerInvocation(REQUESTS)
  public ReplicaReport requests() {
    return replica.run(
        PoissonSource.of(workload.adapters(), workload.lengths(), seed++, 0), options);
  }
}
