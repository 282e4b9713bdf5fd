package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.request.LoraAdapter;
import io.github.adaptertwin.gpu.spec.Gpus;
import io.github.adaptertwin.placement.Evaluation;
import io.github.adaptertwin.placement.Placement;
import io.github.adaptertwin.placement.PlacementOptions;
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
 * The twin's verdict on a plan of 1,280 adapters: every GPU for one hour of simulated time, on one
 * and on three replications.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar VerificationBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class VerificationBenchmark {
  private static final int ADAPTERS = 1280;

  /** Replications of each GPU. */
  @Param({"1", "3"})
  public int replications = 1;

  private final Workload workload = workload();
  private Planner judge = planner(1);
  private Placement plan = plan(workload);

  private static Workload workload() {
    RandomStream draws = new RandomStreams(5).stream("benchmark/rates", 0);
    List<AdapterTraffic> adapters = new ArrayList<>();
    for (int a = 0; a < ADAPTERS; a++) {
      double rate = 0.002 * StrictMath.pow(100, draws.nextDouble());
      adapters.add(new AdapterTraffic(new LoraAdapter("a" + a, 8 << a % 3), rate));
    }
    return Workload.poisson(
        "llama-3.1-8b-instruct", adapters, TruncatedGammaPair.shareGpt(196.5).pool(), 3600);
  }

  private static Planner planner(int replications) {
    return Placer.with(
        PlacementOptions.builder().verificationReplications(replications).bounded(false).build());
  }

  private static Placement plan(Workload workload) {
    return planner(1).place(workload, Gpus.named("h100-80gb-sxm")).orElseThrow();
  }

  /** Plans. */
  @Setup
  public void prepare() {
    judge = planner(replications);
    plan = plan(workload);
  }

  /** One verdict. */
  @Benchmark
  public Evaluation verify() {
    return judge.evaluate(plan, workload);
  }
}
