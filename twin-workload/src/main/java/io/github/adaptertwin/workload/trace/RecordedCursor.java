package io.github.adaptertwin.workload.trace;

/** Requests in memory, one after the other. */
final class RecordedCursor implements TraceCursor {
  private final RecordedRequests requests;
  private int at = -1;

  RecordedCursor(RecordedRequests requests) {
    this.requests = requests;
  }

  @Override
  public boolean advance() {
    return ++at < requests.size();
  }

  @Override
  public long arrivalPicos() {
    return requests.arrivalPicos(at);
  }

  @Override
  public int inputTokens() {
    return requests.inputTokens(at);
  }

  @Override
  public int outputTokens() {
    return requests.outputTokens(at);
  }

  @Override
  public String client() {
    int client = requests.client(at);
    return client < 0 ? "" : requests.clients().get(client);
  }

  @Override
  public int hashBlockTokens() {
    return requests.hashBlockTokens();
  }

  @Override
  public long[] prefixHashes() {
    return requests.prefixHashes(at);
  }

  @Override
  public SkippedLines skipped() {
    return requests.skipped();
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
