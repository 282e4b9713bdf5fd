package io.github.adaptertwin.core.engine;

import io.github.adaptertwin.core.request.RequestCursor;

/** The cursor of an engine that has not begun. */
final class NoRequests implements RequestCursor {
  static final RequestCursor CURSOR = new NoRequests();

  private NoRequests() {}

  @Override
  public long arrivalPicos() {
    return NO_MORE;
  }

  @Override
  public int adapter() {
    throw new IllegalStateException("no request");
  }

  @Override
  public int inputTokens() {
    throw new IllegalStateException("no request");
  }

  @Override
  public int outputTokens() {
    throw new IllegalStateException("no request");
  }

  @Override
  public void advance() {}
}
