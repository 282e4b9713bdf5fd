package io.github.adaptertwin.benchmarks;

import io.github.adaptertwin.workload.trace.BadLines;
import io.github.adaptertwin.workload.trace.TraceCursor;
import io.github.adaptertwin.workload.trace.TraceFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
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
 * Rows per second read from the Azure conversation trace of 2023 (19,366 rows, .8 MB of text, from
 * the folder {@code -Dtwin.traces}): as gzip, as plain text, and what gzip alone would allow.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar TraceReadBenchmark -prof gc \
 *     -jvmArgsAppend -Dtwin.traces=../shared/traces
 * </pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TraceReadBenchmark {
  private static final int ROWS = 19_366;
  private static final int BUFFER_BYTES = 1 << 16;

  private Path zipped = Path.of("");
  private Path plain = Path.of("");
  private final byte[] buffer = new byte[BUFFER_BYTES];

  /**
   * Unpacks the trace.
   *
   * @throws IOException if it is not there
   */
  @Setup
  public void prepare() throws IOException {
    String folder = System.getProperty("twin.traces", "../shared/traces");
    zipped = Path.of(folder, "azure-llm-2023-conv.csv.gz");
    plain = Files.createTempFile("azure", ".csv");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(zipped))) {
      Files.write(plain, in.readAllBytes());
    }
  }

  /**
   * Removes the unpacked trace.
   *
   * @throws IOException if it cannot be removed
   */
  @TearDown
  public void tidy() throws IOException {
    Files.deleteIfExists(plain);
  }

  private static long read(Path file) throws IOException {
    long sum = 0;
    int rows = 0;
    try (TraceCursor cursor = TraceFormat.AZURE_LLM.open(file, BadLines.REFUSE)) {
      for (; cursor.advance(); rows++) {
        sum += cursor.arrivalPicos() ^ (cursor.inputTokens() + cursor.outputTokens());
      }
    }
    if (rows != ROWS) {
      throw new IllegalStateException("read " + rows + " rows of " + ROWS);
    }
    return sum;
  }

  /**
   * Rows from gzip.
   *
   * @return what was read
   * @throws IOException if the file cannot be read
   */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public long gzip() throws IOException {
    return read(zipped);
  }

  /**
   * Rows from plain text.
   *
   * @return what was read
   * @throws IOException if the file cannot be read
   */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public long plain() throws IOException {
    return read(plain);
  }

  /**
   * Unpacking alone, without looking at what comes out: the limit for gzip on one core.
   *
   * @return bytes unpacked
   * @throws IOException if the file cannot be read
   */
  @Benchmark
  @OperationsPerInvocation(ROWS)
  public long gzipAlone() throws IOException {
    long bytes = 0;
    try (InputStream in = new GZIPInputStream(Files.newInputStream(zipped), BUFFER_BYTES)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        bytes += n;
      }
    }
    return bytes;
  }
}
