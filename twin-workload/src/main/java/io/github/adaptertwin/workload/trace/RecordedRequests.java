package io.github.adaptertwin.workload.trace;

import com.google.common.collect.ImmutableList;
import io.github.adaptertwin.core.time.SimulatedTime;
import io.github.adaptertwin.workload.length.PooledLengths;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a recorded trace in memory, before they are given adapters: 20 bytes a request
 * and its prefix hashes. Immutable and thread-safe.
 */
public final class RecordedRequests {
  private final long[] arrivalPicos;
  private final int[] inputTokens;
  private final int[] outputTokens;
  private final int[] client;
  private final ImmutableList<String> clients;
  private final int hashBlockTokens;
  private final @Nullable List<long[]> hashes;
  private final SkippedLines skipped;

  private RecordedRequests(Collector collector, SkippedLines skipped) {
    arrivalPicos = collector.arrivalPicos.toLongArray();
    inputTokens = collector.inputTokens.toIntArray();
    outputTokens = collector.outputTokens.toIntArray();
    client = collector.client.toIntArray();
    clients = ImmutableList.copyOf(collector.clients);
    hashBlockTokens = collector.hashBlockTokens;
    hashes = hashBlockTokens == 0 ? null : collector.hashes;
    this.skipped = skipped;
  }

  /** Reads a cursor to its end and closes it. */
  static RecordedRequests read(TraceCursor cursor) throws IOException {
    try (cursor) {
      Collector collector = new Collector();
      while (cursor.advance()) {
        collector.add(cursor);
      }
      return new RecordedRequests(collector, cursor.skipped());
    }
  }

  /** Columns that grow. */
  private static final class Collector {
    private final LongArrayList arrivalPicos = new LongArrayList();
    private final IntArrayList inputTokens = new IntArrayList();
    private final IntArrayList outputTokens = new IntArrayList();
    private final IntArrayList client = new IntArrayList();
    private final List<String> clients = new ArrayList<>();
    private final Map<String, Integer> indexOf = new HashMap<>();
    private final List<long[]> hashes = new ArrayList<>();
    private int hashBlockTokens;

    void add(TraceCursor cursor) {
      arrivalPicos.add(cursor.arrivalPicos());
      inputTokens.add(cursor.inputTokens());
      outputTokens.add(cursor.outputTokens());
      client.add(indexOf(cursor.client()));
      if (cursor.hashBlockTokens() > 0) {
        hashBlockTokens = cursor.hashBlockTokens();
        while (hashes.size() < client.size() - 1) {
          hashes.add(new long[0]);
        }
        hashes.add(cursor.prefixHashes());
      }
    }

    private int indexOf(String name) {
      if (name.isEmpty()) {
        return -1;
      }
      Integer known = indexOf.putIfAbsent(name, clients.size());
      if (known != null) {
        return known;
      }
      clients.add(name);
      return clients.size() - 1;
    }
  }

  /** {@return number of requests} */
  public int size() {
    return arrivalPicos.length;
  }

  /**
   * {@return arrival of a request in picoseconds}
   *
   * @param index request in [0, size)
   */
  public long arrivalPicos(int index) {
    return arrivalPicos[index];
  }

  /**
   * {@return prompt tokens of a request}
   *
   * @param index request in [0, size)
   */
  public int inputTokens(int index) {
    return inputTokens[index];
  }

  /**
   * {@return generated tokens of a request}
   *
   * @param index request in [0, size)
   */
  public int outputTokens(int index) {
    return outputTokens[index];
  }

  /** {@return names of the clients in order of their first request; unmodifiable} */
  public List<String> clients() {
    return clients;
  }

  /**
   * {@return client of a request as an index of {@link #clients}, or -1 if the trace tells none}
   *
   * @param index request in [0, size)
   */
  public int client(int index) {
    return client[index];
  }

  /** {@return how many tokens one prefix hash stands for; 0 if requests carry none} */
  public int hashBlockTokens() {
    return hashBlockTokens;
  }

  /**
   * {@return prefix hashes of a request, empty if it carries none; a copy}
   *
   * @param index request in [0, size)
   */
  public long[] prefixHashes(int index) {
    return hashes == null || index >= hashes.size() ? new long[0] : hashes.get(index).clone();
  }

  /** {@return what the reader left out, and why} */
  public SkippedLines skipped() {
    return skipped;
  }

  /**
   * {@return the lengths as a law that draws rows}
   *
   * @throws IllegalArgumentException if there is no request
   */
  public PooledLengths lengths() {
    return PooledLengths.ofRows(inputTokens, outputTokens);
  }

  /** {@return when a replay ends: one mean gap behind the last request, at 1 s to 106 days} */
  double horizonSeconds() {
    int n = size();
    double last = n == 0 ? 0 : SimulatedTime.toSeconds(arrivalPicos[n - 1]);
    return Math.max(1, Math.min(SimulatedTime.MAX_SECONDS, last * (n + 1) / Math.max(1, n)));
  }
}
