package io.github.adaptertwin.core.request;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A finite list of requests in order of arrival, kept as columns. Immutable and thread-safe; at
 * least 20 bytes a request.
 */
public final class RequestTrace implements RequestSource {
  private static final long serialVersionUID = 1L;
  private static final int PRIORITY_CLASSES = 64;

  private final int adapterCount;
  private final int waitingCap;
  private final long[] arrivalPicos;
  private final int[] adapter;
  private final int[] inputTokens;
  private final int[] outputTokens;
  private final byte @Nullable [] priority;
  private final int hashBlockTokens;
  private final long @Nullable [] @Nullable [] hashes;

  private RequestTrace(
      int adapterCount,
      int waitingCap,
      long[] arrivalPicos,
      int[] adapter,
      int[] inputTokens,
      int[] outputTokens,
      byte @Nullable [] priority,
      int hashBlockTokens,
      long @Nullable [] @Nullable [] hashes) {
    this.adapterCount = adapterCount;
    this.waitingCap = waitingCap;
    this.arrivalPicos = arrivalPicos;
    this.adapter = adapter;
    this.inputTokens = inputTokens;
    this.outputTokens = outputTokens;
    this.priority = priority;
    this.hashBlockTokens = hashBlockTokens;
    this.hashes = hashes;
  }

  /**
   * Starts a trace.
   *
   * @param adapterCount number of adapters that requests may name, at least 0
   * @return a builder without requests
   */
  public static Builder builder(int adapterCount) {
    return new Builder(adapterCount);
  }

  /** {@return number of requests} */
  public int size() {
    return arrivalPicos.length;
  }

  @Override
  public int adapterCount() {
    return adapterCount;
  }

  @Override
  public int waitingCap() {
    return waitingCap;
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
   * {@return adapter of a request, or {@link RequestCursor#BASE_MODEL}}
   *
   * @param index request in [0, size)
   */
  public int adapter(int index) {
    return adapter[index];
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
   * {@return tokens that a request generates}
   *
   * @param index request in [0, size)
   */
  public int outputTokens(int index) {
    return outputTokens[index];
  }

  /**
   * {@return priority of a request, 0 unless it was added with another}
   *
   * @param index request in [0, size)
   */
  public int priority(int index) {
    return priority == null ? 0 : priority[index];
  }

  /** {@return how many tokens one prefix hash stands for} */
  public int hashBlockTokens() {
    return hashBlockTokens;
  }

  /**
   * {@return prefix hashes of a request, empty if it carries none; a copy}
   *
   * @param index request in [0, size)
   */
  public long[] prefixHashes(int index) {
    long[] blocks = hashes == null ? null : hashes[index];
    return blocks == null ? new long[0] : blocks.clone();
  }

  @Override
  public RequestCursor open() {
    return new Cursor();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RequestTrace t
        && adapterCount == t.adapterCount
        && waitingCap == t.waitingCap
        && Arrays.equals(arrivalPicos, t.arrivalPicos)
        && Arrays.equals(adapter, t.adapter)
        && Arrays.equals(inputTokens, t.inputTokens)
        && Arrays.equals(outputTokens, t.outputTokens)
        && Arrays.equals(priority, t.priority)
        && hashBlockTokens == t.hashBlockTokens
        && Arrays.deepEquals(hashes, t.hashes);
  }

  @Override
  public int hashCode() {
    int hash = Arrays.hashCode(arrivalPicos);
    hash = 31 * hash + Arrays.hashCode(adapter);
    hash = 31 * hash + Arrays.hashCode(inputTokens);
    hash = 31 * hash + Arrays.hashCode(outputTokens);
    hash = 31 * hash + Arrays.hashCode(priority);
    return 31 * hash + Arrays.deepHashCode(hashes);
  }

  @Override
  public String toString() {
    return "RequestTrace[" + size() + " requests, " + adapterCount + " adapters]";
  }

  private final class Cursor implements RequestCursor {
    private int next;

    @Override
    public long arrivalPicos() {
      return next < arrivalPicos.length ? arrivalPicos[next] : NO_MORE;
    }

    @Override
    public int adapter() {
      return adapter[next];
    }

    @Override
    public int inputTokens() {
      return inputTokens[next];
    }

    @Override
    public int outputTokens() {
      return outputTokens[next];
    }

    @Override
    public int priority() {
      return RequestTrace.this.priority(next);
    }

    @Override
    public int hashedTokens() {
      long[] blocks = hashes == null ? null : hashes[next];
      // The hash of a block that the prompt does not fill still tells the tokens that are there.
      return blocks == null ? 0 : Math.min(inputTokens[next], blocks.length * hashBlockTokens);
    }

    @Override
    public long prefixHash(int token) {
      long[] blocks = hashes == null ? null : hashes[next];
      if (blocks == null) {
        throw new IllegalStateException("request " + next + " carries no hashes");
      }
      return blocks[token / hashBlockTokens];
    }

    @Override
    public void advance() {
      if (next < arrivalPicos.length) {
        next++;
      }
    }
  }

  /** Collects requests in order of arrival; not thread-safe. */
  public static final class Builder {
    private final int adapterCount;
    private int size;
    private int waitingCap = Integer.MAX_VALUE;
    private long[] arrivalPicos = new long[1024];
    private int[] adapter = new int[1024];
    private int[] inputTokens = new int[1024];
    private int[] outputTokens = new int[1024];
    private byte @Nullable [] priority;
    private int hashBlockTokens = 1;
    private long @Nullable [] @Nullable [] hashes;

    private Builder(int adapterCount) {
      if (adapterCount < 0) {
        throw new IllegalArgumentException(
            "number of adapters is " + adapterCount + ", must be at least 0");
      }
      this.adapterCount = adapterCount;
    }

    /**
     * Sets the waiting cap of the trace, see {@link RequestSource#waitingCap()}.
     *
     * @param cap at least 1
     * @return this
     */
    public Builder waitingCap(int cap) {
      if (cap < 1) {
        throw new IllegalArgumentException("waiting cap is " + cap + ", must be at least 1");
      }
      waitingCap = cap;
      return this;
    }

    /**
     * Adds a request.
     *
     * @param arrival picoseconds from the start, not before the request added last
     * @param adapterIndex adapter in [0, adapterCount), or {@link RequestCursor#BASE_MODEL}
     * @param input prompt tokens, at least 1
     * @param output tokens to generate, at least 1
     * @return this
     * @throws IllegalArgumentException if a value is outside its bound; the builder is unchanged
     */
    public Builder add(long arrival, int adapterIndex, int input, int output) {
      long earliest = size == 0 ? 0 : arrivalPicos[size - 1];
      if (arrival < earliest) {
        throw new IllegalArgumentException(
            "request "
                + size
                + " arrives at "
                + arrival
                + " ps, before "
                + earliest
                + " ps; sort requests by arrival");
      }
      if (adapterIndex < RequestCursor.BASE_MODEL || adapterIndex >= adapterCount) {
        throw new IllegalArgumentException(
            "request " + size + " names adapter " + adapterIndex + " of " + adapterCount);
      }
      if (input < 1 || output < 1) {
        throw new IllegalArgumentException(
            "request "
                + size
                + " has "
                + input
                + " input and "
                + output
                + " output tokens, both must be at least 1");
      }
      if (size == arrivalPicos.length) {
        int capacity = Math.addExact(size, size / 2);
        arrivalPicos = Arrays.copyOf(arrivalPicos, capacity);
        adapter = Arrays.copyOf(adapter, capacity);
        inputTokens = Arrays.copyOf(inputTokens, capacity);
        outputTokens = Arrays.copyOf(outputTokens, capacity);
      }
      arrivalPicos[size] = arrival;
      adapter[size] = adapterIndex;
      inputTokens[size] = input;
      outputTokens[size] = output;
      size++;
      return this;
    }

    /**
     * Adds a request with a priority.
     *
     * @param arrival picoseconds from the start, not before the request added last
     * @param adapterIndex adapter in [0, adapterCount), or {@link RequestCursor#BASE_MODEL}
     * @param input prompt tokens, at least 1
     * @param output tokens to generate, at least 1
     * @param priorityClass in [0, 63], smaller first; requests added without one have 0
     * @return this
     * @throws IllegalArgumentException if a value is outside its bound; the builder is unchanged
     */
    public Builder add(long arrival, int adapterIndex, int input, int output, int priorityClass) {
      if (priorityClass < 0 || priorityClass >= PRIORITY_CLASSES) {
        throw new IllegalArgumentException(
            "request "
                + size
                + " has priority "
                + priorityClass
                + ", must be in [0, "
                + (PRIORITY_CLASSES - 1)
                + "]");
      }
      add(arrival, adapterIndex, input, output);
      if (priorityClass != 0 || priority != null) {
        byte[] column = priority == null ? new byte[arrivalPicos.length] : priority;
        if (column.length < size) {
          column = Arrays.copyOf(column, arrivalPicos.length);
        }
        column[size - 1] = (byte) priorityClass;
        priority = column;
      }
      return this;
    }

    /**
     * Sets how many tokens one prefix hash stands for.
     *
     * @param tokens at least 1, the same for all requests; default 1
     * @return this
     */
    public Builder hashBlockTokens(int tokens) {
      if (tokens < 1) {
        throw new IllegalArgumentException(
            "tokens of a hashed block are " + tokens + ", must be at least 1");
      }
      hashBlockTokens = tokens;
      return this;
    }

    /**
     * Gives the request added last its prefix hashes.
     *
     * @param chained a hash for each block of its prompt, of the block and all before it
     * @return this
     * @throws IllegalStateException if no request was added
     */
    public Builder prefixHashes(long... chained) {
      if (size == 0) {
        throw new IllegalStateException("there is no request yet; add one first");
      }
      long[] @Nullable [] rows = hashes == null ? new long[arrivalPicos.length][] : hashes;
      if (rows.length < size) {
        rows = Arrays.copyOf(rows, arrivalPicos.length);
      }
      rows[size - 1] = chained.clone();
      hashes = rows;
      return this;
    }

    /**
     * Makes the trace.
     *
     * @return a trace of the requests added so far
     */
    public RequestTrace build() {
      return new RequestTrace(
          adapterCount,
          waitingCap,
          Arrays.copyOf(arrivalPicos, size),
          Arrays.copyOf(adapter, size),
          Arrays.copyOf(inputTokens, size),
          Arrays.copyOf(outputTokens, size),
          priority == null ? null : Arrays.copyOf(priority, size),
          hashBlockTokens,
          hashes == null ? null : Arrays.copyOf(hashes, size));
    }
  }
}
