package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.Replica;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.request.RequestTrace;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One step inside a run of decode steps: 64 requests of 16 tokens in and 40,000 out, 40,000 steps.
 * What is allocated is the report, once a run.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar StepLoopBenchmark -prof gc</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StepLoopBenchmark {
  private static final int STEPS = 40_000;
  private static final int REQUESTS = 64;

  private final RequestTrace trace = trace();
  private final RunOptions options =
      RunOptions.ofSeconds(1).withAtHorizon(RunOptions.AtHorizon.DRAIN);
  private final Replica replica =
      Replica.of(
          EngineConfig.builder()
              .maxModelLen(STEPS + 16)
              .kvBlocks(REQUESTS * (STEPS / 16 + 2))
              .build(),
          StepTimeModel.of(
              Gpus.named("h100-64gb-sxm"),
              Models.named("llama-3.1-8b-instruct"),
              EngineVersion.VLLM_0_8_5));

  private static RequestTrace trace() {
    RequestTrace.Builder builder = RequestTrace.builder(0);
    for (int i = 0; i < REQUESTS; i++) {
      builder.add(0, -1, 16, STEPS);
    }
    return builder.build();
  }

  /** All steps; the figure is for one. */
  @Benchmark
  @OperationsPerInvocation(STEPS)
  public ReplicaReport steps() {
    return replica.run(trace, options);
  }
}
