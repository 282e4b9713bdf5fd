package io.github.adaptertwin.workload.trace;

import java.io.IOException;

/** A cursor whose requests are some of another's, at other times. */
abstract class ChangedCursor implements TraceCursor {
  private final TraceCursor source;
  private long arrival;

  ChangedCursor(TraceCursor source) {
    this.source = source;
  }

  final TraceCursor source() {
    return source;
  }

  /** Takes the current request of the source at a time. */
  final boolean at(long picos) {
    arrival = picos;
    return true;
  }

  @Override
  public final long arrivalPicos() {
    return arrival;
  }

  @Override
  public int inputTokens() {
    return source.inputTokens();
  }

  @Override
  public int outputTokens() {
    return source.outputTokens();
  }

  @Override
  public String client() {
    return source.client();
  }

  @Override
  public int hashBlockTokens() {
    return source.hashBlockTokens();
  }

  @Override
  public long[] prefixHashes() {
    return source.prefixHashes();
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
