package io.github.adaptertwin.workload.trace;

import io.github.adaptertwin.core.random.RandomStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Requests of one grid point at uniform times up to the next; only these are kept in memory. */
final class SpreadCursor implements TraceCursor {
  /** A request that waits for its turn. */
  private static final class Row {
    private final long time;
    private final int input;
    private final int output;
    private final String client;
    private final int blockTokens;
    private final long[] hashes;

    Row(TraceCursor cursor) {
      time = cursor.arrivalPicos();
      input = cursor.inputTokens();
      output = cursor.outputTokens();
      client = cursor.client();
      blockTokens = cursor.hashBlockTokens();
      hashes = cursor.prefixHashes();
    }
  }

  private final TraceCursor source;
  private final long grid;
  private final RandomStream stream;
  private final Queue<Row> group = new ArrayDeque<>();
  private long[] times = {};
  private int next;
  private @Nullable Row ahead;
  private boolean started;
  private @Nullable Row current;

  SpreadCursor(TraceCursor source, long grid, RandomStream stream) {
    this.source = source;
    this.grid = grid;
    this.stream = stream;
  }

  private void look() throws IOException {
    ahead = source.advance() ? new Row(source) : null;
  }

  @Override
  public boolean advance() throws IOException {
    if (!started) {
      started = true;
      look();
    }
    if (group.isEmpty()) {
      if (ahead == null) {
        return false;
      }
      long begin = gridPoint(ahead.time);
      while (ahead != null && gridPoint(ahead.time) == begin) {
        group.add(ahead);
        look();
      }
      times = new long[group.size()];
      for (int i = 0; i < times.length; i++) {
        times[i] = begin + (long) (stream.nextDouble() * grid);
      }
      Arrays.sort(times);
      next = 0;
    }
    current = group.remove();
    next++;
    return true;
  }

  /** Published grids are off by a millisecond here and there, so the nearest point is meant. */
  private long gridPoint(long time) {
    return (time + grid / 2) / grid * grid;
  }

  private Row current() {
    if (current == null) {
      throw new IllegalStateException("there is no current request; advance first");
    }
    return current;
  }

  @Override
  public long arrivalPicos() {
    return times[next - 1];
  }

  @Override
  public int inputTokens() {
    return current().input;
  }

  @Override
  public int outputTokens() {
    return current().output;
  }

  @Override
  public String client() {
    return current().client;
  }

  @Override
  public int hashBlockTokens() {
    return current().blockTokens;
  }

  @Override
  public long[] prefixHashes() {
    return current().hashes.clone();
  }

  @Override
  public SkippedLines skipped() {
    return source.skipped();
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
