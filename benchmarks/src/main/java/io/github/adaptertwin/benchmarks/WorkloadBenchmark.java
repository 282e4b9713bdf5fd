package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.core.request.RequestCursor;
import io.github.adaptertwin.workload.AdapterTraffic;
import io.github.adaptertwin.workload.Workload;
import io.github.adaptertwin.workload.arrival.ArrivalLaw;
import io.github.adaptertwin.workload.arrival.LognormalGaps;
import io.github.adaptertwin.workload.arrival.MmppArrivals;
import io.github.adaptertwin.workload.arrival.SessionArrivals;
import io.github.adaptertwin.workload.length.CoupledLengths;
import io.github.adaptertwin.workload.length.LengthFamily;
import io.github.adaptertwin.workload.length.LengthLaw;
import io.github.adaptertwin.workload.length.LengthMargin;
import io.github.adaptertwin.workload.popularity.Popularity;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Requests generated per second on one core, each with arrival, adapter, input and output: adapters
 * by Zipf's law of exponent .92, lognormal lengths. {@code POISSON} has one stream for all
 * adapters; the other laws have one for each, merged by time.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar WorkloadBenchmark -prof gc</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class WorkloadBenchmark {
  private static final int REQUESTS = 100_000;

  /** Laws of arrival. */
  public enum Law {
    /** Poisson arrivals. */
    POISSON,
    /** Gamma gaps of CV 2. */
    GAMMA,
    /** Two states. */
    MMPP,
    /** Sessions with a repeat probability of .79. */
    SESSIONS;

    private ArrivalLaw arrivals() {
      return switch (this) {
        case POISSON -> ArrivalLaw.poisson(1000);
        case GAMMA -> ArrivalLaw.gamma(1000, 2);
        case MMPP -> new MmppArrivals(500, 2000, 120, 60);
        case SESSIONS -> SessionArrivals.of(1000, 0.79, LognormalGaps.ofMedian(123, 1));
      };
    }
  }

  /** Law of arrival. */
  @Param public Law law = Law.POISSON;

  /** Adapters that share the requests. */
  @Param({"96", "1000"})
  public int adapters = 96;

  private RequestCursor cursor = workload(Law.POISSON, 1).source(1, 0).open();

  private static LengthLaw lengths() {
    return new CoupledLengths(
            new LengthMargin.Restricted(LengthFamily.LOGNORMAL, 600, 700, 1, 8192),
            new LengthMargin.Restricted(LengthFamily.LOGNORMAL, 250, 220, 1, 4096),
            0,
            32_768)
        .pool();
  }

  private static Workload workload(Law law, int adapters) {
    return Workload.of(
        "llama-3.1-8b-instruct",
        AdapterTraffic.shared(
            "a", adapters, List.of(8), new Popularity.ZipfLaw(0.92), law.arrivals()),
        lengths(),
        9e6);
  }

  /** Opens the requests. */
  @Setup
  public void prepare() {
    cursor = workload(law, adapters).source(1, 0).open();
  }

  /** The next 100,000 requests, all figures read. */
  @Benchmark
  @OperationsPerInvocation(REQUESTS)
  public long requests() {
    long sum = 0;
    for (int i = 0; i < REQUESTS; i++) {
      sum += cursor.arrivalPicos() ^ cursor.adapter();
      sum += cursor.inputTokens() + cursor.outputTokens();
      cursor.advance();
    }
    return sum;
  }
}
