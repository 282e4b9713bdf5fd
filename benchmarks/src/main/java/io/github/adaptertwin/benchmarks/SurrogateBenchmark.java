package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.surrogate.Workers;
import io.github.adaptertwin.surrogate.data.Dataset;
import io.github.adaptertwin.surrogate.distill.Distiller;
import io.github.adaptertwin.surrogate.ensemble.RandomForest;
import io.github.adaptertwin.surrogate.ensemble.RandomForestTrainer;
import io.github.adaptertwin.surrogate.model.CompiledTree;
import io.github.adaptertwin.surrogate.model.CompiledTrees;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Nanoseconds a row of a forest of 100 trees of 256 leaves, and of the tree of 64 leaves that is
 * distilled from it, on rows that were never seen before (so that branches cannot be remembered).
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar SurrogateBenchmark -prof gc</pre>
 */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up first.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SurrogateBenchmark {
  private static final int ROWS = 1 << 14;

  private final double[][] rows = new double[ROWS][];
  private double[] flat = {};
  private final double[] predictions = new double[ROWS];
  private CompiledTrees forest;
  private CompiledTree tree;
  private Workers workers;

  /** Trains on 45,000 rows of Friedman's first problem. */
  @Setup
  public void train() {
    Dataset data = FriedmanData.of(1, 45_000, true, 1);
    RandomForest trained = RandomForestTrainer.usual().fit(data, 2);
    forest = CompiledTrees.of(trained.trees());
    tree = CompiledTree.of(new Distiller(64, 5, 0, 1).distil(trained, data).tree());
    Dataset unseen = FriedmanData.of(1, ROWS, false, 2);
    flat = new double[ROWS * unseen.width()];
    for (int r = 0; r < ROWS; r++) {
      rows[r] = unseen.row(r);
      System.arraycopy(rows[r], 0, flat, r * unseen.width(), unseen.width());
    }
    workers = new Workers(2);
  }

  /** Ends the threads. */
  @TearDown
  public void close() {
    workers.close();
  }

  /** {@return sum over the rows, each predicted by itself by the distilled tree} */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public double distilledTree() {
    double sum = 0;
    for (double[] row : rows) {
      sum += tree.predict(row);
    }
    return sum;
  }

  /** {@return sum over the rows, each predicted by itself by the forest} */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public double forestOneRow() {
    double sum = 0;
    for (double[] row : rows) {
      sum += forest.predict(row);
    }
    return sum;
  }

  /** {@return predictions of the forest for all rows in one call on one thread} */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public double[] forestBatch() {
    forest.predict(flat, predictions);
    return predictions;
  }

  /** {@return predictions of the forest for all rows in one call on two threads} */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public double[] forestBatchTwoThreads() {
    forest.predict(flat, predictions, workers);
    return predictions;
  }
}
