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
import java.util.Locale;

/**
 * One process that simulates request after request: an 8B model on an H100 with 32 adapters at 20
 * requests per second, hour after simulated hour, each with other arrivals. Tells the memory in use
 * after a collection every so often; it ends with an error if the last tenth of the run holds more
 * than the first, beyond what a collection's moment makes of it.
 *
 * <pre>java -cp benchmarks/target/benchmarks.jar io.github.adaptertwin.benchmarks.Soak \
 *   --million 1000</pre>
 */
public final class Soak {
  private static final int ADAPTERS = 32;
  private static final double RATE_PER_SECOND = 20;
  private static final double HOUR_SECONDS = 3600;
  private static final int MARKS = 20;
  private static final double MILLION = 1e6;

  /** Objects of the JVM itself come and go by this much. */
  private static final long SLACK_BYTES = 1L << 20;

  private Soak() {}

  /**
   * Runs it.
   *
   * @param args {@code --million N}: at least so many million requests, 1,000 by default
   */
  public static void main(String[] args) {
    long goal =
        (long) (MILLION * Options.parse(List.of("--million"), args).number("--million", 1_000));
    Workload workload =
        Workload.poisson(
            "llama-3.1-8b-instruct",
            DealtAdapters.of("a", ADAPTERS, List.of(8), List.of(RATE_PER_SECOND / ADAPTERS)),
            new FixedLengths(250, 230),
            HOUR_SECONDS);
    Replica replica =
        Replica.of(
            EngineConfig.builder()
                .adapters(workload.loraAdapters())
                .maxLoras(ADAPTERS)
                .maxLoraRank(8)
                .kvBlocks(25_000)
                .maxNumSeqs(1024)
                .maxNumBatchedTokens(8192)
                .build(),
            StepTimeModel.of(
                Gpus.named("h100-64gb-sxm"),
                Models.named("llama-3.1-8b-instruct"),
                EngineVersion.VLLM_0_8_5));
    RunOptions options = RunOptions.ofSeconds(HOUR_SECONDS).withDetail(ReportDetail.PERCENTILES);
    long requests = 0;
    long completed = 0;
    long hours = 0;
    long[] used = new long[MARKS];
    int mark = 0;
    long begin = System.nanoTime();
    while (requests < goal) {
      ReplicaReport report =
          replica.run(PoissonSource.of(workload.adapters(), workload.lengths(), hours, 0), options);
      requests += report.requests().arrived();
      completed += report.requests().completed();
      hours++;
      while (mark < MARKS && requests >= goal / MARKS * (mark + 1)) {
        used[mark++] = usedBytes();
        System.out.printf(
            Locale.ROOT,
            "%,d requests, %,d completed, %,d hours, %.2f M requests/s, %,d bytes in use%n",
            requests,
            completed,
            hours,
            requests / MILLION / ((System.nanoTime() - begin) / 1e9),
            used[mark - 1]);
      }
    }
    long first = Math.max(used[0], used[1]);
    long last = Math.min(used[MARKS - 1], used[MARKS - 2]);
    System.out.printf(Locale.ROOT, "first tenth %,d bytes, last tenth %,d bytes%n", first, last);
    if (last > first + SLACK_BYTES) {
      throw new IllegalStateException("memory grows: " + (last - first) + " bytes");
    }
  }

  private static long usedBytes() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
