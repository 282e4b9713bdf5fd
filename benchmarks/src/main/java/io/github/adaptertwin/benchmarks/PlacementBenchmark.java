package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.PlacementOptions;
import io.github.adaptertwin.placement.PlacementResult;
import io.github.adaptertwin.placement.Placer;
import io.github.adaptertwin.placement.Planner;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.TruncatedGammaPair;
import java.util.ArrayList;
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
 * Planning by the steady state alone, its tables warm: adapters of three ranks, all of different
 * rates, log-uniform over two decades, on GPUs of one kind without a limit.
 *
 * <pre>java -Xmx1g -jar benchmarks/target/benchmarks.jar PlacementBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx1g"})
public class PlacementBenchmark {
  /** Number of adapters. */
  @Param({"1280", "100000"})
  public int adapters = 1280;

  private Planner planner = planner();
  private Workload workload = workload(1280);

  private static Planner planner() {
    return Placer.with(
        PlacementOptions.builder()
            .oracle(PlacementOptions.Oracle.STEADY_STATE)
            .verificationReplications(0)
            .bounded(false)
            .build());
  }

  private static Workload workload(int count) {
    RandomStream draws = new RandomStreams(5).stream("benchmark/rates", 0);
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (int a = 0; a < count; a++) {
      double rate = 0.002 * StrictMath.pow(100, draws.nextDouble());
      adapters.add(new AdapterTraffic(new LoraAdapter("a" + a, 8 << a % 3), rate));
    }
    return Workload.poisson(
        "llama-3.1-8b-instruct", adapters, TruncatedGammaPair.shareGpt(196.5).pool(), 3600);
  }

  /** Makes the workload and plans once, which fills the tables. */
  @Setup
  public void prepare() {
    planner = planner();
    workload = workload(adapters);
    plan();
  }

  /** One plan. */
  @Benchmark
  public PlacementResult plan() {
    return planner.place(workload, Gpus.named("h100-80gb-sxm"));
  }
}
