package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.engine.Cluster;
import io.github.adaptertwin.core.engine.EngineConfig;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.report.ClusterReport;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.gpu.spec.Models;
import io.github.adaptertwin.gpu.step.StepTimeModel;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.PoissonSource;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A cluster of 1,000 replicas for one hour: each serves 96 adapters of Llama-3.1-8B with ShareGPT's
 * lengths at 5.6 requests per second, 20 million requests in all, on all processors.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar ClusterBenchmark</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 3)
@Fork(1)
public class ClusterBenchmark {
  /** Number of replicas. */
  @Param("1000")
  public int replicas = 1000;

  /** An hour of the cluster. */
  @Benchmark
  public ClusterReport hour() {
    Workload workload =
        Workload.poisson(
            "llama-3.1-8b-instruct",
            DealtAdapters.of("a", 96, List.of(8), List.of(0.1, 0.05, 0.025)),
            TruncatedGammaPair.shareGpt(196.5).pool(),
            3600);
    EngineConfig engine =
        EngineConfig.builder()
            .adapters(workload.loraAdapters())
            .maxLoras(96)
            .maxLoraRank(8)
            .kvBlocks(235_584 / 16)
            .maxNumSeqs(2048)
            .maxNumBatchedTokens(2048)
            .build();
    StepTimeModel costs =
        StepTimeModel.of(
            Gpus.named("h100-64gb-sxm"),
            Models.named("llama-3.1-8b-instruct"),
            EngineVersion.VLLM_0_8_5);
    List<PoissonSource> sources =
        IntStream.range(0, replicas)
            .mapToObj(i -> PoissonSource.of(workload.adapters(), workload.lengths(), 1, i))
            .toList();
    return Cluster.of(Collections.nCopies(replicas, engine), costs)
        .runIndependently(sources, RunOptions.ofSeconds(3600), Progress.NONE);
  }
}
