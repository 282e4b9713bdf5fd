package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.input.MalformedInputException;
import io.github.adaptertwin.core.random.RandomStream;
import io.github.adaptertwin.core.random.RandomStreams;
import io.github.adaptertwin.core.time.SimulatedTime;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A recorded trace and what is to be done to it: a file (or requests in memory), then changes in
 * the order in which they are asked for. Nothing is read before {@link #open}; reading needs
 * constant memory, whatever the size of the file. Immutable and thread-safe.
 */
public final class Trace {
  /** Opens cursors. */
  @FunctionalInterface
  private interface Opener {
    TraceCursor open() throws IOException;
  }

  private final Opener opener;

  private Trace(Opener opener) {
    this.opener = opener;
  }

  /**
   * {@return the trace in a file}
   *
   * @param file plain or gzip
   * @param format its format; {@link TraceFormat#of} tells it by the first line
   * @param badLines what to do with lines that cannot be used
   */
  public static Trace of(Path file, TraceFormat format, BadLines badLines) {
    return new Trace(() -> format.open(file, badLines));
  }

  /**
   * {@return the trace in a file whose format is told by its first line; a line that cannot be used
   * is refused}
   *
   * @param file plain or gzip
   */
  public static Trace of(Path file) {
    return new Trace(() -> TraceFormat.of(file).open(file, BadLines.REFUSE));
  }

  /**
   * {@return requests in memory as a trace}
   *
   * @param requests the requests
   */
  public static Trace of(RecordedRequests requests) {
    return new Trace(() -> new RecordedCursor(requests));
  }

  /**
   * Opens the trace.
   *
   * @return a cursor before the first request
   * @throws MalformedInputException if the file is no trace
   * @throws IOException if the file cannot be read
   */
  public TraceCursor open() throws IOException {
    return opener.open();
  }

  /**
   * Reads all requests.
   *
   * @return the requests in memory
   * @throws MalformedInputException if a line cannot be used
   * @throws IOException if the file cannot be read
   */
  public RecordedRequests read() throws IOException {
    return RecordedRequests.read(open());
  }

  /**
   * Cuts the trace: requests in [from, to) stay, and their times count from {@code fromSeconds}.
   *
   * @param fromSeconds begin, at least 0
   * @param toSeconds end, above the begin, at most 9.2e6
   * @return the cut trace
   * @throws IllegalArgumentException if an end is outside its bound
   */
  public Trace between(double fromSeconds, double toSeconds) {
    if (!(fromSeconds >= 0 && fromSeconds < toSeconds && toSeconds <= SimulatedTime.MAX_SECONDS)) {
      throw new IllegalArgumentException(
          "cut from " + fromSeconds + " to " + toSeconds + " s; give 0 <= from < to <= 9.2e6");
    }
    long from = SimulatedTime.toPicos(fromSeconds);
    long to = SimulatedTime.toPicos(toSeconds);
    return new Trace(
        () ->
            new ChangedCursor(open()) {
              @Override
              public boolean advance() throws IOException {
                while (source().advance()) {
                  long time = source().arrivalPicos();
                  if (time >= to) {
                    return false;
                  }
                  if (time >= from) {
                    return at(time - from);
                  }
                }
                return false;
              }
            });
  }

  /**
   * Stretches time: every arrival is multiplied, so that the rate is divided by the factor and the
   * CV of the gaps stays.
   *
   * @param factor above 0, at most 1e6; below 1 the trace is replayed faster
   * @return the stretched trace; requests beyond 106 days are left out
   * @throws IllegalArgumentException if the factor is outside its bound
   */
  public Trace scaled(double factor) {
    if (!(factor > 0 && factor <= 1e6)) {
      throw new IllegalArgumentException("factor of time is " + factor + ", must be in (0, 1e6]");
    }
    return new Trace(
        () ->
            new ChangedCursor(open()) {
              @Override
              public boolean advance() throws IOException {
                if (!source().advance()) {
                  return false;
                }
                double time = source().arrivalPicos() * factor;
                return time <= SimulatedTime.toPicos(SimulatedTime.MAX_SECONDS)
                    && at(Math.round(time));
              }
            });
  }

  /**
   * Thins the trace: every request stays with a probability, independently of the others. The rate
   * is multiplied by it; Poisson arrivals stay Poisson, bursts become less of them.
   *
   * @param probability in (0, 1]
   * @param seed decides which
   * @return the thinned trace
   * @throws IllegalArgumentException if the probability is outside its bound
   */
  public Trace thinned(double probability, long seed) {
    if (!(probability > 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "probability of staying is " + probability + ", must be in (0, 1]");
    }
    return new Trace(
        () -> {
          RandomStream stream = new RandomStreams(seed).stream("trace/thinned", 0);
          return new ChangedCursor(open()) {
            @Override
            public boolean advance() throws IOException {
              while (source().advance()) {
                if (stream.nextDouble() < probability) {
                  return at(source().arrivalPicos());
                }
              }
              return false;
            }
          };
        });
  }

  /**
   * Repeats the trace: its requests in [0, period) follow each other again and again, the k-th copy
   * k periods later. Clients and prefix hashes stay the same in every copy.
   *
   * @param times copies, at least 1
   * @param periodSeconds length of one copy, above 0; all copies must end within 106 days
   * @return the repeated trace
   * @throws IllegalArgumentException if an argument is outside its bound
   */
  public Trace repeated(int times, double periodSeconds) {
    if (times < 1 || !(periodSeconds > 0 && times * periodSeconds <= SimulatedTime.MAX_SECONDS)) {
      throw new IllegalArgumentException(
          times
              + " copies of "
              + periodSeconds
              + " s; there must be at least 1 and all must end within 9.2e6 s");
    }
    long period = SimulatedTime.toPicos(periodSeconds);
    return new Trace(() -> new RepeatingCursor(this, times, period));
  }

  /**
   * Spreads arrivals that were recorded on a grid: the requests nearest to one grid point stay in
   * order and are placed at independent uniform times between it and the next one. Mooncake's
   * conversation trace needs that with 3 s.
   *
   * @param gridSeconds distance of grid points, above 0, at most 86,400
   * @param seed decides the times
   * @return the spread trace
   * @throws IllegalArgumentException if the distance is outside its bound
   */
  public Trace spread(double gridSeconds, long seed) {
    if (!(gridSeconds > 0 && gridSeconds <= 86_400)) {
      throw new IllegalArgumentException(
          "grid is " + gridSeconds + " s, must be in (0, 86400]; Mooncake's has 3");
    }
    long grid = Math.max(1, SimulatedTime.toPicos(gridSeconds));
    return new Trace(
        () -> new SpreadCursor(open(), grid, new RandomStreams(seed).stream("trace/spread", 0)));
  }
}
