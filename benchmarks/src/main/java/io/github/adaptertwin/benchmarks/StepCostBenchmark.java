package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.engine.BatchShape;
import io.github.adaptertwin.core.engine.BoundStepCosts;
import io.github.adaptertwin.core.engine.EngineConfig;
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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What one evaluation of a step's time costs once a profile is bound, and what binding costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class StepCostBenchmark {
  private static final int SHAPES = 1024;

  private final BatchShape[] shapes = new BatchShape[SHAPES];
  private StepTimeModel model =
      StepTimeModel.of(
          Gpus.named("h100-64gb-sxm"),
          Models.named("llama-3.1-8b-instruct"),
          EngineVersion.VLLM_0_8_5);
  private EngineConfig config =
      EngineConfig.builder()
          .kvBlocks(20_000)
          .maxLoras(96)
          .maxLoraRank(16)
          .maxNumSeqs(2048)
          .maxNumBatchedTokens(2048)
          .build();
  private BoundStepCosts costs = model.bind(config);
  private int next;

  /** Makes shapes of 1 to 1,024 decodes, every eighth with a prefill chunk. */
  @Setup
  public void makeShapes() {
    for (int i = 0; i < SHAPES; i++) {
      BatchShape shape = new BatchShape();
      shape.decodeRequests = 1 + i * 17 % SHAPES;
      shape.distinctAdapters = Math.min(96, shape.decodeRequests);
      shape.loraTokens = shape.decodeRequests;
      if (i % 8 == 0) {
        shape.addChunk(200, 0, true);
      }
      shapes[i] = shape;
    }
  }

  /**
   * One step.
   *
   * @return its time
   */
  @Benchmark
  public long stepEvaluation() {
    next = (next + 1) & (SHAPES - 1);
    BatchShape shape = shapes[next];
    return costs.computePicos(shape)
        + costs.picosPerContextToken() * 1000
        + costs.schedulingPicos(shape.decodeRequests, next, 0);
  }

  /**
   * Binding a profile to an engine, once a run.
   *
   * @return the bound costs
   */
  @Benchmark
  public BoundStepCosts binding() {
    return model.bind(config);
  }
}
