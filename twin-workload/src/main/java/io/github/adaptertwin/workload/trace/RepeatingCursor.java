package io.github.adaptertwin.workload.trace;

import java.io.IOException;

/** A trace that is opened again for every copy. */
final class RepeatingCursor implements TraceCursor {
  private final Trace trace;
  private final int times;
  private final long period;
  private TraceCursor copy;
  private int done;

  RepeatingCursor(Trace trace, int times, long period) throws IOException {
    this.trace = trace;
    this.times = times;
    this.period = period;
    copy = trace.open();
  }

  @Override
  public boolean advance() throws IOException {
    while (!copy.advance() || copy.arrivalPicos() >= period) {
      if (done + 1 >= times) {
        return false;
      }
      done++;
      copy.close();
      copy = trace.open();
    }
    return true;
  }

  @Override
  public long arrivalPicos() {
    return copy.arrivalPicos() + done * period;
  }

  @Override
  public int inputTokens() {
    return copy.inputTokens();
  }

  @Override
  public int outputTokens() {
    return copy.outputTokens();
  }

  @Override
  public String client() {
    return copy.client();
  }

  @Override
  public int hashBlockTokens() {
    return copy.hashBlockTokens();
  }

  @Override
  public long[] prefixHashes() {
    return copy.prefixHashes();
  }

  /** {@inheritDoc} Told of the copy at hand, since all leave out the same. */
  @Override
  public SkippedLines skipped() {
    return copy.skipped();
  }

  @Override
  public void close() throws IOException {
    copy.close();
  }
}
