package io.github.adaptertwin.surrogate.serving;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.engine.RunOptions;
import io.github.adaptertwin.core.progress.Progress;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.report.ReplicaReport;
import io.github.adaptertwin.core.report.ReportDetail;
import io.github.adaptertwin.gpu.memory.EngineFlags;
import io.github.adaptertwin.gpu.spec.EngineVersion;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.DealtAdapters;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.length.LengthLaw;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Which loads the twin is run on to make a training set. Run i draws its load from a stream of its
 * own (number of adapters and total rate log-uniform, ranks and spread of rates from short lists,
 * slots up to the adapters), so a plan of more runs begins with the runs of a smaller one. Loads
 * with which the engine does not start give no row.
 *
 * @param runs number of loads, at least 1
 * @param seed any value
 * @param lengths law of request lengths
 * @param mostAdapters largest number of adapters of a load, at least 4
 * @param leastRatePerSecond smallest total rate, above 0
 * @param mostRatePerSecond largest total rate, above the smallest
 * @param ranks ranks to mix, each accepted by the engine; at least one
 * @param flags flags of every load but slots and ranks
 * @param horizonSeconds length of a run, above 0
 */
public record TrainingPlan(
    int runs,
    long seed,
    LengthLaw lengths,
    int mostAdapters,
    double leastRatePerSecond,
    double mostRatePerSecond,
    List<Integer> ranks,
    EngineFlags flags,
    double horizonSeconds) {
  private static final int FEWEST_ADAPTERS = 4;

  /** Ratios between the largest and the smallest rate of a load. */
  private static final double[] SPREADS = {1, 4, 16};

  /**
   * Checks the plan.
   *
   * @throws IllegalArgumentException if a figure is outside its bound
   */
  public TrainingPlan {
    ranks = ImmutableList.copyOf(ranks);
    if (runs < 1 || mostAdapters < FEWEST_ADAPTERS || ranks.isEmpty()) {
      throw new IllegalArgumentException(
          "plan has "
              + runs
              + " runs, up to "
              + mostAdapters
              + " adapters and "
              + ranks.size()
              + " ranks; at least 1, "
              + FEWEST_ADAPTERS
              + " and 1 are needed");
    }
    if (!(leastRatePerSecond > 0 && mostRatePerSecond > leastRatePerSecond)) {
      throw new IllegalArgumentException(
          "rates are ["
              + leastRatePerSecond
              + ", "
              + mostRatePerSecond
              + "] requests/s; the smaller must be above 0 and below the larger");
    }
  }

  /** One row of a training set; immutable. */
  public static final class Row {
    private final double[] features;
    private final ReplicaReport report;

    Row(double[] features, ReplicaReport report) {
      this.features = features;
      this.report = report;
    }

    /** {@return a copy of the load's features, see {@link ServingFeatures}} */
    public double[] features() {
      return features.clone();
    }

    /** {@return what the twin made of the load} */
    public ReplicaReport report() {
      return report;
    }
  }

  /**
   * Runs the plan. The rows do not depend on the number of threads.
   *
   * @param twin the GPU and model
   * @param version the engine version, for the accepted ranks
   * @param threads how many runs go on at once, at least 1
   * @param progress hears of each run
   * @return a row for each load with which the engine starts, in order of the loads
   */
  public List<Row> run(ServingTwin twin, EngineVersion version, int threads, Progress progress) {
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      List<Future<@Nullable Row>> pending = new ArrayList<>();
      for (int i = 0; i < runs; i++) {
        int index = i;
        pending.add(workers.submit(() -> runOne(twin, version, index)));
      }
      ImmutableList.Builder<Row> rows = ImmutableList.builder();
      for (int i = 0; i < runs; i++) {
        Row row = pending.get(i).get();
        if (row != null) {
          rows.add(row);
        }
        progress.done("training runs", i + 1L, runs);
      }
      return rows.build();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.util.concurrent.CancellationException("interrupted while training");
    } catch (ExecutionException e) {
      throw new IllegalStateException("a training run failed: " + e.getCause(), e.getCause());
    } finally {
      workers.shutdownNow();
    }
  }

  private @Nullable Row runOne(ServingTwin twin, EngineVersion version, int index) {
    RandomStream stream = new RandomStreams(seed).stream("training", index);
    int adapters = (int) logUniform(stream, FEWEST_ADAPTERS, mostAdapters + 1.0);
    int firstRank = stream.nextInt(ranks.size());
    int lastRank = firstRank + stream.nextInt(ranks.size() - firstRank);
    List<Integer> mix = ranks.subList(firstRank, lastRank + 1);
    double total = logUniform(stream, leastRatePerSecond, mostRatePerSecond);
    double spread = SPREADS[stream.nextInt(SPREADS.length)];
    int slots = 1 + stream.nextInt(adapters);
    List<Double> shape = List.of(1.0, Math.sqrt(spread), spread);
    double sum = 0;
    for (int a = 0; a < adapters; a++) {
      sum += shape.get(a % shape.size());
    }
    double unit = total / sum;
    List<AdapterTraffic> traffic =
        DealtAdapters.of("adapter-", adapters, mix, shape.stream().map(s -> s * unit).toList());
    Workload workload = Workload.poisson(twin.model().name(), traffic, lengths, horizonSeconds);
    int largest = mix.stream().mapToInt(Integer::intValue).max().orElseThrow();
    EngineFlags load =
        flags.toBuilder()
            .maxLoras(slots)
            .maxLoraRank(version.maxLoraRankFor(largest))
            .maxCpuLoras(adapters)
            .build();
    RunOptions options = RunOptions.ofSeconds(horizonSeconds).withDetail(ReportDetail.SUMMARY);
    ServingTwin.Outcome outcome =
        twin.run(workload.loraAdapters(), workload.generate(seed, index), load, options);
    return outcome instanceof ServingTwin.Outcome.Served served
        ? new Row(ServingFeatures.of(workload, load, served.memory()), served.report())
        : null;
  }

  private static double logUniform(RandomStream stream, double least, double most) {
    return least * StrictMath.pow(most / least, stream.nextDouble());
  }
}
