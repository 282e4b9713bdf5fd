package io.github.adaptertwin.surrogate.spark;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.surrogate.RunMap;
import io.github.adaptertwin.surrogate.RunTask;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;

/**
 * Does tasks on the active Spark context: tasks and results travel by Java serialisation, and
 * results come back in the order of the tasks, slice by slice. Spark ({@code spark-core_2.13} or
 * {@code spark-sql_2.13}, version 4) has to be on the class path, and a context or session has to
 * run. Immutable and thread-safe.
 *
 * @param slices in how many parts the tasks are cut, at least 1; some times the number of cores
 */
public record SparkRuns(int slices) implements RunMap {
  /**
   * Checks the number of slices.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public SparkRuns {
    if (slices < 1) {
      throw new IllegalArgumentException("slices are " + slices + ", must be at least 1");
    }
  }

  /** What is done on the machines; a class, because Spark looks into lambdas. */
  private static final class Run<R> implements Function<RunTask<R>, R> {
    private static final long serialVersionUID = 1L;

    @Override
    public R call(RunTask<R> task) {
      return task.run();
    }
  }

  /** {@inheritDoc} Spark itself complains if no context runs and no master is set. */
  @Override
  public <R> void run(List<? extends RunTask<R>> tasks, Sink<R> sink) {
    if (tasks.isEmpty()) {
      return;
    }
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(SparkContext.getOrCreate());
    ImmutableList<RunTask<R>> all = ImmutableList.copyOf(tasks);
    Iterator<R> results =
        spark.parallelize(all, Math.min(slices, all.size())).map(new Run<R>()).collect().iterator();
    for (int task = 0; results.hasNext(); task++) {
      sink.done(task, results.next());
    }
  }
}
