package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.ensemble.GradientBoostingTrainer;
import io.github.adaptertwin.surrogate.ensemble.Loss;
import io.github.adaptertwin.surrogate.ensemble.RandomForest;
import io.github.adaptertwin.surrogate.ensemble.RandomForestTrainer;
import io.github.adaptertwin.surrogate.ensemble.TreeEnsemble;
import java.util.concurrent.TimeUnit;
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
 * Training on 45,000 rows of 10 features (Friedman's first problem): a forest of 100 trees of 256
 * leaves with its out-of-bag error, and 200 rounds of boosting.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar TrainingBenchmark</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
@Fork(1)
public class TrainingBenchmark {
  private final Dataset data = FriedmanData.of(1, 45_000, true, 1);

  /** Threads that train. */
  @Param({"1", "2"})
  public int threads;

  /** {@return a forest} */
  @Benchmark
  public RandomForest forest() {
    return RandomForestTrainer.usual().fit(data, threads);
  }

  /** {@return a boosted model} */
  @Benchmark
  public TreeEnsemble boosting() {
    return GradientBoostingTrainer.builder(new Loss.Squared()).build().fit(data, threads);
  }
}
